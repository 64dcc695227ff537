/** What is remembered of whom, and that it stays bounded whoever comes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HEARD_ADDRESSES_LIMIT, HEARD_PEERS_LIMIT } from '../../src/envelope/protocol.ts'
import { createEncounters } from '../../src/neighbourhood/encounters.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const bob = 'bob' as PeerId
const HEARD = { network: 'eth0', mesh: '00', visiting: false, addresses: [] }
const ADDRESS = '/ip4/10.0.0.2/tcp/4001'

test('a link ends what kept him away before; being heard ends his goodbye', () => {
  const met = createEncounters()
  met.failed(bob, ADDRESS, 'silent', 1)
  met.failed(bob, ADDRESS, 'refused', 2)
  expect([...(met.of(bob)?.failures ?? [])]).toEqual([[ADDRESS, { why: 'refused', at: 2 }]])
  met.parted(bob, 'other-version', 3, 9)
  met.saidGoodbye(bob, 4)
  met.heard(bob, HEARD, 5)
  expect(met.of(bob)?.saidGoodbyeAt).toBeUndefined()
  met.linked(bob, { cameIn: true })
  expect(met.of(bob)).toEqual({ failures: new Map(), heard: { ...HEARD, at: 5 } })
  expect(met.cameIn).toBe(1)
})

test('that no machine has the address stands for a while over mere silence, not over a word', () => {
  const met = createEncounters()
  const why = () => met.of(bob)?.failures.get(ADDRESS)?.why
  met.failed(bob, ADDRESS, 'absent', 0)
  met.failed(bob, ADDRESS, 'silent', 29_999)
  expect(why()).toBe('absent')
  met.failed(bob, ADDRESS, 'silent', 30_000)
  expect(why()).toBe('silent')
  met.failed(bob, ADDRESS, 'absent', 30_001)
  met.failed(bob, ADDRESS, 'refused', 30_002)
  expect(why()).toBe('refused')
})

test('the version stays known where a second word does not name it', () => {
  const met = createEncounters()
  met.parted(bob, 'other-version', 1, 9)
  met.parted(bob, 'other-version', 2)
  expect(met.of(bob)?.parted).toEqual({ why: 'other-version', at: 2, version: 9 })
  met.parted(bob, 'rejected', 3)
  expect(met.of(bob)?.parted).toEqual({ why: 'rejected', at: 3 })
})

test.each<[what: string, said: [ahead: number, old: boolean][], ahead: number | undefined]>([
  ['what is old and past says nothing', [[-7_200_000, true]], undefined],
  ['what is old and ahead says that much at least', [[60_000, true]], 60_000],
  [
    'the most ahead of it counts',
    [
      [90_000, true],
      [60_000, true],
    ],
    90_000,
  ],
  ['what was said just now is the difference', [[-7_200_000, false]], -7_200_000],
  [
    'and stands over what was concluded',
    [
      [90_000, true],
      [10, false],
    ],
    10,
  ],
])('his clock: %s', (_, said, ahead) => {
  const met = createEncounters()
  met.heard(bob, HEARD, 0)
  for (const [aheadMs, old] of said) met.saidTheTime(bob, aheadMs, { old })
  expect(met.of(bob)?.clock?.aheadMs).toBe(ahead)
  met.clockSet()
  expect(met.of(bob)?.clock).toBeUndefined()
})

test('of whom nothing else is known, no time is kept', () => {
  const met = createEncounters()
  met.saidTheTime(bob, 60_000, { old: false })
  expect(met.of(bob)).toBeUndefined()
})

test('however many come, so many are remembered, and the latest are', () => {
  const met = createEncounters()
  for (let index = 0; index < 2 * HEARD_PEERS_LIMIT; index += 1) met.heard(`${index}` as PeerId, HEARD, index)
  const all = [...met.all()]
  expect(all).toHaveLength(HEARD_PEERS_LIMIT)
  expect(all.at(-1)?.[0]).toBe(`${2 * HEARD_PEERS_LIMIT - 1}`)
})

test('whatever happens, nothing grows beyond its bound', () => {
  const peer = fc.nat(2 * HEARD_PEERS_LIMIT).map((index) => `${index}` as PeerId)
  const act = fc.oneof(
    fc.tuple(fc.constant('heard'), peer, fc.nat()),
    fc.tuple(fc.constant('failed'), peer, fc.nat(100)),
    fc.tuple(fc.constant('goodbye'), peer, fc.nat()),
  )
  fc.assert(
    fc.property(fc.array(act, { maxLength: 2_000, size: 'max' }), (acts) => {
      const met = createEncounters()
      for (const [what, who, number] of acts) {
        if (what === 'heard') met.heard(who, HEARD, number)
        else if (what === 'failed') met.failed(who, `${number}`, 'silent', number)
        else met.saidGoodbye(who, number)
      }
      const all = [...met.all()]
      expect(all.length).toBeLessThanOrEqual(HEARD_PEERS_LIMIT)
      for (const [, { failures }] of all) expect(failures.size).toBeLessThanOrEqual(HEARD_ADDRESSES_LIMIT)
    }),
    // To find the smallest of two thousand acts takes minutes, and says no more.
    { numRuns: 20, endOnFailure: true },
  )
})
