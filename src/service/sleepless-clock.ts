/**
 * A clock that counts sleep. Monotonic clocks stand still while the host is suspended, on some systems, and the wall
 * clock goes on: elapsed time is the larger of both, so that no grant, no key and no age outlives its time by a sleep
 * (faults P1, P7). A wall clock set ahead looks the same and costs a renewal; set back, it changes nothing.
 */
import { hasSlept } from '../neighbourhood/beat.ts'
import type { Clock } from '../ports.ts'

interface Alarm {
  at: number
  run: () => void
  cancel: () => void
}

/** The sleep is noticed at the first look at the clock, and whatever fell due in it rings at once. */
export function sleeplessClock(clock: Clock): Clock {
  const alarms = new Set<Alarm>()
  let slept = 0
  /** Read several times for every message: two numbers make nothing to be collected. */
  let wallBefore = clock.now()
  let monotonicBefore = clock.monotonic()

  const set = (alarm: Alarm): void => {
    alarm.cancel = clock.wake(alarm.at - slept, () => {
      alarms.delete(alarm)
      alarm.run()
    })
  }

  return {
    now: () => clock.now(),

    monotonic() {
      const wall = clock.now()
      const monotonic = clock.monotonic()
      const apart = wall - wallBefore - (monotonic - monotonicBefore)
      wallBefore = wall
      monotonicBefore = monotonic
      if (hasSlept(0, apart)) {
        slept += apart
        for (const alarm of alarms) {
          alarm.cancel()
          set(alarm)
        }
      }
      return monotonic + slept
    },

    wake(at, run) {
      const alarm: Alarm = { at, run, cancel: () => {} }
      alarms.add(alarm)
      set(alarm)
      return () => {
        alarms.delete(alarm)
        alarm.cancel()
      }
    },
  }
}
