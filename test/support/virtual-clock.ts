/** A clock that stands still until told: a day passes in a moment, and nothing is left to luck. */
import type { Clock } from '../../src/ports.ts'
import { createHeap } from '../../src/service/heap.ts'

export interface VirtualClock extends Clock {
  /** Lets `ms` pass: everything due runs in order, and what it set in motion is awaited before time goes on. */
  pass(ms: number): Promise<void>
  /** Moves the wall clock alone, as a person or a time server would. */
  setWall(ms: number): void
}

/** Work in motion (promises, commits) has settled after this many turns of the loop. Deeper chains show as flaws at once. */
const TURNS = 12

interface Alarm {
  at: number
  order: number
  /** Nothing once it was cancelled. */
  run: (() => void) | undefined
}

/** `grain`, ms: alarms ring at whole multiples of it, as a host's timers do; 0 lets each ring at its own instant. */
export function virtualClock(start = Date.UTC(2026, 10, 22, 12), grain = 0): VirtualClock {
  let monotonic = 0
  let wallOffset = start
  let order = 0
  const alarms = createHeap<Alarm>(
    (one, other) => one.at < other.at || (one.at === other.at && one.order < other.order),
  )

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Takes out what is due next. */
  const nextAlarm = (until: number): Alarm | undefined => {
    let next = alarms.peek()
    for (; next !== undefined && next.run === undefined; next = alarms.peek()) alarms.pop()
    return next !== undefined && next.at <= until ? alarms.pop() : undefined
  }

  return {
    now: () => wallOffset + monotonic,
    monotonic: () => monotonic,
    wake(at, run) {
      const ringsAt = grain > 0 ? Math.ceil(at / grain) * grain : at
      const alarm: Alarm = { at: ringsAt, order: order++, run }
      alarms.push(alarm)
      return () => {
        alarm.run = undefined
      }
    },
    setWall(ms) {
      wallOffset = ms - monotonic
    },
    async pass(ms) {
      const until = monotonic + ms
      await settle()
      for (let alarm = nextAlarm(until); alarm !== undefined; alarm = nextAlarm(until)) {
        monotonic = Math.max(monotonic, alarm.at)
        alarm.run?.()
        // What is due at the same instant runs before anything waits.
        for (let same = nextAlarm(monotonic); same !== undefined; same = nextAlarm(monotonic)) same.run?.()
        await settle()
      }
      monotonic = until
      await settle()
    },
  }
}
