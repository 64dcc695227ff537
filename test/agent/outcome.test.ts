/** What may come of a message of mine: a table, and that it leads to one end whatever comes first. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Faring, isAsFar, isFurther } from '../../src/agent/outcome.ts'

const owed: Faring = { state: 'owed', outcome: 'indeterminate' }
const sent: Faring = { state: 'sent', outcome: 'indeterminate' }
const unknown: Faring = { state: 'settled', outcome: 'indeterminate' }
const failure: Faring = { state: 'settled', outcome: 'failure' }
const success: Faring = { state: 'settled', outcome: 'success' }
const held: Faring = { ...success, disposition: 'held' }
const delivered: Faring = { ...success, disposition: 'delivered' }
const displayed: Faring = { ...success, disposition: 'displayed' }
const ALL = { owed, sent, unknown, failure, success, held, delivered, displayed }
type Step = keyof typeof ALL

/** Of each, what may come of it yet. */
const TABLE: Record<Step, readonly Step[]> = {
  owed: ['sent', 'unknown', 'failure', 'success', 'held', 'delivered', 'displayed'],
  sent: ['unknown', 'failure', 'success', 'held', 'delivered', 'displayed'],
  // A recall that was answered, a late receipt.
  unknown: ['failure', 'success', 'held', 'delivered', 'displayed'],
  failure: [],
  // Known by a recall that came too late; its receipt of record says whether it is held.
  success: ['held', 'delivered', 'displayed'],
  held: ['delivered', 'displayed'],
  delivered: ['displayed'],
  displayed: [],
}

describe.each(Object.entries(ALL) as [Step, Faring][])('Of %s', (from, known) => {
  test.each(Object.entries(ALL) as [Step, Faring][])('%s', (to, word) => {
    expect(isFurther(word, known)).toBe(TABLE[from].includes(to))
    expect(isAsFar(word, known)).toBe(from === to)
  })
})

test('what cannot be changes nothing', () => {
  const said: Faring[] = [
    { ...owed, outcome: 'success' },
    { ...sent, disposition: 'delivered' },
    { ...unknown, disposition: 'held' },
  ]
  for (const word of said) for (const known of Object.values(ALL)) expect(isFurther(word, known)).toBe(false)
})

test('fault M6: a failure whose message their inbox is said to have is a failure all the same', () => {
  expect(isFurther({ ...failure, disposition: 'held' }, delivered)).toBe(false)
  expect(isFurther(displayed, { ...failure, disposition: 'held' })).toBe(false)
})

test('words of one message lead to one end in whatever order they come, however often', () => {
  const ways: Step[][] = [
    ['owed', 'sent', 'unknown', 'failure'],
    ['owed', 'sent', 'unknown', 'success', 'held', 'delivered', 'displayed'],
  ]
  const words = fc.constantFrom(...ways).chain((way) => fc.array(fc.constantFrom(...way), { minLength: 1 }))
  const orders = words.chain((some) =>
    fc.tuple(fc.constant(some), fc.shuffledSubarray([...some, ...some], { minLength: 2 * some.length })),
  )
  const endOf = (some: readonly Step[]): Faring | undefined =>
    some.map((each) => ALL[each]).reduce((known, word) => (isFurther(word, known) ? word : known))
  fc.assert(
    fc.property(orders, ([some, again]) => {
      expect(endOf(again)).toEqual(endOf(some))
    }),
  )
})
