/** Presence in a town: who sees what, for how long, and how sure. */
import { expect, test } from 'vitest'
import type { Sighting } from '../../src/agent.ts'
import { openAnnouncement } from '../../src/envelope/announcement.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { PERIOD_MS } from '../../src/envelope/protocol.ts'
import { tapped } from '../support/taps.ts'
import { type Arrival, type Resident, type Town, town } from '../support/town.ts'

const MINUTE = 60_000

const seen = async (by: Resident, name: string): Promise<Sighting | undefined> =>
  (await by.agent.who()).find((sighting) => sighting.who.name === name)

const noteOf = async (by: Resident, name: string): Promise<string | undefined> =>
  (await seen(by, name))?.presence?.note

const changes = (by: Resident, name: string): string[] =>
  by.events.flatMap((event) => (event.event === 'presence' && event.who.name === name ? [event.change] : []))

async function contacts(place: Town, bobs: Arrival = {}): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', bobs)
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return { alice, bob }
}

/** What Bob hands to the wire: announcements, and the keys in his grants. */
function bobsTap() {
  const announcements: Uint8Array[] = []
  const keys: Uint8Array[] = []
  const tapMesh: Arrival['tapMesh'] = (mesh) =>
    tapped(mesh, {
      onPublish: (announcement) => void announcements.push(announcement),
      onSend(kind, bytes) {
        const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
        if (frame?.kind === 'grant') keys.push(...frame.keys.map((key) => key.key))
      },
    })
  const readable = (announcement: Uint8Array): boolean =>
    keys.some((key) => openAnnouncement(announcement, key) !== undefined)
  return { announcements, keys, readable, tapMesh }
}

test('A change reaches a contact by the carrier alone, and who is told once is not told again', async () => {
  await using place = await town('change')
  const { alice, bob } = await contacts(place)
  const before = changes(alice, 'Bob').length
  await bob.agent.status({ activities: ['meeting'], note: 'until noon' })
  await place.pass(200)
  expect(await noteOf(alice, 'Bob')).toBe('until noon')
  await place.pass(30 * MINUTE) // beats and renewals are silent
  expect(changes(alice, 'Bob').slice(before)).toEqual(['changed'])
})

test('Every announcement is lost: contacts with a link still see each change within two beats (fault P5)', async () => {
  await using place = await town('lossy')
  const { alice, bob } = await contacts(place)
  place.world.loseAnnouncements(1)
  await bob.agent.status({ note: 'nobody hears this' })
  await place.pass(100)
  expect(await noteOf(alice, 'Bob')).toBeUndefined() // the control: nothing came by the carrier
  await place.pass(5_000)
  expect(await noteOf(alice, 'Bob')).toBe('nobody hears this')
})

test('An idle hour: the carrier is silent (fault P5)', async () => {
  await using place = await town('idle')
  const tap = bobsTap()
  const { alice } = await contacts(place, { tapMesh: tap.tapMesh })
  tap.announcements.length = 0
  await place.pass(60 * MINUTE)
  expect(tap.announcements).toEqual([])
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'live' })
  expect(changes(alice, 'Bob').filter((change) => change !== 'came' && change !== 'changed')).toEqual([])
})

test('Alice is a contact no more: with every key she ever had she reads nothing published afterwards (scene 24)', async () => {
  await using place = await town('removed')
  const tap = bobsTap()
  const { alice, bob } = await contacts(place, { tapMesh: tap.tapMesh })
  const carol = await place.moveIn('Carol')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Carol' })
  await place.pass(1_000)
  const hers = [...tap.keys]

  await bob.agent.status({ note: 'for friends' })
  await place.pass(500)
  const [readable] = tap.announcements.slice(-1)
  expect(hers.some((key) => openAnnouncement(readable ?? new Uint8Array(), key))).toBe(true) // the control

  await bob.agent.removeContact({ who: 'Alice' })
  await place.pass(500)
  tap.announcements.length = 0
  await bob.agent.status({ note: 'without Alice' })
  await place.pass(1_000)
  expect(tap.announcements.length).toBeGreaterThan(0)
  for (const announcement of tap.announcements)
    expect(hers.some((key) => openAnnouncement(announcement, key))).toBe(false)
  expect(await noteOf(carol, 'Bob')).toBe('without Alice')
  expect((await seen(alice, 'Bob'))?.presence).toEqual({
    name: 'Bob',
    tuples: [{ id: 'im', status: { basic: 'open' } }],
  })
})

