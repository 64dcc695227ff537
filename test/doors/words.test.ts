/** The small pure parts of the command line: homes, durations, harmless text, the nearest word. */
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationOf, instantOf } from '../../src/doors/cli/duration.ts'
import { harmless, harmlessJson, harmlessText } from '../../src/doors/cli/harmless.ts'
import { age, clock } from '../../src/doors/cli/sentences.ts'
import { table } from '../../src/doors/cli/table.ts'
import { type HomeChoice, whichHome } from '../../src/doors/cli/which-home.ts'
import { NighError } from '../../src/errors.ts'
import { nearest } from '../../src/principal/nearest.ts'
import { nigh } from '../support/fake-surroundings.ts'

describe('which home: --home before --as before NIGH_HOME before default', () => {
  const grounds = { NIGH_HOME: undefined, data: '/d/nigh', osUser: 'ada' }
  const chosen: [choice: HomeChoice, env: string | undefined, folder: string, name: string, flags: string][] =
    [
      [{}, undefined, '/d/nigh/homes/default', 'ada', ''],
      [{}, '', '/d/nigh/homes/default', 'ada', ''],
      [{}, '/n', '/n', 'ada', ' --home /n'],
      [{ as: 'bob' }, undefined, '/d/nigh/homes/bob', 'bob', ' --as bob'],
      [{ as: 'bob' }, '/n', '/d/nigh/homes/bob', 'bob', ' --as bob'],
      [{ home: '/h' }, undefined, '/h', 'ada', ' --home /h'],
      [{ home: '/h', as: 'bob' }, '/n', '/h', 'bob', ' --home /h --as bob'],
      [{ home: "/it's me" }, undefined, "/it's me", 'ada', " --home '/it'\\''s me'"],
      [
        { home: 'rel' },
        undefined,
        join(process.cwd(), 'rel'),
        'ada',
        ` --home ${join(process.cwd(), 'rel')}`,
      ],
      [
        { as: 'a'.repeat(32) },
        undefined,
        `/d/nigh/homes/${'a'.repeat(32)}`,
        'a'.repeat(32),
        ` --as ${'a'.repeat(32)}`,
      ],
    ]
  test.each(chosen)('%j with NIGH_HOME=%s', (choice, env, folder, nameAtBirth, flags) => {
    expect(whichHome(choice, { ...grounds, NIGH_HOME: env })).toEqual({ folder, nameAtBirth, flags })
  })

  test.each(['', 'Bob', 'b b', '..', 'a/b', '../x', 'ü', 'a\n', 'a'.repeat(33)])(
    'no profile is called %j',
    (as) => {
      expect(() => whichHome({ as }, grounds)).toThrow(NighError)
      expect(() => whichHome({ as, home: '/h' }, grounds)).toThrow(NighError)
    },
  )
})

