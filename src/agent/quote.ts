/** The beginning of a message, by which it is known again where it is answered. */

/** Characters of it. */
const QUOTED_MOST = 80
/** Code units looked at for them: of a long text the rest is not even read. */
const READ_AT_MOST = 4 * QUOTED_MOST

/** On one line; cut between characters, and marked where it was cut. Empty where nothing shows. */
export function quoteOf(text: string): string {
  const words = text.slice(0, READ_AT_MOST).replace(/\s+/gu, ' ').trim()
  const characters = [...words]
  if (characters.length <= QUOTED_MOST && text.length <= READ_AT_MOST) return words
  return `${characters.slice(0, QUOTED_MOST - 1).join('')}…`
}

/** A message that answers `answered`, with its words as they are now; one that was deleted quotes nothing. */
export function requoted<Row extends { replyTo?: string; quoted?: string; deleted?: string }>(
  row: Row,
  answered: { id: string; text?: string; deleted?: string },
): Row {
  if (row.replyTo !== answered.id || row.deleted !== undefined) return row
  const { quoted: _, ...rest } = row
  const words = answered.deleted === undefined ? quoteOf(answered.text ?? '') : ''
  return (words === '' ? rest : { ...rest, quoted: words }) as Row
}
