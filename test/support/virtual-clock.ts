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
  /** A heap: a town of hundreds has hundreds of thousands under way at once. */
  const alarms: Alarm[] = []

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }

  /** The next that counts, at `until` at the latest. */
  const nextAlarm = (until: number): Alarm | undefined => {
    while (alarms[0]?.run === undefined && alarms.length > 0) pop(alarms)
    const [next] = alarms
    return next !== undefined && next.at <= until ? next : undefined
  }

  return {
    now: () => wallOffset + monotonic,
    monotonic: () => monotonic,
    wake(at, run) {
      const alarm: Alarm = { at, order: order++, run }
      push(alarms, alarm)
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
        pop(alarms)
        monotonic = Math.max(monotonic, alarm.at)
        alarm.run?.()
        // What is due at the same instant runs before anything waits.
        const same = nextAlarm(monotonic)
        if (same === undefined) await settle()
      }
      monotonic = until
      await settle()
    },
  }
}

interface Alarm {
  at: number
  order: number
  /** Nothing once it was cancelled. */
  run: (() => void) | undefined
}

const isBefore = (one: Alarm, other: Alarm): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

function push(heap: Alarm[], alarm: Alarm): void {
  let index = heap.push(alarm) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    const above = heap[parent] as Alarm
    if (isBefore(above, alarm)) break
    heap[index] = above
    index = parent
  }
  heap[index] = alarm
}

function pop(heap: Alarm[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]]
    const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left
    if (child === undefined || isBefore(last, child)) break
    heap[index] = child
    index = 2 * index + (child === right ? 2 : 1)
  }
  heap[index] = last
}
