import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PeerId } from '../../src/principal/ids.ts'
import { createPace } from '../../src/rules/pace.ts'

const alice = 'alice' as PeerId
const bob = 'bob' as PeerId

test('Each sender has a count of their own, and a minute later it is over', () => {
  const pace = createPace()
  expect([pace.note(alice, 0), pace.note(alice, 10), pace.note(bob, 10)]).toEqual([1, 2, 1])
  expect(pace.within(alice, 59_000)).toBe(2)
  expect(pace.within(alice, 61_000)).toBe(0)
  expect(pace.note(alice, 61_000)).toBe(1)
})

test('Looking counts nothing', () => {
  const pace = createPace()
  expect([pace.within(alice, 0), pace.within(alice, 0), pace.note(alice, 0)]).toEqual([0, 0, 1])
})

test('What is taken back never counted, and what is a minute old cannot be', () => {
  const pace = createPace()
  pace.note(alice, 0)
  pace.note(alice, 5_000)
  pace.takeBack(alice, 0)
  expect(pace.within(alice, 6_000)).toBe(1)
  pace.takeBack(bob, 0)
  expect(pace.within(bob, 6_000)).toBe(0)
  pace.note(alice, 65_000)
  pace.takeBack(alice, 5_000)
  expect(pace.within(alice, 65_000)).toBe(1)
})

test('Whatever the times, the count is that of the last minute, to the second', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(alice, bob), fc.integer({ min: 0, max: 90_000 })), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (waits) => {
      const pace = createPace()
      const written: { peer: PeerId; at: number }[] = []
      let now = 0
      for (const [peer, wait] of waits) {
        now += wait
        written.push({ peer, at: now })
        const counted = pace.note(peer, now)
        const within = (ms: number) => written.filter((one) => one.peer === peer && now - one.at < ms).length
        expect(counted).toBeGreaterThanOrEqual(within(59_000))
        expect(counted).toBeLessThanOrEqual(within(60_000))
      }
    }),
  )
})

test('Ten thousand keys take the place of a thousand, and who writes on is not forgotten', () => {
  const pace = createPace(1_000)
  for (let key = 0; key < 10_000; key += 1) {
    pace.note(`stranger ${key}` as PeerId, key)
    if (key % 500 === 0) pace.note(alice, key)
  }
  expect(pace.within(alice, 10_000)).toBe(20)
  expect(pace.within('stranger 1' as PeerId, 10_000)).toBe(0)
  expect(pace.within('stranger 9999' as PeerId, 10_000)).toBe(1)
})
