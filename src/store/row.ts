/** How rows of inbox and outbox are read: with the peer id in place of its number, and with what they do to another row. */
import type { Amendment, Disposition, OutboxState, OutcomeWord, Reason } from '../agent.ts'
import type { Amends, InboxRow, OutboxRow, Recalling } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { idOf } from './columns.ts'

/** What a row that brings an amendment has beside its own columns. */
interface AmendsColumns {
  amends_by: Amendment | null
  amends_id: Uint8Array | null
}

const AMENDS = 'amendments.kind AS amends_by, amendments.about AS amends_id'

export const INBOX_COLUMNS = `inbox.*, people.peer, people.number, ${AMENDS}`
export const INBOX_JOINS =
  'JOIN people ON people.number = inbox.peer LEFT JOIN amendments ON amendments.carrier = inbox.seq'
export const SELECT_INBOX = `SELECT ${INBOX_COLUMNS} FROM inbox ${INBOX_JOINS}`
export const SELECT_OUTBOX = `SELECT outbox.*, people.peer, people.number, ${AMENDS} FROM outbox
  JOIN people ON people.number = outbox.peer LEFT JOIN amendments ON amendments.carrier = outbox.seq`

/** A row of inbox with the peer id in place of its number. */
export interface InboxColumns extends AmendsColumns {
  seq: number
  peer: PeerId
  label: string
  id: Uint8Array
  sent_at: number
  received_at: number
  content_type: string
  body: Uint8Array
  thread: string | null
  reply_to: Uint8Array | null
  state: 'kept' | 'refused' | 'recalled' | 'deleted'
  disposition: Disposition | null
  told: Disposition | null
  unread: number
  born: 'message' | 'request' | 'imported'
}

/** A row of outbox with the peer id in place of its number. */
export interface OutboxColumns extends AmendsColumns {
  seq: number
  peer: PeerId
  label: string
  id: Uint8Array
  sent_at: number
  content_type: string
  body: Uint8Array
  thread: string | null
  reply_to: Uint8Array | null
  deadline: number | null
  until_open: number
  state: OutboxState
  outcome: OutcomeWord
  reason: Reason | null
  disposition: Disposition | null
  recall: Recalling | null
  at: number
  born: OutboxState | 'imported'
  deleted: number
}

export function inboxRowOf(columns: InboxColumns): InboxRow {
  return {
    seq: columns.seq,
    peer: columns.peer,
    label: columns.label,
    id: idOf(columns.id),
    sentAt: columns.sent_at,
    receivedAt: columns.received_at,
    contentType: columns.content_type,
    body: columns.body,
    disposition: columns.disposition ?? 'held',
    unread: columns.unread === 1,
    refused: columns.state === 'refused' || columns.state === 'recalled',
    ...(columns.thread !== null && { thread: columns.thread }),
    ...(columns.reply_to !== null && { replyTo: idOf(columns.reply_to) }),
    ...(columns.told !== null && { told: columns.told }),
    ...amendsOf(columns),
  }
}

export function outboxRowOf(columns: OutboxColumns): OutboxRow {
  return {
    seq: columns.seq,
    peer: columns.peer,
    label: columns.label,
    id: idOf(columns.id),
    sentAt: columns.sent_at,
    contentType: columns.content_type,
    body: columns.body,
    untilOpen: columns.until_open === 1,
    state: columns.state,
    outcome: columns.outcome,
    at: columns.at,
    ...(columns.thread !== null && { thread: columns.thread }),
    ...(columns.reply_to !== null && { replyTo: idOf(columns.reply_to) }),
    ...(columns.deadline !== null && { deadline: columns.deadline }),
    ...(columns.reason !== null && { reason: columns.reason }),
    ...(columns.disposition !== null && { disposition: columns.disposition }),
    ...(columns.recall !== null && columns.state === 'sent' && { recall: columns.recall }),
    ...amendsOf(columns),
  }
}

/** `row` as it stands, or stood, by these columns. */
export function outboxRowAs(
  row: OutboxRow,
  standing: Pick<OutboxColumns, 'state' | 'outcome' | 'reason' | 'disposition' | 'at'>,
): OutboxRow {
  const { reason: _reason, disposition: _disposition, recall: _recall, ...rest } = row
  return {
    ...rest,
    state: standing.state,
    outcome: standing.outcome,
    at: standing.at,
    ...(standing.reason !== null && { reason: standing.reason }),
    ...(standing.disposition !== null && { disposition: standing.disposition }),
  }
}

function amendsOf({ amends_by, amends_id }: AmendsColumns): { amends?: Amends } {
  if (amends_by === null || amends_id === null) return {}
  return { amends: { by: amends_by, id: idOf(amends_id) } }
}
