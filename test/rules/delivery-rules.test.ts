import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeliveryRule, DeliveryRules } from '../../src/agent.ts'
import type { PersonRule } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import type { LetterFacts } from '../../src/rules/delivery-conditions.ts'
import {
  asksForPace,
  type DeliveryDecision,
  decideDelivery,
  isWelcome,
  mayHoldAnyone,
} from '../../src/rules/delivery-rules.ts'

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
  ['hide', 'access', 'hold'],
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
  for (const decision of ['polite-block'] as const)
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

// ------------------------------------------------------------------ rules of the inboxes

const does = (then: DeliveryRule['then'], conditions?: DeliveryRule['if'], tell?: boolean): DeliveryRule => ({
  ...(conditions === undefined ? {} : { if: conditions }),
  then,
  ...(tell === undefined ? {} : { tell }),
})
const factsOf = (relation: LetterFacts['relation']): LetterFacts => ({
  from: alice,
  relation,
  groups: [],
  inLastMinute: 1,
  bytes: 10,
  contentType: 'text/plain',
  wall: { minute: 0, day: 0 },
  myStatus: { basic: 'open', activities: [] },
})
const writes = (
  relation: LetterFacts['relation'],
  inboxes: Record<string, DeliveryRule[]>,
  to: { label?: string; personRules?: PersonRule[] } = {},
): DeliveryDecision =>
  decideDelivery(
    {
      sender: { peer: alice, contact: relation === 'contact' },
      personRules: to.personRules ?? [],
      now: 1_000,
    },
    {
      document: { inboxes: { default: [], ...inboxes } },
      label: to.label ?? '',
      facts: factsOf(relation),
      nameOf: () => 'Alice (…alice)',
    },
  )
const reads = (decision: DeliveryDecision): string =>
  decision.kind === 'refuse' ? decision.because : decision.kind

describe('the rules of an inbox', () => {
  test('The first that matches decides, whatever stands below it', () => {
    const rules = [does('refuse', { relation: 'contact' }), does('accept'), does('hold')]
    expect(reads(writes('stranger', { default: rules }))).toBe('accept')
    expect(reads(writes('contact', { default: rules }))).toBe('closed')
  })

  test('Where none matches: contacts ring, strangers knock', () => {
    const rules = [does('refuse', { perMinute: 5 })]
    expect(reads(writes('contact', { default: rules }))).toBe('accept')
    expect(reads(writes('near', { default: rules }))).toBe('hold')
  })

  test('scene 58: told it is `refused`; untold, the cover of people in that place (fault M4)', () => {
    for (const relation of ['contact', 'near', 'stranger'] as const) {
      expect(reads(writes(relation, { default: [does('refuse', undefined, true)] }))).toBe('refused')
      const cover = relation === 'contact' ? 'closed' : 'rate-limited'
      expect(reads(writes(relation, { default: [does('refuse')] }))).toBe(cover)
      expect(reads(writes(relation, { default: [does('refuse', undefined, false)] }))).toBe(cover)
    }
  })

  test('scene 61: refused untold by a rule, a stranger reads what a refused and an unanswered one read', () => {
    const byRule = writes('stranger', { default: [does('refuse')] })
    const byHand = writes('stranger', {}, { personRules: [rule({ decision: 'refuse' })] })
    expect(reads(byRule)).toBe(reads(byHand))
    expect(reads(byHand)).toBe('rate-limited')
  })

  test('scene 62: an inbox for everyone and another by invitation', () => {
    const inboxes = {
      default: [does('accept')],
      team: [does('accept', { relation: 'contact' }), does('refuse')],
    }
    expect(reads(writes('stranger', inboxes))).toBe('accept')
    expect(reads(writes('stranger', inboxes, { label: 'team' }))).toBe('rate-limited')
    expect(reads(writes('contact', inboxes, { label: 'team' }))).toBe('accept')
  })

  test('Blocks, polite blocks and the one rule about a person stand above all rules', () => {
    const open = { default: [does('accept')] }
    const shut = { default: [does('refuse', undefined, true)] }
    const with_ = (made: Partial<PersonRule>) => ({ personRules: [rule(made)] })
    expect(reads(writes('contact', open, with_({ decision: 'block', subject: 'access' })))).toBe('refused')
    expect(reads(writes('contact', open, with_({ decision: 'polite-block', subject: 'access' })))).toBe(
      'closed',
    )
    expect(reads(writes('contact', open, with_({ decision: 'refuse' })))).toBe('rate-limited')
    expect(reads(writes('stranger', shut, with_({ decision: 'accept' })))).toBe('accept')
  })

  test('Which rule decided is said in words, that never travel', () => {
    const inboxes = {
      oncall: [does('accept', { relation: 'contact' }), does('refuse', { between: ['22:00', '07:00'] })],
    }
    expect(writes('stranger', inboxes, { label: 'oncall' }).truly).toBe(
      'rule 2 of the inbox oncall: From anyone, between 22:00 and 07:00: refused, untold.',
    )
    expect(writes('contact', inboxes).truly).toBe('contacts are taken')
    expect(writes('stranger', { default: inboxes.oncall.slice(0, 1) }).truly).toBe(
      'no rule of the inbox default matches, and people you do not know are held as a request',
    )
    expect(writes('near', { default: [does('hold', { from: [alice] })] }).truly).toMatch(
      /From Alice \(…alice\): held/,
    )
  })

  test('Every message is answered, for any rules', () => {
    const rules = fc.array(
      fc.record({
        then: fc.constantFrom('accept', 'hold', 'refuse'),
        relation: fc.constantFrom('contact', 'near', 'stranger', undefined),
        tell: fc.boolean(),
      }),
      { maxLength: 5 },
    )
    const relations = fc.constantFrom('contact', 'near', 'stranger')
    fc.assert(
      fc.property(
        rules,
        rules,
        relations,
        fc.constantFrom('', 'team', 'nowhere'),
        (one, other, relation, label) => {
          const made = (list: typeof one) =>
            list.map(({ then, relation: of, tell }) =>
              does(
                then,
                of === undefined ? undefined : { relation: of },
                then === 'refuse' ? tell : undefined,
              ),
            )
          const answer = reads(writes(relation, { default: made(one), team: made(other) }, { label }))
          const answers = ['accept', 'hold', 'refused', relation === 'contact' ? 'closed' : 'rate-limited']
          expect(answers).toContain(answer)
        },
      ),
    )
  })
})

