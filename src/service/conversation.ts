/** One peer's conversation on its current message channel: where its line stands, and the frames that leave in it. */
import { encodeMessageFrame } from '../envelope/message-frame.ts'
import type { Channel, OutboxRow } from '../ports.ts'
import { inboxAddress } from '../principal/address.ts'
import type { MessageId } from '../principal/ids.ts'
import { type Flight, windowFor } from '../sender/outbox.ts'

export interface Conversation {
  channel?: Channel
  /** How often the line began again: who waited meanwhile finds the cursor somewhere else. */
  line: number
  /** Rows up to this one have left on this channel, since the line began. */
  cursor: number
  /** What left, or is about to, and was not answered, by message id. Changed by `fly` and `land` only. */
  flying: Map<MessageId, Flown>
  /** Sums over `flying`: looked at for every message. */
  flyingBytes: number
  waitingOpen: number
  /** Taken back meanwhile: a row that was read before may be about to leave. `over`: nothing of it ever left. */
  withdrawn: Map<MessageId, 'asked' | 'over'>
  /** Everything stored has left: a new row may go straight out. */
  caughtUp: boolean
  /** Rows being stored that do not go straight out; while there are any, none may overtake them. */
  owing: number
  trusted: boolean
  /** Id of the request they hold; what follows waits behind it. */
  heldId?: string
  /** What left before we knew of that request was refused because of it: when it is accepted, the line begins again. */
  behind: boolean
  /** When their person accepted the last request, monotonic ms: refusals of before may still be under way. */
  acceptedAt?: number
  /** Their inbox is closed and the first in line waits until it opens. */
  shut: boolean
  pumping: boolean
  again: boolean
}

interface Flown {
  bytes: number
  untilOpen: boolean
  /** The row as it left, where it is written already. */
  row?: OutboxRow
}

export function freshConversation(): Conversation {
  return {
    line: 0,
    cursor: 0,
    flying: new Map(),
    flyingBytes: 0,
    waitingOpen: 0,
    withdrawn: new Map(),
    caughtUp: false,
    owing: 0,
    trusted: false,
    behind: false,
    shut: false,
    pumping: false,
    again: false,
  }
}

export function fly(conversation: Conversation, id: MessageId, flown: Flown): void {
  land(conversation, id)
  conversation.flying.set(id, flown)
  conversation.flyingBytes += flown.bytes
  if (flown.untilOpen) conversation.waitingOpen += 1
}

/** It was answered, or will not leave after all; true if it was under way. */
export function land(conversation: Conversation, id: MessageId): boolean {
  const flown = conversation.flying.get(id)
  if (flown === undefined) return false
  conversation.flying.delete(id)
  conversation.flyingBytes -= flown.bytes
  if (flown.untilOpen) conversation.waitingOpen -= 1
  return true
}

/** The line from its beginning, on another channel or on this one: nothing of what left counts as under way. */
export function beginAgain(conversation: Conversation): void {
  conversation.line += 1
  conversation.cursor = 0
  conversation.caughtUp = false
  conversation.flying.clear()
  conversation.flyingBytes = 0
  conversation.waitingOpen = 0
}

/** Whether the line still goes on where it was when `before` was taken. */
export function goesOn(conversation: Conversation, before: Pick<Conversation, 'channel' | 'line'>): boolean {
  return conversation.channel === before.channel && conversation.line === before.line
}

export function flightOf({ flying, flyingBytes, waitingOpen }: Conversation): Flight {
  return { messages: flying.size, bytes: flyingBytes, waitsOpen: waitingOpen > 0 }
}

export function windowOf({ trusted, heldId, shut }: Conversation): number {
  return windowFor({ trusted, holdsRequest: heldId !== undefined, shut })
}

/** Nothing is owed, nothing waits for an answer: there is no reason left to seek this peer. */
export function isOver({ flying, heldId, owing }: Conversation): boolean {
  return flying.size === 0 && heldId === undefined && owing === 0
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
    ...(row.amends === undefined ? {} : { amends: { by: row.amends.by, id: row.amends.id } }),
  })
}

/** "Is it kept? If not, never keep it." */
export function recallFrame({ peer, label, id }: Pick<OutboxRow, 'peer' | 'label' | 'id'>): Uint8Array {
  return encodeMessageFrame({ kind: 'recall', id, inbox: inboxAddress(peer, label) })
}
