/** Whom Alice watches, and what Bob learns of it: SUBSCRIPTIONS and WATCHER INFORMATION, in a town. */
import { expect, test } from 'vitest'
import type { AgentEvent, WatcherInformation } from '../../src/agent.ts'
import { openAnnouncement } from '../../src/envelope/announcement.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { PENDING_FOR_MS, PERIOD_MS, WATCHERS_FOR_MS } from '../../src/envelope/protocol.ts'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import { intruder } from '../support/intruder.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const standings = (events: readonly AgentEvent[]) =>
  events.flatMap((event) => (event.event === 'subscription' ? [`${event.status} ${event.reason}`] : []))
const notesOf = (events: readonly AgentEvent[]) =>
  events.flatMap((event) => (event.event === 'presence' ? (event.presence?.note ?? []) : []))

/** Two who know each other. */
async function friends(place: Town): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Alice' })
  await alice.agent.addContact({ who: 'Bob' })
  await place.pass(1_000)
  return { alice, bob }
}

test('Alice watches, cancels, and watches again: five episodes, and nothing open (scene 12)', async () => {
  await using place = await town('episodes')
  const { alice, bob } = await friends(place)
  for (let time = 0; time < 5; time += 1) {
    await alice.agent.watch({ who: 'Bob' })
    await place.pass(60_000)
    await alice.agent.unwatch({ who: 'Bob' })
    await place.pass(60_000)
  }
  const rows = (await bob.agent.watchers()).filter((row) => row.view === 'contacts')
  expect(rows).toMatchObject([{ who: { name: 'Alice' }, via: 'subscribe', status: 'terminated' }])
  // The sixth is what her peer asked by itself, before she did.
  expect(rows[0]?.count).toBe(6)
  expect(rows[0]?.couldReadUntil).toBeDefined()
  expect((await alice.agent.subscriptions()).map(({ status, reason }) => [status, reason])).toEqual([
    ['terminated', 'cancelled'],
  ])
  await alice.agent.watch({ who: 'Bob' })
  await place.pass(1_000)
  expect((await bob.agent.watchers()).find((row) => row.view === 'contacts')?.status).toBe('active')
})

test('After cancelling, changes reach Alice no more, not even the one that was on its way (scene 21)', async () => {
  await using place = await town('cancel')
  const { alice, bob } = await friends(place)
  await bob.agent.status({ note: 'before' })
  await place.pass(1_000)
  await bob.agent.status({ note: 'on its way' })
  await alice.agent.unwatch({ who: 'Bob' })
  await place.pass(1_000)
  await bob.agent.status({ note: 'after' })
  await place.pass(60_000)
  expect(notesOf(alice.events)).toEqual(['before'])
  expect(await alice.agent.who()).toMatchObject([{ who: { name: 'Bob' }, evidence: 'unknown' }])
  expect((await alice.agent.who())[0]?.presence).toBeUndefined()

  // The wish of a person beats what the peer would ask by itself, over a restart.
  await alice.kill()
  const again = await alice.restart()
  await place.pass(5_000)
  await bob.agent.status({ note: 'and later' })
  await place.pass(5_000)
  expect(notesOf(again.events)).toEqual([])
  // Control: she asks again.
  await again.agent.watch({ who: 'Bob' })
  await place.pass(1_000)
  expect(notesOf(again.events)).toEqual(['and later'])
})

test('Bob is away: the wish is pending, outlives a restart, and is decided when he is there (scenes 17, 18, 20)', async () => {
  await using place = await town('away')
  const { alice, bob } = await friends(place)
  await bob.leave()
  await alice.agent.watch({ who: 'Bob' })
  expect(await alice.agent.subscriptions()).toMatchObject([{ who: { name: 'Bob' }, status: 'pending' }])
  await alice.kill()
  const again = await alice.restart()
  await place.pass(2 * PERIOD_MS)
  expect(await again.agent.subscriptions()).toMatchObject([{ status: 'pending' }])
  expect(await again.agent.who()).toMatchObject([{ evidence: 'unknown' }])
  await bob.restart()
  await place.pass(5_000)
  expect(await again.agent.subscriptions()).toMatchObject([{ status: 'active', reason: 'approved' }])
  expect(standings(again.events)).toEqual(['active approved'])
})