describe('fault M13: guessing inbox labels', () => {
  const documents: [string, DeliveryRules['inboxes']][] = [
    ['all hold', { default: [], team: [], oncall: [] }],
    [
      'the default one holds, the others refuse',
      { default: [], team: [does('refuse')], oncall: [does('refuse')] },
    ],
    ['the default one takes all, the others refuse', { default: [does('accept')], team: [does('refuse')] }],
    ['all refuse', { default: [does('refuse')], team: [does('refuse')] }],
    ['all refuse, and say so', { default: [does('refuse', {}, true)], team: [does('refuse', {}, true)] }],
  ]
  test.each(documents)('%s: a label that exists reads as one that does not', (_what, inboxes) => {
    for (const relation of ['near', 'stranger'] as const)
      for (const label of Object.keys(inboxes).filter((name) => name !== 'default'))
        expect(reads(writes(relation, inboxes, { label }))).toBe(
          reads(writes(relation, inboxes, { label: 'guess' })),
        )
  })

  test('An inbox that refuses strangers untold is hidden beside any other', () => {
    const inboxes = {
      default: [does('accept')],
      news: [],
      loud: [does('refuse', {}, true)],
      team: [does('refuse')],
    }
    const heard = (label: string) => reads(writes('stranger', inboxes, { label }))
    expect(heard('team')).toBe(heard('guess'))
    // Control: one that takes or tells can be found, as the help says.
    expect([heard('news'), heard('loud')]).toEqual(['hold', 'refused'])
  })

  test('Who may write to some inbox is told that there is none of this label; contacts barred from all are not', () => {
    const barred = { default: [does('refuse')], team: [does('refuse')] }
    expect(reads(writes('contact', barred, { label: 'guess' }))).toBe('closed')
    expect(reads(writes('contact', { ...barred, team: [] }, { label: 'guess' }))).toBe('accept')
    expect(
      reads(writes('stranger', barred, { label: 'guess', personRules: [rule({ decision: 'accept' })] })),
    ).toBe('accept')
  })
})

test('What a document asks of the service', () => {
  const document = (...rules: DeliveryRule[]): DeliveryRules => ({ inboxes: { default: [], team: rules } })
  expect([asksForPace(document()), mayHoldAnyone(document())]).toEqual([false, false])
  expect(asksForPace(document(does('refuse', { perMinute: 0 })))).toBe(true)
  expect(mayHoldAnyone(document(does('hold', { relation: 'contact' })))).toBe(true)
})
