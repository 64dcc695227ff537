/** A host that can be put to sleep: its wall clock goes on, its monotonic clock and everything that runs stand still. */
import type { Clock } from '../../src/ports.ts'

export interface Laptop {
  tapClock(clock: Clock): Clock
  closeLid(): void
  openLid(): void
  /** Somebody sets its wall clock, and no other one's, ahead by so many ms. */
  setAhead(ms: number): void
}

interface Alarm {
  at: number
  run: () => void
  cancel: () => void
}

export function laptop(): Laptop {
  const alarms = new Set<Alarm>()
  let world: Clock | undefined
  let asleepSince: number | undefined
  let slept = 0
  let ahead = 0
  const monotonic = (): number => (asleepSince ?? world?.monotonic() ?? 0) - slept
  const set = (alarm: Alarm): void => {
    if (world === undefined || asleepSince !== undefined) return
    alarm.cancel = world.wake(alarm.at + slept, () => {
      alarms.delete(alarm)
      alarm.run()
    })
  }
  return {
    tapClock(clock) {
      world = clock
      return {
        now: () => clock.now() + ahead,
        monotonic,
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
    },
    setAhead(ms) {
      ahead = ms
    },
    closeLid() {
      asleepSince = world?.monotonic()
      for (const alarm of alarms) alarm.cancel()
    },
    openLid() {
      if (world === undefined || asleepSince === undefined) return
      slept += world.monotonic() - asleepSince
      asleepSince = undefined
      for (const alarm of alarms) set(alarm)
    },
  }
}
