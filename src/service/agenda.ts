/**
 * One heap of deadlines for the whole hallway: no timer per watcher, per link or per message. Each appointment has a
 * name; making it again moves it.
 */
import type { Clock, Unsubscribe } from '../ports.ts'
import { createHeap } from './heap.ts'

export interface Agenda {
  /** Calls `run` once at or after monotonic `at`; replaces the appointment of the same name. */
  at(name: string, at: number, run: () => void): void
  cancel(name: string): void
  /** Forgets everything; nothing runs any more. */
  close(): void
}

interface Appointment {
  name: string
  at: number
  /** Where it stands in the heap: at its instant, or earlier. */
  looked: number
  run: () => void
}

/** `onFault` is told what an appointment throws: it must end neither the others nor the process. */
export function createAgenda(clock: Clock, onFault: (fault: unknown) => void): Agenda {
  const heap = createHeap<Appointment>((one, other) => one.looked < other.looked)
  /** The appointment that counts; others of its name in the heap are stale. */
  const current = new Map<string, Appointment>()
  let alarm: { at: number; cancel: Unsubscribe } | undefined
  let closed = false

  const setAlarm = (): void => {
    let next = heap.peek()
    for (; next !== undefined && current.get(next.name) !== next; next = heap.peek()) heap.pop()
    if (alarm !== undefined && alarm.at === next?.looked) return
    alarm?.cancel()
    alarm = next && { at: next.looked, cancel: clock.wake(next.looked, ring) }
  }

  const ring = (): void => {
    alarm = undefined
    const now = clock.monotonic()
    for (let next = heap.peek(); next !== undefined && next.looked <= now; next = heap.peek()) {
      heap.pop()
      if (current.get(next.name) !== next) continue
      if (next.at > now) {
        next.looked = next.at
        heap.push(next)
        continue
      }
      current.delete(next.name)
      try {
        next.run()
      } catch (fault) {
        onFault(fault)
      }
    }
    setAlarm()
  }

  return {
    at(name, at, run) {
      if (closed) return
      const standing = current.get(name)
      // Nearly all are put off, with every frame that comes: it is looked at when it would have been due, and moved then.
      if (standing !== undefined && standing.looked <= at) {
        standing.at = at
        standing.run = run
        return
      }
      const appointment = { name, at, looked: at, run }
      current.set(name, appointment)
      heap.push(appointment)
      setAlarm()
    },
    cancel(name) {
      if (current.delete(name)) setAlarm()
    },
    close() {
      closed = true
      current.clear()
      heap.clear()
      alarm?.cancel()
    },
  }
}
