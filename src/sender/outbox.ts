/**
 * The conversation's cursor: what may leave now. Retry belongs to the conversation, not to the message: resend
 * begins at the oldest unsettled row, in order, and nothing overtakes. So two crossing links cannot reorder:
 * both carry the same prefix, and first occurrences stay in order (fault M5).
 */
import type { Disposition, OutcomeWord } from '../agent.ts'
import type { Receipt } from '../envelope/message-frame.ts'
import { IN_FLIGHT_BYTES, IN_FLIGHT_MESSAGES } from '../envelope/protocol.ts'
import type { OutboxRow, Settlement } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'

/** What is in flight to one peer on its current channel. */
export interface Flight {
  messages: number
  bytes: number
  /** A message that waits until they open is under way: it may come back, so nothing leaves behind it. */
  waitsOpen: boolean
}

/**
 * How many messages may be in flight. Until a peer has answered `delivered` once, one; behind a request that is
 * held, none: what follows waits until the person accepts. None either to an inbox that is shut while the first
 * message in line waits until it opens.
 */
export function windowFor(peer: { trusted: boolean; holdsRequest: boolean; shut: boolean }): number {
  if (peer.holdsRequest || peer.shut) return 0
  return peer.trusted ? IN_FLIGHT_MESSAGES : 1
}

/** The longest prefix of `rows` that may leave now. At least one row passes an empty flight, whatever its size. */
export function mayLeave<Row extends Pick<OutboxRow, 'body' | 'untilOpen'>>(
  rows: readonly Row[],
  flight: Flight,
  window: number,
): Row[] {
  const leaving: Row[] = []
  let { messages, bytes, waitsOpen } = flight
  for (const row of rows) {
    const fits = messages === 0 || bytes + row.body.length <= IN_FLIGHT_BYTES
    if (messages >= window || !fits || waitsOpen) break
    leaving.push(row)
    waitsOpen = row.untilOpen
    messages += 1
    bytes += row.body.length
  }
  return leaving
}

/**
 * What a receipt from `peer` means for its row `id`; undefined for receipts that settle nothing: it waits until they
 * open, or `behind` a request of mine that they have not answered.
 */
export function settlementOf(
  peer: PeerId,
  id: MessageId,
  { disposition, reason }: Pick<Receipt, 'disposition' | 'reason'>,
  { untilOpen, behind }: { untilOpen: boolean; behind: boolean },
): Settlement | undefined {
  if (disposition === 'stored') return undefined // a proxy has it; that is no success
  if (disposition !== 'failed') return settled(peer, id, 'success', { disposition })
  if (reason === 'closed' && untilOpen) return undefined
  if (reason === 'rate-limited' && behind) return undefined
  return settled(peer, id, 'failure', { reason: reason ?? 'refused' })
}

function settled(
  peer: PeerId,
  id: OutboxRow['id'],
  outcome: OutcomeWord,
  because: { disposition?: Disposition; reason?: Settlement['reason'] },
): Settlement {
  return {
    peer,
    id,
    state: 'settled',
    outcome,
    ...(because.disposition === undefined ? {} : { disposition: because.disposition }),
    ...(because.reason === undefined ? {} : { reason: because.reason }),
  }
}
