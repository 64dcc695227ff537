/** Why Alice cannot see or reach Bob, asked of the whole stack in virtual time. What only a real network can do is in the lab. */
import { expect, test } from 'vitest'
import type { Diagnosis } from '../../src/agent.ts'
import { encodePresenceFrame } from '../../src/envelope/presence-frame.ts'
import type { Clock } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const WAIT_MS = 5_000

async function asks(place: Town, alice: Resident, who?: string): Promise<Diagnosis> {
  const asking = alice.agent.diagnose({ ...(who === undefined ? {} : { who }), waitMs: WAIT_MS })
  await place.pass(WAIT_MS + 1_000)
  return asking
}

/** Alice and Bob, contacts of each other. */
async function friends(place: Town, tap: { alice?: object; bob?: object } = {}) {
  const alice = await place.moveIn('Alice', tap.alice)
  const bob = await place.moveIn('Bob', tap.bob)
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return { alice, bob }
}

test('All is well: with Bob in particular, and in general', async () => {
  await using place = await town('doctor')
  const { alice, bob } = await friends(place)
  const told = await asks(place, alice, 'Bob')
  expect(told).toMatchObject({ cause: 'fine', who: { peerId: bob.peerId } })
  expect(await asks(place, alice)).toMatchObject({ cause: 'fine' })
  expect(told.evidence.join('\n')).toContain('multicast goes out and comes back')
})

test('It is clear within half a second where all is well, and never later than asked', async () => {
  await using place = await town('quick')
  const { alice } = await friends(place)
  let told: Diagnosis | undefined
  void alice.agent.diagnose({ who: 'Bob', waitMs: WAIT_MS }).then((diagnosis) => {
    told = diagnosis
  })
  await place.pass(500)
  expect(told?.cause).toBe('fine')
  const nobody = alice.agent.diagnose({ who: 'Zoe', waitMs: 700 })
  await place.pass(800)
  expect((await nobody).cause).toBe('who-unknown')
})

test('Nothing is asked of anybody: beside questions in the air and links, Bob hears nothing of it', async () => {
  await using place = await town('silent doctor')
  const { alice, bob } = await friends(place)
  const watchers = await bob.agent.watchers()
  await asks(place, alice, 'Bob')
  const counts = (rows: typeof watchers) => rows.map(({ via, count, denied }) => ({ via, count, denied }))
  expect(counts(await bob.agent.watchers())).toEqual(counts(watchers))
  expect(await bob.agent.requests()).toEqual([])
})

test('Nobody is there, a name is nobody’s, Bob left, Bob is gone without a word', async () => {
  await using place = await town('absent')
  const alone = await place.moveIn('Alone')
  expect(await asks(place, alone)).toMatchObject({ cause: 'nobody' })
  await alone.leave()

  const { alice, bob } = await friends(place)
  expect(await asks(place, alice, 'Zoe')).toMatchObject({ cause: 'who-unknown' })
  await expect(alice.agent.diagnose({ who: alice.peerId })).rejects.toMatchObject({ code: 'own-address' })

  await bob.leave()
  await place.pass(60_000)
  expect(await asks(place, alice, 'Bob')).toMatchObject({
    cause: 'left',
    sentence: 'Bob said goodbye 1 min ago.',
  })
  const again = await bob.restart()
  await place.pass(3_000)
  expect((await asks(place, alice, 'Bob')).cause).toBe('fine')
  await again.kill()
  await place.pass(3_000)
  expect((await asks(place, alice, 'Bob')).cause).toBe('away')
})

test('Bob’s process hangs: linked, and silent', async () => {
  await using place = await town('hanging')
  const { alice, bob } = await friends(place)
  place.world.cut(alice.peerId, bob.peerId)
  await place.pass(4_000)
  expect((await asks(place, alice, 'Bob')).cause).toBe('silent')
})

test('Alice’s packets reach nobody, and she does not hear them herself: her own firewall', async () => {
  await using place = await town('deaf')
  const { alice, bob } = await friends(place)
  place.world.mute(alice.peerId, true)
  expect((await asks(place, alice)).cause).toBe('multicast-blocked')
  // What is known of Bob himself stands above it.
  expect((await asks(place, alice, 'Bob')).cause).toBe('fine')
  expect((await asks(place, bob)).cause).toBe('fine')
})

test('Bob is on another mesh', async () => {
  await using place = await town('elsewhere')
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', { meshName: 'cellar' })
  await place.pass(3_000)
  await alice.agent.addContact({ who: bob.peerId })
  for (const who of [undefined, bob.peerId])
    expect(await asks(place, alice, who)).toMatchObject({
      cause: 'other-mesh',
      command: 'nigh up --mesh town',
      theirs: true,
    })
  // The other way round it is the same.
  expect((await asks(place, bob)).command).toBe('nigh up --mesh cellar')
})

