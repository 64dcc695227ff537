/** A text being typed, and where its cursor stands, in graphemes: what a person sees as one character is deleted as one. */
import { graphemes, width } from './cells.ts'

export interface Field {
  readonly before: string
  readonly after: string
}

export const EMPTY: Field = { before: '', after: '' }

export function textOf({ before, after }: Field): string {
  return before + after
}

/** The text as it leaves. Line ends at its end come from how it was pasted, as that of `echo` does. */
export function messageOf(field: Field): string {
  const text = textOf(field)
  let end = text.length
  while (text[end - 1] === '\n') end -= 1
  return text.slice(0, end)
}

export function fieldWith(text: string): Field {
  return { before: text, after: '' }
}

export function isEmpty(field: Field): boolean {
  return field.before === '' && field.after === ''
}

/** Typed or pasted: line ends become one kind, tabs become blanks; other control characters are no text. */
export function typed(field: Field, text: string): Field {
  const clean = text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', '    ')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
    .toWellFormed()
  return { before: field.before + clean, after: field.after }
}

export type Move = 'left' | 'right' | 'home' | 'end' | 'wordLeft' | 'wordRight'

export function moved({ before, after }: Field, move: Move): Field {
  const at = (length: number): Field => {
    const whole = before + after
    return { before: whole.slice(0, length), after: whole.slice(length) }
  }
  switch (move) {
    case 'left':
      return at(before.length - lastOf(before).length)
    case 'right':
      return at(before.length + firstOf(after).length)
    case 'home':
      return at(before.lastIndexOf('\n') + 1)
    case 'end': {
      const end = after.indexOf('\n')
      return at(before.length + (end < 0 ? after.length : end))
    }
    case 'wordLeft':
      return at(before.replace(/[^\s]*\s*$/u, '').length)
    case 'wordRight':
      return at(before.length + (/^\s*[^\s]*/u.exec(after)?.[0].length ?? 0))
  }
}

export type Cut = 'back' | 'forward' | 'word' | 'toStart' | 'toEnd'

export function cut(field: Field, what: Cut): Field {
  const { before, after } = field
  switch (what) {
    case 'back':
      return { before: before.slice(0, before.length - lastOf(before).length), after }
    case 'forward':
      return { before, after: after.slice(firstOf(after).length) }
    case 'word':
      return { before: before.replace(/[^\s]*[^\S\n]*$/u, ''), after }
    case 'toStart':
      return { before: before.slice(0, before.lastIndexOf('\n') + 1), after }
    case 'toEnd': {
      const end = after.indexOf('\n')
      return { before, after: end < 0 ? '' : after.slice(end) }
    }
  }
}

/** The lines of a field `cells` wide, and where the cursor stands in them. */
export function fieldLines(
  field: Field,
  cells: number,
  shown: (text: string) => string,
): { lines: string[]; x: number; y: number } {
  const lines: string[] = ['']
  let used = 0
  const put = (text: string): void => {
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0) {
        lines.push('')
        used = 0
      }
      for (const grapheme of graphemes(shown(line))) {
        const more = width(grapheme)
        if (used + more > cells) {
          lines.push('')
          used = 0
        }
        lines[lines.length - 1] += grapheme
        used += more
      }
    }
  }
  put(field.before)
  // At the right edge the cursor stands on the next line, where the next character will.
  if (used >= cells) {
    lines.push('')
    used = 0
  }
  const at = { x: used, y: lines.length - 1 }
  put(field.after)
  return { lines, ...at }
}

function lastOf(text: string): string {
  return graphemesNear(text.slice(-NEAR)).at(-1) ?? ''
}

function firstOf(text: string): string {
  return graphemesNear(text.slice(0, NEAR))[0] ?? ''
}

/** Code units looked at for one grapheme: families and flags have under thirty. */
const NEAR = 64
const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Uncut, unlike what is shown: what is deleted must be what is there. */
function graphemesNear(text: string): string[] {
  return Array.from(SEGMENTER.segment(text), ({ segment }) => segment)
}