describe('durations', () => {
  test.each([
    ['0s', 0],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['3650d', 315_360_000_000],
  ])('%s', (text, ms) => expect(durationOf(text)).toBe(ms))

  test.each(['', '5', 's', '-5s', '1.5h', '5 m', '1w', '3651d', '1h30m', '0x5s', '99999999999s'])(
    'not %j',
    (text) => {
      expect(() => durationOf(text)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )
})

describe('points in time', () => {
  const now = new Date(2026, 10, 22, 12, 0, 0)
  const local = (day: number, hour: number, minute: number) =>
    new Date(2026, 10, day, hour, minute).toISOString()
  test.each([
    ['90s', new Date(now.getTime() + 90_000).toISOString()],
    ['17:30', local(22, 17, 30)],
    ['9:05', local(23, 9, 5)],
    ['12:00', local(23, 12, 0)],
    ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['2027-01-01t01:00:00.5+01:00', '2027-01-01T00:00:00.500Z'],
  ])('%s', (text, instant) => expect(instantOf(text, now)).toBe(instant))

  test.each([
    '24:00',
    '7:5',
    'noon',
    '2027-01-01',
    '2027-01-01T00:00:00',
    '2027-02-30T00:00:00Z',
    '2027-01-01T25:00:00Z',
    '2020-01-01T00:00:00Z',
  ])('not %s', (text) =>
    expect(() => instantOf(text, now)).toThrow(expect.objectContaining({ code: 'usage' })),
  )
})

describe('harmless', () => {
  const harmful = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
  // Text as an attacker would write it, and any other.
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom(
        '\u001b',
        '\u009b',
        '\n',
        '\r',
        '\t',
        '\u202e',
        '\u2066',
        '\u2028',
        'a',
        '\ud800',
        '😀',
      ),
      maxLength: 50,
    }),
  )

  test('one line never holds a control character or a direction mark', () => {
    fc.assert(
      fc.property(text, (foreign) => !harmful.test(harmless(foreign)) && harmless(foreign).isWellFormed()),
    )
  })

  test('several lines hold nothing of it but line ends, and each further line is indented', () => {
    fc.assert(
      fc.property(text, (foreign) => {
        const [first = '', ...more] = harmlessText(foreign, '  | ').split('\n')
        return !harmful.test(first) && more.every((line) => line.startsWith('  | ') && !harmful.test(line))
      }),
    )
  })

  test('a JSON line is one line, says the same, and is harmless', () => {
    fc.assert(
      fc.property(text, (foreign) => {
        const line = harmlessJson({ foreign })
        expect(harmful.test(line)).toBe(false)
        expect(JSON.parse(line)).toEqual({ foreign })
      }),
    )
  })

  test('control: the same texts are harmful before', () => {
    expect(fc.sample(text, { seed: 7, numRuns: 200 }).some((foreign) => harmful.test(foreign))).toBe(true)
  })

  test.each([
    ['plain', 'plain'],
    ['Grüße, 你好, שלום, 👩‍👩‍👧', 'Grüße, 你好, שלום, 👩‍👩‍👧'],
    ['\u001b]0;owned\u0007', '\\u{1b}]0;owned\\u{7}'],
    ['a\u202egpj.exe', 'a\\u{202e}gpj.exe'],
  ])('%j', (before, after) => expect(harmless(before)).toBe(after))
})

test.each([
  ['snd', 'send'],
  ['hwo', 'who'],
  ['whomai', 'whoami'],
  ['contact', 'contacts'],
  ['inbxo', 'inbox'],
  ['x'.repeat(100_000), expect.any(String)],
])('the nearest to %.10s', (word, near) => {
  expect(nearest(word, ['up', 'who', 'whoami', 'send', 'inbox', 'contacts', 'status'])).toEqual(near)
})

test.each([
  ['list', 'nigh who'],
  ['start', 'nigh up'],
  ['quit', 'nigh down'],
  ['msg', 'nigh send'],
  ['sned', 'nigh send'],
])('what other programs call %s is %s here', async (word, near) => {
  const { code, err } = await nigh([word])
  expect(code).toBe(2)
  expect(err).toContain(`Did you mean: ${near}\n`)
})

test('a value that is none of those there are is named, with those there are and the nearest', async () => {
  expect((await nigh(['status', 'opne'])).err).toBe(
    'nigh: "opne" is not one of these: open, closed. Did you mean: open. See: nigh status --help\n',
  )
  expect((await nigh(['completion', 'tcsh'])).err).toBe(
    'nigh: "tcsh" is not one of these: bash, zsh, fish. See: nigh completion --help\n',
  )
})

test('ages and clocks in words', () => {
  expect([0, 900, 59_000, 61_000, 3_600_000, 172_800_000].map(age)).toEqual([
    '0 s',
    '1 s',
    '59 s',
    '1 min',
    '1 h',
    '2 d',
  ])
  const now = new Date(2026, 10, 22, 12, 0)
  expect(clock(new Date(2026, 10, 22, 9, 5).toISOString(), now)).toBe('09:05')
  expect(clock(new Date(2026, 10, 21, 9, 5).toISOString(), now)).toBe('2026-11-21 09:05')
  expect(clock('nonsense', now)).toBe('some time')
})

test('columns line up', () => {
  expect(
    table([
      ['a', 'bb', 'c'],
      ['aaa', '', ''],
      ['', '你', 'x'],
      ['é', '👩‍👩‍👧', 'y'],
    ]),
  ).toEqual(['a    bb  c', 'aaa', '     你  x', 'é    👩‍👩‍👧  y'])
})
