/** A clock that stands still until told: a day passes in a moment, and nothing is left to luck. */
import type { Clock } from '../../src/ports.ts'

export interface VirtualClock extends Clock {
  /** Lets `ms` pass: everything due runs in order, and what it set in motion is awaited before time goes on. */
  pass(ms: number): Promise<void>
  /** Moves the wall clock alone, as a person or a time server would. */
  setWall(ms: number): void
}

/** Work in motion (promises, commits) has settled after this many turns of the loop. Deeper chains show as flaws at once. */
const TURNS = 12

export function virtualClock(start = Date.UTC(2026, 10, 22, 12)): VirtualClock {
  let monotonic = 0
  let wallOffset = start
  let order = 0
  const alarms = new Set<{ at: number; order: number; run: () => void }>()

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }

  const nextAlarm = (until: number) =>
    [...alarms]
      .filter((alarm) => alarm.at <= until)
      .sort((one, other) => one.at - other.at || one.order - other.order)[0]

  return {
    now: () => wallOffset + monotonic,
    monotonic: () => monotonic,
    wake(at, run) {
      const alarm = { at, order: order++, run }
      alarms.add(alarm)
      return () => void alarms.delete(alarm)
    },
    setWall(ms) {
      wallOffset = ms - monotonic
    },
    async pass(ms) {
      const until = monotonic + ms
      await settle()
      for (let alarm = nextAlarm(until); alarm !== undefined; alarm = nextAlarm(until)) {
        alarms.delete(alarm)
        monotonic = Math.max(monotonic, alarm.at)
        alarm.run()
        // What is due at the same instant runs before anything waits.
        const same = nextAlarm(monotonic)
        if (same === undefined) await settle()
      }
      monotonic = until
      await settle()
    },
  }
}
