/** INSTANT MESSAGES (RFC 2778) as plain data, and how they fare. */
import type { MessageId } from '../principal/ids.ts'
import type { Person } from './people.ts'

/** A message's end: RFC 3860's three answers. */
export type OutcomeWord = 'success' | 'failure' | 'indeterminate'

/** Where a message is on our side: `owed` (no byte left), `sent` (bytes may have left), `settled`. */
export type OutboxState = 'owed' | 'sent' | 'settled'

/** What their inbox said (RFC 5438). */
export type Disposition = 'delivered' | 'held' | 'displayed'

/** Why a message failed. */
export type Reason =
  | 'closed'
  | 'refused'
  | 'unreachable'
  | 'expired'
  | 'recalled'
  | 'too-large'
  | 'unsupported-type'
  | 'rate-limited'
  | 'no-such-inbox'
  | 'hop-limit'

/** Whether somebody is writing to me (RFC 3994). */
export type ComposingState = 'active' | 'idle'

/**
 * What a message does to another of its conversation: to one of the writer's own it is an edit or a deletion for both, to
 * one of the other's a reaction or the taking back of one.
 */
export type Amendment = 'edit' | 'delete' | 'react' | 'unreact'

/** How a message was changed since it was sent. */
export interface Amended {
  /** When its text was changed last, as it was kept here, RFC 3339; `text` is the new one. */
  edited?: string
  /** When its writer deleted it for both, RFC 3339; there is no text then. */
  deleted?: string
  /** The other one's reaction to it: to theirs mine, to mine theirs. */
  reaction?: string
  /** A change of mine to it is not answered yet: the other one may still see it as it was. */
  amending?: true
}

/** One message as the inbox (or, in a conversation, the outbox) holds it. */
export interface Message extends Amended {
  /** UUID that its sender gave it: the same at both sides. */
  id: MessageId
  /** Who wrote it, as the link has proven. */
  from: Person
  /** Whom it was written to: myself. */
  to: Person
  /** As it is now; what others wrote is hostile until shown as text. */
  text: string
  /** `text/plain` as a rule. */
  contentType: string
  /** The sender's claim, RFC 3339. */
  sentAt: string
  /** When it was kept here, RFC 3339. */
  at: string
  /** `accepted`: it is in the inbox. `held`: it waits as a request for `accept` or `refuse`. */
  disposition: 'accepted' | 'held'
  /** Label of the inbox it was sent to; absent for the default one. */
  inbox?: string
  /** The message of this conversation that it answers. */
  replyTo?: MessageId
  /** Beginning of what it answers, on one line, at most 80 characters; absent where that is not here. */
  quoted?: string
  /** Nobody has marked it as read. */
  unread: boolean
  /** Its number in what is stored here: for `events({ since })`. */
  seq: number
}

/** How a message of mine stands. */
export interface Outcome extends Amended {
  /** UUID of the message: for `recall`, `edit`, `reply`. */
  id: MessageId
  /** Whom it was written to. */
  to: Person
  /** `success`: it is in their inbox. `failure`: they will not get it, see `reason`. `indeterminate`: not known yet. */
  outcome: OutcomeWord
  /** How far it has come. */
  state: OutboxState
  /** Why it failed. */
  reason?: Reason
  /** What their inbox did with it. */
  disposition?: Disposition
  /** When this outcome was reached, RFC 3339. */
  at: string
  /** My text, in listings. */
  text?: string
  /** In listings, where it is not `text/plain`. */
  contentType?: string
  /** In listings: the label of their inbox; absent for the default one. */
  inbox?: string
  /** The message of this conversation that it answers. */
  replyTo?: MessageId
  /** In listings: beginning of what it answers, on one line, at most 80 characters; absent where that is not here. */
  quoted?: string
  /** When it was written, RFC 3339. */
  sentAt: string
  /** The message that this changes: then it is no message by itself. */
  amends?: { id: MessageId; by: Amendment }
  /** Why it waits, for people: "waits until bob accepts". */
  waits?: 'unreachable' | 'acceptance' | 'open' | 'turn'
  /** Its number in what is stored here: for `events({ since })`. */
  seq: number
}

/** A message to be sent. */
export interface SendOptions {
  /** Names the message, where the caller may have to ask twice: the second time is then the same message. */
  id?: MessageId
  /** WHO: petname, peer id, address, card, or the name of a contact or of somebody near. */
  to: string
  /** At most 64 KiB as UTF-8, and something in it that can be seen. */
  text: string
  /** `text/plain` by default. */
  contentType?: string
  /** ms until the message is worthless; absent = the default for this person */
  expireMs?: number
  /** Where they are closed it is not refused, but stays owed until they open. */
  untilOpen?: boolean
  /** Longest wait for finding WHO and for the first outcome, ms. */
  waitMs?: number
}

/** A message that answers another: to whoever wrote that, or was told it by me. */
export interface ReplyOptions extends Omit<SendOptions, 'to'> {
  /** Id of the message that is answered. */
  replyTo: string
}

/** A change to a message of the conversation; it waits and expires as a message does. */
export interface AmendOptions {
  /** Id of the message that is changed. */
  id: string
  /** Names the change, where the caller may have to ask twice: the second time is then the same change. */
  changeId?: MessageId
  /** ms until the change is worthless; absent = the default for this person. */
  expireMs?: number
  /** Where they are closed it is not refused, but stays owed until they open. */
  untilOpen?: boolean
  /** Longest wait for the first outcome, ms. */
  waitMs?: number
}

/** Which messages to list. */
export interface InboxQuery {
  /** The conversation with WHO, both directions; without it, all that was written to me. */
  with?: string
  /** Only what is unread. */
  unread?: boolean
  /** Rows at most; default 50. */
  limit?: number
  /** Only what is older than the message of this id: the page before. */
  before?: string
  /** Marks what is listed as read. */
  markRead?: boolean
}

/** What to look for among all messages. */
export interface SearchQuery {
  /** All of these words, in any case, accents or none; the last may be a beginning. */
  words: string
  /** Only in the conversation with WHO. */
  with?: string
  /** Rows at most; default 50. */
  limit?: number
  /** Only what is older than this message. */
  before?: string
}

/** A message of the past as it was exported: what `inbox` with WHO listed. Requests and what is unread are none. */
export type ImportedMessage = {
  id: string
  text: string
  contentType: string
  /** RFC 3339: the sender's claim. */
  sentAt: string
  /** RFC 3339: of its arrival, or of its outcome. */
  at: string
  inbox?: string
  replyTo?: string
  /** How it was changed: `text` is as it was left. */
  edited?: string
  deleted?: string
  reaction?: string
} & (
  | { received: true }
  | { received: false; outcome: OutcomeWord; reason?: Reason; disposition?: 'delivered' | 'displayed' }
)

/** Messages of a conversation to be taken in, and where they belong. */
export interface ImportQuery {
  /** With whom the conversation was. */
  who: string
  /** Oldest first, at most 500. */
  messages: readonly ImportedMessage[]
  /** Whether they are older than everything here, or newer. */
  place: 'before' | 'after'
}
