import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PersonRule } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { type AccessRule, appliesTo, isBlocked, ruleAbout, strongest } from '../../src/rules/rule.ts'

const alice = 'alice' as PeerId
const bob = 'bob' as PeerId

const decisions = fc.constantFrom('block', 'confirm', 'polite-block', 'allow' as const)
const audiences = fc.constantFrom<AccessRule['audience']>(
  { of: 'group', group: 'work' },
  { of: 'contacts' },
  { of: 'nearby' },
  { of: 'anyone' },
)
const anyRule = fc.record({ audience: audiences, decision: decisions }) as fc.Arbitrary<AccessRule>
const order = ['block', 'confirm', 'polite-block', 'allow']

describe('general rules combine as RFC 5025 says', () => {
  test.each([
    ['block', 'confirm', 'confirm'],
    ['confirm', 'polite-block', 'polite-block'],
    ['polite-block', 'allow', 'allow'],
    ['allow', 'block', 'allow'],
  ] as const)('%s and %s make %s', (one, other, both) => {
    const rules: AccessRule[] = [
      { audience: { of: 'anyone' }, decision: one },
      { audience: { of: 'contacts' }, decision: other },
    ]
    expect(strongest(rules)?.decision).toBe(both)
  })

  test('No rule decides less generously than the most generous one, in any order', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { minLength: 1 }), (rules) => {
        const best = Math.max(...rules.map((rule) => order.indexOf(rule.decision)))
        expect(strongest(rules)?.decision).toBe(order[best])
        expect(strongest([...rules].reverse())?.decision).toBe(order[best])
        expect(strongest([...rules].reverse())?.audience).toEqual(strongest(rules)?.audience)
      }),
    )
  })

  test('Among equals the smallest audience gives the view: group, contacts, nearby, anyone', () => {
    const allow = (audience: AccessRule['audience'], view: string): AccessRule => ({
      audience,
      decision: 'allow',
      view,
    })
    const ranked = [
      allow({ of: 'group', group: 'work' }, 'work'),
      allow({ of: 'contacts' }, 'contacts'),
      allow({ of: 'nearby' }, 'nearby'),
      allow({ of: 'anyone' }, 'public'),
    ]
    for (let i = 0; i < ranked.length; i++)
      expect(strongest(ranked.slice(i).reverse())?.view).toBe(ranked[i]?.view)
    expect(strongest([])).toBeUndefined()
  })

  test('A group is made of contacts only', () => {
    const rule: AccessRule = { audience: { of: 'group', group: 'work' }, decision: 'allow' }
    expect(appliesTo(rule, { contact: true, groups: ['work'], near: false })).toBe(true)
    expect(appliesTo(rule, { contact: false, groups: ['work'], near: true })).toBe(false)
  })
})

describe('rules about one person', () => {
  const rule = (made: Partial<PersonRule>): PersonRule => ({
    peer: alice,
    subject: 'access',
    decision: 'allow',
    madeAt: 1,
    ...made,
  })

  test('The newest replaces the older, whatever the order they come in', () => {
    const rules = [
      rule({ decision: 'confirm', madeAt: 2 }),
      rule({ madeAt: 1 }),
      rule({ peer: bob, madeAt: 3 }),
    ]
    const about = { peer: alice, subject: 'access', now: 10 } as const
    expect(ruleAbout(rules, about)?.decision).toBe('confirm')
    expect(ruleAbout([...rules].reverse(), about)?.decision).toBe('confirm')
  })

  test('A rule ends at its instant, and the older one counts again', () => {
    const rules = [rule({ madeAt: 1 }), rule({ decision: 'hide', madeAt: 2, until: 100 })]
    const at = (now: number) => ruleAbout(rules, { peer: alice, subject: 'access', now })?.decision
    expect(at(99)).toBe('hide')
    expect(at(100)).toBe('allow')
  })

  test('A block counts whichever rule is newer, and until it ends', () => {
    const rules = [rule({ decision: 'block', madeAt: 1, until: 50 }), rule({ madeAt: 2 })]
    expect(isBlocked(rules, alice, 49)).toBe(true)
    expect(isBlocked(rules, alice, 50)).toBe(false)
    expect(isBlocked(rules, bob, 49)).toBe(false)
  })
})
