/** What happens, in order. */
import type { ErrorCode } from '../errors.ts'
import type { MessageId } from '../principal/ids.ts'
import type { Amendment, ComposingState, Message, Outcome } from './messages.ts'
import type { Person, Request } from './people.ts'
import type { Change, Sighting, Subscription } from './presence.ts'

/**
 * Everything that happens, in order; `event` says which kind it is. Stored kinds carry a rising `seq`; what is not stored
 * carries the last stored one. Each has its time, `at`, RFC 3339.
 */
export type AgentEvent =
  | {
      /** Begins every stream: everybody who is known or near, as they are now. What was believed before is replaced. */
      event: 'snapshot'
      at: string
      seq: number
      people: Sighting[]
    }
  | ({
      /** Somebody came, changed, left or is not heard any more. Not stored: the next snapshot has it. */
      event: 'presence'
      at: string
      seq: number
      change: Change
    } & Sighting)
  | ({
      /** A message for me is kept. Whether it is `held` as a request says its `disposition`. */
      event: 'message'
    } & Message)
  | ({
      /** How a message of mine stands has changed. */
      event: 'outcome'
    } & Outcome)
  | {
      /**
       * A message was edited, deleted for both, or reacted to, by me or by them: `message` is as it stands now. Of mine it
       * is told again when it has ended: one that failed is `undone`, and the message is as before.
       */
      event: 'amended'
      at: string
      seq: number
      /** What was done to it. */
      by: Amendment
      undone?: true
      message: Message | Outcome
    }
  | {
      /** Messages of theirs were read, at whatever door: elsewhere they are unread no longer. Not stored. */
      event: 'read'
      at: string
      seq: number
      who: Person
      ids: readonly MessageId[]
    }
  | ({
      /** Somebody knocks: `accept` or `refuse` answers. */
      event: 'request'
      seq: number
    } & Request)
  | ({
      /** A subscription that a person asked for stands otherwise now. */
      event: 'subscription'
      at: string
      seq: number
    } & Subscription)
  | {
      /** A contact or accepted person writes to me, or no longer does. Not stored. */
      event: 'composing'
      at: string
      seq: number
      who: Person
      state: ComposingState
    }
  | {
      /** Something to know that ends nothing; `message` is a sentence for the person. Not stored. */
      event: 'warning'
      at: string
      seq: number
      code: WarningCode
      message: string
    }
  | {
      /** The peer leaves the network, or closes: then it is the last event. */
      event: 'offline'
      at: string
      seq: number
    }

/** What a warning may be about, beside every code of an error. New ones may come. */
export type WarningCode =
  | ErrorCode
  | 'flood'
  | 'interface-down'
  | 'no-multicast'
  | 'other-version'
  | 'port-replaced'
  | 'rules-unreadable'

/** Kinds of event that a listener can be told of: all but `snapshot`, which begins a stream. */
export type EventKind = Exclude<AgentEvent['event'], 'snapshot'>

/** The event of one kind. */
export type EventOf<Kind extends AgentEvent['event']> = Extract<AgentEvent, { event: Kind }>

/** Each once: what is missing or too much is a mistake of types. */
const KINDS: Record<EventKind, true> = {
  presence: true,
  message: true,
  outcome: true,
  amended: true,
  read: true,
  request: true,
  subscription: true,
  composing: true,
  warning: true,
  offline: true,
}

/** Every kind of which a listener can be told. */
export const EVENT_KINDS = Object.keys(KINDS) as readonly EventKind[]

const STORED = ['message', 'outcome', 'request', 'amended'] as const

/** Kinds that take a number of their own in the journal: `events({ since })` tells them again. */
export function isStored(event: AgentEvent): event is EventOf<(typeof STORED)[number]> {
  return (STORED as readonly string[]).includes(event.event)
}
