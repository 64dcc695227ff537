/**
 * WHAT IS SAID TO ME: the order of decisions at the door of the INSTANT INBOX. Every message is answered; what is
 * kept is answered only after its row stands. The row is the memory that makes "once" true: a repeat gets the
 * receipt of record, whatever my status is by then (fault M6).
 */
import type { Amendment, Basic, Disposition, Reason } from '../agent.ts'
import type { InstantMessage, Receipt } from '../envelope/message-frame.ts'
import {
  AMENDMENTS_AWAITING_LIMIT,
  BODY_LIMIT,
  HELD_BODY_LIMIT,
  HELD_LIMIT,
  HELD_PER_ADDRESS_HOUR,
  HELD_PER_STRANGER,
  REACTION_LIMIT,
} from '../envelope/protocol.ts'
import type { InboxRow } from '../ports.ts'
import type { DeliveryAnswer } from '../rules/delivery-rules.ts'

/** What the inbox knows when a message comes. */
export interface Circumstances {
  /** The inbox that is addressed exists. */
  exists: boolean
  /** The sender is on the block list: nothing new of theirs is looked at. */
  blocked: boolean
  /** The row of this (sender, label, id), if it was met before. */
  known: InboxRow | 'recalled' | undefined
  /** How another copy of it was refused, while its sender's links are up. */
  refused: Reason | undefined
  /** Its remaining time ran out while it waited here, by our monotonic clock. */
  expired: boolean
  /** The `basic` of the view that this sender gets; who gets none is treated as nearby. */
  seenAs: Basic
  /** What the DELIVERY RULES say. */
  delivery: DeliveryAnswer
  /** Requests held in all, from this sender (refused ones too), and new ones from this address within the hour. */
  held: { inAll: number; fromSender: number; fromAddress: number }
  /** It would pass one that was refused behind a request and comes again. */
  passes: boolean
  /** Content types the inbox can show. */
  readableType: boolean
  /** Of an amendment: whether the message is here, and how many of this sender wait for theirs. */
  amendable?: { here: boolean; awaiting: number }
}

export type Decision =
  | { kind: 'keep'; disposition: Extract<Disposition, 'delivered' | 'held'> }
  | {
      kind: 'answer'
      disposition: Receipt['disposition']
      reason?: Reason
      /** It stands behind a request of the same sender, who sends it again when that is accepted. */
      behind?: true
    }

/** Decides one message; rows before it in the same batch must already be counted in `at`. */
export function decide(message: InstantMessage, at: Circumstances): Decision {
  if (message.body.length > BODY_LIMIT) return failed('too-large')
  if (at.known === 'recalled') return failed('recalled')
  // Before the block: what was kept was kept, also if its receipt was lost and its sender blocked since. A failure would be a lie.
  if (at.known !== undefined) return { kind: 'answer', disposition: dispositionOfRecord(at.known) }
  if (at.refused !== undefined) return failed(at.refused)
  if (at.blocked) return failed('refused')
  if (at.expired) return failed('expired')
  if (at.seenAs === 'closed') return failed('closed')
  // Who may not be told so hears what the rules say of every label that is none (fault M13).
  if (!at.exists && at.delivery.kind === 'accept') return failed('no-such-inbox')
  if (!at.readableType) return failed('unsupported-type')
  if (at.delivery.kind === 'refuse') return failed(at.delivery.because)
  // Before the size: whoever waits for an answer hears at any size what the refused hear (fault M4).
  if (at.held.fromSender >= HELD_PER_STRANGER || at.passes)
    return { kind: 'answer', disposition: 'failed', reason: 'rate-limited', behind: true }
  if (message.amends !== undefined) return amend(message, message.amends.by, at)
  if (at.delivery.kind === 'accept') return { kind: 'keep', disposition: 'delivered' }
  return hold(message, at.held)
}

/**
 * What a row answers for ever: a request the person refused goes on answering `held`, so a refusal does not show.
 * What its sender was not told yet, a repeat does not tell either: or she could ask a closed inbox whether her
 * message was read (fault M9).
 */
export function dispositionOfRecord(row: InboxRow): Disposition {
  return row.refused ? 'held' : (row.told ?? row.disposition)
}

/**
 * An amendment is kept like a message, but rings no bell and makes no request: whoever is not welcome hears what a
 * stranger with too many requests hears. An edit or a deletion may come before its message; a reaction cannot, because
 * what it is about was mine.
 */
function amend({ body }: InstantMessage, by: Amendment, at: Circumstances): Decision {
  if (at.delivery.kind !== 'accept') return failed('rate-limited')
  const reacts = by === 'react' || by === 'unreact'
  if (by === 'react' && body.length > REACTION_LIMIT) return failed('too-large')
  const { here, awaiting } = at.amendable ?? { here: false, awaiting: AMENDMENTS_AWAITING_LIMIT }
  if (reacts && !here) return failed('refused')
  if (!here && awaiting >= AMENDMENTS_AWAITING_LIMIT) return failed('rate-limited')
  return { kind: 'keep', disposition: 'delivered' }
}

function hold(message: InstantMessage, held: Circumstances['held']): Decision {
  const full = held.inAll >= HELD_LIMIT || held.fromAddress >= HELD_PER_ADDRESS_HOUR
  if (full) return failed('rate-limited')
  return message.body.length > HELD_BODY_LIMIT ? failed('too-large') : { kind: 'keep', disposition: 'held' }
}

function failed(reason: Reason): Decision {
  return { kind: 'answer', disposition: 'failed', reason }
}
