import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeliveryRule, DeliveryRules } from '../../src/agent.ts'
import { NighError } from '../../src/errors.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { labelsOf, readDeliveryRules, rulesOfInbox } from '../../src/rules/delivery-grammar.ts'
import { RULES_LIMIT } from '../../src/rules/grammar.ts'

const resolve = (who: string): PeerId => {
  if (who === 'nobody')
    throw new NighError('who-unknown', 'No contact is called "nobody".', { choices: ['bob'] })
  return `id of ${who}` as PeerId
}
const read = (given: unknown): DeliveryRules => readDeliveryRules(given, resolve)
const refusalOf = (given: unknown): NighError => {
  try {
    read(given)
  } catch (cause) {
    if (cause instanceof NighError) return cause
  }
  throw new Error('it was taken, or failed otherwise')
}
const one = (rule: unknown) => ({ inboxes: { default: [rule] } })
const provided = (conditions: unknown) => one({ if: conditions, then: 'hold' })

test('A whole document, with people as ids', () => {
  const rule = {
    if: {
      from: ['bob', 'carol', 'bob'],
      relation: 'contact',
      group: 'work',
      perMinute: 5,
      largerThan: 1000,
      contentType: ['text/*', 'text/plain'],
      between: ['22:00', '07:00'],
      days: ['sat', 'sun'],
      myStatus: 'busy',
    },
    then: 'refuse',
    tell: true,
  }
  expect(read({ inboxes: { default: [rule], oncall: [] } })).toEqual({
    inboxes: { default: [{ ...rule, if: { ...rule.if, from: ['id of bob', 'id of carol'] } }], oncall: [] },
  })
})

test('The default inbox exists, named or not', () => {
  expect(read({ inboxes: {} })).toEqual({ inboxes: { default: [] } })
  expect(labelsOf(read({ inboxes: { oncall: [] } }))).toEqual(['', 'oncall'])
})

describe('A mistake is named with its place, and nothing is taken over', () => {
  test.each<[unknown, RegExp]>([
    [undefined, /must be an object/],
    [[], /must be an object/],
    ['{}', /must be an object/],
    [{}, /^inboxes: This is missing/],
    [{ inboxes: [] }, /^inboxes: It must be an object/],
    [{ inboxes: null }, /^inboxes: It must be an object/],
    [{ inboxes: {}, more: 1 }, /^more: This is not known here. Known are: inboxes/],
    [{ inboxes: { 'On Call': [] } }, /^inboxes\.On Call: The label of an inbox/],
    [{ inboxes: { '': [] } }, /^inboxes\.: The label of an inbox/],
    [{ inboxes: { oncall: {} } }, /^inboxes\.oncall: The rules of an inbox must be a list/],
    [one('hold'), /^inboxes\.default\[0\]: A rule must be an object/],
    [one({}), /^inboxes\.default\[0\]\.then: This is missing/],
    [one({ then: 'drop' }), /^inboxes\.default\[0\]\.then: It must be one of: accept, hold, refuse/],
    [
      one({ then: 'hold', when: {} }),
      /^inboxes\.default\[0\]\.when: This is not known here. Known are: if, then, tell/,
    ],
    [one({ then: 'hold', tell: true }), /^inboxes\.default\[0\]\.tell: "tell" goes with "refuse" only/],
    [one({ then: 'refuse', tell: 'yes' }), /^inboxes\.default\[0\]\.tell: It must be true or false/],
    [provided([]), /^inboxes\.default\[0\]\.if: The conditions must be an object/],
    [
      provided({ form: ['bob'] }),
      /^inboxes\.default\[0\]\.if\.form: This is not known here. Known are: from, rel/,
    ],
    [provided({ from: 'bob' }), /^inboxes\.default\[0\]\.if\.from: It must be a list/],
    [provided({ from: [] }), /^inboxes\.default\[0\]\.if\.from: An empty list/],
    [provided({ from: ['bob', 7] }), /^inboxes\.default\[0\]\.if\.from\[1\]: It must be a person/],
    [
      provided({ from: ['bob', 'nobody'] }),
      /^inboxes\.default\[0\]\.if\.from\[1\]: No contact is called "nobody"/,
    ],
    [provided({ relation: 'friend' }), /relation: It must be one of: contact, near, stranger/],
    [provided({ group: '' }), /group: It must be the name of a group/],
    [provided({ perMinute: -1 }), /perMinute: It must be a whole number from 0 to 1000/],
    [provided({ perMinute: 1.5 }), /perMinute: It must be a whole number/],
    [provided({ largerThan: 65_537 }), /largerThan: It must be a whole number from 0 to 65536/],
    [provided({ contentType: ['text'] }), /contentType\[0\]: A content type is written/],
    [provided({ contentType: ['*/*'] }), /contentType\[0\]: A content type is written/],
    [provided({ between: ['22:00'] }), /between\[1\]: It must be two times|between/],
    [provided({ between: ['22:00', '24:00'] }), /between\[1\]: A time is written/],
    [provided({ between: ['9:00', '10:00'] }), /between\[0\]: A time is written/],
    [provided({ between: ['22:00', '22:00'] }), /between: Both times are the same/],
    [provided({ days: ['monday'] }), /days\[0\]: It must be one of: sun, mon/],
    [provided({ myStatus: '' }), /myStatus: It must be "open" or an activity/],
  ])('%j', (given, says) => {
    expect(refusalOf(given).message).toMatch(says)
  })

  test('Who is not known brings the choices', () => {
    expect(refusalOf(provided({ from: ['nobody'] }))).toMatchObject({ code: 'who-unknown', choices: ['bob'] })
    expect(refusalOf(one({}))).toMatchObject({ code: 'usage' })
  })
})

