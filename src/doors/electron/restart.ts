/** When a process that ended by itself is started again: pure arithmetic. */

/** A guess: what ended by a chance is back before anybody asks why. */
const FIRST_MS = 1_000
/** A guess: what ends again and again costs little then, and is back within the minute of what mends it. */
const LAST_MS = 60_000
/** Whoever ran for this long had a good start, ms: its end is the first again. A guess. */
const RAN_WELL_MS = 60_000

/** How many ends in a row this one makes, after `ranMs`. */
export function endsInARow(before: number, ranMs: number): number {
  return ranMs >= RAN_WELL_MS ? 1 : before + 1
}

/** The wait before the next start, ms. */
export function restartAfterMs(ends: number): number {
  return Math.min(LAST_MS, FIRST_MS * 2 ** (ends - 1))
}
