/**
 * Names are what people see instead of keys, and most come from strangers. A tidy name is one line, shows
 * everything it contains and turns no text around; what cannot be seen could make two people look like one.
 * The same rules hold for claimed names, petnames and groups.
 */
import { NAME_LIMIT } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'

/**
 * `text` as a display name: NFC, one line, trimmed, without control, format, bidirectional or invisible
 * characters, at most NAME_LIMIT code points, never cut inside a grapheme. `undefined` when nothing is left.
 */
export function tidyName(text: string): string | undefined {
  const name = cut(visibleIn(text)).trim()
  return name === '' ? undefined : name
}

/**
 * As `tidyName`, of a name that the person here gives: one that is too long is not cut behind their back. Throws `usage`
 * beyond NAME_LIMIT code points.
 */
export function givenName(text: string): string | undefined {
  const name = visibleIn(text)
  const { length } = [...name]
  if (length > NAME_LIMIT || text.length > READ_AT_MOST) throw new NighError('usage', nameTooLong(length))
  return name === '' ? undefined : name
}

const nameTooLong = (length: number) =>
  `A name has at most ${NAME_LIMIT} characters; this one has ${length > NAME_LIMIT ? length : 'far more'}. Shorten it.`

function visibleIn(text: string): string {
  return text
    .slice(0, READ_AT_MOST)
    .toWellFormed()
    .replace(BLANK, ' ')
    .replace(UNSEEN, '')
    .normalize('NFC')
    .replace(MARKS, '$1')
    .replace(/\s+/gu, ' ')
    .trim()
}

/** Whether two names could be told apart by their case alone, or not at all. */
export function sameButForCase(one: string, other: string): boolean {
  return folded(one) === folded(other)
}

/** Nobody's name is longer; what lies beyond is not even looked at. */
const READ_AT_MOST = 16 * NAME_LIMIT

/** Line ends, tabs and Unicode's wide choice of spaces become one plain space. */
const BLANK = /[\p{White_Space}\u2800]+/gu

/** Controls, formats (bidi among them), halves of pairs, private use, unassigned, and what draws nothing. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufffd]/gu

/** Towers of combining marks climb over other lines; no living script needs more than four on one letter. */
const MARKS = /(\p{M}{4})\p{M}+/gu

function cut(name: string): string {
  if ([...name].length <= NAME_LIMIT) return name
  // Made here: its tables take 2.4 MB, and hardly anybody has so long a name.
  const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
  let kept = ''
  let length = 0
  for (const { segment } of graphemes.segment(name)) {
    length += [...segment].length
    if (length > NAME_LIMIT) break
    kept += segment
  }
  // One grapheme longer than a whole name is no letter of any script.
  return kept === '' ? [...name].slice(0, NAME_LIMIT).join('') : kept
}

function folded(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase()
}
