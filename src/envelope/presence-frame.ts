/** The frames of the presence channel as plain values, and their bytes. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type { SubscriptionStatus, Visibility } from '../agent.ts'
import { KEY_BYTES } from './cipher.ts'
import {
  PresenceFrameSchema,
  SubscriptionState_Event,
  SubscriptionState_Status,
  Visibility as VisibilityWire,
} from './generated/channel_pb.ts'
import {
  type Goodbye,
  goodbyeFromWire,
  goodbyeToWire,
  type Hello,
  helloFromWire,
  helloToWire,
} from './hello.ts'
import { atMost, byNumber, exactly, malformed, open, safeNumber } from './opening.ts'
import { DOCUMENT_LIMIT, FRAME_LIMIT, NAME_LIMIT, PERIOD_MS } from './protocol.ts'

export type PresenceFrame =
  | ({ kind: 'hello' } & Hello)
  | ({ kind: 'beat' } & Beat)
  | ({ kind: 'subscribe' } & Subscribe)
  | ({ kind: 'grant' } & Grant)
  | ({ kind: 'renew' } & Renew)
  | { kind: 'cancel' }
  | ({ kind: 'state' } & SubscriptionState)
  | ({ kind: 'goodbye' } & Goodbye)
  /** From the future: ignored. */
  | { kind: 'unknown' }

/** Smaller id to larger, or its echo; carries the one view its sender granted its receiver. */
export interface Beat {
  echo: boolean
  /** Number of that grant; 0 = none. */
  grant: number
  counter: number
}

/** Watcher to presentity. */
export interface Subscribe {
  byPerson: boolean
  name: string
  visibility: Visibility
}

/** Presentity to watcher: the keys of this period and the next, and what is to be seen now. */
export interface Grant {
  /** Rises per watcher and instance. */
  number: number
  keys: GrantedKey[]
  topic: string
  /** Encoded PRESENCE INFORMATION. */
  document: Uint8Array
  counter: number
}

export interface GrantedKey {
  key: Uint8Array
  announcer: Uint8Array
  /** ms from the moment the watcher's request left, by the watcher's clock. */
  beginsIn: number
  endsIn: number
}

/** Watcher to presentity: once a period, or because a beat told of something unseen. */
export interface Renew {
  grant: number
  counter: number
}

/** RFC 3857 events, and two of our own. */
export type SubscriptionEvent =
  | 'subscribe'
  | 'approved'
  | 'deactivated'
  | 'probation'
  | 'rejected'
  | 'timeout'
  | 'giveup'
  | 'noresource'
  | 'not-now'
  | 'no-service'

export interface SubscriptionState {
  status: SubscriptionStatus
  event: SubscriptionEvent
}

/** A grant hands out this period's key and the next one's, never more. */
const KEYS_LIMIT = 2

export function encodePresenceFrame(frame: Exclude<PresenceFrame, { kind: 'unknown' }>): Uint8Array {
  return toBinary(PresenceFrameSchema, create(PresenceFrameSchema, { kind: toWire(frame) }))
}

/** Opens one frame of the presence channel; throws `malformed-frame`. */
export function openPresenceFrame(bytes: Uint8Array): PresenceFrame {
  const { kind } = open(PresenceFrameSchema, bytes, FRAME_LIMIT)
  switch (kind.case) {
    case 'hello':
      return { kind: 'hello', ...helloFromWire(kind.value) }
    case 'beat':
      return {
        kind: 'beat',
        echo: kind.value.echo,
        grant: safeNumber(kind.value.grant, 'grant number'),
        counter: safeNumber(kind.value.counter, 'counter'),
      }
    case 'subscribe':
      return {
        kind: 'subscribe',
        byPerson: kind.value.byPerson,
        name: atMost(kind.value.name, NAME_LIMIT * 4, 'name'),
        visibility: visibilityFromWire(kind.value.visibility),
      }
    case 'grant': {
      const { number, keys, topic, document, counter } = kind.value
      if (keys.length === 0 || keys.length > KEYS_LIMIT) throw malformed(`grant of ${keys.length} keys`)
      if (document.length > DOCUMENT_LIMIT) throw malformed(`document of ${document.length} bytes`)
      return {
        kind: 'grant',
        number: safeNumber(number, 'grant number'),
        keys: keys.map((key) => ({
          key: exactly(key.key, KEY_BYTES, 'view key'),
          announcer: exactly(key.announcer, KEY_BYTES, 'announcement key'),
          // A presentity that promises longer keys than it may is cut to what it may.
          beginsIn: Math.min(safeNumber(key.beginsIn, 'key start'), PERIOD_MS),
          endsIn: Math.min(safeNumber(key.endsIn, 'key end'), KEYS_LIMIT * PERIOD_MS),
        })),
        topic: atMost(topic, NAME_LIMIT, 'topic'),
        document,
        counter: safeNumber(counter, 'counter'),
      }
    }
    case 'renew':
      return {
        kind: 'renew',
        grant: safeNumber(kind.value.grant, 'grant number'),
        counter: safeNumber(kind.value.counter, 'counter'),
      }
    case 'cancel':
      return { kind: 'cancel' }
    case 'state': {
      const state = stateFromWire(kind.value)
      return state === undefined ? { kind: 'unknown' } : { kind: 'state', ...state }
    }
    case 'goodbye':
      return { kind: 'goodbye', ...goodbyeFromWire(kind.value) }
    default:
      return { kind: 'unknown' }
  }
}

