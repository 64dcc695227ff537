/**
 * Messages that were exported somewhere, taken in as what they are: past. They are settled or delivered and told, so
 * nothing of them is ever sent or receipted; what is here already stands. `born` says that they were imported, so that
 * no reader of events takes them for news.
 */
import type { Imported, Imports } from '../ports.ts'
import { idBytes, text, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'
import { indexWords } from './words.ts'

export function imports(db: Database, numbers: Numbers): Imports {
  /** The first number that is free below all others: older than the oldest. */
  const beforeAll = (): number =>
    (db.one<{ first: number }>(
      `SELECT min(coalesce((SELECT min(seq) FROM inbox), 1), coalesce((SELECT min(seq) FROM outbox), 1), 1) AS first`,
    )?.first ?? 1) - 1

  function received(row: Imported & { received: true }, seq: number): boolean {
    const { changes } = db.run(
      `INSERT INTO inbox (seq, peer, label, id, sent_at, received_at, content_type, body, state, disposition, told, unread, born)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'kept', 'delivered', 'delivered', 0, 'imported') ON CONFLICT (id, peer, label) DO NOTHING`,
      seq,
      numbers.give(row.peer),
      text(row.label),
      idBytes(row.id),
      wall(row.sentAt),
      wall(row.at),
      text(row.contentType),
      row.body,
    )
    return changes === 1
  }

  function sent(row: Imported & { received: false }, seq: number): boolean {
    const { changes } = db.run(
      `INSERT INTO outbox (seq, peer, label, id, sent_at, content_type, body, until_open, state, outcome, reason, disposition, at, born)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'settled', ?, ?, ?, ?, 'imported') ON CONFLICT (id, peer) DO NOTHING`,
      seq,
      numbers.give(row.peer),
      text(row.label),
      idBytes(row.id),
      wall(row.sentAt),
      text(row.contentType),
      row.body,
      row.outcome,
      row.reason ?? null,
      row.disposition ?? null,
      wall(row.at),
    )
    return changes === 1
  }

  const place = (row: Imported, seq: number): boolean => (row.received ? received(row, seq) : sent(row, seq))

  return {
    before: (rows) =>
      db.write(() => {
        let seq = beforeAll()
        let taken = 0
        for (const row of [...rows].reverse()) {
          if (!place(row, seq)) continue
          // The index runs after the newest, and never comes back to these.
          indexWords(db, {
            seq,
            number: numbers.give(row.peer),
            body: row.body,
            content_type: row.contentType,
          })
          seq--
          taken++
        }
        return taken
      }),
    after: (rows) =>
      db.write(() => {
        let taken = 0
        for (const row of rows) {
          if (!place(row, numbers.last() + 1)) continue
          numbers.next()
          taken++
        }
        return taken
      }),
  }
}