test('A watcher that went away reads on for two periods at most (fault P1)', async () => {
  await using place = await town('two periods')
  const tap = bobsTap()
  const { alice, bob } = await contacts(place, { tapMesh: tap.tapMesh })
  await alice.kill()
  const hers = [...tap.keys]
  const readableAfter = async (ms: number): Promise<boolean> => {
    await place.pass(ms)
    tap.announcements.length = 0
    await bob.agent.status({ note: `after ${ms}` })
    await place.pass(100)
    return tap.announcements.some((announcement) => hers.some((key) => openAnnouncement(announcement, key)))
  }
  expect(await readableAfter(MINUTE)).toBe(true) // the control: her keys live on for a while
  expect(await readableAfter(2 * PERIOD_MS)).toBe(false)
  const [row] = (await bob.store.watchers.all()).filter((watcher) => watcher.view === 'contacts')
  expect(row?.couldReadUntil).toBeLessThan(place.clock.now())
})

test('Restarted, Bob has no key of his former life (fault P12), and Alice sees his present one', async () => {
  await using place = await town('restart')
  const tap = bobsTap()
  const { alice, bob } = await contacts(place, { tapMesh: tap.tapMesh })
  await bob.agent.status({ note: 'first life' })
  await place.pass(500)
  const former = tap.keys.map((key) => Buffer.from(key).toString('hex'))
  await bob.kill()
  await place.pass(500)
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'unknown', presence: { note: 'first life' } })
  tap.keys.length = 0
  const again = await bob.restart()
  await place.pass(5_000)
  await again.agent.status({ note: 'second life' })
  await place.pass(500)
  expect(await noteOf(alice, 'Bob')).toBe('second life')
  const present = tap.keys.map((key) => Buffer.from(key).toString('hex'))
  expect(present.filter((key) => former.includes(key))).toEqual([])
  expect(changes(alice, 'Bob')).not.toContain('left')
})

test('Bob starts once with the year 2031, then with the true time: Alice follows him all the same (fault P6)', async () => {
  await using place = await town('clock')
  const { alice, bob } = await contacts(place)
  const today = place.clock.now()
  await bob.kill()
  place.clock.setWall(Date.UTC(2031, 0, 1))
  const dreaming = await bob.restart()
  await place.pass(5_000)
  await dreaming.agent.status({ note: 'flying cars' })
  await place.pass(1_000)
  expect(await noteOf(alice, 'Bob')).toBe('flying cars')
  await dreaming.kill()
  place.clock.setWall(today + MINUTE)
  const awake = await dreaming.restart()
  await place.pass(5_000)
  await awake.agent.status({ note: 'none' })
  await place.pass(1_000)
  expect(await noteOf(alice, 'Bob')).toBe('none')
})

test('The cable is pulled: unknown within 5 s, never left; healed, he is back (scene 25)', async () => {
  await using place = await town('cable')
  const { alice, bob } = await contacts(place)
  place.world.cut(alice.peerId, bob.peerId)
  await place.pass(5_000)
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'unknown' })
  place.world.heal(alice.peerId, bob.peerId)
  await place.pass(3_000)
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'live' })
  expect(changes(alice, 'Bob')).not.toContain('left')
})

test('What was never asked for is not shown, and nobody is watched by force (scene 23)', async () => {
  await using place = await town('private')
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob')
  await bob.agent.rules({ preset: 'private' })
  await place.pass(3_000)
  expect((await seen(alice, bob.peerId.slice(-8)))?.presence).toBeUndefined()
  expect(await bob.agent.requests()).toEqual([]) // Alice's peer asked by itself: no request, no noise
})

