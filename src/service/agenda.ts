/**
 * One heap of deadlines for the whole hallway: no timer per watcher, per link or per message. Each appointment has a
 * name; making it again moves it.
 */
import type { Clock, Unsubscribe } from '../ports.ts'

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
  run: () => void
}

/** `onFault` is told what an appointment throws: it must end neither the others nor the process. */
export function createAgenda(clock: Clock, onFault: (fault: unknown) => void): Agenda {
  const heap: Appointment[] = []
  /** The appointment that counts; others of its name in the heap are stale. */
  const current = new Map<string, Appointment>()
  let alarm: { at: number; cancel: Unsubscribe } | undefined
  let closed = false

  const setAlarm = (): void => {
    while (heap[0] !== undefined && current.get(heap[0].name) !== heap[0]) pop(heap)
    const next = heap[0]
    if (alarm !== undefined && alarm.at === next?.at) return
    alarm?.cancel()
    alarm = next && { at: next.at, cancel: clock.wake(next.at, ring) }
  }

  const ring = (): void => {
    alarm = undefined
    const now = clock.monotonic()
    for (let next = heap[0]; next !== undefined && next.at <= now; next = heap[0]) {
      pop(heap)
      if (current.get(next.name) !== next) continue
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
      const appointment = { name, at, run }
      current.set(name, appointment)
      push(heap, appointment)
      setAlarm()
    },
    cancel(name) {
      if (current.delete(name)) setAlarm()
    },
    close() {
      closed = true
      current.clear()
      heap.length = 0
      alarm?.cancel()
    },
  }
}

function push(heap: Appointment[], appointment: Appointment): void {
  let index = heap.push(appointment) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    const above = heap[parent]
    if (above === undefined || above.at <= appointment.at) break
    heap[index] = above
    index = parent
  }
  heap[index] = appointment
}

function pop(heap: Appointment[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    const left = heap[2 * index + 1]
    const right = heap[2 * index + 2]
    const rightIsEarlier = right !== undefined && left !== undefined && right.at < left.at
    const child = rightIsEarlier ? right : left
    if (child === undefined || child.at >= last.at) break
    heap[index] = child
    index = 2 * index + (rightIsEarlier ? 2 : 1)
  }
  heap[index] = last
}
