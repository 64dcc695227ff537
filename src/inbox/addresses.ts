/**
 * Keys are free, addresses less so: what strangers may have us keep is counted per remote address and hour too
 * (fault M8). Whoever is silent for an hour is forgotten.
 */

const HOUR_MS = 3_600_000

/** How often something came from an address within the hour, up to a limit. Times are monotonic ms. */
export interface HourlyTally {
  of(address: string, now: number): number
  add(address: string, now: number): void
}

export function hourlyTally(limit: number): HourlyTally {
  const times = new Map<string, number[]>()
  const lately = (address: string, now: number): number[] =>
    (times.get(address) ?? []).filter((at) => now - at < HOUR_MS)
  return {
    of: (address, now) => lately(address, now).length,
    add(address, now) {
      for (const [other] of times) if (lately(other, now).length === 0) times.delete(other)
      times.set(address, [...lately(address, now), now].slice(-limit))
    },
  }
}
