/**
 * Everything that happened to messages and requests, in the order of its commits. Whoever was away reads on from
 * the last number it saw, and finds each outcome as it was then, not as it is now.
 */
import type { Disposition, OutboxState, OutcomeWord, Reason } from '../agent.ts'
import type { Journal, JournalEntry } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { rowNumber, rowsAtMost, text, wall } from './columns.ts'
import type { Database } from './database.ts'
import { type InboxColumns, inboxRowOf } from './inbox.ts'
import type { Numbers } from './numbers.ts'
import { type OutboxColumns, outboxRowAs, outboxRowOf } from './outbox.ts'

export function journal(db: Database, numbers: Numbers): Journal {
  function entryOf(columns: Columns): JournalEntry {
    const { seq, at, kind } = columns
    switch (kind) {
      case 'outcome': {
        const row = outboxRowOf(only(db.all<OutboxColumns>(OUTBOX_ROW, columns.outbox ?? seq)))
        return { seq, at, kind, outbox: outboxRowAs(row, columns) }
      }
      case 'subscription':
        return { seq, at, kind: 'request', subscription: { peer: columns.peer, name: columns.name } }
      default:
        return {
          seq,
          at,
          kind,
          inbox: inboxRowOf(only(db.all<InboxColumns>(INBOX_ROW, columns.inbox ?? seq))),
        }
    }
  }

  return {
    last: () =>
      db.read(() => db.one<{ last: number }>('SELECT coalesce(max(seq), 0) AS last FROM journal')?.last ?? 0),
    since: (seq, limit) =>
      db.read(() =>
        db
          .all<Columns>(
            `SELECT journal.*, people.peer FROM journal LEFT JOIN people ON number = journal.peer
             WHERE seq > ? AND kind NOT IN ('recall', 'gap') ORDER BY seq LIMIT ?`,
            rowNumber(seq),
            rowsAtMost(limit),
          )
          .map(entryOf),
      ),
    request: ({ peer, name, at }) =>
      db.write(() => {
        const seq = db.run(
          "INSERT INTO journal (at, kind, peer, name) VALUES (?, 'subscription', ?, ?)",
          wall(at),
          numbers.give(peer),
          text(name),
        ).lastRow
        return { seq, at: wall(at), kind: 'request', subscription: { peer, name: text(name) } }
      }),
  }
}

const OUTBOX_ROW =
  'SELECT outbox.*, people.peer FROM outbox JOIN people ON number = outbox.peer WHERE seq = ?'
const INBOX_ROW = 'SELECT inbox.*, people.peer FROM inbox JOIN people ON number = inbox.peer WHERE seq = ?'

/** Which columns are filled hangs on `kind`, as the schema says; the types take that on trust. */
interface Columns {
  seq: number
  at: number
  kind: 'message' | 'request' | 'outcome' | 'subscription'
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
