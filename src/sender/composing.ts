/**
 * That I am writing to somebody (RFC 3994): keystrokes go in, indications come out, few enough to cost nothing. The
 * first keystroke says `active`, going on says it again once a refresh, a pause says `idle`. A message that leaves
 * says nothing: it ends the indication by itself.
 *
 *     const { state, say } = typing(before, 'key', now)
 *     agenda.at(name, nextLook(state), () => typing(state, 'tick', later))
 */
import type { ComposingState } from '../agent.ts'
import { COMPOSING_AGAIN_MS, COMPOSING_GAP_MS, COMPOSING_IDLE_MS } from '../envelope/protocol.ts'

/** How far one person knows of my writing. Plain and frozen: `typing` makes the next one. All times are monotonic ms. */
export interface Typing {
  /** What they were told last, or took from a message. */
  readonly said: ComposingState
  /** When an indication last left. */
  readonly saidAt: number
  /** The last keystroke; absent when nothing is being written. */
  readonly keyAt?: number
}

export type TypingEvent =
  /** Something was typed. */
  | 'key'
  /** The draft was given up. */
  | 'stopped'
  /** The message leaves, or nothing may be said any more: idle, and no word of it. */
  | 'over'
  /** The deadline of `nextLook`; coming early does no harm. */
  | 'tick'

export const NOT_TYPING: Typing = { said: 'idle', saidAt: Number.NEGATIVE_INFINITY }

/** `say` is to leave now, if there is anything to say. */
export function typing(
  before: Typing,
  event: TypingEvent,
  now: number,
): { state: Typing; say?: ComposingState } {
  const { said, saidAt } = before
  if (event === 'over') return { state: { said: 'idle', saidAt } }
  const keyAt = event === 'key' ? now : event === 'stopped' ? undefined : before.keyAt
  const isTyping = keyAt !== undefined && now - keyAt < COMPOSING_IDLE_MS
  const state: Typing = { said, saidAt, ...(isTyping ? { keyAt } : {}) }
  const due = dueAt(state)
  if (due === undefined || due > now) return { state }
  const say = isTyping ? 'active' : 'idle'
  return { state: { ...state, said: say, saidAt: now }, say }
}

/** When to call `typing` with `tick`, or never. */
export function nextLook(state: Typing): number | undefined {
  const due = dueAt(state)
  if (state.keyAt === undefined) return due
  return Math.min(due ?? Number.POSITIVE_INFINITY, state.keyAt + COMPOSING_IDLE_MS)
}

/** When the next indication is to leave, as things stand. */
function dueAt({ said, saidAt, keyAt }: Typing): number | undefined {
  const wanted: ComposingState = keyAt === undefined ? 'idle' : 'active'
  if (wanted !== said) return saidAt + COMPOSING_GAP_MS
  return wanted === 'active' ? saidAt + COMPOSING_AGAIN_MS : undefined
}
