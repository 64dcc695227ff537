/** One peer's conversation on its current message channel: where its line stands, and the frames that leave in it. */
import { encodeMessageFrame } from '../envelope/message-frame.ts'
import type { Channel, OutboxRow } from '../ports.ts'
import { inboxAddress } from '../principal/address.ts'
import type { MessageId } from '../principal/ids.ts'
import { type Flight, windowFor } from '../sender/outbox.ts'

export interface Conversation {
  channel?: Channel
  /** Rows up to this one have left on this channel. */
  cursor: number
  /** What left, or is about to, and was not answered: bytes by message id. */
  flying: Map<MessageId, { bytes: number; untilOpen: boolean }>
  /** Taken back meanwhile: a row that was read before may be about to leave. `over`: nothing of it ever left. */
  withdrawn: Map<MessageId, 'asked' | 'over'>
  /** Everything stored has left: a new row may go straight out. */
  caughtUp: boolean
  /** Rows being stored that do not go straight out; while there are any, none may overtake them. */
  owing: number
  trusted: boolean
  /** Id of the request they hold; what follows waits behind it. */
  heldId?: string
  /** Their inbox is closed and the first in line waits until it opens. */
  shut: boolean
  pumping: boolean
  again: boolean
}

export function freshConversation(): Conversation {
  return {
    cursor: 0,
    flying: new Map(),
    withdrawn: new Map(),
    caughtUp: false,
    owing: 0,
    trusted: false,
    shut: false,
    pumping: false,
    again: false,
  }
}

export function fly(conversation: Conversation, row: Pick<OutboxRow, 'id' | 'body' | 'untilOpen'>): void {
  conversation.flying.set(row.id, { bytes: row.body.length, untilOpen: row.untilOpen })
}

export function flightOf({ flying }: Conversation): Flight {
  let bytes = 0
  let waitsOpen = false
  for (const flown of flying.values()) {
    bytes += flown.bytes
    waitsOpen ||= flown.untilOpen
  }
  return { messages: flying.size, bytes, waitsOpen }
}

export function windowOf({ trusted, heldId, shut }: Conversation): number {
  return windowFor({ trusted, holdsRequest: heldId !== undefined, shut })
}

/** Nothing that was read before is about to leave any more. */
export function forgetOver({ withdrawn }: Conversation): void {
  for (const [id, stands] of withdrawn) if (stands === 'over') withdrawn.delete(id)
}

/** The message itself. `introduction` is my name, for who may not know it. */
export function messageFrame(row: OutboxRow, introduction: string | undefined, wall: number): Uint8Array {
  return encodeMessageFrame({
    kind: 'message',
    id: row.id,
    to: inboxAddress(row.peer, row.label),
    sentAt: row.sentAt,
    contentType: row.contentType,
    body: row.body,
    untilOpen: row.untilOpen,
    ...(row.thread === undefined ? {} : { thread: row.thread }),
    ...(row.replyTo === undefined ? {} : { replyTo: row.replyTo }),
    ...(row.deadline === undefined ? {} : { expiresIn: Math.max(0, row.deadline - wall) }),
    ...(introduction === undefined ? {} : { introduction }),
  })
}

/** "Is it kept? If not, never keep it." */
export function recallFrame({ peer, label, id }: Pick<OutboxRow, 'peer' | 'label' | 'id'>): Uint8Array {
  return encodeMessageFrame({ kind: 'recall', id, inbox: inboxAddress(peer, label) })
}
