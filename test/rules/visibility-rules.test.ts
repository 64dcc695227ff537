/** The grammar of VISIBILITY RULES, and what goes with a request. */
import { describe, expect, test } from 'vitest'
import { NighError } from '../../src/errors.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import {
  NO_VISIBILITY_RULES,
  readVisibilityRules,
  shownTo,
  visibilityInWords,
} from '../../src/rules/visibility-rules.ts'

const bob = 'id-of-bob' as PeerId
const carol = 'id-of-carol' as PeerId
const resolve = (who: string): PeerId => {
  if (who === 'nobody') throw new NighError('who-unknown', 'No contact is called nobody.')
  return `id-of-${who}` as PeerId
}
const read = (given: unknown) => readVisibilityRules(given, resolve)

test('An empty document is what stands without one; people become ids, a pseudonym is tidied', () => {
  expect(read({})).toEqual(NO_VISIBILITY_RULES)
  const rules = read({ general: 'unlisted', people: { bob: 'pseudonym' }, pseudonym: ' Owl\u202e ' })
  expect(rules).toEqual({ general: 'unlisted', people: { [bob]: 'pseudonym' }, pseudonym: 'Owl' })
  expect(readVisibilityRules(JSON.parse(JSON.stringify(rules)), (who) => who as PeerId)).toEqual(rules)
})

test('To each the rule about them, else the general one; the pseudonym travels instead of the name', () => {
  const rules = read({ general: 'unlisted', people: { bob: 'pseudonym' }, pseudonym: 'Owl' })
  expect(shownTo(rules, bob, 'Alice')).toEqual({ visibility: 'pseudonym', name: 'Owl' })
  expect(shownTo(rules, carol, 'Alice')).toEqual({ visibility: 'unlisted', name: 'Alice' })
  expect(shownTo(NO_VISIBILITY_RULES, carol, 'Alice')).toEqual({ visibility: 'named', name: 'Alice' })
})

test('Every object has a constructor, and nobody of that name a rule', () => {
  const { people } = read({ people: JSON.parse('{"__proto__":"unlisted"}') })
  expect(Object.keys(people)).toEqual(['id-of-__proto__'])
  expect(shownTo(NO_VISIBILITY_RULES, 'constructor' as PeerId, 'Alice').visibility).toBe('named')
})

describe('a mistake changes nothing and names its place', () => {
  test.each<[given: unknown, sentence: string | RegExp]>([
    [[], /^The rules must be an object/],
    [null, /^The rules must be an object/],
    [{ generel: 'named' }, /^generel: .*Known are: general, people, pseudonym/],
    [{ general: 'secret' }, /^general: It must be one of: named, pseudonym, unlisted/],
    [{ people: ['bob'] }, /^people: /],
    [{ people: { bob: 1 } }, /^people.bob: /],
    [{ general: 'pseudonym' }, /^pseudonym: Say which/],
    [{ people: { bob: 'pseudonym' } }, /^pseudonym: Say which/],
    [{ pseudonym: '\u200b' }, /^pseudonym: /],
    [{ pseudonym: 'x'.repeat(65) }, /^pseudonym: /],
    [{ people: Object.fromEntries(Array.from({ length: 501 }, (_, n) => [n, 'named'])) }, /501 people/],
  ])('%j', (given, sentence) => {
    expect(() => read(given)).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(() => read(given)).toThrow(sentence)
  })

  test('whom nobody is called', () => {
    expect(() => read({ people: { nobody: 'named' } })).toThrow(
      expect.objectContaining({ code: 'who-unknown' }),
    )
  })
})

test('In sentences, which say what the rules cannot do', () => {
  const rules = read({ general: 'unlisted', people: { bob: 'pseudonym' }, pseudonym: 'Owl' })
  expect(visibilityInWords(rules, (peer) => peer.slice(6))).toEqual([
    'Whoever you watch may show others nothing of you.',
    'bob may show others that somebody does who is called Owl.',
    expect.stringContaining('knows your key all the same'),
  ])
})
