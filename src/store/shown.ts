/**
 * A row as it is shown: as it stands after all that was done to it, and with the beginning of what it answers. Both are
 * looked up where the row is read, because they change. An answered id means a message of the same conversation (fault
 * M12); where both sides have used the same, the one that the writer was told.
 */
import { quoteOf } from '../agent/quote.ts'
import type { HistoryRow, InboxRow, OutboxRow } from '../ports.ts'
import type { Amendments } from './amendments.ts'
import { idBytes } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'
import {
  type InboxColumns,
  inboxRowOf,
  type OutboxColumns,
  outboxRowOf,
  SELECT_INBOX,
  SELECT_OUTBOX,
} from './row.ts'

/** Bytes looked at for the beginning of a message: more than it shows. */
const QUOTE_BYTES = 2_000

/** Only inside `read` or `write`. */
export interface Shown {
  shown<Row extends InboxRow | OutboxRow>(row: Row): Row
  /** The message of this number; undefined for one that is no part of a conversation, or not any more. */
  at(seq: number): HistoryRow | undefined
  /** The row that brings an amendment, with the message that it changes. */
  amending<Row extends InboxRow | OutboxRow>(row: Row): Row
}

export function rowsShown(db: Database, numbers: Numbers, amendments: Amendments): Shown {
  const IN_INBOX = "SELECT seq, body, content_type FROM inbox WHERE id = ? AND peer = ? AND state = 'kept'"
  const IN_OUTBOX = 'SELECT seq, body, content_type FROM outbox WHERE id = ? AND peer = ? AND deleted = 0'

  const quoted = <Row extends InboxRow | OutboxRow>(row: Row): Row => {
    if (row.replyTo === undefined || row.standing?.deletedAt !== undefined) return row
    const peer = numbers.find(row.peer)
    if (peer === undefined) return row
    const tables = 'outcome' in row ? [IN_INBOX, IN_OUTBOX] : [IN_OUTBOX, IN_INBOX]
    const id = idBytes(row.replyTo)
    const found = tables
      .map((sql) => db.one<{ seq: number; body: Uint8Array; content_type: string }>(sql, id, peer))
      .find((each) => each !== undefined)
    if (found === undefined || found.seq === row.seq) return row
    const standing = amendments.of(found.seq)
    if (standing?.deletedAt !== undefined) return row
    if (!(standing?.contentType ?? found.content_type).startsWith('text/')) return row
    const body = standing?.body ?? found.body
    const words = quoteOf(DECODER.decode(body.subarray(0, QUOTE_BYTES)))
    return words === '' ? row : { ...row, quoted: words }
  }

  const shown = <Row extends InboxRow | OutboxRow>(row: Row): Row => quoted(amendments.standing(row))

  const at = (seq: number): HistoryRow | undefined => {
    const received = db.one<InboxColumns>(`${SELECT_INBOX} WHERE inbox.seq = ? AND state = 'kept'`, seq)
    if (received !== undefined)
      return received.disposition === 'held' ? undefined : { inbox: shown(inboxRowOf(received)) }
    const sent = db.one<OutboxColumns>(`${SELECT_OUTBOX} WHERE outbox.seq = ? AND deleted = 0`, seq)
    return sent === undefined ? undefined : { outbox: shown(outboxRowOf(sent)) }
  }

  return {
    shown,
    at,
    amending(row) {
      if (row.amends === undefined) return shown(row)
      const target = amendments.target(row)
      const message = target === undefined ? undefined : at(target)
      return message === undefined ? row : { ...row, amends: { ...row.amends, message } }
    },
  }
}

const DECODER = new TextDecoder()
