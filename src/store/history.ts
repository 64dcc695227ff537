/**
 * The history of both directions: found by its words, and let go. The index of words runs behind the rows, because a
 * word costs more to index than a message to keep; whoever searches first makes it catch up.
 */
import type { Forgotten, History, HistoryRow } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'
import type { Amendments } from './amendments.ts'
import { idBytesOf, rowNumber, rowsAtMost, wall } from './columns.ts'
import type { Bound, Database } from './database.ts'
import { lastNumber, type Numbers } from './numbers.ts'
import type { Shown } from './shown.ts'
import { forgetWords, indexedTo, indexWords, type Numbered, noteIndexed, phraseOf, token } from './words.ts'

/** Rows per transaction while a search catches up: some 20 ms. */
const CATCH_UP = 2_000

/** What was done to a message goes with it, not by its own age: or the message would be again as it was before. */
const IS_FREE = 'NOT EXISTS (SELECT 1 FROM amendments WHERE carrier = seq AND target IS NOT NULL)'

type Aged = { seq: number; old: number }

export function history(db: Database, numbers: Numbers, amendments: Amendments, { at }: Shown): History {
  const seen = (after: number, limit: number): Numbered[] => {
    const received = db.all<Numbered>(
      // The refused too: they may be accepted later, and the index does not come back for them.
      `SELECT seq, inbox.peer AS number, body, content_type FROM inbox LEFT JOIN amendments ON carrier = seq
       WHERE seq > ? AND state IN ('kept', 'refused') AND carrier IS NULL ORDER BY seq LIMIT ?`,
      after,
      limit,
    )
    const sent = db.all<Numbered>(
      `SELECT seq, outbox.peer AS number, body, content_type FROM outbox LEFT JOIN amendments ON carrier = seq
       WHERE seq > ? AND deleted = 0 AND carrier IS NULL ORDER BY seq LIMIT ?`,
      after,
      limit,
    )
    return inOrder(received, sent, limit).map((row) => {
      const { body, contentType } = amendments.of(row.seq) ?? {}
      if (body === undefined && contentType === undefined) return row
      return { ...row, body: body ?? row.body, content_type: contentType ?? row.content_type }
    })
  }

  function index(limit: number): boolean {
    const from = indexedTo(db)
    const rows = seen(from, limit)
    for (const row of rows) indexWords(db, row)
    const to = rows.length < limit ? lastNumber(db) : (rows.at(-1)?.seq ?? from)
    if (to > from) noteIndexed(db, to)
    return rows.length === limit
  }

  /** With all that was done to it; a change of mine that is not answered yet keeps it here. */
  function remove(seq: number): boolean {
    const gone = letGo(seq)
    if (!gone) return false
    const carriers = db.all<{ carrier: number }>('SELECT carrier FROM amendments WHERE target = ?', seq)
    for (const { carrier } of carriers) letGo(carrier)
    // It waited for a message that never came: nobody counts it any more.
    db.run('DELETE FROM amendments WHERE carrier = ? AND target IS NULL', seq)
    return true
  }

  /** What the index has not seen yet is passed over when it comes to it. */
  function letGo(seq: number): boolean {
    const isFinal = `NOT EXISTS (SELECT 1 FROM amendments JOIN outbox AS change ON change.seq = amendments.carrier
      WHERE amendments.target = ? AND change.state <> 'settled')`
    const gone =
      db.run(
        `UPDATE inbox SET state = 'deleted', body = x'', content_type = '', thread = NULL, reply_to = NULL, unread = 0
         WHERE seq = ? AND state = 'kept' AND disposition <> 'held' AND ${isFinal}`,
        seq,
        seq,
      ).changes +
      db.run(
        `UPDATE outbox SET deleted = 1, body = x'', content_type = '', thread = NULL, reply_to = NULL
         WHERE seq = ? AND state = 'settled' AND disposition IS NOT 'held' AND deleted = 0 AND ${isFinal}`,
        seq,
        seq,
      ).changes
    if (gone > 0) forgetWords(db, seq)
    return gone > 0
  }

  function forget(before: number, after: number, limit: number): Forgotten {
    const received = db.all<Aged>(
      `SELECT seq, state = 'kept' AND disposition <> 'held' AND unread = 0 AND received_at < ? AND ${IS_FREE} AS old
       FROM inbox WHERE seq > ? ORDER BY seq LIMIT ?`,
      before,
      after,
      limit,
    )
    const sent = db.all<Aged>(
      `SELECT seq, deleted = 0 AND at < ? AND ${IS_FREE} AS old FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?`,
      before,
      after,
      limit,
    )
    const rows = inOrder(received, sent, limit)
    const gone = rows.filter(({ seq, old }) => old === 1 && remove(seq)).length
    return rows.length < limit ? { gone } : { gone, next: rows.at(-1)?.seq ?? after }
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
        const row = at(seq)
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

/** The first `limit` of both, which are in order already. */
const inOrder = <Row extends { seq: number }>(one: Row[], other: Row[], limit: number): Row[] =>
  [...one, ...other].sort((a, b) => a.seq - b.seq).slice(0, limit)
