/**
 * The index of words. It runs behind the rows, because a word costs more to index than a message to keep; a message that
 * was edited or deleted behind it is put in anew, or taken out. All but `phraseOf` only inside `write`.
 */
import type { Database } from './database.ts'

/** The last number whose words are in the index. */
const INDEXED = 'words indexed to'

/** Terms of one search beyond which nobody types: each is a look-up of its own. */
const TERMS_MOST = 16

/** A message as the index takes it: `number` is the person's. */
export type Numbered = { number: number; seq: number; body: Uint8Array; content_type: string }

export function indexedTo(db: Pick<Database, 'one'>): number {
  return Number(db.one<{ value: string }>('SELECT value FROM settings WHERE key = ?', INDEXED)?.value ?? 0)
}

export function noteIndexed(db: Pick<Database, 'run'>, to: number): void {
  db.run(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    INDEXED,
    String(to),
  )
}

/** Behind the rows there is nothing to take out. */
export function forgetWords(db: Pick<Database, 'one' | 'run'>, seq: number): void {
  if (seq <= indexedTo(db)) db.run('DELETE FROM words WHERE rowid = ?', seq)
}

/** The message has other words now; the index comes by itself to what it has not seen yet. */
export function indexAgain(db: Pick<Database, 'one' | 'run'>, row: Numbered): void {
  if (row.seq > indexedTo(db)) return
  forgetWords(db, row.seq)
  indexWords(db, row)
}

/** Puts the words of one message into the index: only inside `write`. */
export function indexWords(db: Pick<Database, 'run'>, row: Numbered): void {
  if (!isText(row)) return
  const said = DECODER.decode(row.body)
  db.run('INSERT INTO words (rowid, said, who) VALUES (?, ?, ?)', row.seq, said, token(row.number))
}

const DECODER = new TextDecoder()

const isText = ({ content_type }: Numbered): boolean => content_type.startsWith('text/')

/** A person as a word of the index. */
export const token = (number: number): string => `p${number}`

/**
 * What was typed as FTS5 understands it (https://sqlite.org/fts5.html#full_text_query_syntax): each word quoted, so that
 * nothing in it is an operator, the last one as a beginning; undefined where no word is left.
 */
export function phraseOf(words: string): string | undefined {
  const terms = (words.toWellFormed().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? []).slice(0, TERMS_MOST)
  if (terms.length === 0) return undefined
  return `${terms.map((term) => `"${term}"`).join(' AND ')}*`
}
