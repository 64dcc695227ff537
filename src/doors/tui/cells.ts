/**
 * Rows of a terminal as plain values: spans of text, each with a look. Widths are counted in cells, as ink counts them,
 * by graphemes: a wide character takes two, a mark none. Everything that others wrote comes in through `harmless`.
 */
import stringWidth from 'string-width'

/** Only what every terminal has, on a light or a dark background. Nothing is said by colour alone. */
export interface Look {
  bold?: true
  dim?: true
  inverse?: true
  colour?: 'red' | 'green' | 'yellow' | 'cyan'
  /** White on black whatever the terminal's own colours are: a code that is to be photographed. */
  paper?: true
}

export interface Span extends Look {
  text: string
}

/** One line of the screen. */
export type Row = readonly Span[]

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** What is one cell each without a look at tables: ASCII, the letters of Latin, and our own signs and lines. */
const PLAIN = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u024f●○×✓›·•…│─└⋮↑↓→↳]*$/
/** A letter with a hundred accents is one grapheme: it is shown with as many as a word may need. */
const GRAPHEME_LIMIT = 32

export function width(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text)
}

export function rowWidth(row: Row): number {
  let sum = 0
  for (const span of row) sum += width(span.text)
  return sum
}

export function graphemes(text: string): string[] {
  if (PLAIN.test(text)) return text.split('')
  return Array.from(SEGMENTER.segment(text), ({ segment }) =>
    segment.length > GRAPHEME_LIMIT ? segment.slice(0, GRAPHEME_LIMIT).toWellFormed() : segment,
  )
}

/** `text` within `cells`; what is cut off is shown by `…`. */
export function clip(text: string, cells: number): string {
  if (cells <= 0) return ''
  if (width(text) <= cells) return text
  let kept = ''
  let used = 0
  for (const grapheme of graphemes(text)) {
    const more = width(grapheme)
    if (used + more > cells - 1) break
    kept += grapheme
    used += more
  }
  return `${kept}…`
}

/** `text` in exactly `cells`. */
export function pad(text: string, cells: number): string {
  const clipped = clip(text, cells)
  return clipped + ' '.repeat(Math.max(0, cells - width(clipped)))
}

/** A row within `cells`, the last span cut. */
export function clipRow(row: Row, cells: number): Row {
  const kept: Span[] = []
  let left = cells
  for (const span of row) {
    if (left <= 0) break
    const text = clip(span.text, left)
    kept.push(text === span.text ? span : { ...span, text })
    left -= width(text)
  }
  return kept
}

/** A row in exactly `cells`: shorter ones end in blanks with the look of `fill`. */
export function padRow(row: Row, cells: number, fill: Look = {}): Row {
  const clipped = clipRow(row, cells)
  const left = cells - rowWidth(clipped)
  return left > 0 ? [...clipped, { ...fill, text: ' '.repeat(left) }] : clipped
}

/** Left and right of one row; the left gives way. */
export function apart(left: Row, right: Row, cells: number): Row {
  const rightWidth = Math.min(cells, rowWidth(right))
  return [...padRow(left, cells - rightWidth), ...clipRow(right, rightWidth)]
}

/**
 * One line of text as lines of at most `cells`, broken at blanks where there are any. Blanks at a break are dropped:
 * they were there to keep words apart.
 */
export function wrap(text: string, cells: number): string[] {
  const most = Math.max(1, cells)
  if (width(text) <= most) return [text]
  const lines: string[] = []
  let line = ''
  let used = 0
  /** Where the line may be broken: what it is up to there, and what comes after. */
  let breakAt: { line: string; after: string; afterWidth: number } | undefined
  for (const grapheme of graphemes(text)) {
    const more = width(grapheme)
    if (used + more > most) {
      if (grapheme === ' ') {
        lines.push(line)
        line = ''
        used = 0
        breakAt = undefined
        continue
      }
      if (breakAt !== undefined) {
        lines.push(breakAt.line)
        line = breakAt.after
        used = breakAt.afterWidth
        breakAt = undefined
      } else {
        lines.push(line)
        line = ''
        used = 0
      }
    }
    if (grapheme === ' ' && line !== '') breakAt = { line, after: '', afterWidth: 0 }
    else if (breakAt !== undefined) {
      breakAt.after += grapheme
      breakAt.afterWidth += more
    }
    line += grapheme
    used += more
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

/** What a row says, without its looks. */
export function plain(row: Row): string {
  return row.map((span) => span.text).join('')
}

const CODES: Readonly<Record<NonNullable<Look['colour']>, number>> = {
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
}

/** By number, so that no palette makes grey of them. */
const WHITE_ON_BLACK = [38, 5, 231, 48, 5, 16]

/** A row as a terminal takes it; without `colours` (NO_COLOR) only bold, dim and inverse. */
export function painted(row: Row, colours: boolean): string {
  return row
    .map(({ text, bold, dim, inverse, colour, paper }) => {
      const codes = [
        ...(bold ? [1] : []),
        ...(dim ? [2] : []),
        ...(inverse ? [7] : []),
        ...(colour !== undefined && colours ? [CODES[colour]] : []),
        ...(paper && colours ? WHITE_ON_BLACK : []),
      ]
      return codes.length === 0 || text === '' ? text : `\u001b[${codes.join(';')}m${text}\u001b[0m`
    })
    .join('')
}
