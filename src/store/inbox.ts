/**
 * The messages I was told. The row is the memory of "once": its key (peer, label, id) decides, also for an id that
 * was recalled before its message came. Such an id lies here as a row of its own, so there is one key and one
 * decision, whatever arrives first.
 */
import type { InboxRef, InboxRow, InboxRows, Kept, NewInboxRow } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Amendments } from './amendments.ts'
import {
  flag,
  idBytes,
  idBytesOf,
  optionalIdBytes,
  optionalText,
  rowNumber,
  rowsAtMost,
  text,
  wall,
} from './columns.ts'
import type { Bound, Database } from './database.ts'
import type { Numbers } from './numbers.ts'
import { INBOX_COLUMNS, INBOX_JOINS, type InboxColumns, inboxRowOf, SELECT_INBOX } from './row.ts'
import type { Shown } from './shown.ts'

/**
 * Where SQLite would rather walk all rows of a person: the index is named, because few are untold or unread.
 * Measured with a million rows: 79 ms without, 0.03 with.
 */
const SELECT_BY = (index: 'inbox_untold' | 'inbox_unread'): string =>
  `SELECT ${INBOX_COLUMNS} FROM inbox INDEXED BY ${index} ${INBOX_JOINS}`

const NOTHING = new Uint8Array(0)

