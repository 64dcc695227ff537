/** Waking: a host that slept stopped its loop, its monotonic clock or both, and says nothing of it. */
import { hasSlept } from '../neighbourhood/beat.ts'
import type { House } from './house.ts'

/** How often the clocks are compared: a sleep is noticed this soon after waking at the latest. */
const CLOCKS_EVERY_MS = 2_000

/** Tells of each sleep, and before it where the wall clock went another way than the monotonic one: set by hand, that looks the same. */
export function watchForSleep(
  { clock, agenda }: Pick<House, 'clock' | 'agenda'>,
  told: { clockSet(): void; woke(): void },
): { stop(): void } {
  const watch = (): void => {
    const before = { wall: clock.now(), monotonic: clock.monotonic() }
    const expectedAt = before.monotonic + CLOCKS_EVERY_MS
    agenda.at('sleep', expectedAt, () => {
      const now = clock.monotonic()
      const apart = Math.abs(clock.now() - before.wall - (now - before.monotonic))
      if (hasSlept(0, apart)) told.clockSet()
      if (hasSlept(expectedAt, now) || hasSlept(0, apart)) told.woke()
      watch()
    })
  }
  watch()
  return { stop: () => agenda.cancel('sleep') }
}
