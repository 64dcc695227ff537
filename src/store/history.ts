/**
 * The history of both directions: found by its words, and let go. The index of words runs behind the rows, because a
 * word costs more to index than a message to keep; whoever searches first makes it catch up.
 */
import type { Forgotten, History, HistoryRow } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'
import { idBytesOf, rowNumber, rowsAtMost, wall } from './columns.ts'
import type { Bound, Database } from './database.ts'
import { type InboxColumns, inboxRowOf } from './inbox.ts'
import { lastNumber, type Numbers } from './numbers.ts'
import { type OutboxColumns, outboxRowOf } from './outbox.ts'
import type { Quotes } from './quotes.ts'

const INBOX =
  'SELECT inbox.*, people.peer, people.number FROM inbox JOIN people ON people.number = inbox.peer'
const OUTBOX =
  'SELECT outbox.*, people.peer, people.number FROM outbox JOIN people ON people.number = outbox.peer'

/** The last number whose words are in the index. */
const INDEXED = 'words indexed to'

/** Rows per transaction while a search catches up: some 20 ms. */
const CATCH_UP = 2_000

/** Terms of one search beyond which nobody types: each is a look-up of its own. */
const TERMS_MOST = 16

type Aged = { seq: number; old: number }
/** A message as the index takes it: `number` is the person's. */
export type Numbered = { number: number; seq: number; body: Uint8Array; content_type: string }

