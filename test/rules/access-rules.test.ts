import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GeneralRule, Preset } from '../../src/agent.ts'
import type { PersonRule } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import {
  type AskingWatcher,
  coverView,
  decideAccess,
  effectOf,
  isReachable,
} from '../../src/rules/access-rules.ts'

const alice = 'alice' as PeerId
const presets: Preset[] = ['default', 'office', 'private', 'hidden']

const watcher = (facts: Partial<AskingWatcher> = {}): AskingWatcher => ({
  peer: alice,
  contact: false,
  groups: [],
  near: 'not',
  byPerson: true,
  ...facts,
})
const rule = (made: Partial<PersonRule>): PersonRule => ({
  peer: alice,
  subject: 'access',
  decision: 'allow',
  madeAt: 1,
  ...made,
})
const decide = (
  facts: Partial<AskingWatcher>,
  personRules: PersonRule[] = [],
  preset: Preset = 'default',
  rules: GeneralRule[] = [],
  wall = { minute: 0, day: 1 },
) =>
  decideAccess({
    watcher: watcher(facts),
    personRules,
    preset,
    now: 1_000,
    general: { document: { rules }, wall, nameOf: (peer) => peer },
  })

describe('presets', () => {
  test.each([
    // preset, contact, near, decision, view
    ['default', true, 'not', 'allow', 'contacts'],
    ['default', true, 'near', 'allow', 'contacts'],
    ['default', false, 'near', 'allow', 'nearby'],
    ['default', false, 'unheard', 'confirm', undefined],
    ['default', false, 'not', 'confirm', undefined],
    ['office', false, 'near', 'allow', 'contacts'],
    ['office', false, 'not', 'confirm', undefined],
    ['private', true, 'not', 'allow', 'contacts'],
    ['private', false, 'near', 'confirm', undefined],
    ['hidden', true, 'not', 'allow', 'contacts'],
    ['hidden', false, 'near', 'confirm', undefined],
  ] as const)('%s: contact %s, %s: %s %s', (preset, contact, near, decision, view) => {
    const decided = decide({ contact, near }, [], preset)
    expect(decided.decision).toBe(decision)
    expect(decided.view).toBe(view)
  })

  test('A stranger who is not heard on this network gets nothing by any preset (fault P8)', () => {
    for (const preset of presets)
      for (const near of ['not', 'unheard'] as const)
        expect(decide({ near }, [], preset).decision).toBe('confirm')
    expect(decide({ near: 'near' }, [], 'default').decision).toBe('allow')
  })

  test('Each preset says its effect to the person; `default` opens name and open to the network, nothing else', () => {
    for (const preset of presets) expect(effectOf(preset).length).toBeGreaterThan(0)
    expect(effectOf('default')).toContain(
      'People on this network can see: your name and whether you are open.',
    )
    expect(new Set(presets.map((preset) => effectOf(preset).join()))).toHaveLength(4)
    expect(presets.filter((preset) => !isReachable(preset))).toEqual(['hidden'])
  })
})

describe('waiting to be heard', () => {
  test('Only where hearing would change the answer', () => {
    expect(decide({ near: 'unheard' }).waitsToBeHeard).toBe(true)
    expect(decide({ near: 'not' }).waitsToBeHeard).toBe(false)
    expect(decide({ near: 'near' }).waitsToBeHeard).toBe(false)
    expect(decide({ near: 'unheard', contact: true }).waitsToBeHeard).toBe(false)
    expect(decide({ near: 'unheard' }, [], 'private').waitsToBeHeard).toBe(false)
    expect(decide({ near: 'unheard' }, [rule({ decision: 'block' })]).waitsToBeHeard).toBe(false)
    expect(decide({ near: 'unheard' }, [rule({ decision: 'confirm' })]).waitsToBeHeard).toBe(false)
  })
})

describe('a person asks, or the peer by itself', () => {
  test('Only what a person asked is listed as a request', () => {
    expect(decide({ byPerson: true })).toMatchObject({ decision: 'confirm', listed: true })
    expect(decide({ byPerson: false })).toMatchObject({ decision: 'confirm', listed: false })
    expect(decide({ contact: true })).toMatchObject({ decision: 'allow', listed: false })
  })
})

