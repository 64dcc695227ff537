/** FETCH: one question and one answer on a stream of their own, as plain values, and their bytes. */
import { create, toBinary } from '@bufbuild/protobuf'
import type { Via, Visibility } from '../agent.ts'
import type { PeerId } from '../principal/ids.ts'
import { parsePeerId } from '../principal/principal.ts'
import {
  FetchAnswerSchema,
  FetchRequest_Asked,
  FetchRequestSchema,
  ShownWatcher_Means,
  type ShownWatcher as ShownWatcherWire,
} from './generated/channel_pb.ts'
import { atMost, byNumber, malformed, open } from './opening.ts'
import {
  type SubscriptionState,
  stateFromWire,
  stateToWire,
  visibilityFromWire,
  visibilityToWire,
} from './presence-frame.ts'
import { DOCUMENT_LIMIT, FRAME_LIMIT, NAME_LIMIT, QUESTION_LIMIT, SHOWN_WATCHERS_LIMIT } from './protocol.ts'

/** Of PRESENCE INFORMATION; `watchers`: of WATCHER INFORMATION, as whoever asks may see it. */
export interface FetchRequest {
  name: string
  visibility: Visibility
  /** Absent: presence. `unknown` is from the future, and has no answer. */
  asked?: 'watchers' | 'unknown'
}

/** Presentity to fetcher: encoded PRESENCE INFORMATION or its watchers, or what a subscription would have been told. */
export type FetchAnswer =
  | { kind: 'document'; document: Uint8Array }
  | ({ kind: 'state' } & SubscriptionState)
  | { kind: 'watchers'; watchers: ShownWatcher[] }
  /** From the future: no answer. */
  | { kind: 'unknown' }

/** A watcher as others may see it. */
export interface ShownWatcher {
  /** Absent for a pseudonym. */
  peer?: PeerId
  name: string
  via: ShownMeans
  /** Of a SUBSCRIPTION. */
  state?: SubscriptionState
}

/** Who came and asked for nothing said nothing of who may know, and is shown to nobody. */
export type ShownMeans = Exclude<Via, 'touch'>

export function encodeFetchRequest({ name, visibility, asked }: FetchRequest): Uint8Array {
  return toBinary(
    FetchRequestSchema,
    create(FetchRequestSchema, {
      name,
      visibility: visibilityToWire(visibility),
      asked: asked === 'watchers' ? FetchRequest_Asked.WATCHERS : FetchRequest_Asked.PRESENCE,
    }),
  )
}

/** Throws `malformed-frame`. */
export function openFetchRequest(bytes: Uint8Array): FetchRequest {
  const { name, visibility, asked } = open(FetchRequestSchema, bytes, QUESTION_LIMIT)
  const request = { name: atMost(name, NAME_LIMIT * 4, 'name'), visibility: visibilityFromWire(visibility) }
  if (asked === FetchRequest_Asked.PRESENCE) return request
  return { ...request, asked: asked === FetchRequest_Asked.WATCHERS ? 'watchers' : 'unknown' }
}

export function encodeFetchAnswer(answer: Exclude<FetchAnswer, { kind: 'unknown' }>): Uint8Array {
  return toBinary(FetchAnswerSchema, create(FetchAnswerSchema, { kind: kindToWire(answer) }))
}

/** Throws `malformed-frame`. */
export function openFetchAnswer(bytes: Uint8Array): FetchAnswer {
  const { kind } = open(FetchAnswerSchema, bytes, FRAME_LIMIT)
  if (kind.case === 'document') {
    if (kind.value.length > DOCUMENT_LIMIT) throw malformed(`document of ${kind.value.length} bytes`)
    return { kind: 'document', document: kind.value }
  }
  if (kind.case === 'watchers') {
    const { watchers } = kind.value
    if (watchers.length > SHOWN_WATCHERS_LIMIT) throw malformed(`list of ${watchers.length} watchers`)
    return { kind: 'watchers', watchers: watchers.flatMap((watcher) => shownFromWire(watcher) ?? []) }
  }
  const state = kind.case === 'state' ? stateFromWire(kind.value) : undefined
  return state === undefined ? { kind: 'unknown' } : { kind: 'state', ...state }
}

function kindToWire(answer: Exclude<FetchAnswer, { kind: 'unknown' }>) {
  switch (answer.kind) {
    case 'document':
      return { case: answer.kind, value: answer.document }
    case 'state':
      return { case: answer.kind, value: stateToWire(answer) }
    case 'watchers':
      return {
        case: answer.kind,
        value: {
          watchers: answer.watchers.map(({ peer, name, via, state }) => ({
            peer: peer ?? '',
            name,
            means: MEANS[via],
            ...(state === undefined ? {} : { state: stateToWire(state) }),
          })),
        },
      }
  }
}

/** Means of the future have no word here: such a watcher is left out. */
function shownFromWire({ peer, name, means, state }: ShownWatcherWire): ShownWatcher | undefined {
  const id = peer === '' ? undefined : parsePeerId(peer)
  if (peer !== '' && id === undefined) throw malformed('peer id of a watcher')
  const via = MEANS_BACK[means]
  const stands = state && stateFromWire(state)
  return (
    via && {
      ...(id === undefined ? {} : { peer: id }),
      name: atMost(name, NAME_LIMIT * 4, 'name'),
      via,
      ...(stands === undefined ? {} : { state: stands }),
    }
  )
}

const MEANS: Record<ShownMeans, ShownWatcher_Means> = {
  subscribe: ShownWatcher_Means.SUBSCRIBE,
  fetch: ShownWatcher_Means.FETCH,
  poll: ShownWatcher_Means.POLL,
}

const MEANS_BACK = byNumber(MEANS)
