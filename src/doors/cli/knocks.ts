/** Strangers knock once, quietly: a line for the first request, one more for all that come within ten minutes (fault M8). */

const QUIET_MS = 10 * 60_000

/** Ends when nobody listens any more. */
export interface Knocks extends Disposable {
  /** A request came. */
  heard(): Promise<void>
}

export function knocks(say: () => Promise<void>, now: () => Date): Knocks {
  let saidAt = Number.NEGATIVE_INFINITY
  let later: NodeJS.Timeout | undefined
  const ring = (): Promise<void> => {
    saidAt = now().getTime()
    return say()
  }
  return {
    async heard() {
      const since = now().getTime() - saidAt
      // Less than nothing: the clock was set back.
      if (since < 0 || since >= QUIET_MS) return ring()
      later ??= setTimeout(() => {
        later = undefined
        ring().catch(() => {}) // the peer ended meanwhile
      }, QUIET_MS - since).unref()
    },
    [Symbol.dispose]: () => clearTimeout(later),
  }
}
