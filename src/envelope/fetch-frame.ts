/** FETCH: one question and one answer on a stream of their own, as plain values, and their bytes. */
import { create, toBinary } from '@bufbuild/protobuf'
import { FetchAnswerSchema, FetchRequestSchema } from './generated/channel_pb.ts'
import { atMost, malformed, open } from './opening.ts'
import {
  type SubscriptionState,
  stateFromWire,
  stateToWire,
  type Visibility,
  visibilityFromWire,
  visibilityToWire,
} from './presence-frame.ts'
import { DOCUMENT_LIMIT, FRAME_LIMIT, NAME_LIMIT, QUESTION_LIMIT } from './protocol.ts'

/** FETCHER to presentity. */
export interface FetchRequest {
  name: string
  visibility: Visibility
}

/** Presentity to fetcher: encoded PRESENCE INFORMATION, or what a subscription would have been told. */
export type FetchAnswer =
  | { kind: 'document'; document: Uint8Array }
  | ({ kind: 'state' } & SubscriptionState)
  /** From the future: no answer. */
  | { kind: 'unknown' }

export function encodeFetchRequest({ name, visibility }: FetchRequest): Uint8Array {
  return toBinary(
    FetchRequestSchema,
    create(FetchRequestSchema, { name, visibility: visibilityToWire(visibility) }),
  )
}

/** Throws `malformed-frame`. */
export function openFetchRequest(bytes: Uint8Array): FetchRequest {
  const { name, visibility } = open(FetchRequestSchema, bytes, QUESTION_LIMIT)
  return { name: atMost(name, NAME_LIMIT * 4, 'name'), visibility: visibilityFromWire(visibility) }
}

export function encodeFetchAnswer(answer: Exclude<FetchAnswer, { kind: 'unknown' }>): Uint8Array {
  const kind =
    answer.kind === 'document'
      ? { case: answer.kind, value: answer.document }
      : { case: answer.kind, value: stateToWire(answer) }
  return toBinary(FetchAnswerSchema, create(FetchAnswerSchema, { kind }))
}

/** Throws `malformed-frame`. */
export function openFetchAnswer(bytes: Uint8Array): FetchAnswer {
  const { kind } = open(FetchAnswerSchema, bytes, FRAME_LIMIT)
  if (kind.case === 'document') {
    if (kind.value.length > DOCUMENT_LIMIT) throw malformed(`document of ${kind.value.length} bytes`)
    return { kind: 'document', document: kind.value }
  }
  const state = kind.case === 'state' ? stateFromWire(kind.value) : undefined
  return state === undefined ? { kind: 'unknown' } : { kind: 'state', ...state }
}
