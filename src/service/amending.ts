/** Messages as they were changed since: in listings, and as the news of a change. */
import type { Amended, EventOf, Message, Outcome } from '../agent.ts'
import type { HistoryRow, InboxRow, OutboxRow } from '../ports.ts'
import type { House } from './house.ts'

const DECODER = new TextDecoder()
const PLAIN = 'text/plain'

/** The text that is to be read now. */
export function textNow({ body, standing }: Pick<InboxRow, 'body' | 'standing'>): string {
  return standing?.deletedAt === undefined ? DECODER.decode(standing?.body ?? body) : ''
}

export function amendedAs({ standing }: Pick<InboxRow, 'standing'>): Amended {
  if (standing === undefined) return {}
  const { editedAt, deletedAt, reaction, open } = standing
  return {
    ...(editedAt === undefined ? {} : { edited: new Date(editedAt).toISOString() }),
    ...(deletedAt === undefined ? {} : { deleted: new Date(deletedAt).toISOString() }),
    ...(reaction === undefined ? {} : { reaction }),
    ...(open === undefined ? {} : { amending: true }),
  }
}

/** A message of mine as listings show it. */
export function listed(row: OutboxRow, outcome: Outcome): Outcome {
  const contentType = row.standing?.contentType ?? row.contentType
  return {
    ...outcome,
    text: textNow(row),
    ...(contentType === PLAIN ? {} : { contentType }),
    ...(row.label === '' ? {} : { inbox: row.label }),
    ...(row.quoted === undefined ? {} : { quoted: row.quoted }),
  }
}

/** What the row of an amendment tells; nothing where the message is not here, or not any more. */
export function amendedEvent(
  row: InboxRow | OutboxRow,
  shown: (row: HistoryRow) => Message | Outcome,
  { seq, at }: { seq: number; at: number },
): EventOf<'amended'> | undefined {
  const { amends } = row
  if (amends?.message === undefined) return undefined
  return {
    event: 'amended',
    at: new Date(at).toISOString(),
    seq,
    by: amends.by,
    ...('outcome' in row && row.outcome === 'failure' ? { undone: true } : {}),
    message: shown(amends.message),
  }
}

/** Tells it. `seq` is the journal's number of this news. */
export function tellAmended(
  house: Pick<House, 'news' | 'clock'>,
  row: InboxRow | OutboxRow,
  shown: (row: HistoryRow) => Message | Outcome,
  seq = row.seq,
): void {
  const event = amendedEvent(row, shown, { seq, at: house.clock.now() })
  if (event !== undefined) house.news('amended', seq, () => event)
}
