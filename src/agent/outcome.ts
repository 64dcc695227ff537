/**
 * How far a message of mine has come, and what may come of it yet. Word of that comes late, twice and out of order: by
 * two links, a resend, a replay, a listing that was read before an event was told. So it is not the last word that counts,
 * but the one from further on. The store goes by this, and whoever shows messages.
 */
import type { Disposition, OutboxState, Outcome, OutcomeWord } from '../agent.ts'

/** How a message fares, as far as one word may follow another. */
export type Faring = Pick<Outcome, 'state' | 'outcome' | 'disposition'>

type Step = OutboxState | OutcomeWord | Disposition

/**
 * The two ways there are. None leads back, and none from one end to the other: what their inbox once kept is never
 * un-kept, and the first final answer stands (fault M6). Any step may be left out.
 */
const WAYS: readonly (readonly Step[])[] = [
  ['owed', 'sent', 'indeterminate', 'failure'],
  ['owed', 'sent', 'indeterminate', 'success', 'held', 'delivered', 'displayed'],
]

/** True if `word` is what may come of a message that fares as `known`. */
export function isFurther(word: Faring, known: Faring): boolean {
  const [from, to] = [stepOf(known), stepOf(word)]
  if (from === undefined || to === undefined) return false
  return WAYS.some((way) => way.includes(from) && way.indexOf(to) > way.indexOf(from))
}

/** True if `word` says what is known: only when it came to that, and what it waits for, may be another. */
export function isAsFar(word: Faring, known: Faring): boolean {
  return stepOf(word) === stepOf(known)
}

/** Undefined for what cannot be, such as a disposition of what was never sent. */
function stepOf({ state, outcome, disposition }: Faring): Step | undefined {
  if (state !== 'settled') return outcome === 'indeterminate' && disposition === undefined ? state : undefined
  if (outcome === 'success') return disposition ?? outcome
  return outcome === 'failure' || disposition === undefined ? outcome : undefined
}
