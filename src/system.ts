/** The host's own clock and chance: what a peer runs on outside of tests. */
import { randomBytes } from 'node:crypto'
import type { Clock, Entropy } from './ports.ts'

/** setTimeout's longest wait; a later wake is set again when this one rings. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wake(at, run) {
    let timer: NodeJS.Timeout
    const set = (): void => {
      const left = Math.max(0, at - performance.now())
      timer = left > LONGEST_TIMER_MS ? setTimeout(set, LONGEST_TIMER_MS) : setTimeout(run, Math.ceil(left))
    }
    set()
    return () => clearTimeout(timer)
  },
}

export const systemEntropy: Entropy = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fraction: Math.random, // jitter only; keys come from bytes()
}