test('With the office preset people nearby see what contacts see, and back again they do not', async () => {
  await using place = await town('office')
  const tap = bobsTap()
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', { tapMesh: tap.tapMesh })
  await place.pass(3_000)
  await bob.agent.status({ note: 'third floor' })
  await place.pass(500)
  expect(await noteOf(alice, 'Bob')).toBeUndefined()
  await bob.agent.rules({ preset: 'office' })
  await place.pass(500)
  expect(await noteOf(alice, 'Bob')).toBe('third floor')
  await bob.agent.rules({ preset: 'default' })
  await place.pass(500)
  expect(await noteOf(alice, 'Bob')).toBeUndefined()
})

test('Bob is silent on a link that is still up: asking to watch him makes no ghost', async () => {
  await using place = await town('ghost')
  const { alice, bob } = await contacts(place)
  place.world.cut(alice.peerId, bob.peerId)
  await place.pass(5_000)
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'unknown' })
  const before = changes(alice, 'Bob').length
  await alice.agent.watch({ who: 'Bob' })
  await place.pass(2_900) // longer than a late answer is waited for, shorter than the link lives
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'unknown' })
  expect(changes(alice, 'Bob').slice(before)).toEqual([])
})

test('A contact is removed while the grant is being logged: the grant does not arrive after its own end (scene 24)', async () => {
  await using place = await town('withdrawn')
  let hold: Promise<void> | undefined
  const { alice, bob } = await contacts(place, {
    tapStore: (store) => ({
      ...store,
      watchers: {
        ...store.watchers,
        note: async (row) => {
          await hold
          await store.watchers.note(row)
        },
      },
    }),
  })
  await bob.agent.rules({ preset: 'private' })
  await bob.agent.status({ note: 'for contacts' })
  await place.pass(1_000)
  expect(await noteOf(alice, 'Bob')).toBe('for contacts') // the control: a contact is given it
  let release = () => {}
  hold = new Promise((resolve) => {
    release = resolve
  })
  await alice.agent.watch({ who: 'Bob' }) // asks anew: a grant is on its way, behind the slow log
  await place.pass(200)
  await bob.agent.removeContact({ who: 'Alice' })
  await place.pass(200)
  release()
  await place.pass(1_000)
  expect((await seen(alice, 'Bob'))?.presence).toBeUndefined()
})

test('Two changes of status at once both count', async () => {
  await using place = await town('at once')
  const { alice, bob } = await contacts(place)
  await Promise.all([bob.agent.status({ basic: 'closed' }), bob.agent.status({ note: 'gone fishing' })])
  await place.pass(500)
  expect(await bob.agent.status()).toMatchObject({ basic: 'closed', note: 'gone fishing' })
  expect((await seen(alice, 'Bob'))?.presence).toMatchObject({
    note: 'gone fishing',
    tuples: [{ status: { basic: 'closed' } }],
  })
})

test('Bob calls himself Robert: who tells it and what is told say the same, at once, and he is found by it; a petname stays', async () => {
  await using place = await town('renamed')
  const { alice, bob } = await contacts(place)
  const carol = await place.moveIn('Carol')
  await place.pass(3_000)
  await carol.agent.addContact({ who: bob.peerId, name: 'Bobby' })
  await place.pass(1_000)
  await bob.agent.me({ name: 'Robert' })
  await place.pass(200) // by the carrier: no grant was renewed meanwhile
  for (const [one, called] of [
    [alice, { name: 'Robert' }],
    [carol, { name: 'Bobby', petname: 'Bobby' }],
  ] as const) {
    const told = one.events.findLast((event) => event.event === 'presence' && event.who.peerId === bob.peerId)
    expect(told).toMatchObject({ change: 'changed', who: called, presence: { name: 'Robert' } })
  }
  expect(await seen(alice, 'Robert')).toMatchObject({ presence: { name: 'Robert' } })
  expect((await alice.agent.send({ to: 'Robert', text: 'who?' })).to.peerId).toBe(bob.peerId)
  // Kept over a restart of hers, before he is met again.
  await bob.leave()
  await alice.kill()
  const again = await alice.restart()
  expect((await again.agent.contacts()).map(({ who }) => who.name)).toEqual(['Robert'])
})
