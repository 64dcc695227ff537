/**
 * Everything that happened to messages and requests, in the order of its commits. Whoever was away reads on from
 * the last number it saw, and finds each outcome as it was then, not as it is now.
 */
import type { Disposition, OutboxState, OutcomeWord, Reason } from '../agent.ts'
import type { Journal, JournalEntry } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { rowNumber, rowsAtMost, text, wall } from './columns.ts'
import type { Database } from './database.ts'
import { lastNumber, type Numbers } from './numbers.ts'
import {
  type InboxColumns,
  inboxRowOf,
  type OutboxColumns,
  outboxRowAs,
  outboxRowOf,
  SELECT_INBOX,
  SELECT_OUTBOX,
} from './row.ts'
import type { Shown } from './shown.ts'

export function journal(db: Database, numbers: Numbers, { shown, amending }: Shown): Journal {
  /** A row's birth is told by the row itself: what it was born as, whatever became of it since. */
  const born = {
    inbox: (after: number, limit: number): JournalEntry[] =>
      db
        .all<InboxColumns>(
          `${SELECT_INBOX} WHERE inbox.seq > ? AND state IN ('kept', 'refused') AND born <> 'imported' ORDER BY seq LIMIT ?`,
          after,
          limit,
        )
        .map((columns) => ({
          seq: columns.seq,
          at: columns.received_at,
          kind: columns.amends_by !== null ? 'amended' : columns.born === 'request' ? 'request' : 'message',
          inbox: amending(inboxRowOf(columns)),
        })),
    outbox: (after: number, limit: number): JournalEntry[] =>
      db
        .all<OutboxColumns>(
          `${SELECT_OUTBOX} WHERE outbox.seq > ? AND deleted = 0 AND born <> 'imported' ORDER BY seq LIMIT ?`,
          after,
          limit,
        )
        .map((columns) => ({
          seq: columns.seq,
          at: columns.sent_at,
          kind: columns.amends_by === null ? 'outcome' : 'amended',
          outbox: outboxRowAs(amending(outboxRowOf(columns)), {
            state: columns.born === 'imported' ? 'settled' : columns.born,
            outcome: 'indeterminate',
            reason: null,
            disposition: null,
            at: columns.sent_at,
          }),
        })),
  }

  const later = (after: number, limit: number): JournalEntry[] =>
    db
      .all<Columns>(
        `SELECT journal.*, people.peer FROM journal LEFT JOIN people ON number = journal.peer
         LEFT JOIN inbox ON inbox.seq = journal.inbox LEFT JOIN outbox ON outbox.seq = journal.outbox
         WHERE journal.seq > ? AND kind <> 'gap' AND inbox.state IS NOT 'deleted' AND outbox.deleted IS NOT 1
         ORDER BY journal.seq LIMIT ?`,
        after,
        limit,
      )
      .map(entryOf)

  function entryOf(columns: Columns): JournalEntry {
    const { seq, at, kind } = columns
    switch (kind) {
      case 'outcome': {
        const row = amending(
          outboxRowOf(only(db.all<OutboxColumns>(`${SELECT_OUTBOX} WHERE outbox.seq = ?`, columns.outbox))),
        )
        return {
          seq,
          at,
          kind: row.amends === undefined ? kind : 'amended',
          outbox: outboxRowAs(row, columns),
        }
      }
      case 'subscription':
        return { seq, at, kind: 'request', subscription: { peer: columns.peer, name: columns.name } }
      default:
        return {
          seq,
          at,
          kind,
          inbox: shown(
            inboxRowOf(only(db.all<InboxColumns>(`${SELECT_INBOX} WHERE inbox.seq = ?`, columns.inbox))),
          ),
        }
    }
  }

  return {
    last: () => db.read(() => lastNumber(db)),
    since: (seq, limit) =>
      db.read(() => {
        const after = rowNumber(seq)
        const most = rowsAtMost(limit)
        // Each is in order by itself, so the first `most` of all are among the first `most` of each.
        return [...born.inbox(after, most), ...born.outbox(after, most), ...later(after, most)]
          .sort((one, other) => one.seq - other.seq)
          .slice(0, most)
      }),
    request: ({ peer, name, at }) =>
      db.write(() => {
        const seq = numbers.next()
        db.run(
          "INSERT INTO journal (seq, at, kind, peer, name) VALUES (?, ?, 'subscription', ?, ?)",
          seq,
          wall(at),
          numbers.give(peer),
          text(name),
        )
        return { seq, at: wall(at), kind: 'request', subscription: { peer, name: text(name) } }
      }),
  }
}

/** Which columns are filled hangs on `kind`, as the schema says; the types take that on trust. */
interface Columns {
  seq: number
  at: number
  kind: 'message' | 'outcome' | 'subscription'
  inbox: number | null
  outbox: number | null
  state: OutboxState
  outcome: OutcomeWord
  reason: Reason | null
  disposition: Disposition | null
  peer: PeerId
  name: string
}

function only<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('the journal names a row that is not there')
  return row
}
