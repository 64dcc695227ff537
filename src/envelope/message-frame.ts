/**
 * The frames of the message channel as plain values, and their bytes. `to` and `inbox` are inbox addresses;
 * who speaks is known from the channel, never from the frame (fault M3).
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type { Amendment, ComposingState, Disposition, Reason } from '../agent.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'
import { verify } from '../principal/principal.ts'
import { MessageFrameSchema } from './generated/channel_pb.ts'
import {
  Amendment as AmendmentWire,
  Disposition as DispositionWire,
  type Envelope,
  LetterSchema,
  type Letter as LetterWire,
  Reason as ReasonWire,
  Recalled as RecalledWire,
} from './generated/message_pb.ts'
import {
  type Goodbye,
  goodbyeFromWire,
  goodbyeToWire,
  type Hello,
  helloFromWire,
  helloToWire,
} from './hello.ts'
import { messageIdFromBytes, messageIdToBytes } from './message-id.ts'
import { atMost, byNumber, malformed, open, safeNumber } from './opening.ts'
import {
  ADDRESS_LIMIT,
  BODY_LIMIT,
  CONTENT_TYPE_LIMIT,
  DOMAIN_LETTER,
  FRAME_LIMIT,
  NAME_LIMIT,
  RECEIPT_IDS_LIMIT,
} from './protocol.ts'

export type MessageFrame =
  | ({ kind: 'hello' } & Hello)
  | ({ kind: 'message' } & InstantMessage)
  | ({ kind: 'receipt' } & Receipt)
  | ({ kind: 'recall' } & Recall)
  | ({ kind: 'recall-answer' } & RecallAnswer)
  | ({ kind: 'composing' } & Composing)
  | ({ kind: 'goodbye' } & Goodbye)
  /** From the future, or sealed: ignored. */
  | { kind: 'unknown' }

/** RFC 2778 INSTANT MESSAGE, RFC 3860 message operation. */
export interface InstantMessage {
  id: MessageId
  /** Inbox address. */
  to: string
  /** Wall ms by the sender's clock, a claim. */
  sentAt: number
  contentType: string
  body: Uint8Array
  thread?: string
  replyTo?: MessageId
  /** Remaining ms when it left; absent = never expires. */
  expiresIn?: number
  untilOpen: boolean
  /** Display name, a claim; only until the peer once answered `delivered`. */
  introduction?: string
  /** What it does to another message: then it is no message by itself. */
  amends?: { by: Amendment; id: MessageId }
}

/** RFC 5438: what an inbox says of messages that fared alike. */
export interface Receipt {
  /** 1 to RECEIPT_IDS_LIMIT, in the order they were kept. */
  ids: MessageId[]
  inbox: string
  disposition: Disposition | 'failed' | 'stored'
  reason?: Reason
  /** Wall ms by the inbox's clock, a claim. */
  at: number
}

/** "Is it kept? If not, never keep it." */
export interface Recall {
  id: MessageId
  inbox: string
}

export interface RecallAnswer extends Recall {
  recalled: 'kept' | 'recalled' | 'rate-limited'
}

/** RFC 3994 isComposing: that somebody writes to this inbox, or no longer does; never what. */
export interface Composing {
  state: ComposingState
  /** Seconds after which it counts as idle unless it is said again; absent = RFC 3994's 120. */
  refresh?: number
  inbox: string
}

type Frame = Exclude<MessageFrame, { kind: 'unknown' }>
type LetterContent = Exclude<Frame, { kind: 'hello' | 'goodbye' }>

export function encodeMessageFrame(frame: Frame): Uint8Array {
  return toBinary(MessageFrameSchema, create(MessageFrameSchema, { kind: toWire(frame) }))
}

/** One letter signed by its author: carries its own proof, so that proxies may carry it later. */
export function encodeSignedFrame(
  letter: LetterContent,
  signer: { peerId: PeerId; sign(bytes: Uint8Array): Uint8Array },
): Uint8Array {
  const bytes = toBinary(LetterSchema, create(LetterSchema, letterToWire(letter)))
  const signed = { letter: bytes, signer: signer.peerId, signature: signer.sign(signable(bytes)) }
  return toBinary(
    MessageFrameSchema,
    create(MessageFrameSchema, {
      kind: { case: 'envelope', value: { wrapping: { case: 'signed', value: signed } } },
    }),
  )
}