/** A state on the wire; one of the future is none that we could act on. */
export function stateFromWire(wire: {
  status: SubscriptionState_Status
  event: SubscriptionState_Event
}): SubscriptionState | undefined {
  const status = STATUS_BACK[wire.status]
  return status && { status, event: EVENT_BACK[wire.event] ?? 'subscribe' }
}

export function stateToWire({ status, event }: SubscriptionState): {
  status: SubscriptionState_Status
  event: SubscriptionState_Event
} {
  return { status: STATUS[status], event: EVENT[event] }
}

export const visibilityFromWire = (wire: VisibilityWire): Visibility => VISIBILITY_BACK[wire] ?? 'unlisted'
export const visibilityToWire = (visibility: Visibility): VisibilityWire => VISIBILITY[visibility]

type WireKind = NonNullable<MessageInitShape<typeof PresenceFrameSchema>['kind']>

function toWire(frame: Exclude<PresenceFrame, { kind: 'unknown' }>): WireKind {
  switch (frame.kind) {
    case 'hello':
      return { case: 'hello', value: helloToWire(frame) }
    case 'beat':
      return {
        case: 'beat',
        value: { echo: frame.echo, grant: BigInt(frame.grant), counter: BigInt(frame.counter) },
      }
    case 'subscribe':
      return {
        case: 'subscribe',
        value: { byPerson: frame.byPerson, name: frame.name, visibility: VISIBILITY[frame.visibility] },
      }
    case 'grant':
      return {
        case: 'grant',
        value: {
          number: BigInt(frame.number),
          keys: frame.keys.map((key) => ({
            key: key.key,
            announcer: key.announcer,
            beginsIn: BigInt(Math.max(0, Math.round(key.beginsIn))),
            endsIn: BigInt(Math.max(0, Math.round(key.endsIn))),
          })),
          topic: frame.topic,
          document: frame.document,
          counter: BigInt(frame.counter),
        },
      }
    case 'renew':
      return { case: 'renew', value: { grant: BigInt(frame.grant), counter: BigInt(frame.counter) } }
    case 'cancel':
      return { case: 'cancel', value: {} }
    case 'state':
      return { case: 'state', value: stateToWire(frame) }
    case 'goodbye':
      return { case: 'goodbye', value: goodbyeToWire(frame) }
  }
}

const VISIBILITY: Record<Visibility, VisibilityWire> = {
  named: VisibilityWire.NAMED,
  pseudonym: VisibilityWire.PSEUDONYM,
  unlisted: VisibilityWire.UNLISTED,
}

const STATUS: Record<SubscriptionStatus, SubscriptionState_Status> = {
  pending: SubscriptionState_Status.PENDING,
  active: SubscriptionState_Status.ACTIVE,
  waiting: SubscriptionState_Status.WAITING,
  terminated: SubscriptionState_Status.TERMINATED,
}

const EVENT: Record<SubscriptionEvent, SubscriptionState_Event> = {
  subscribe: SubscriptionState_Event.SUBSCRIBE,
  approved: SubscriptionState_Event.APPROVED,
  deactivated: SubscriptionState_Event.DEACTIVATED,
  probation: SubscriptionState_Event.PROBATION,
  rejected: SubscriptionState_Event.REJECTED,
  timeout: SubscriptionState_Event.TIMEOUT,
  giveup: SubscriptionState_Event.GIVEUP,
  noresource: SubscriptionState_Event.NORESOURCE,
  'not-now': SubscriptionState_Event.NOT_NOW,
  'no-service': SubscriptionState_Event.NO_SERVICE,
}

const VISIBILITY_BACK = byNumber(VISIBILITY)
const STATUS_BACK = byNumber(STATUS)
const EVENT_BACK = byNumber(EVENT)
