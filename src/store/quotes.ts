/**
 * What a message answers, in a few words of it: looked up where the row is read, because the words may be edited or
 * deleted meanwhile. An id means a message of the same conversation (fault M12); where both sides have used the same,
 * the one that the writer was told.
 */
import type { InboxRow, OutboxRow } from '../ports.ts'
import { idBytes, rowNumber } from './columns.ts'
import type { Database } from './database.ts'
import type { Numbers } from './numbers.ts'

/** Characters of it: enough to know it again. */
const QUOTED_MOST = 80
/** Bytes looked at for them. */
const BYTES_MOST = 4 * QUOTED_MOST

export interface Quotes {
  /** The row, with the beginning of what it answers, where that is here. Only inside `read` or `write`. */
  quoted<Row extends InboxRow | OutboxRow>(row: Row): Row
}

export function quotes(db: Database, numbers: Numbers): Quotes {
  const IN_INBOX = `SELECT seq, body, content_type FROM inbox WHERE id = ? AND peer = ? AND state = 'kept'`
  const IN_OUTBOX = `SELECT seq, body, content_type FROM outbox WHERE id = ? AND peer = ? AND deleted = 0`

  return {
    quoted(row) {
      if (row.replyTo === undefined) return row
      const peer = numbers.find(row.peer)
      if (peer === undefined) return row
      const isMine = 'outcome' in row
      const tables = isMine ? [IN_INBOX, IN_OUTBOX] : [IN_OUTBOX, IN_INBOX]
      const id = idBytes(row.replyTo)
      const found = tables
        .map((sql) => db.one<{ seq: number; body: Uint8Array; content_type: string }>(sql, id, peer))
        .find((each) => each !== undefined)
      if (found === undefined || rowNumber(found.seq) === row.seq) return row
      if (!found.content_type.startsWith('text/')) return row
      const words = beginning(found.body)
      return words === '' ? row : { ...row, quoted: words }
    },
  }
}

const DECODER = new TextDecoder()

/** On one line; cut between characters, and marked where it was cut. */
function beginning(body: Uint8Array): string {
  const words = DECODER.decode(body.subarray(0, BYTES_MOST)).replace(/\s+/gu, ' ').trim()
  const characters = [...words]
  if (characters.length <= QUOTED_MOST && body.length <= BYTES_MOST) return words
  return `${characters.slice(0, QUOTED_MOST - 1).join('')}…`
}
