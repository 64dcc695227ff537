/** Whom the links dial and when they ask anew: after a sleep, a jump of the wall clock, and on a link gone silent. */
import { expect, test } from 'vitest'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { BEAT_CLOSE_MS, CLOSE_BEATS_LIMIT } from '../../src/envelope/protocol.ts'
import type { Link, Mesh } from '../../src/ports.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'
import { townsfolk } from '../support/townsfolk.ts'

interface Counted {
  asks: number
  /** Monotonic ms of each dial. */
  dials: number[]
}

/** Alice and Bob, contacts; what Alice’s mesh is asked for is counted. */
async function friends(place: Town): Promise<{ alice: Resident; bob: Resident; counted: Counted }> {
  const counted: Counted = { asks: 0, dials: [] }
  const tapMesh = (mesh: Mesh): Mesh => ({
    ...mesh,
    air: {
      ...mesh.air,
      ask() {
        counted.asks += 1
        mesh.air.ask()
      },
    },
    dial(...how) {
      counted.dials.push(place.clock.monotonic())
      return mesh.dial(...how)
    },
  })
  const alice = await place.moveIn('Alice', { tapMesh })
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Alice' })
  await alice.agent.addContact({ who: 'Bob' })
  await place.pass(5_000)
  counted.asks = 0
  counted.dials = []
  return { alice, bob, counted }
}

const changes = (resident: Resident) =>
  resident.events.flatMap((event) => (event.event === 'presence' ? [event.change] : []))

for (const [jump, hours] of [
  ['two hours ahead', 2],
  ['an hour back', -1],
] as const)
  test(`The wall clock jumps ${jump}: it may have been a sleep, so everybody is asked for, and nobody is unknown (fault P7)`, async () => {
    await using place = await town(`jump ${jump}`)
    const { alice, counted } = await friends(place)
    await place.pass(10_000)
    expect(counted.asks).toBe(0) // the control: it is the jump that asks
    const before = changes(alice).length
    place.clock.setWall(place.clock.now() + hours * 3_600_000)
    await place.pass(4_000)
    expect(counted.asks).toBe(3)
    expect(changes(alice).slice(before)).toEqual([])
  })

test('After a sleep off the network, whoever does not answer within 1 s is unknown', async () => {
  await using place = await town('sleep')
  const { alice, bob } = await friends(place)
  place.world.cut(alice.peerId, bob.peerId)
  const before = changes(alice).length
  place.clock.setWall(place.clock.now() + 3_600_000)
  // The clocks are compared every 2 s, then Bob has 1 s.
  await place.pass(3_000)
  expect(changes(alice).slice(before)).toEqual(['unknown'])
})

test('A link gone silent is dialled past, before it ends: it may be dead for good, and never say so', async () => {
  await using place = await town('silent')
  const { alice, bob, counted } = await friends(place)
  place.world.cut(alice.peerId, bob.peerId)
  const cut = place.clock.monotonic()
  await place.pass(5_500)
  expect(changes(alice).at(-1)).toBe('unknown')
  expect(counted.dials.length).toBeGreaterThan(0)
  expect((counted.dials[0] ?? 0) - cut).toBeLessThan(5_000)
  place.world.heal(alice.peerId, bob.peerId)
  await place.pass(3_000)
  expect(changes(alice).at(-1)).toBe('came')
  // Both links lived on: one of them was a double, and ended as one.
  await place.pass(20_000)
  expect(changes(alice).at(-1)).toBe('came')
})

test('Of sixty contacts fifty are beaten closely, whoever comes when (fault N2)', async () => {
  await using place = await town('sixty')
  /** The interval that each was told last. */
  const wished = new Map<Link, number>()
  const alice = await place.moveIn('Alice', {
    network: 'alice',
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend(kind, bytes, link) {
          const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
          if (frame?.kind === 'hello') wished.set(link, frame.beatInterval)
        },
      }),
  })
  const folk = await townsfolk(place, CLOSE_BEATS_LIMIT + 10)
  for (const { card } of folk) {
    await alice.agent.addContact({ who: card })
    await place.pass(100)
  }
  const closely = () => [...wished].filter(([link, ms]) => !link.closed && ms === BEAT_CLOSE_MS).length
  expect([wished.size, closely()]).toEqual([CLOSE_BEATS_LIMIT + 10, CLOSE_BEATS_LIMIT])
  // Ten of those leave: ten others are beaten in their stead.
  for (const each of folk.slice(0, 10)) await each.leave()
  await place.pass(1_000)
  expect(closely()).toBe(CLOSE_BEATS_LIMIT)
  for (const each of folk) await each.leave()
})
