import { describe, expect, test } from 'vitest'
import type { PersonRule } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { decideDelivery, isWelcome } from '../../src/rules/delivery-rules.ts'

const alice = 'alice' as PeerId
const rule = (made: Partial<PersonRule>): PersonRule => ({
  peer: alice,
  subject: 'messages',
  decision: 'accept',
  madeAt: 1,
  ...made,
})
const decide = (contact: boolean, ...personRules: PersonRule[]) =>
  decideDelivery({ sender: { peer: alice, contact }, personRules, now: 1_000 })
const answered = (contact: boolean, ...rules: PersonRule[]) => {
  const decision = decide(contact, ...rules)
  return decision.kind === 'refuse' ? decision.because : decision.kind
}

test('Contacts ring, strangers knock', () => {
  expect(answered(true)).toBe('accept')
  expect(answered(false)).toBe('hold')
})

test.each([
  ['accept', 'messages', 'accept'],
  ['refuse', 'messages', 'rate-limited'],
  ['block', 'access', 'refused'],
  ['block', 'messages', 'refused'],
  ['polite-block', 'access', 'closed'],
  ['hide', 'access', 'closed'],
  ['allow', 'access', 'hold'],
  ['confirm', 'access', 'hold'],
] as const)('%s (%s) about a stranger: %s', (decision, subject, answer) => {
  expect(answered(false, rule({ decision, subject }))).toBe(answer)
})

describe('what stands above what', () => {
  const accepted = rule({ decision: 'accept', madeAt: 9 })
  test('Accepting messages lifts no block and no polite block', () => {
    expect(answered(true, rule({ decision: 'block', subject: 'access' }), accepted)).toBe('refused')
    expect(answered(true, rule({ decision: 'polite-block', subject: 'access' }), accepted)).toBe('closed')
  })
  test('A refusal counts for a contact too, until a newer acceptance', () => {
    expect(answered(true, rule({ decision: 'refuse', madeAt: 1 }))).toBe('rate-limited')
    expect(answered(true, rule({ decision: 'refuse', madeAt: 1 }), accepted)).toBe('accept')
  })
  test('A rule that ended decides nothing', () => {
    expect(answered(false, rule({ decision: 'accept', until: 1_000 }))).toBe('hold')
    expect(answered(false, rule({ decision: 'accept', until: 1_001 }))).toBe('accept')
  })
})

test('Being turned away does not show: the cover says what others in that place are told (fault M4)', () => {
  for (const decision of ['polite-block', 'hide'] as const)
    expect(decide(false, rule({ decision, subject: 'access' }))).toMatchObject({
      kind: 'refuse',
      because: 'closed',
    })
  expect(decide(false, rule({ decision: 'refuse' }))).toMatchObject({ because: 'rate-limited' })
  // Control: a block is meant to show.
  expect(decide(false, rule({ decision: 'block' }))).toMatchObject({ because: 'refused' })
})

test('Every message is answered: nothing is dropped', () => {
  for (const decision of ['block', 'polite-block', 'hide', 'confirm', 'allow', 'accept', 'refuse'] as const)
    for (const subject of ['access', 'messages'] as const)
      for (const contact of [true, false])
        expect(['accept', 'hold', 'refuse']).toContain(decide(contact, rule({ decision, subject })).kind)
})

test('Welcome is who rings', () => {
  const sender = { peer: alice, contact: false }
  expect(isWelcome({ sender, personRules: [rule({})], now: 0 })).toBe(true)
  expect(isWelcome({ sender, personRules: [], now: 0 })).toBe(false)
})
