import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NAME_LIMIT } from '../../src/envelope/protocol.ts'
import { givenName, sameButForCase, tidyName } from '../../src/principal/names.ts'

test.each([
  ['Alice', 'Alice'],
  ['  Alice \t B.\n', 'Alice B.'],
  ['Jose\u0301', 'José'],
  ['a\u200d\u0301', 'á'],
  ['Ali\u202ece', 'Alice'],
  ['\u2066Alice\u2069\ufeff', 'Alice'],
  ['\u001b[31mAlice', '[31mAlice'],
  ['Alice\u0085Bob', 'Alice Bob'],
  ['Al\u00adice\u200b', 'Alice'],
  ['\ud83dAlice', 'Alice'],
  ['日本語', '日本語'],
  ['😀 Bob', '😀 Bob'],
  ['', undefined],
  ['\u3164\u115f\u2800', undefined],
  ['\u202e\u0000', undefined],
])('%j is shown as %j', (text, shown) => {
  expect(tidyName(text)).toBe(shown)
})

test('A long name is cut between letters as people see them', () => {
  const flag = '🇩🇪'
  const cut = tidyName(flag.repeat(100)) ?? ''
  expect([...cut]).toHaveLength(NAME_LIMIT)
  expect(tidyName(`x${flag.repeat(100)}`)).toBe(`x${flag.repeat(31)}`)
})

test('Towers of marks are taken down', () => {
  expect(tidyName(`a${'\u0338'.repeat(500)}b`)).toBe(`a${'\u0338'.repeat(4)}b`)
})

test('Any text becomes a name of one visible line, and a tidy name stays as it is', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })) }),
      (text) => {
        const name = tidyName(text)
        if (name === undefined) return
        expect([...name].length).toBeLessThanOrEqual(NAME_LIMIT)
        expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        expect(name.isWellFormed()).toBe(true)
        expect(name).toBe(name.trim())
        expect(name).toBe(name.normalize('NFC'))
        expect(tidyName(name)).toBe(name)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('Case alone makes no other name', () => {
  expect(sameButForCase('ALICE', 'alice')).toBe(true)
  expect(sameButForCase('STRASSE', 'straße')).toBe(true)
  expect(sameButForCase('Alice', 'Alicia')).toBe(false)
})

test('A name that somebody gives is refused rather than cut, by the characters that are left of it', () => {
  const emoji = '😀'
  expect(givenName(` ${emoji.repeat(NAME_LIMIT)}\u202e `)).toBe(emoji.repeat(NAME_LIMIT))
  expect(givenName('\u200b')).toBeUndefined()
  const refused = (text: string, sentence: string) =>
    expect(() => givenName(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(sentence) }),
    )
  refused(emoji.repeat(NAME_LIMIT + 1), 'at most 64 characters; this one has 65')
  refused(`Alice${' '.repeat(2_000)}`, 'far more')
})
