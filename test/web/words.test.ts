/** All texts in one catalogue, in two languages, and what others wrote harmless in each. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Outcome, Reason } from '../../src/agent.ts'
import { safetyWordsOf } from '../../src/doors/web/page/key-words.ts'
import { de } from '../../src/doors/web/page/words/de.ts'
import { en } from '../../src/doors/web/page/words/en.ts'
import { clock, evidence, outcome, presenceWords, textOf } from '../../src/doors/web/page/words/spoken.ts'
import { LANGUAGES, type Words, wordsFor } from '../../src/doors/web/page/words/words.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { safetyWords } from '../../src/principal/verification.ts'
import { person } from '../principal/people.ts'
import { BOB, MESSAGE, OUTCOME, SIGHTING } from '../support/fake-agent.ts'

const PARTS = new URL('../../src/doors/web/page/parts/', import.meta.url)

describe('The catalogue', () => {
  test('no part of the page says a word of its own', () => {
    const said = readdirSync(PARTS).flatMap((name) => {
      const text = readFileSync(new URL(name, PARTS), 'utf8')
      const inElements = [...text.matchAll(/[\w"}]>\s*([^<>{}=;()]*[A-Za-zÄÖÜäöü]{2}[^<>{}=;()]*)\s*[<{]/g)]
      const inAttributes = [...text.matchAll(/\b(?:aria-label|title|placeholder|alt)="([^"]+)"/g)]
      return [...inElements, ...inAttributes].map(([, words]) => `${name}: ${words?.trim()}`)
    })
    expect(said).toEqual([])
  })
  test('control: a word in an element or a label is found', () => {
    const text = '<p class="soft">Hello there</p><a aria-label="Back">'
    expect(/[\w"}]>\s*([^<>{}=;()]*[A-Za-z]{2}[^<>{}=;()]*)\s*[<{]/.test(text)).toBe(true)
    expect(/\b(?:aria-label|title|placeholder|alt)="([^"]+)"/.test(text)).toBe(true)
  })
  test('every language says everything, and not in the words of another', () => {
    const leaves = (words: object, path = ''): [string, unknown][] =>
      Object.entries(words).flatMap(([name, value]) =>
        typeof value === 'object' && value !== null
          ? leaves(value, `${path}${name}.`)
          : [[`${path}${name}`, value] as [string, unknown]],
      )
    const english = new Map(leaves({ ...en, failures: {} }))
    const german = new Map(leaves({ ...de, failures: {} }))
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
    /** Names, and words that are the same in both. */
    const SAME = new Set(['app'])
    const untranslated = [...english].filter(
      ([path, text]) => typeof text === 'string' && !SAME.has(path) && german.get(path) === text,
    )
    expect(untranslated).toEqual([])
  })
  test('every text is said somewhere', () => {
    const page = new URL('../', PARTS)
    const said = ['parts', 'words', 'state', '.']
      .flatMap((folder) =>
        readdirSync(new URL(`${folder}/`, page)).map((name) => new URL(`${folder}/${name}`, page)),
      )
      .filter(({ pathname }) => /(?<!\/(en|de|words))\.tsx?$/.test(pathname))
      .map((file) => readFileSync(file, 'utf8'))
      .join()
    const names = Object.entries(en).flatMap(([name, words]) =>
      typeof words === 'object' && words !== null && !Array.isArray(words)
        ? said.includes(`${name}[`)
          ? []
          : Object.keys(words).map((each) => `${name}.${each}`)
        : [name],
    )
    expect(names.filter((name) => !said.includes(name))).toEqual([])
  })
  test.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'de'], 'de'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('%j is spoken to in %s', (preferred, language) => {
    expect(wordsFor(preferred).language).toBe(language)
  })
})

test('clocks and days are those of the person, not of the catalogue', () => {
  const noon = '2026-11-22T12:05:00Z'
  const [british, american] = ['en-GB', 'en-US'].map((tag) => clock(noon, new Date(noon), wordsFor([tag])))
  expect(american).toMatch(/[AP]M/)
  expect(british).not.toMatch(/[AP]M/)
})

describe.each(LANGUAGES.map((words): [string, Words] => [words.language, words]))(
  'In %s',
  (_language, words) => {
    test('every outcome has words of its own', () => {
      const reasons: Reason[] = [
        'closed',
        'refused',
        'unreachable',
        'expired',
        'recalled',
        'too-large',
        'unsupported-type',
        'rate-limited',
        'no-such-inbox',
        'hop-limit',
      ]
      const { disposition: _, ...rest } = OUTCOME
      const owed = { ...rest, outcome: 'indeterminate', state: 'owed' } satisfies Outcome
      const all: Outcome[] = [
        ...(['delivered', 'held', 'displayed'] as const).map((disposition) => ({ ...OUTCOME, disposition })),
        ...reasons.map((reason): Outcome => ({ ...rest, outcome: 'failure', reason })),
        ...(['acceptance', 'open', 'turn', 'unreachable'] as const).map((waits) => ({ ...owed, waits })),
        { ...owed, state: 'sent' },
        { ...owed, state: 'settled' },
        { ...owed, seq: 0 },
      ]
      const texts = all.map((each) => outcome(each, true, words).text)
      expect(new Set(texts).size).toBe(texts.length)
      expect(outcome({ ...owed, seq: 0 }, false, words).text).toBe(words.conversation.notSent)
    })
    test('evidence says its age, and unknown is not offline', () => {
      const seen = { ...SIGHTING, heardAt: 0, ageMs: 60_000 }
      const all = (['live', 'heard', 'unknown', 'gone'] as const).map((each) =>
        evidence({ ...seen, evidence: each }, 0, words),
      )
      expect(new Set(all).size).toBe(4)
      for (const aged of all.slice(1)) expect(aged).toContain('1 min')
    })
  },
)

describe('Hostile text stays text', () => {
  const OVERRIDE = '\u202eevil\u0007\u001b[31m'
  test.each([
    ['a message', textOf({ ...MESSAGE, text: `a\n${OVERRIDE}\tb` })],
    [
      'an outcome',
      outcome({ ...OUTCOME, outcome: 'failure', reason: 'closed', to: { ...BOB, name: OVERRIDE } }, true, en)
        .text,
    ],
    [
      'presence',
      presenceWords(
        {
          ...SIGHTING,
          presence: {
            name: OVERRIDE,
            note: OVERRIDE,
            tuples: [{ id: 'im', status: { basic: 'open', activities: [OVERRIDE] } }],
          },
        },
        new Date(),
        en,
      ) ?? '',
    ],
  ])('in %s no control character and no override is left', (_where, shown) => {
    expect(shown).toContain('\\u{202e}')
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
  })
  test('a message keeps its lines, and nothing of a tab is lost', () => {
    expect(textOf({ ...MESSAGE, text: 'a\r\n\tb' })).toBe('a\n    b')
  })
  test('an instant that is none is no clock', () => {
    expect(clock('yesterday-ish', new Date(), en)).toBe('?')
  })
})

test('safety words are the same in the page as everywhere', async () => {
  const { peerId } = await person('Alice')
  expect(await safetyWordsOf(peerId)).toBe(safetyWords(peerId))
  await expect(safetyWordsOf('nobody' as PeerId)).rejects.toThrow()
})