/**
 * Opens one frame that came over `from`'s channel; throws `malformed-frame`. A letter that claims another
 * sender, or a signature that is not its own, is malformed.
 */
export function openMessageFrame(bytes: Uint8Array, from: PeerId): MessageFrame {
  const { kind } = open(MessageFrameSchema, bytes, FRAME_LIMIT)
  switch (kind.case) {
    case 'hello':
      return { kind: 'hello', ...helloFromWire(kind.value) }
    case 'goodbye':
      return { kind: 'goodbye', ...goodbyeFromWire(kind.value) }
    case 'envelope': {
      const letter = unwrap(kind.value, from)
      return letter === undefined ? { kind: 'unknown' } : letterFromWire(letter, from)
    }
    default:
      return { kind: 'unknown' }
  }
}

function unwrap({ wrapping }: Envelope, from: PeerId): LetterWire | undefined {
  if (wrapping.case === 'plain') return wrapping.value
  if (wrapping.case !== 'signed') return undefined
  const { letter, signer, signature } = wrapping.value
  if (signer !== from) throw malformed('letter signed by somebody else than the peer it came from')
  if (!verify(from, signable(letter), signature)) throw malformed('letter with a wrong signature')
  return open(LetterSchema, letter, FRAME_LIMIT)
}

function letterFromWire({ content }: LetterWire, from: PeerId): MessageFrame {
  switch (content.case) {
    case 'message': {
      const wire = content.value
      const amendment = AMENDMENT_BACK[wire.amendment]
      if (wire.from !== '' && wire.from !== from) throw malformed('message in the name of somebody else')
      if (wire.body.length > BODY_LIMIT) throw malformed(`body of ${wire.body.length} bytes`)
      return {
        kind: 'message',
        id: messageIdFromBytes(wire.id),
        to: atMost(wire.to, ADDRESS_LIMIT, 'inbox address'),
        sentAt: safeNumber(wire.sentAt, 'sent time'),
        contentType: atMost(wire.contentType, CONTENT_TYPE_LIMIT, 'content type') || 'text/plain',
        body: wire.body,
        untilOpen: wire.untilOpen,
        ...(wire.thread === '' ? {} : { thread: atMost(wire.thread, NAME_LIMIT, 'thread') }),
        ...(wire.replyTo.length === 0 ? {} : { replyTo: messageIdFromBytes(wire.replyTo) }),
        ...(wire.expiresIn === undefined ? {} : { expiresIn: safeNumber(wire.expiresIn, 'expiry') }),
        ...(wire.introduction === ''
          ? {}
          : { introduction: atMost(wire.introduction, NAME_LIMIT * 4, 'introduction') }),
        ...(amendment === undefined
          ? {}
          : { amends: { by: amendment, id: messageIdFromBytes(wire.amends) } }),
      }
    }
    case 'receipt': {
      const wire = content.value
      const disposition = DISPOSITION_BACK[wire.disposition]
      if (disposition === undefined) return { kind: 'unknown' }
      const reason = REASON_BACK[wire.reason]
      if (wire.ids.length === 0 || wire.ids.length > RECEIPT_IDS_LIMIT)
        throw malformed(`receipt about ${wire.ids.length} messages`)
      return {
        kind: 'receipt',
        ids: wire.ids.map(messageIdFromBytes),
        inbox: atMost(wire.inbox, ADDRESS_LIMIT, 'inbox address'),
        disposition,
        at: safeNumber(wire.at, 'receipt time'),
        ...(reason === undefined ? {} : { reason }),
      }
    }
    case 'recall':
      return { kind: 'recall', ...recallFromWire(content.value) }
    case 'recallAnswer': {
      const recalled = RECALLED_BACK[content.value.recalled]
      if (recalled === undefined) return { kind: 'unknown' }
      return { kind: 'recall-answer', ...recallFromWire(content.value), recalled }
    }
    case 'composing': {
      const { active, refresh, inbox } = content.value
      return {
        kind: 'composing',
        state: active ? 'active' : 'idle',
        inbox: atMost(inbox, ADDRESS_LIMIT, 'inbox address'),
        ...(refresh === 0 ? {} : { refresh }),
      }
    }
    default:
      return { kind: 'unknown' }
  }
}

function recallFromWire(wire: { id: Uint8Array; inbox: string }): Recall {
  return { id: messageIdFromBytes(wire.id), inbox: atMost(wire.inbox, ADDRESS_LIMIT, 'inbox address') }
}

