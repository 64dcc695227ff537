/**
 * Messages that were exported somewhere, taken in as what they are: past. They are settled or delivered and told, so
 * nothing of them is ever sent or receipted; what is here already stands. `born` says that they were imported, so that
 * no reader of events takes them for news.
 */
import { randomBytes } from 'node:crypto'
import type { Amendment } from '../agent.ts'
import { uuidText } from '../envelope/message-id.ts'
import type { Imported, Imports } from '../ports.ts'
import type { Amendments } from './amendments.ts'
import { idBytes, optionalIdBytes, text, wall } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'
import { indexWords } from './words.ts'

export function imports(db: Database, numbers: Numbers, amendments: Amendments): Imports {
  /** The first number that is free below all others: older than the oldest. */
  const beforeAll = (): number =>
    (db.one<{ first: number }>(
      `SELECT min(coalesce((SELECT min(seq) FROM inbox), 1), coalesce((SELECT min(seq) FROM outbox), 1), 1) AS first`,
    )?.first ?? 1) - 1

  function received(row: Imported & { received: true }, seq: number): boolean {
    const { changes } = db.run(
      `INSERT INTO inbox (seq, peer, label, id, sent_at, received_at, content_type, body, reply_to, state, disposition, told, unread, born)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'kept', 'delivered', 'delivered', 0, 'imported') ON CONFLICT (id, peer, label) DO NOTHING`,
      seq,
      numbers.give(row.peer),
      text(row.label),
      idBytes(row.id),
      wall(row.sentAt),
      wall(row.at),
      text(row.contentType),
      row.body,
      optionalIdBytes(row.replyTo),
    )
    return changes === 1
  }

  function sent(row: Imported & { received: false }, seq: number): boolean {
    const { changes } = db.run(
      `INSERT INTO outbox (seq, peer, label, id, sent_at, content_type, body, reply_to, until_open, state, outcome, reason, disposition, at, born)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 'settled', ?, ?, ?, ?, 'imported') ON CONFLICT (id, peer) DO NOTHING`,
      seq,
      numbers.give(row.peer),
      text(row.label),
      idBytes(row.id),
      wall(row.sentAt),
      text(row.contentType),
      row.body,
      optionalIdBytes(row.replyTo),
      row.outcome,
      row.reason ?? null,
      row.disposition ?? null,
      wall(row.at),
    )
    return changes === 1
  }

  const place = (row: Imported, seq: number): boolean => (row.received ? received(row, seq) : sent(row, seq))

  /** What was done to it, as rows of their own, like those that brought it: `next` gives each a number. */
  function amend(row: Imported, target: number, next: () => number): void {
    const { editedAt, deletedAt, reaction } = row
    const carry = (by: Amendment, at: number, body: Uint8Array): void => {
      const isTheirs = row.received === (by === 'edit' || by === 'delete')
      const carrier = next()
      const common = { peer: row.peer, label: row.label, id: uuidText(randomBytes(16)), sentAt: at, at, body }
      const { contentType } = row
      if (isTheirs) received({ ...common, contentType, received: true }, carrier)
      else
        sent(
          { ...common, contentType, received: false, outcome: 'success', disposition: 'delivered' },
          carrier,
        )
      const person = numbers.give(row.peer)
      amendments.write({ carrier, person, amends: { by, id: row.id }, target })
    }
    if (editedAt !== undefined) carry('edit', editedAt, row.body)
    if (deletedAt !== undefined) carry('delete', deletedAt, new Uint8Array())
    if (reaction !== undefined) carry('react', row.at, new Uint8Array(Buffer.from(reaction)))
  }

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
          const target = seq
          seq--
          amend(row, target, () => seq--)
          taken++
        }
        return taken
      }),
    after: (rows) =>
      db.write(() => {
        let taken = 0
        for (const row of rows) {
          if (!place(row, numbers.last() + 1)) continue
          amend(row, numbers.next(), () => numbers.next())
          taken++
        }
        return taken
      }),
  }
}
