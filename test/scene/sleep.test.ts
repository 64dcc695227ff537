/** Laptops are shut and opened: what was believed before has aged, and what was handed out has ended. */
import { expect, test } from 'vitest'
import type { Sighting } from '../../src/agent.ts'
import { openAnnouncement } from '../../src/envelope/announcement.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { type Laptop, laptop } from '../support/laptop.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const HOUR = 3_600_000

const seen = async (by: Resident, name: string): Promise<Sighting | undefined> =>
  (await by.agent.who()).find((sighting) => sighting.who.name === name)

const changes = (by: Resident, name: string): string[] =>
  by.events.flatMap((event) => (event.event === 'presence' && event.who.name === name ? [event.change] : []))

interface Office {
  alice: Resident
  bob: Resident
  carol: Resident
  bobs: Laptop
  /** Bob's announcements, and the keys in his grants by when they were given. */
  announcements: Uint8Array[]
  keys: Uint8Array[]
  shut(ms: number): Promise<void>
}

/** Three who know one another; Bob's peer runs on a laptop. */
async function office(place: Town): Promise<Office> {
  const bobs = laptop()
  const announcements: Uint8Array[] = []
  const keys: Uint8Array[] = []
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', {
    tapClock: bobs.tapClock,
    tapMesh: (mesh) =>
      tapped(mesh, {
        onPublish: (announcement) => void announcements.push(announcement),
        onSend(kind, bytes) {
          const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
          if (frame?.kind === 'grant') keys.push(...frame.keys.map(({ key }) => key))
        },
      }),
  })
  const carol = await place.moveIn('Carol')
  const all = [alice, bob, carol]
  await place.pass(3_000)
  for (const one of all)
    for (const other of all) if (one !== other) await one.agent.addContact({ who: other.name })
  await place.pass(1_000)
  const shut = async (ms: number): Promise<void> => {
    bobs.closeLid()
    for (const other of [alice, carol]) place.world.cut(bob.peerId, other.peerId)
    await place.pass(ms)
    bobs.openLid()
  }
  return { alice, bob, carol, bobs, announcements, keys, shut }
}

test('Bob’s laptop sleeps an hour: nobody there is taken for present before they answer, and the hour counts (scene 26, fault P7)', async () => {
  await using place = await town('lid')
  const { alice, bob, carol, shut } = await office(place)
  // Carol is heard through Alice alone.
  place.world.cut(bob.peerId, carol.peerId)
  await place.pass(20_000)
  await carol.agent.status({ note: 'over there' })
  await place.pass(1_000)
  expect(await seen(bob, 'Carol')).toMatchObject({ evidence: 'heard', presence: { note: 'over there' } })
  await bob.agent.status({ note: 'back in an hour' })
  await place.pass(1_000)

  const before = changes(alice, 'Bob').length
  await shut(HOUR)
  expect(changes(alice, 'Bob').slice(before)).toEqual(['unknown'])
  expect(await seen(alice, 'Bob')).toMatchObject({
    evidence: 'unknown',
    presence: { note: 'back in an hour' },
  })

  // Awake, and the network is not there yet.
  await place.pass(3_000)
  for (const name of ['Alice', 'Carol']) {
    const sighting = await seen(bob, name)
    expect(sighting).toMatchObject({ who: { name }, evidence: 'unknown' })
    expect(sighting?.ageMs).toBeGreaterThanOrEqual(HOUR)
  }
  for (const other of [alice, carol]) place.world.heal(bob.peerId, other.peerId)
  await place.pass(5_000)
  expect(await seen(bob, 'Alice')).toMatchObject({ evidence: 'live' })
  expect(await seen(bob, 'Carol')).toMatchObject({ evidence: 'live', presence: { note: 'over there' } })
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'live', presence: { note: 'back in an hour' } })
  expect(changes(alice, 'Bob').slice(before)).toEqual(['unknown', 'came'])
})

test('What Bob handed out before he slept ends in his sleep: with keys of then nothing opens that he says afterwards (fault P1)', async () => {
  await using place = await town('keys over night')
  const { alice, bob, carol, shut, keys, announcements } = await office(place)
  await carol.kill()
  const hers = [...keys]
  await bob.agent.status({ note: 'before' })
  expect(hers.some((key) => openAnnouncement(announcements.at(-1) ?? new Uint8Array(), key))).toBe(true)
  await shut(HOUR)
  place.world.heal(bob.peerId, alice.peerId)
  await place.pass(5_000)
  announcements.length = 0
  await bob.agent.status({ note: 'after' })
  await place.pass(500)
  expect((await seen(alice, 'Bob'))?.presence?.note).toBe('after')
  expect(announcements.length).toBeGreaterThan(0)
  for (const announcement of announcements)
    expect(hers.some((key) => openAnnouncement(announcement, key))).toBe(false)
})

test('Bob’s wall clock is set two hours ahead while he is watched: nobody is unknown, and his next change is announced', async () => {
  await using place = await town('ahead')
  const { alice, bob, carol, bobs, announcements } = await office(place)
  const before = changes(alice, 'Bob').length
  // Without multicast: nothing but the clock gives Bob a reason.
  for (const other of [alice, carol]) place.world.mute(other.peerId, true)
  bobs.setAhead(2 * HOUR)
  await place.pass(4_000)
  announcements.length = 0
  await bob.agent.status({ note: 'still here' })
  await place.pass(200)
  expect(announcements.length).toBeGreaterThan(0)
  expect((await seen(alice, 'Bob'))?.presence?.note).toBe('still here')
  expect(changes(alice, 'Bob').slice(before)).toEqual(['changed'])
})
