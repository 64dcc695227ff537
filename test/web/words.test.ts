/** All texts in one catalogue, in two languages, and what others wrote harmless in each. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { UNNUMBERED } from '../../src/agent/said.ts'
import type { Cause, Diagnosis, Observations, Outcome, Reason } from '../../src/agent.ts'
import { safetyWordsOf } from '../../src/doors/web/page/key-words.ts'
import { de } from '../../src/doors/web/page/words/de.ts'
import { CAUSES } from '../../src/doors/web/page/words/de-causes.ts'
import { WARNINGS } from '../../src/doors/web/page/words/de-failures.ts'
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
    // English has few of these, because the peer says them in English itself.
    const elsewhere = { failures: {}, warnings: {}, causes: {} }
    const english = new Map(leaves({ ...en, ...elsewhere }))
    const german = new Map(leaves({ ...de, ...elsewhere }))
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
        { ...owed, seq: UNNUMBERED },
      ]
      const texts = all.map((each) => outcome(each, true, words).text)
      expect(new Set(texts).size).toBe(texts.length)
      expect(outcome({ ...owed, seq: UNNUMBERED }, false, words).text).toBe(words.conversation.notSent)
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

describe('What a peer says by a code is said in German, too', () => {
  const told = readFileSync(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8')
  const [failures = '', warnings = ''] = told.split('## Warnings')
  const codes = (table: string) => [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code)

  test('every failure of docs/ERRORS.md but a mistake in the call, whose sentence names it', () => {
    expect(codes(failures).length).toBeGreaterThan(30)
    expect(
      codes(failures)
        .filter((code) => code !== 'usage')
        .sort(),
    ).toEqual(Object.keys(de.failures).sort())
  })
  test('every warning', () => {
    expect(codes(warnings).length).toBeGreaterThan(5)
    expect(codes(warnings).filter((code) => !Object.hasOwn(WARNINGS, code ?? ''))).toEqual([])
  })

  const observations: Observations = {
    since: '2026-11-22T12:00:00.000Z',
    visiting: false,
    hidden: false,
    mesh: 'our mesh',
    host: { platform: 'linux', defaultRoute: 'wg0' },
    port: 4001,
    portTakenFrom: 4000,
    identityAt: '10.0.0.7',
    networks: [],
    cameIn: 0,
    others: [],
    asked: {
      who: BOB,
      contact: true,
      blocked: false,
      thisHost: false,
      addresses: [],
      onOurNetworks: true,
      failures: [],
      saidGoodbyeAt: '2026-11-22T11:55:00.000Z',
      clockAheadMs: -120_000,
    },
  }
  const found = (cause: Cause, more: Partial<Diagnosis> = {}): Diagnosis => ({
    cause,
    sentence: 'English.',
    act: 'English.',
    evidence: [],
    observations,
    ...more,
  })
  const causes = Object.keys(CAUSES) as Cause[]

  test('every cause, and no two alike, about somebody and about everybody', () => {
    expect(causes.length).toBeGreaterThan(25)
    for (const who of [BOB, undefined]) {
      const said = causes.map((cause) => CAUSES[cause](found(cause, who === undefined ? {} : { who })))
      expect(new Set(said.map(({ sentence }) => sentence)).size).toBe(causes.length)
      for (const { sentence, act } of said)
        expect(`${sentence} ${act}`).not.toMatch(/undefined|null|NaN|English|\[object/)
    }
  })
  test.each<[Cause, string]>([
    ['left', 'bob hat sich vor 5 min verabschiedet.'],
    ['clocks-apart', 'Die Uhr von bob geht 2 min nach: Zeiten werden falsch gelesen.'],
    ['blocked', 'Sie sperren bob.'],
  ])('%s: %s', (cause, sentence) => {
    expect(de.causes[cause]?.(found(cause, { who: BOB })).sentence).toBe(sentence)
  })
  test('a cause and a code that are not known here are said as they came', () => {
    expect(de.causes['of-next-year' as Cause]).toBeUndefined()
    expect(de.warnings['of-next-year']).toBeUndefined()
  })
})

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
