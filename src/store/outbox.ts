/** The messages I owe: written here before the first byte leaves, and here until their outcome is known. */
import { isFurther } from '../agent/outcome.ts'
import type { NewOutboxRow, OutboxRow, OutboxRows, Recalling, Settled, Settlement } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'
import type { Amendments } from './amendments.ts'
import {
  flag,
  idBytes,
  idBytesOf,
  optionalIdBytes,
  optionalText,
  optionalWall,
  rowNumber,
  rowsAtMost,
  text,
  wall,
} from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'
import { type OutboxColumns, outboxRowAs, outboxRowOf, SELECT_OUTBOX } from './row.ts'
import type { Shown } from './shown.ts'

export function outboxRows(
  db: Database,
  numbers: Numbers,
  amendments: Amendments,
  { shown, amending }: Shown,
): OutboxRows {
  const rows = (where: string, ...bound: (number | Uint8Array)[]): OutboxRow[] =>
    db.all<OutboxColumns>(`${SELECT_OUTBOX} WHERE ${where}`, ...bound).map(outboxRowOf)

  function row(peer: PeerId, id: MessageId): OutboxRow | undefined {
    const number = numbers.find(peer)
    const bytes = idBytesOf(id)
    if (number === undefined || bytes === undefined) return undefined
    return rows('outbox.id = ? AND outbox.peer = ?', bytes, number)[0]
  }

  /** The same (peer, id) again, even with another body: the first stands (fault M3), and no number is spent. */
  function owe(fresh: NewOutboxRow): OutboxRow {
    const owed = inItsOrder(sound(fresh))
    const seq = numbers.last() + 1
    const { changes } = db.run(
      `INSERT INTO outbox (seq, peer, label, id, sent_at, content_type, body, thread, reply_to, deadline, until_open, state, outcome, at, born)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id, peer) DO NOTHING`,
      seq,
      numbers.give(owed.peer),
      owed.label,
      idBytes(owed.id),
      owed.sentAt,
      owed.contentType,
      owed.body,
      optionalText(owed.thread),
      optionalIdBytes(owed.replyTo),
      optionalWall(owed.deadline),
      flag(owed.untilOpen),
      owed.state,
      owed.outcome,
      owed.at,
      owed.state,
    )
    if (changes === 0) {
      const known = row(fresh.peer, fresh.id)
      if (known === undefined) throw new Error('a key that is taken names no row')
      return known
    }
    numbers.next()
    const written = { ...owed, seq }
    amendments.note(written)
    return amending(written)
  }

  /** Of two changes to one message the later must not seem the earlier, whatever the clock did. */
  function inItsOrder(row: Omit<OutboxRow, 'seq'>): Omit<OutboxRow, 'seq'> {
    if (row.amends === undefined) return row
    const sentAt = amendments.nextSentAt(row)
    return { ...row, sentAt, at: sentAt }
  }

  /** Who is known to have taken something, so that it is written once and not with every message. */
  const takers = new Set<PeerId>()
  db.afterRollback(() => takers.clear())

  function settle(answer: Settlement, at: number): Settled[] {
    const before = settleAtOnce(answer, at) ?? settleAnyhow(answer, at)
    if (before === undefined) return []
    const { state, outcome } = answer
    const reason = answer.reason ?? null
    const disposition = answer.disposition ?? null
    const seq = numbers.next()
    db.run(
      "INSERT INTO journal (seq, at, kind, outbox, state, outcome, reason, disposition) VALUES (?, ?, 'outcome', ?, ?, ?, ?, ?)",
      seq,
      at,
      before.seq,
      state,
      outcome,
      reason,
      disposition,
    )
    if (disposition === 'delivered' || disposition === 'displayed') noteTaker(answer.peer)
    const stands = outboxRowAs(before, { state, outcome, reason, disposition, at })
    if (stands.amends !== undefined) {
      amendments.ended(stands)
      return [{ row: amending(stands), seq }]
    }
    return [{ row: stands, seq }, ...(outcome === 'failure' ? changesEnd(stands) : [])]
  }

  /** What they never get is not changed either: an edit has its whole text, and would bring it to them. */
  function changesEnd({ seq, reason, at }: OutboxRow): Settled[] {
    const changes = rows(
      "state <> 'settled' AND outbox.seq IN (SELECT carrier FROM amendments WHERE target = ?) ORDER BY seq",
      seq,
    )
    return changes.flatMap(({ peer, id }) => {
      const why = reason === 'expired' ? 'expired' : 'recalled'
      const over = { peer, id, state: 'settled', outcome: 'failure', unsent: true } as const
      const ended = settle({ ...over, reason: reason ?? why }, at)
      // One that may have left is asked back when the line begins again.
      if (ended.length === 0) recall(peer, id, why, at)
      return ended
    })
  }

  /** The first answer to a row that the caller still holds, as nearly all are: one statement, nothing is read. */
  function settleAtOnce(answer: Settlement, at: number): OutboxRow | undefined {
    const { row: held, state, outcome, reason, disposition } = answer
    if (held === undefined || state !== 'settled' || held.peer !== answer.peer || held.id !== answer.id)
      return undefined
    const { changes } = db.run(
      `UPDATE outbox SET state = 'settled', outcome = ?, reason = ?, disposition = ?, at = ?
       WHERE seq = ? AND state = 'sent' AND outcome = 'indeterminate' AND disposition IS NULL`,
      outcome,
      reason ?? null,
      disposition ?? null,
      at,
      held.seq,
    )
    return changes === 1 ? held : undefined
  }

  /** Answers come late, twice and out of order: the row decides, by how far it has come (fault M6). */
  function settleAnyhow(answer: Settlement, at: number): OutboxRow | undefined {
    const before = row(answer.peer, answer.id)
    if (before === undefined || !isFurther(answer, before)) return undefined
    if (answer.unsent === true && before.state !== 'owed') return undefined
    db.run(
      'UPDATE outbox SET state = ?, outcome = ?, reason = ?, disposition = ?, at = ? WHERE seq = ?',
      answer.state,
      answer.outcome,
      answer.reason ?? null,
      answer.disposition ?? null,
      at,
      before.seq,
    )
    return before
  }

  function noteTaker(peer: PeerId): void {
    if (takers.has(peer)) return
    db.run('UPDATE people SET has_delivered = 1 WHERE peer = ? AND has_delivered = 0', peer)
    takers.add(peer)
  }

  /** What never left needs nobody's answer (fault M1). */
  function recall(
    peer: PeerId,
    id: MessageId,
    why: Recalling,
    at: number,
  ): (Settled & { with?: Settled[] }) | undefined {
    const before = row(peer, id)
    if (before === undefined || before.state === 'settled') return undefined
    if (before.state === 'owed') {
      const [over, ...others] = settle({ peer, id, state: 'settled', outcome: 'failure', reason: why }, at)
      return over && { ...over, ...(others.length === 0 ? {} : { with: others }) }
    }
    const recalling = before.recall === 'recalled' ? before.recall : why
    if (recalling !== before.recall)
      db.run('UPDATE outbox SET recall = ? WHERE seq = ?', recalling, before.seq)
    return { row: { ...before, recall: recalling }, seq: before.seq }
  }

  return {
    owe: (fresh) => db.write(() => owe(fresh)),
    markSent: (seqs) =>
      db.write(() => {
        for (const seq of seqs)
          db.run("UPDATE outbox SET state = 'sent' WHERE seq = ? AND state = 'owed'", rowNumber(seq))
      }),
    settle(answers, at) {
      const change = () => answers.flatMap((answer) => settle(answer, wall(at)))
      // A success that a power cut takes back is told again by the receipt of record. A failure must stand: the
      // message would leave once more, and might be kept.
      return answers.every(({ outcome }) => outcome === 'success') ? db.note(change) : db.write(change)
    },
    recall: (peer, id, why, at) => db.write(() => recall(peer, id, why, wall(at))),
    unsettled: (peer, { after, limit }) =>
      db.read(() => {
        const number = numbers.find(peer)
        if (number === undefined) return []
        return rows(
          "outbox.peer = ? AND state <> 'settled' AND seq > ? ORDER BY seq LIMIT ?",
          number,
          rowNumber(after),
          rowsAtMost(limit),
        )
      }),
    creditors: () =>
      db.read(() =>
        db
          .all<{ peer: PeerId }>(
            `SELECT people.peer FROM people JOIN (
               SELECT peer FROM outbox WHERE state <> 'settled' UNION SELECT peer FROM outbox WHERE disposition = 'held'
             ) AS owing ON owing.peer = number ORDER BY number`,
          )
          .map(({ peer }) => peer),
      ),
    heldBy: (peer) =>
      db.read(() => {
        const number = numbers.find(peer)
        if (number === undefined) return undefined
        return rows("outbox.peer = ? AND disposition = 'held' ORDER BY seq LIMIT 1", number)[0]
      }),
    everDelivered: (peer) =>
      db.read(() => db.one('SELECT 1 FROM people WHERE peer = ? AND has_delivered = 1', peer) !== undefined),
    overdue: (instant) =>
      db.read(() =>
        rows("state <> 'settled' AND deadline <= ? AND recall IS NULL ORDER BY deadline, seq", wall(instant)),
      ),
    nextDeadline: () =>
      db.read(
        () =>
          db.one<{ deadline: number }>(
            "SELECT deadline FROM outbox WHERE state <> 'settled' AND deadline IS NOT NULL AND recall IS NULL ORDER BY deadline LIMIT 1",
          )?.deadline,
      ),
    find: (id) =>
      db.read(() => {
        const bytes = idBytesOf(id)
        return bytes === undefined ? [] : rows('outbox.id = ? AND deleted = 0 ORDER BY seq', bytes).map(shown)
      }),
    page: ({ peer, before = Number.POSITIVE_INFINITY, limit }) =>
      db.read(() => {
        const newest = 'deleted = 0 AND amendments.carrier IS NULL AND seq < ? ORDER BY seq DESC LIMIT ?'
        const end = rowNumber(before)
        if (peer === undefined) return rows(newest, end, rowsAtMost(limit)).map(shown).reverse()
        const number = numbers.find(peer)
        if (number === undefined) return []
        return rows(`outbox.peer = ? AND ${newest}`, number, end, rowsAtMost(limit)).map(shown).reverse()
      }),
  }
}

/** The row as it will be read back. Nothing is known of its outcome yet, since the moment it was written. */
function sound(row: NewOutboxRow): Omit<OutboxRow, 'seq'> {
  const sentAt = wall(row.sentAt)
  return {
    ...row,
    label: text(row.label),
    sentAt,
    contentType: text(row.contentType),
    outcome: 'indeterminate',
    at: sentAt,
    ...(row.thread !== undefined && { thread: text(row.thread) }),
    ...(row.deadline !== undefined && { deadline: wall(row.deadline) }),
  }
}