type WireKind = NonNullable<MessageInitShape<typeof MessageFrameSchema>['kind']>

function toWire(frame: Frame): WireKind {
  if (frame.kind === 'hello') return { case: 'hello', value: helloToWire(frame) }
  if (frame.kind === 'goodbye') return { case: 'goodbye', value: goodbyeToWire(frame) }
  return { case: 'envelope', value: { wrapping: { case: 'plain', value: letterToWire(frame) } } }
}

function letterToWire(letter: LetterContent): MessageInitShape<typeof LetterSchema> {
  switch (letter.kind) {
    case 'message':
      return {
        content: {
          case: 'message',
          value: {
            id: messageIdToBytes(letter.id),
            to: letter.to,
            sentAt: BigInt(Math.max(0, Math.round(letter.sentAt))),
            contentType: letter.contentType === 'text/plain' ? '' : letter.contentType,
            body: letter.body,
            thread: letter.thread ?? '',
            replyTo: letter.replyTo === undefined ? new Uint8Array() : messageIdToBytes(letter.replyTo),
            untilOpen: letter.untilOpen,
            introduction: letter.introduction ?? '',
            ...(letter.amends === undefined
              ? {}
              : { amendment: AMENDMENT[letter.amends.by], amends: messageIdToBytes(letter.amends.id) }),
            ...(letter.expiresIn === undefined
              ? {}
              : { expiresIn: BigInt(Math.max(0, Math.round(letter.expiresIn))) }),
          },
        },
      }
    case 'receipt':
      return {
        content: {
          case: 'receipt',
          value: {
            ids: letter.ids.map(messageIdToBytes),
            inbox: letter.inbox,
            disposition: DISPOSITION[letter.disposition],
            reason: letter.reason === undefined ? ReasonWire.UNSPECIFIED : REASON[letter.reason],
            at: BigInt(Math.max(0, Math.round(letter.at))),
          },
        },
      }
    case 'recall':
      return { content: { case: 'recall', value: { id: messageIdToBytes(letter.id), inbox: letter.inbox } } }
    case 'recall-answer':
      return {
        content: {
          case: 'recallAnswer',
          value: {
            id: messageIdToBytes(letter.id),
            inbox: letter.inbox,
            recalled: RECALLED[letter.recalled],
          },
        },
      }
    case 'composing':
      return {
        content: {
          case: 'composing',
          value: { active: letter.state === 'active', refresh: letter.refresh ?? 0, inbox: letter.inbox },
        },
      }
  }
}

const DOMAIN = new TextEncoder().encode(DOMAIN_LETTER)

function signable(letter: Uint8Array): Uint8Array {
  return Buffer.concat([DOMAIN, letter])
}

const DISPOSITION: Record<Receipt['disposition'], DispositionWire> = {
  delivered: DispositionWire.DELIVERED,
  held: DispositionWire.HELD,
  displayed: DispositionWire.DISPLAYED,
  failed: DispositionWire.FAILED,
  stored: DispositionWire.STORED,
}

const AMENDMENT: Record<Amendment, AmendmentWire> = {
  edit: AmendmentWire.EDIT,
  delete: AmendmentWire.DELETE,
  react: AmendmentWire.REACT,
  unreact: AmendmentWire.UNREACT,
}

const REASON: Record<Reason, ReasonWire> = {
  closed: ReasonWire.CLOSED,
  refused: ReasonWire.REFUSED,
  unreachable: ReasonWire.UNREACHABLE,
  expired: ReasonWire.EXPIRED,
  recalled: ReasonWire.RECALLED,
  'too-large': ReasonWire.TOO_LARGE,
  'unsupported-type': ReasonWire.UNSUPPORTED_TYPE,
  'rate-limited': ReasonWire.RATE_LIMITED,
  'no-such-inbox': ReasonWire.NO_SUCH_INBOX,
  'hop-limit': ReasonWire.HOP_LIMIT,
}

const RECALLED: Record<RecallAnswer['recalled'], RecalledWire> = {
  kept: RecalledWire.KEPT,
  recalled: RecalledWire.RECALLED,
  'rate-limited': RecalledWire.RATE_LIMITED,
}

const AMENDMENT_BACK = byNumber(AMENDMENT)
const DISPOSITION_BACK = byNumber(DISPOSITION)
const REASON_BACK = byNumber(REASON)
const RECALLED_BACK = byNumber(RECALLED)