export function history(db: Database, numbers: Numbers, { quoted }: Quotes): History {
  const indexedTo = (): number =>
    Number(db.one<{ value: string }>('SELECT value FROM settings WHERE key = ?', INDEXED)?.value ?? 0)

  const seen = (after: number, limit: number): Numbered[] => {
    const received = db.all<Numbered>(
      // The refused too: they may be accepted later, and the index does not come back for them.
      `${INBOX} WHERE seq > ? AND state IN ('kept', 'refused') ORDER BY seq LIMIT ?`,
      after,
      limit,
    )
    const sent = db.all<Numbered>(
      `${OUTBOX} WHERE seq > ? AND deleted = 0 ORDER BY seq LIMIT ?`,
      after,
      limit,
    )
    return inOrder(received, sent, limit)
  }

  function index(limit: number): boolean {
    const from = indexedTo()
    const rows = seen(from, limit)
    for (const row of rows) indexWords(db, row)
    const to = rows.length < limit ? lastNumber(db) : (rows.at(-1)?.seq ?? from)
    if (to > from)
      db.run(
        'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        INDEXED,
        String(to),
      )
    return rows.length === limit
  }

  /** Behind the rows there is nothing to take out of the index, and what is gone is passed over when it comes to them. */
  function remove(seq: number): boolean {
    const gone =
      db.run(
        `UPDATE inbox SET state = 'deleted', body = x'', content_type = '', thread = NULL, reply_to = NULL, unread = 0
         WHERE seq = ? AND state = 'kept' AND disposition <> 'held'`,
        seq,
      ).changes +
      db.run(
        `UPDATE outbox SET deleted = 1, body = x'', content_type = '', thread = NULL, reply_to = NULL
         WHERE seq = ? AND state = 'settled' AND disposition IS NOT 'held' AND deleted = 0`,
        seq,
      ).changes
    if (gone > 0 && seq <= indexedTo()) db.run('DELETE FROM words WHERE rowid = ?', seq)
    return gone > 0
  }

  function forget(before: number, after: number, limit: number): Forgotten {
    const received = db.all<Aged>(
      `SELECT seq, state = 'kept' AND disposition <> 'held' AND unread = 0 AND received_at < ? AS old
       FROM inbox WHERE seq > ? ORDER BY seq LIMIT ?`,
      before,
      after,
      limit,
    )
    const sent = db.all<Aged>(
      'SELECT seq, deleted = 0 AND at < ? AS old FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?',
      before,
      after,
      limit,
    )
    const rows = inOrder(received, sent, limit)
    const gone = rows.filter(({ seq, old }) => old === 1 && remove(seq)).length
    return rows.length < limit ? { gone } : { gone, next: rows.at(-1)?.seq ?? after }
  }

  function rowOf(seq: number): HistoryRow | undefined {
    const [received] = db.all<InboxColumns>(`${INBOX} WHERE seq = ? AND state = 'kept'`, seq)
    if (received !== undefined)
      return received.disposition === 'held' ? undefined : { inbox: quoted(inboxRowOf(received)) }
    const [sent] = db.all<OutboxColumns>(`${OUTBOX} WHERE seq = ? AND deleted = 0`, seq)
    return sent === undefined ? undefined : { outbox: quoted(outboxRowOf(sent)) }
  }

  function found(words: string, peer: PeerId | undefined, before: number, limit: number): HistoryRow[] {
    const said = phraseOf(words)
    if (said === undefined || limit === 0) return []
    const number = peer === undefined ? undefined : numbers.find(peer)
    if (peer !== undefined && number === undefined) return []
    const wanted = number === undefined ? `said : (${said})` : `said : (${said}) AND who : ${token(number)}`
    const rows: HistoryRow[] = []
    // A held request may stand among the newest: it is passed over, and the next taken instead.
    for (let below = before; rows.length < limit; ) {
      const hits = db.all<{ seq: number }>(
        'SELECT rowid AS seq FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?',
        ...([wanted, below, limit] satisfies Bound[]),
      )
      for (const { seq } of hits) {
        const row = rowOf(seq)
        if (row !== undefined && rows.length < limit) rows.push(row)
        below = seq
      }
      if (hits.length < limit) break
    }
    return rows.reverse()
  }

  /** A recalled id came before its message: where it lies says nothing. */
  function place(id: MessageId): number | undefined {
    const bytes = idBytesOf(id)
    if (bytes === undefined) return undefined
    const told = "SELECT seq FROM inbox WHERE id = ? AND state <> 'recalled'"
    const found = db.all<{ seq: number }>(told, bytes)
    const [row] =
      found.length > 0 ? found : db.all<{ seq: number }>('SELECT seq FROM outbox WHERE id = ?', bytes)
    return row?.seq
  }

  return {
    place: (id) => db.read(() => place(id)),
    async search({ words, peer, before = Number.POSITIVE_INFINITY, limit }) {
      while (await db.write(() => index(CATCH_UP)));
      return db.read(() => found(words, peer, rowNumber(before), rowsAtMost(limit)))
    },
    index: (limit) => db.note(() => index(rowsAtMost(limit))),
    remove: (seqs) => db.write(() => seqs.map(rowNumber).filter((seq) => remove(seq))),
    forget: ({ before, after = Number.NEGATIVE_INFINITY, limit }) =>
      db.write(() => forget(wall(before), rowNumber(after), rowsAtMost(limit))),
  }
}

/** Puts the words of one message into the index: only inside `write`. */
export function indexWords(db: Pick<Database, 'run'>, row: Numbered): void {
  if (!isText(row)) return
  const said = DECODER.decode(row.body)
  db.run('INSERT INTO words (rowid, said, who) VALUES (?, ?, ?)', row.seq, said, token(row.number))
}

/** The first `limit` of both, which are in order already. */
const inOrder = <Row extends { seq: number }>(one: Row[], other: Row[], limit: number): Row[] =>
  [...one, ...other].sort((a, b) => a.seq - b.seq).slice(0, limit)

const DECODER = new TextDecoder()

const isText = ({ content_type }: Numbered): boolean => content_type.startsWith('text/')

/** A person as a word of the index. */
const token = (number: number): string => `p${number}`

/**
 * What was typed as FTS5 understands it (https://sqlite.org/fts5.html#full_text_query_syntax): each word quoted, so that
 * nothing in it is an operator, the last one as a beginning; undefined where no word is left.
 */
export function phraseOf(words: string): string | undefined {
  const terms = (words.toWellFormed().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? []).slice(0, TERMS_MOST)
  if (terms.length === 0) return undefined
  return `${terms.map((term) => `"${term}"`).join(' AND ')}*`
}
