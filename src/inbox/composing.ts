/**
 * That somebody writes to me (RFC 3994): indications go in, what is shown comes out. It ends when they say so, with
 * their message, with their link, or when the refresh they announced is over: a peer that dies in the middle of a
 * word is not shown writing for ever. However fast it comes, little is shown.
 */
import type { ComposingState } from '../agent.ts'
import {
  COMPOSING_GAP_MS,
  COMPOSING_REFRESH_LEAST_S,
  COMPOSING_REFRESH_MOST_S,
  COMPOSING_REFRESH_USUAL_S,
} from '../envelope/protocol.ts'

/** What is known of one person's writing. Plain and frozen: `indicated` makes the next one. All times are monotonic ms. */
export interface Indicated {
  readonly shown: ComposingState
  /** When it last changed. */
  readonly shownAt: number
  /** They are writing until then, unless they say it again; absent when they are not. */
  readonly until?: number
}

export type Indication =
  /** `refresh` in seconds, as announced. */
  | { kind: 'active'; refresh?: number }
  | { kind: 'idle' }
  /** A message of theirs came, or their link ended. */
  | { kind: 'over' }
  /** The deadline of `nextLook`; coming early does no harm. */
  | { kind: 'tick' }

export const NOT_WRITING: Indicated = { shown: 'idle', shownAt: Number.NEGATIVE_INFINITY }

/** `show` is told now, if anything changed. */
export function indicated(
  before: Indicated,
  indication: Indication,
  now: number,
): { state: Indicated; show?: ComposingState } {
  const { shown, shownAt } = before
  const until =
    indication.kind === 'active'
      ? now + refreshMs(indication.refresh)
      : indication.kind === 'tick'
        ? before.until
        : undefined
  const isWriting = until !== undefined && now < until
  const state: Indicated = { shown, shownAt, ...(isWriting ? { until } : {}) }
  const show = isWriting ? 'active' : 'idle'
  // At once where it is over; else no faster than a person reads.
  const tooSoon = now - shownAt < COMPOSING_GAP_MS && indication.kind !== 'over'
  if (show === shown || tooSoon) return { state }
  return { state: { ...state, shown: show, shownAt: now }, show }
}

/** When to call `indicated` with `tick`, or never. */
export function nextLook({ shown, shownAt, until }: Indicated): number | undefined {
  const wanted = until === undefined ? 'idle' : 'active'
  return wanted === shown ? until : shownAt + COMPOSING_GAP_MS
}

function refreshMs(refresh = COMPOSING_REFRESH_USUAL_S): number {
  return 1000 * Math.min(COMPOSING_REFRESH_MOST_S, Math.max(COMPOSING_REFRESH_LEAST_S, refresh))
}
