import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AccessRules } from '../../src/agent.ts'
import { NighError } from '../../src/errors.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { hoursOf, readAccessRules, speakingOf } from '../../src/rules/access-grammar.ts'
import { decideAccess } from '../../src/rules/access-rules.ts'
import { accessSentence } from '../../src/rules/access-words.ts'

const bob = 'bob-id' as PeerId
const known = (who: string): PeerId => {
  if (who === 'bob' || who === bob) return bob
  throw new NighError('who-unknown', `No contact is called "${who}".`)
}
const read = (document: unknown) => readAccessRules(document, known)
const NOON = { minute: 12 * 60, day: 3 }

describe('what is understood', () => {
  test('A whole rule, with people as ids', () => {
    const rule = {
      if: { from: ['bob'], between: ['22:00', '07:00'], days: ['fri'] },
      then: 'allow',
      view: 'contacts',
      fetchOnly: true,
    }
    expect(read({ rules: [rule] })).toEqual({ rules: [{ ...rule, if: { ...rule.if, from: [bob] } }] })
  })

  test.each([
    [{}, /^rules: This is missing/],
    [{ rules: {} }, /^rules: The rules must be a list/],
    [
      { rules: [{ then: 'ring' }] },
      /^rules\[0\]\.then: It must be one of: block, confirm, polite-block, allow/,
    ],
    [{ rules: [{ then: 'block', view: 'nearby' }] }, /^rules\[0\]\.view: "view" goes with "allow" only/],
    [{ rules: [{ then: 'confirm', fetchOnly: true }] }, /^rules\[0\]\.fetchOnly: /],
    [{ rules: [{ then: 'allow', view: 'work' }] }, /^rules\[0\]\.view: It must be one of: nearby, contacts/],
    [
      { rules: [{ if: { relation: 'stranger' }, then: 'block' }] },
      /^rules\[0\]\.if\.relation: It must be one of/,
    ],
    [
      { rules: [{ if: { from: ['zoe'] }, then: 'block' }] },
      /^rules\[0\]\.if\.from\[0\]: No contact is called "zoe"/,
    ],
    [{ rules: [{ if: { between: ['22:00', '22:00'] }, then: 'block' }] }, /between: Both times are the same/],
    [{ rules: [{ if: { weather: 'rain' }, then: 'block' }] }, /weather: This is not known here/],
    [{ inboxes: {} }, /This is/],
  ])('%j is refused, with the place', (document, sentence) => {
    expect(() => read(document)).toThrow(sentence)
  })

  test('Whatever comes is taken or refused in words, and what was taken is taken again as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        let taken: AccessRules
        try {
          taken = read(document)
        } catch (cause) {
          expect(cause).toBeInstanceOf(NighError)
          return
        }
        expect(read(taken)).toEqual(taken)
      }),
    )
  })
})

describe('of whom a rule speaks', () => {
  const standing = { contact: true, groups: ['family'], near: true }
  const speaks = (rules: AccessRules['rules'], facts = standing) =>
    speakingOf({ rules }, { peer: bob, standing: facts, wall: NOON }).length

  test.each([
    [{ relation: 'near' }, standing, 0], // a contact who is near is a contact
    [{ relation: 'near' }, { ...standing, contact: false }, 1],
    [{ relation: 'contact' }, standing, 1],
    [{ relation: 'anyone' }, standing, 1],
    [{ group: 'family' }, standing, 1],
    [{ group: 'family' }, { ...standing, contact: false }, 0],
    [{ from: ['somebody else'] }, standing, 0],
    [{ between: ['11:00', '13:00'] }, standing, 1],
    [{ between: ['13:00', '11:00'] }, standing, 0],
    [{ days: ['wed'] }, standing, 1],
    [{ days: ['thu'] }, standing, 0],
  ] as const)('%j about %j: %i', (conditions, facts, count) => {
    const rule = { if: conditions, then: 'allow' } as unknown as AccessRules['rules'][number]
    expect(speaks([rule], { ...facts, groups: [...facts.groups] })).toBe(count)
  })

  test('The hours tell when something has to be decided again', () => {
    const rules: AccessRules = { rules: [{ if: { between: ['12:01', '13:00'] }, then: 'confirm' }] }
    expect(hoursOf(rules, NOON)).toBe('0')
    expect(hoursOf(rules, { ...NOON, minute: NOON.minute + 1 })).toBe('1')
  })
})

describe('how they combine (RFC 5025), and what stands below', () => {
  const decide = (rules: AccessRules['rules'], contact = false) =>
    decideAccess({
      watcher: { peer: bob, contact, groups: [], near: 'near', byPerson: true },
      personRules: [],
      preset: 'default',
      now: 0,
      general: { document: { rules }, wall: NOON, nameOf: (peer) => peer },
    })

  test('The most generous wins, and among equals the view of the most specific', () => {
    expect(decide([{ then: 'block' }, { if: { relation: 'near' }, then: 'confirm' }]).decision).toBe(
      'confirm',
    )
    const views = decide([
      { then: 'allow', view: 'contacts' },
      { if: { from: [bob] }, then: 'allow', view: 'nearby' },
    ])
    expect(views).toMatchObject({
      decision: 'allow',
      view: 'nearby',
      because: expect.stringMatching(/^rule 2/),
    })
  })

  test('Where none matches the preset decides', () => {
    expect(decide([{ if: { relation: 'near' }, then: 'confirm' }], true)).toMatchObject({
      decision: 'allow',
      view: 'contacts',
    })
  })

  test('Subscribing is refused only where every rule that allows says so', () => {
    const only = { then: 'allow', fetchOnly: true } as const
    expect(decide([only]).fetchOnly).toBe(true)
    expect(decide([only, { if: { relation: 'near' }, then: 'allow' }]).fetchOnly).toBeUndefined()
  })

  test('In words', () => {
    expect(
      accessSentence(
        { if: { group: 'family', between: ['22:00', '07:00'] }, then: 'polite-block' },
        (peer) => peer,
      ),
    ).toBe('Contacts of the group family, between 22:00 and 07:00: sees you closed, whatever you do.')
  })
})