test('Bob speaks a newer version than Alice', async () => {
  await using place = await town('newer')
  const hello = {
    kind: 'hello',
    version: 9,
    oldest: 9,
    instance: '00'.repeat(16),
    mesh: place.meshHash,
    visiting: false,
    beatInterval: 2_000,
    presence: true,
    messages: true,
  } as const
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onChannel: (channel) => {
          if (channel.kind === 'presence') channel.send(encodePresenceFrame(hello))
        },
      }),
  })
  await place.pass(3_000)
  for (const who of [undefined, bob.peerId])
    expect(await asks(place, alice, who)).toMatchObject({
      cause: 'other-version',
      sentence: expect.stringContaining('speaks version 9, yours 1'),
      act: 'Update Nigh on this computer.',
    })
})

test('The same key runs twice', async () => {
  await using place = await town('twice')
  const key = await makeKey()
  const first = await place.moveIn('Bob', { key })
  await place.pass(3_000)
  expect((await asks(place, first)).cause).toBe('nobody') // the control
  await place.moveIn('Bob', { key })
  await place.pass(3_000)
  expect(await asks(place, first)).toMatchObject({
    cause: 'identity-twice',
    sentence: expect.stringMatching(/ at 10\.\d+\.\d+\.\d+:/),
  })
})

test('Bob’s clock is two hours behind: it shows as soon as he says something', async () => {
  await using place = await town('clocks')
  const behind = (clock: Clock): Clock => ({ ...clock, now: () => clock.now() - 7_200_000 })
  const { alice, bob } = await friends(place, { bob: { tapClock: behind } })
  // What he shows may be old.
  expect((await asks(place, alice, 'Bob')).cause).toBe('fine')
  await bob.agent.status({ note: 'tea' })
  await place.pass(1_000)
  expect(await asks(place, alice, 'Bob')).toMatchObject({
    cause: 'clocks-apart',
    sentence: expect.stringContaining('2 h behind yours'),
  })
  // He sees hers ahead at once: nothing is published in his future.
  expect(await asks(place, bob, 'Alice')).toMatchObject({
    cause: 'clocks-apart',
    sentence: expect.stringContaining('2 h ahead of yours'),
  })
})

test('Hidden, Alice is told so, and not where her contacts are there', async () => {
  await using place = await town('hidden')
  const { alice, bob } = await friends(place)
  await alice.agent.rules({ preset: 'hidden' })
  expect((await asks(place, alice)).cause).toBe('fine')
  await bob.leave()
  await place.pass(3_000)
  expect((await asks(place, alice)).cause).toBe('hidden')
  expect((await asks(place, alice, 'Bob')).cause).toBe('left')
})

test('Alice blocks Bob, and has given up watching him', async () => {
  await using place = await town('own choice')
  const { alice, bob } = await friends(place)
  const unwatching = alice.agent.unwatch({ who: 'Bob' })
  await place.pass(100)
  await unwatching
  expect(await asks(place, alice, 'Bob')).toMatchObject({
    cause: 'not-watched',
    command: `nigh watch ${bob.peerId.slice(-8)}`,
  })
  await alice.agent.personRule({ who: 'Bob', then: 'block' })
  await place.pass(3_000)
  expect((await asks(place, alice, bob.peerId)).cause).toBe('blocked')
})

/** What the doctor tells Alice of a Bob whom `bobDoes` something to her, the same people and instants in each life. */
async function toldOf(
  keys: { alice: Uint8Array; bob: Uint8Array },
  bobDoes: (bob: Resident, alice: PeerId) => Promise<unknown>,
): Promise<Diagnosis> {
  await using place = await town('undecided')
  const alice = await place.moveIn('Alice', { key: keys.alice })
  const bob = await place.moveIn('Bob', { key: keys.bob })
  await bob.agent.rules({ preset: 'private' })
  await place.pass(3_000)
  const watching = alice.agent.watch({ who: bob.peerId })
  await place.pass(3_000)
  await watching
  await bobDoes(bob, alice.peerId)
  await place.pass(3_000)
  return await asks(place, alice, bob.peerId)
}

test('Undecided and refused read the same, and politely blocked reads as anybody who is closed (scenes 35, 68)', async () => {
  const keys = { alice: await makeKey(), bob: await makeKey() }
  const pending = await toldOf(keys, async () => {})
  const refused = await toldOf(keys, (bob, who) => bob.agent.refuse({ who }))
  expect(pending.cause).toBe('not-accepted')
  expect(refused).toEqual(pending)

  const closed = await toldOf(keys, async (bob, who) => {
    await bob.agent.status({ basic: 'closed' })
    await bob.agent.personRule({ who, then: 'allow', view: 'nearby' })
  })
  const polite = await toldOf(keys, (bob, who) => bob.agent.personRule({ who, then: 'polite-block' }))
  expect(polite.cause).toBe('fine')
  expect(polite).toEqual(closed)
  // The control: what is compared can differ, and an open refusal does.
  const blocked = await toldOf(keys, (bob, who) => bob.agent.personRule({ who, then: 'block' }))
  expect(blocked.cause).toBe('rejected')
})