export function inboxRows(
  db: Database,
  numbers: Numbers,
  amendments: Amendments,
  { shown, amending }: Shown,
): InboxRows {
  const columns = (where: string, ...bound: Bound[]): InboxColumns[] =>
    db.all<InboxColumns>(`${SELECT_INBOX} WHERE ${where}`, ...bound)

  const rows = (where: string, ...bound: Bound[]): InboxRow[] => columns(where, ...bound).map(inboxRowOf)

  function named({ peer, label, id }: InboxRef): InboxColumns | undefined {
    const number = numbers.find(peer)
    const bytes = idBytesOf(id)
    if (number === undefined || bytes === undefined) return undefined
    return db.one<InboxColumns>(
      `${SELECT_INBOX} WHERE inbox.id = ? AND inbox.peer = ? AND inbox.label = ?`,
      bytes,
      number,
      text(label),
    )
  }

  /**
   * Same key, another body: the first stands (fault M3). What was deleted answers as it did (fault M6).
   */
  function keep(fresh: NewInboxRow): Kept {
    const row: InboxRow = { ...sound(fresh), seq: numbers.last() + 1, refused: false }
    if (!insert(row)) return standing(fresh)
    numbers.next()
    if (row.amends !== undefined) {
      amendments.note(row)
      return { row: amending(row), fresh: true }
    }
    // What was done to it before it came may have taken its text, and that it is unread.
    const now = amendments.arrived(row) ? named(row) : undefined
    return { row: shown(now === undefined ? row : inboxRowOf(now)), fresh: true }
  }

  function insert(row: InboxRow): boolean {
    const { changes } = db.run(
      `INSERT INTO inbox (seq, peer, label, id, sent_at, received_at, content_type, body, thread, reply_to, state, disposition, told, unread, born)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'kept', ?, ?, ?, ?) ON CONFLICT (id, peer, label) DO NOTHING`,
      row.seq,
      numbers.give(row.peer),
      row.label,
      idBytes(row.id),
      row.sentAt,
      row.receivedAt,
      row.contentType,
      row.body,
      optionalText(row.thread),
      optionalIdBytes(row.replyTo),
      row.disposition,
      row.told ?? null,
      flag(row.unread),
      row.disposition === 'held' ? 'request' : 'message',
    )
    return changes === 1
  }

  function standing(ref: InboxRef): Kept {
    const found = named(ref)
    if (found === undefined) throw new Error('a key that is taken names no row')
    const kept = { row: inboxRowOf(found), fresh: false }
    return found.state === 'recalled' ? { ...kept, recalled: true } : kept
  }

  function recall(ref: InboxRef, limit: number): 'kept' | 'recalled' | 'rate-limited' {
    const before = named(ref)
    if (before !== undefined) return before.state === 'recalled' ? 'recalled' : 'kept'
    const peer = numbers.give(ref.peer)
    const most = rowsAtMost(limit)
    const remembered = db.one<{ ids: number }>(
      "SELECT count(*) AS ids FROM (SELECT 1 FROM inbox WHERE peer = ? AND state = 'recalled' LIMIT ?)",
      peer,
      most,
    )
    if ((remembered?.ids ?? 0) >= most) return 'rate-limited'
    db.run(
      `INSERT INTO inbox (seq, peer, label, id, sent_at, received_at, content_type, body, state, unread, born)
       VALUES (?, ?, ?, ?, 0, 0, '', ?, 'recalled', 0, 'message')`,
      numbers.next(),
      peer,
      text(ref.label),
      idBytes(ref.id),
      NOTHING,
    )
    return 'recalled'
  }

  /** Accepting also ends what was once refused, else that sender would wait behind it for ever. */
  function answerHeld(
    peer: PeerId,
    answer: 'accept' | 'refuse',
    at: number,
  ): { row: InboxRow; seq: number }[] {
    const number = numbers.find(peer)
    if (number === undefined) return []
    const held = columns("inbox.peer = ? AND disposition = 'held' ORDER BY seq", number).filter(
      ({ state }) => answer === 'accept' || state === 'kept',
    )
    return held.flatMap(({ seq }) => {
      const told = answer === 'accept' ? accept(seq, at) : refuse(seq)
      return rows('inbox.seq = ?', seq).map((row) => ({ row: shown(row), seq: told }))
    })
  }

  /** The request becomes a message, and that is news. */
  function accept(seq: number, at: number): number {
    db.run("UPDATE inbox SET state = 'kept', disposition = 'delivered' WHERE seq = ?", seq)
    const news = numbers.next()
    db.run("INSERT INTO journal (seq, at, kind, inbox) VALUES (?, ?, 'message', ?)", news, wall(at), seq)
    return news
  }

  function refuse(seq: number): number {
    db.run("UPDATE inbox SET state = 'refused', unread = 0 WHERE seq = ?", seq)
    return seq
  }

  return {
    known: (refs) =>
      db.read(() =>
        refs.map((ref) => {
          const found = named(ref)
          return found === undefined ? undefined : found.state === 'recalled' ? 'recalled' : inboxRowOf(found)
        }),
      ),
    keep: (batch) => db.write(() => batch.map(keep)),
    amendable: (from, amends) => db.read(() => amendments.look(amends, from)),
    // Lost in a power cut, it is told once more at the next link-up.
    told: (told) =>
      db.note(() => {
        for (const { seq, disposition } of told)
          db.run('UPDATE inbox SET told = ? WHERE seq = ?', disposition, rowNumber(seq))
      }),
    untold: (peer, limit) =>
      db.read(() => {
        const number = numbers.find(peer)
        if (number === undefined) return []
        return db
          .all<InboxColumns>(
            `${SELECT_BY('inbox_untold')} WHERE inbox.peer = ? AND told IS NOT disposition ORDER BY seq LIMIT ?`,
            number,
            rowsAtMost(limit),
          )
          .map(inboxRowOf)
      }),
    answerHeld: (peer, answer, at) => db.write(() => answerHeld(peer, answer, at)),
    // The plus keeps SQLite from walking the whole table in the order of its numbers: the few held ones are sorted.
    held: () => db.read(() => rows("disposition = 'held' AND state = 'kept' ORDER BY +seq").map(shown)),
    heldCount: (peer) =>
      db.read(() => {
        const counted = db.one<{ held: number; from_peer: number }>(
          `SELECT count(*) FILTER (WHERE state = 'kept') AS held, count(*) FILTER (WHERE peer = ?) AS from_peer
           FROM inbox WHERE disposition = 'held'`,
          numbers.find(peer) ?? null,
        )
        return { held: counted?.held ?? 0, from: counted?.from_peer ?? 0 }
      }),
    recall: (ref, limit) => db.write(() => recall(ref, limit)),
    page: ({ peer, unread = false, before = Number.POSITIVE_INFINITY, limit }) =>
      db.read(() => {
        const number = peer === undefined ? undefined : numbers.find(peer)
        if (peer !== undefined && number === undefined) return []
        const where = [
          ...(number === undefined ? [] : ['inbox.peer = ?']),
          ...(unread ? ['unread = 1'] : []),
          "state = 'kept'",
          'amendments.carrier IS NULL',
          'seq < ?',
        ].join(' AND ')
        return db
          .all<InboxColumns>(
            `${unread ? SELECT_BY('inbox_unread') : SELECT_INBOX} WHERE ${where} ORDER BY seq DESC LIMIT ?`,
            ...(number === undefined ? [] : [number]),
            rowNumber(before),
            rowsAtMost(limit),
          )
          .map(inboxRowOf)
          .map(shown)
          .reverse()
      }),
    find: (id) =>
      db.read(() => {
        const bytes = idBytesOf(id)
        return bytes === undefined
          ? []
          : rows("inbox.id = ? AND state = 'kept' ORDER BY seq", bytes).map(shown)
      }),
    markRead: (seqs) =>
      db.write(() => {
        for (const seq of seqs)
          db.run('UPDATE inbox SET unread = 0 WHERE seq = ? AND unread = 1', rowNumber(seq))
      }),
    markDisplayed: (seqs) =>
      db.write(() => {
        for (const seq of seqs)
          db.run(
            `UPDATE inbox SET unread = 0, disposition = iif(disposition = 'delivered', 'displayed', disposition)
             WHERE seq = ? AND unread = 1`,
            rowNumber(seq),
          )
      }),
    forgetUntoldDisplays: () =>
      db.write(() => {
        db.run(
          `UPDATE inbox INDEXED BY inbox_untold SET disposition = 'delivered'
           WHERE told IS NOT disposition AND disposition = 'displayed'`,
        )
      }),
  }
}

/** The row as it will be read back. */
function sound(row: NewInboxRow): NewInboxRow {
  return {
    ...row,
    label: text(row.label),
    sentAt: wall(row.sentAt),
    receivedAt: wall(row.receivedAt),
    contentType: text(row.contentType),
    ...(row.thread !== undefined && { thread: text(row.thread) }),
  }
}