describe('bounds', () => {
  const rule = { then: 'hold' } as const
  const inboxes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`inbox-${index}`, []]))
  test.each<[string, unknown, unknown, RegExp]>([
    ['inboxes', { inboxes: inboxes(20) }, { inboxes: inboxes(21) }, /at most 20/],
    [
      'rules',
      { inboxes: { default: Array(100).fill(rule) } },
      { inboxes: { default: Array(101).fill(rule) } },
      /100 rules at most/,
    ],
    [
      'a list',
      provided({ from: Array.from({ length: 100 }, (_, index) => `p${index}`) }),
      provided({ from: Array.from({ length: 101 }, (_, index) => `p${index}`) }),
      /100 at most/,
    ],
  ])('%s', (_what, most, more, says) => {
    expect(() => read(most)).not.toThrow()
    expect(refusalOf(more).message).toMatch(says)
  })

  test('the document, with names become ids', () => {
    const from = Array.from({ length: 100 }, (_, index) => `${index}${'x'.repeat(50)}`)
    const rules = (count: number) => ({
      inboxes: { default: Array(count).fill(provided({ from }).inboxes.default[0]) },
    })
    expect(JSON.stringify(read(rules(4))).length).toBeLessThanOrEqual(RULES_LIMIT)
    expect(refusalOf(rules(6)).message).toMatch(/at most 32768/)
  })
})

test('What every object has is no inbox of that name, and may be one', () => {
  const plain = read({ inboxes: { default: [] } })
  const hostile = read(JSON.parse('{"inboxes":{"__proto__":[{"then":"refuse"}],"constructor":[]}}'))
  for (const label of ['constructor', '__proto__']) {
    expect(rulesOfInbox(plain, label)).toBeUndefined()
    expect(rulesOfInbox(hostile, label)).toBeDefined()
  }
  expect(labelsOf(read(JSON.parse(JSON.stringify(hostile)))).sort()).toEqual(['', '__proto__', 'constructor'])
})

test('Whatever comes is taken or refused in words, and what was taken is taken again as it is', () => {
  const part = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('hold', 'refuse', 'contact', ['22:00', '07:00'], 5, true),
  )
  const rule = fc.dictionary(fc.constantFrom('if', 'then', 'tell', 'x'), part)
  const conditions = fc.dictionary(fc.constantFrom('from', 'relation', 'between', 'perMinute', 'days'), part)
  const rules = fc.array(
    fc.oneof(
      rule,
      conditions.map((given) => ({ if: given, then: 'hold' })),
      fc.constant({ then: 'accept' }),
    ),
  )
  const documents = fc.oneof(
    fc.jsonValue(),
    fc.record({ inboxes: fc.dictionary(fc.stringMatching(/^[a-z]{0,8}$/), rules) }),
  )
  let taken = 0
  fc.assert(
    fc.property(documents, (given) => {
      let document: DeliveryRules
      try {
        document = read(given)
      } catch (cause) {
        expect(cause).toBeInstanceOf(NighError)
        return
      }
      taken += 1
      expect(readDeliveryRules(document, (id) => id as PeerId)).toEqual(document)
    }),
    { numRuns: 2_000, seed: 58 },
  )
  expect(taken).toBeGreaterThan(20)
})

test('Control: the words of the grammar are the types of the agent', () => {
  const rule: DeliveryRule = { if: { relation: 'near', days: ['mon'] }, then: 'accept' }
  expect(read(one(rule)).inboxes.default).toEqual([rule])
})