test('A stranger is asked to be patient, then accepted; when Bob withdraws it, she is told (scenes 19, 24, 39)', async () => {
  await using place = await town('confirm')
  const bob = await place.moveIn('Bob')
  const alice = await place.moveIn('Alice')
  await bob.agent.rules({ preset: 'private' })
  await place.pass(3_000)
  expect(await bob.agent.requests()).toEqual([]) // what a peer asks by itself is no request
  await alice.agent.watch({ who: bob.peerId })
  await place.pass(1_000)
  expect(await bob.agent.requests()).toMatchObject([{ kind: 'subscription', who: { name: 'Alice' } }])
  const stands = ({ via, status, reason }: WatcherInformation) => `${via} ${status} ${reason}`
  let waiting = async () => (await bob.agent.watchers()).map(stands)
  expect(await waiting()).toEqual(['subscribe pending subscribe'])
  await alice.leave()
  expect(await waiting()).toEqual(['subscribe pending subscribe'])
  // Bob restarts, and nobody decides: it is still there, and runs out.
  await bob.kill()
  const later = await bob.restart()
  waiting = async () => (await later.agent.watchers()).map(stands)
  expect(await waiting()).toEqual(['subscribe pending subscribe'])
  place.clock.setWall(place.clock.now() + PENDING_FOR_MS)
  await place.pass(1_000)
  expect(await waiting()).toEqual(['subscribe waiting timeout'])
  // He finds it among his requests all the same; approved, her next attempt is active at once.
  expect(await later.agent.requests()).toMatchObject([{ kind: 'subscription', who: { name: 'Alice' } }])
  await later.agent.accept({ who: alice.peerId })
  const again = await alice.restart()
  await place.pass(5_000)
  expect(standings(again.events)).toEqual(['active approved'])
  expect(await later.agent.watchers()).toMatchObject([
    { status: 'active', reason: 'approved', view: 'nearby', count: 1 },
  ])

  // Withdrawn, both sides say so.
  again.events.length = 0
  await later.store.rules.put({
    peer: alice.peerId,
    subject: 'access',
    decision: 'block',
    madeAt: place.clock.now(),
  })
  await later.leave()
  const blocking = await later.restart()
  await place.pass(5_000)
  expect(standings(again.events).at(-1)).toBe('terminated rejected')
  const rows = (await blocking.agent.watchers()).map((row) => [row.status, row.reason, row.denied ?? false])
  expect(rows).toContainEqual(['terminated', 'rejected', true])
})

test('A request that ran out and is asked again is the same line, and rings no second time (scene 19)', async () => {
  await using place = await town('asked again')
  const bob = await place.moveIn('Bob')
  const alice = await place.moveIn('Alice')
  await bob.agent.rules({ preset: 'private' })
  await place.pass(3_000)
  await alice.agent.watch({ who: bob.peerId })
  await place.pass(1_000)
  await alice.leave()
  place.clock.setWall(place.clock.now() + 2 * PENDING_FOR_MS)
  await place.pass(1_000)
  expect(await bob.agent.watchers()).toMatchObject([{ status: 'waiting', reason: 'timeout' }])
  await alice.restart()
  await place.pass(5_000)
  expect(await bob.agent.watchers()).toMatchObject([{ status: 'pending', reason: 'subscribe', count: 1 }])
  expect(await bob.agent.requests()).toHaveLength(1)
  expect(bob.events.filter((event) => event.event === 'request')).toHaveLength(1)
})

test('Watchers are listed for thirty days after they could last read, and no longer (scene 13)', async () => {
  await using place = await town('retention')
  const { alice, bob } = await friends(place)
  await alice.leave()
  const [row] = (await bob.agent.watchers()).filter((each) => each.view === 'contacts')
  const overAt = Date.parse(row?.couldReadUntil ?? '') + WATCHERS_FOR_MS
  place.clock.setWall(overAt - 1_000)
  expect((await bob.agent.watchers()).map((each) => each.view)).toContain('contacts')
  place.clock.setWall(overAt + 1_000)
  expect(await bob.agent.watchers()).toEqual([])
})

test('Who comes for one command is heard and answered, and neither listed nor asked', async () => {
  await using place = await town('visitor')
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', { visiting: true })
  await place.pass(3_000)
  // He sees her, she has not seen anybody come.
  expect(await bob.agent.who()).toMatchObject([{ who: { name: 'Alice' }, evidence: 'live' }])
  expect(alice.events.filter((event) => event.event === 'presence')).toEqual([])
  expect(await alice.agent.who()).toEqual([])
  expect(await bob.agent.watchers()).toEqual([])
  // A person who asks a visitor keeps the wish, and is told why it waits.
  await alice.agent.addContact({ who: bob.peerId })
  await place.pass(1_000)
  expect(await alice.agent.subscriptions()).toMatchObject([{ status: 'pending' }])
  await bob.leave()
  await bob.restart({ visiting: false })
  await place.pass(5_000)
  expect(await alice.agent.subscriptions()).toMatchObject([{ status: 'active' }])
})