describe('the one rule about this person decides alone', () => {
  test.each([
    ['block', 'block', undefined],
    ['polite-block', 'polite-block', coverView(alice, 'contacts')],
    ['hide', 'polite-block', `hide:${alice}`],
    ['confirm', 'confirm', undefined],
  ] as const)('%s, even for a contact who is near', (decision, decided, view) => {
    const answer = decide({ contact: true, near: 'near' }, [rule({ decision })])
    expect(answer.decision).toBe(decided)
    expect(answer.view).toBe(view)
  })

  test('scene 31: allow with a view gives that view, less than a contact would get or more', () => {
    expect(decide({ contact: true }, [rule({ view: 'nearby' })]).view).toBe('nearby')
    expect(decide({}, [rule({ view: 'work' })])).toMatchObject({ decision: 'allow', view: 'work' })
    expect(decide({}, [rule({})]).view).toBe('nearby')
  })

  test('scene 38: Mallory is blocked although her whole group is allowed, and although a newer rule allows her', () => {
    const group: GeneralRule = { if: { group: 'work' }, then: 'allow', view: 'nearby' }
    const mallory = { contact: true, groups: ['work'] }
    expect(decide(mallory, [], 'default', [group]).view).toBe('nearby')
    expect(decide(mallory, [rule({ decision: 'block' })], 'default', [group]).decision).toBe('block')
    const both = [rule({ decision: 'block', madeAt: 1, subject: 'messages' }), rule({ madeAt: 2 })]
    expect(decide(mallory, both, 'default', [group]).decision).toBe('block')
  })

  test('scene 39: a rule that turns to confirm makes pending, back to allow makes open', () => {
    const first = rule({ view: 'contacts', madeAt: 1 })
    const then = rule({ decision: 'confirm', madeAt: 2 })
    const again = rule({ view: 'contacts', madeAt: 3 })
    expect(decide({}, [first, then]).decision).toBe('confirm')
    expect(decide({}, [first, then, again]).decision).toBe('allow')
  })

  test('scene 37: hidden for an hour, then seen again', () => {
    const hidden = rule({ decision: 'hide', until: 3_600_000 })
    const at = (now: number) =>
      decideAccess({ watcher: watcher({ contact: true }), personRules: [hidden], preset: 'default', now })
        .decision
    expect(at(3_599_999)).toBe('polite-block')
    expect(at(3_600_000)).toBe('allow')
  })

  test('A rule about messages says nothing about presence', () => {
    expect(decide({}, [rule({ subject: 'messages', decision: 'accept' })]).decision).toBe('confirm')
  })

  test('A refusal lasts and is not listed again', () => {
    expect(decide({}, [rule({ decision: 'refuse' })])).toMatchObject({ decision: 'confirm', listed: false })
  })
})

test('Whatever the rules: a blocked person sees nothing, and a view comes only with allow or a cover', () => {
  const rules = fc.array(
    fc.record({
      peer: fc.constantFrom(alice, 'bob' as PeerId),
      subject: fc.constantFrom('access', 'messages'),
      decision: fc.constantFrom('block', 'polite-block', 'hide', 'confirm', 'allow', 'accept', 'refuse'),
      madeAt: fc.nat(5),
    }) as fc.Arbitrary<PersonRule>,
    { maxLength: 5 },
  )
  const facts = fc.record({ contact: fc.boolean(), near: fc.constantFrom('near', 'unheard', 'not') })
  fc.assert(
    fc.property(rules, facts, fc.constantFrom(...presets), (personRules, known, preset) => {
      const decided = decide(known as Partial<AskingWatcher>, personRules, preset)
      const blocked = personRules.some((each) => each.peer === alice && each.decision === 'block')
      expect(decided.decision === 'block').toBe(blocked)
      expect(decided.view !== undefined).toBe(
        decided.decision === 'allow' || decided.decision === 'polite-block',
      )
      expect(decided.because).not.toBe('')
    }),
  )
})
