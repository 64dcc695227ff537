/** Whether somebody looks at the screen, as far as its window and keys tell. */
import type { State } from './state.ts'

/** So long after a key, ms. A guess: a long message is read without one, a cup of coffee takes longer. */
export const LOOKS_FOR_MS = 2 * 60_000

export function isLooking({ keyAt, now, elsewhere }: Pick<State, 'keyAt' | 'now' | 'elsewhere'>): boolean {
  return elsewhere !== true && now - keyAt < LOOKS_FOR_MS
}
