/** Rows fit, whatever is in them; and a text being typed loses nothing. */
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { clip, graphemes, pad, painted, width, wrap } from '../../src/doors/tui/cells.ts'
import { cut, EMPTY, fieldLines, fieldWith, moved, textOf, typed } from '../../src/doors/tui/field.ts'
import { type InkKey, keysOf } from '../../src/doors/tui/key.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('a', ' ', '你', 'é', '👩‍👩‍👧', 'ש', '🇦🇹', 'word '), maxLength: 60 }),
)
const cells = fc.integer({ min: 4, max: 40 })

describe('cells', () => {
  test('a clipped text is never wider, a padded one exactly as wide', () => {
    fc.assert(
      fc.property(
        text,
        cells,
        (some, most) => width(clip(some, most)) <= most && width(pad(some, most)) === most,
      ),
    )
  })

  test('wrapped lines fit, and hold all there was but blanks', () => {
    fc.assert(
      fc.property(text, cells, (some, most) => {
        const lines = wrap(some, most)
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(most)
        const dense = (each: string) =>
          graphemes(each)
            .filter((grapheme) => grapheme !== ' ')
            .join('')
        expect(dense(lines.join(' '))).toBe(dense(some))
      }),
    )
  })

  const wrapped: [text: string, cells: number, lines: string[]][] = [
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 8, ['one two', 'three']],
    ['onetwothree', 4, ['onet', 'woth', 'ree']],
    ['a bbbbbbbb c', 5, ['a', 'bbbbb', 'bbb c']],
    ['你好你好', 5, ['你好', '你好']],
    ['', 5, ['']],
  ]
  test.each(wrapped)('%j in %i', (some, most, lines) => expect(wrap(some, most)).toEqual(lines))

  test('without colours bold and inverse remain, and nothing else', () => {
    const row = [
      { text: 'a', colour: 'red' as const },
      { text: 'b', bold: true as const, colour: 'green' as const },
    ]
    expect(painted(row, false)).toBe('a\u001b[1mb\u001b[0m')
    expect(painted(row, true)).toBe('\u001b[31ma\u001b[0m\u001b[1;32mb\u001b[0m')
  })
})

describe('a text being typed', () => {
  test('what a person sees as one character is deleted and passed as one', () => {
    for (const one of ['a', 'é', '👩‍👩‍👧', '🇦🇹', 'e\u0301', '你']) {
      const field = fieldWith(`x${one}`)
      expect(cut(field, 'back')).toEqual({ before: 'x', after: '' })
      expect(moved(field, 'left')).toEqual({ before: 'x', after: one })
      expect(cut(moved(field, 'left'), 'forward')).toEqual({ before: 'x', after: '' })
    }
  })

  test('moving loses nothing', () => {
    const moves = fc.constantFrom('left', 'right', 'home', 'end', 'wordLeft', 'wordRight' as const)
    fc.assert(
      fc.property(text, fc.array(moves, { maxLength: 20 }), (some, way) => {
        let field = typed(EMPTY, some)
        const whole = textOf(field)
        for (const move of way) field = moved(field, move as 'left')
        expect(textOf(field)).toBe(whole)
      }),
    )
  })

  test('words and lines are cut as in a shell', () => {
    expect(cut(fieldWith('one two  '), 'word')).toEqual({ before: 'one ', after: '' })
    expect(cut(fieldWith('one\ntwo'), 'toStart')).toEqual({ before: 'one\n', after: '' })
    expect(cut({ before: '', after: 'one\ntwo' }, 'toEnd')).toEqual({ before: '', after: '\ntwo' })
  })

  test('control characters are no text; line ends and tabs are', () => {
    expect(textOf(typed(EMPTY, 'a\u001b[31mb\r\nc\rd\te\u0007'))).toBe('a[31mb\nc\nd    e')
  })

  test('the cursor stands where the next character will', () => {
    const at = (before: string, after: string, most: number) => {
      const { x, y, lines } = fieldLines({ before, after }, most, (each) => each)
      return [x, y, lines]
    }
    expect(at('ab', 'c', 5)).toEqual([2, 0, ['abc']])
    expect(at('abcde', '', 5)).toEqual([0, 1, ['abcde', '']])
    expect(at('你', 'x', 5)).toEqual([2, 0, ['你x']])
    expect(at('a\nb', '', 5)).toEqual([1, 1, ['a', 'b']])
  })
})

describe('keys', () => {
  const none: InkKey = {
    upArrow: false,
    downArrow: false,
    leftArrow: false,
    rightArrow: false,
    pageDown: false,
    pageUp: false,
    home: false,
    end: false,
    return: false,
    escape: false,
    ctrl: false,
    shift: false,
    tab: false,
    backspace: false,
    delete: false,
    meta: false,
  }
  const rows: [input: string, key: Partial<InkKey>, names: string[]][] = [
    ['a', {}, ['text a']],
    ['hello\rworld', {}, ['text hello', 'enter', 'text world']],
    ['\n', {}, ['newline']],
    ['', { return: true }, ['enter']],
    ['\r', { return: true, meta: true }, ['alt newline']],
    ['c', { ctrl: true }, ['ctrl text c']],
    ['b', { meta: true }, ['alt text b']],
    ['', { upArrow: true, meta: true }, ['alt up']],
    ['', { tab: true, shift: true }, ['backtab']],
    ['', { escape: true, meta: true }, ['escape']],
    ['ab\u0003', {}, ['text ab', 'ctrl text c']],
    ['', { upArrow: true, eventType: 'release' }, []],
  ]
  test.each(rows)('%j %j', (input, key, names) => {
    const keys = keysOf(input, { ...none, ...key })
    const said = keys.map(({ name, text: typed_, ctrl, alt }) =>
      [ctrl ? 'ctrl' : '', alt ? 'alt' : '', name, typed_].filter((part) => part !== '').join(' '),
    )
    expect(said).toEqual(names)
  })
})

test('what is counted without tables has the width that the tables say', () => {
  for (let code = 0x20; code < 0x250; code++) {
    const char = String.fromCharCode(code)
    if ((code >= 0x7f && code <= 0xa0) || code === 0xad) continue
    expect(width(char), `U+${code.toString(16)}`).toBe(stringWidth(char))
  }
  for (const sign of '●○×✓›·•…│─└⋮↑↓→↳') expect(width(sign), sign).toBe(stringWidth(sign))
})
