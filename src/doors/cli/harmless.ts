/**
 * Text that others wrote, made harmless for a terminal: no control character moves the cursor, sets a title or
 * answers back, and no direction mark makes a line read as another. They are shown instead, as `\u{1b}`.
 */

/** C0, DEL, C1, the marks, embeddings, overrides and isolates of direction, and the two other line ends of Unicode. */
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** On one line: names, notes, sentences. */
export function harmless(text: string): string {
  return text.toWellFormed().replace(HARMFUL, shown)
}

/** Over several lines: a message. Line ends stay, tabs become blanks, every further line begins with `indent`. */
export function harmlessText(text: string, indent: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => harmless(line.replaceAll('\t', '    ')))
    .join(`\n${indent}`)
}

/** One JSON object as one line. Escaped beyond what JSON asks, so that it may be shown on a terminal as well. */
export function harmlessJson(value: object): string {
  return JSON.stringify(value).replace(HARMFUL, (char) => `\\u${hex(char).padStart(4, '0')}`)
}

function shown(char: string): string {
  return `\\u{${hex(char)}}`
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16)
}
