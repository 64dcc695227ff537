/** Somebody takes every link and hangs up at once: he is dialled with patience, and a link that worked is dialled again at once. */
import { expect, test } from 'vitest'
import { REDIAL_EVERY_MS } from '../../src/envelope/protocol.ts'
import { createDialling } from '../../src/neighbourhood/dialling.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const alice = 'A' as PeerId
const bob = 'B' as PeerId
const at = ['/ip4/10.0.0.7/tcp/4001']
const MINUTE = 60_000

/** Instants at which Bob is dialled within a minute, when each of his links lasts this long, ms. */
function dials(livesMs: number, how: 'wanted' | 'heard'): number[] {
  const dialling = createDialling({ self: alice, chance: () => 0.5 })
  if (how === 'wanted') dialling.wanted(bob, at, 0)
  else dialling.heard(bob, at, 0)
  const begun: number[] = []
  for (let now = 0; now < MINUTE; ) {
    if (dialling.due(now, []).length > 0) {
      begun.push(now)
      dialling.linked(bob)
      dialling.succeeded(bob)
      now += livesMs
      // As the hallway tells it: the beats notice, then the link is closed.
      dialling.ended(bob, now, 'lost')
    }
    const wake = dialling.nextWake()
    if (wake === undefined) break
    now = Math.max(now, wake)
  }
  return begun
}

const gaps = (instants: number[]): number[] =>
  instants.slice(1).map((instant, index) => instant - (instants[index] ?? 0))

test('a contact who hangs up at once is dialled a little later each time, and never more than 2 s apart', () => {
  const begun = dials(20, 'wanted')
  expect(gaps(begun).slice(0, 4)).toEqual([120, 220, 420, 820])
  expect(begun.length).toBeLessThan(MINUTE / REDIAL_EVERY_MS + 10)
  expect(Math.max(...gaps(begun))).toBeLessThanOrEqual(REDIAL_EVERY_MS + 20)
})

test('somebody merely near who does so is dialled a dozen times in a minute at most', () => {
  expect(dials(20, 'heard').length).toBeLessThanOrEqual(12)
})

test('control: a link that lasted is dialled again at once, each time', () => {
  expect(new Set(gaps(dials(10_000, 'wanted')))).toEqual(new Set([10_100]))
})