test('Killed while here to stay, back for one command: the visitor keeps no ghost alive', async () => {
  await using place = await town('ghost')
  const { alice, bob } = await friends(place)
  await bob.kill()
  const visitor = await bob.restart({ visiting: true })
  await place.pass(30_000)
  expect(await visitor.agent.who()).toMatchObject([{ evidence: 'live' }])
  expect(await alice.agent.who()).toMatchObject([{ who: { name: 'Bob' }, evidence: 'unknown' }])
})

test('A visitor of another life ends what the first one said, even while its link stands', async () => {
  await using place = await town('two lives')
  const { alice, bob } = await friends(place)
  alice.events.length = 0
  await bob.restart({ visiting: true })
  await place.pass(500)
  const changes = alice.events.flatMap((event) => (event.event === 'presence' ? [event.change] : []))
  expect(changes[0]).toBe('unknown')
})

test('A wish for somebody who is neither near nor a contact is looked for again after a restart', async () => {
  await using place = await town('far away')
  const { alice, bob } = await friends(place)
  await alice.agent.removeContact({ who: 'Bob' })
  await bob.agent.removeContact({ who: 'Alice' })
  await alice.agent.watch({ who: (await bob.agent.whoami()).card })
  await place.pass(1_000)
  await alice.leave()
  for (const { peerId } of [alice, bob]) place.world.mute(peerId, true)
  const again = await alice.restart()
  await place.pass(5_000)
  expect(await again.agent.subscriptions()).toMatchObject([{ who: { name: 'Bob' }, status: 'active' }])
})

test('Alice cancels and keeps her keys; when Bob takes her off his contacts, they open nothing more (scene 24, fault P1)', async () => {
  await using place = await town('cancel and read on')
  const announcements: Uint8Array[] = []
  const keys: Uint8Array[] = []
  const bob = await place.moveIn('Bob', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onPublish: (announcement) => void announcements.push(announcement),
        onSend(kind, bytes) {
          const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
          if (frame?.kind === 'grant') keys.push(...frame.keys.map(({ key }) => key))
        },
      }),
  })
  const alice = await place.moveIn('Alice')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  const hers = [...keys]
  await alice.agent.unwatch({ who: 'Bob' })
  const carol = await place.moveIn('Carol')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Carol' })
  await place.pass(1_000)

  const opened = async (note: string): Promise<boolean> => {
    announcements.length = 0
    await bob.agent.status({ note })
    await place.pass(3_000) // an announcement that overtook its grant is made up for within a beat
    expect(announcements.length).toBeGreaterThan(0)
    return announcements.some((each) => hers.some((key) => openAnnouncement(each, key) !== undefined))
  }
  // Control: cancelling alone lets the keys lapse by themselves; the list says until when.
  expect(await opened('before')).toBe(true)
  await bob.agent.removeContact({ who: alice.peerId })
  expect(await opened('after')).toBe(false)
  expect((await carol.agent.who()).find((one) => one.who.name === 'Bob')?.presence?.note).toBe('after')
})

test('A stranger who only writes learned that Bob is here, and is in his list for it (fault P17)', async () => {
  await using place = await town('written')
  const bob = await place.moveIn('Bob')
  const carol = await intruder(place, bob, { host: 'elsewhere' })
  carol.write(carol.message('Are you there?'))
  await place.pass(1_000)
  expect(carol.letters).toMatchObject([{ kind: 'receipt', disposition: 'held' }])
  // While she is still linked, and once only when she leaves.
  const touches = [{ who: { peerId: carol.peer }, via: 'touch', count: 1 }]
  expect(await bob.agent.watchers()).toMatchObject(touches)
  await carol.leave()
  await place.pass(60_000)
  expect(await bob.agent.watchers()).toMatchObject(touches)
})

test('A key that comes and asks for nothing is counted as a touch; twenty of them from one address, no more (faults P9, P15)', async () => {
  await using place = await town('flood')
  const bob = await place.moveIn('Bob')
  await place.pass(2_000)
  const { listen } = await bob.agent.whoami()
  for (let number = 0; number < 30; number += 1) {
    const mesh = place.world.mesh(principalOf(await makeKey()).peerId, { host: 'one machine' })
    await mesh.start()
    const dialled = mesh.dial(bob.peerId, listen, { signal: new AbortController().signal })
    await place.pass(1_000)
    const link = await dialled
    link.close()
  }
  await place.pass(60_000)
  const touches = (await bob.agent.watchers()).filter((row) => row.via === 'touch')
  expect(touches).toHaveLength(20)
  expect(bob.events.filter((event) => event.event === 'warning')).toMatchObject([{ code: 'flood' }])
})
