/**
 * One direction of a channel in memory: frames arrive late, in order and whole; a reader that pauses makes
 * the writer's backlog grow; and what was under way when a cable was pulled arrives when it is mended.
 */
import { DRAIN_WITHIN_MS } from '../envelope/protocol.ts'
import type { Clock, Unsubscribe } from '../ports.ts'

/** Bytes under way or unread before the writer has to wait: a stream's first window over libp2p. */
const WINDOW = 256 * 1024

/** The wire between two peers. */
export interface Wire {
  /** Runs `arrive` one latency from now, in the order of calls; while the wire is cut it waits. */
  carry(arrive: () => void): void
}

export interface Pipe {
  readonly backlog: number
  send(frame: Uint8Array): void
  drained(): Promise<void>
  /** The end follows the frames sent before it. */
  end(): void
  /** Nothing more goes in or comes out. */
  cut(): void
  pause(): void
  resume(): void
  onFrame(listener: (frame: Uint8Array) => void): void
}

export interface PipeOptions {
  clock: Clock
  wire: Wire
  /** The writer's end came to the reader, all frames before it delivered. */
  onEnd: () => void
  /** The reader threw. */
  onThrow: (fault: unknown) => void
  /** Nothing was taken for DRAIN_WITHIN_MS. */
  onStuck: () => void
}

export function pipe({ clock, wire, onEnd, onThrow, onStuck }: PipeOptions): Pipe {
  const queued: (Uint8Array | 'end')[] = []
  const arrived: (Uint8Array | 'end')[] = []
  let queuedBytes = 0
  let granted = 0
  let listener: ((frame: Uint8Array) => void) | undefined
  let paused = false
  let over = false
  let delivering = false
  let waiting: (() => void)[] = []
  let unwatch: Unsubscribe | undefined

  function push(): void {
    let moved = false
    for (let next = queued[0]; next !== undefined; next = queued[0]) {
      const size = next === 'end' ? 0 : next.byteLength
      if (granted > 0 && granted + size > WINDOW) break
      queued.shift()
      queuedBytes -= size
      granted += size
      moved = true
      const item = next
      wire.carry(() => {
        if (over) return
        arrived.push(item)
        deliver()
      })
    }
    watch(moved)
    tellDrained()
  }

  function watch(moved: boolean): void {
    if (queued.length > 0 && !moved && unwatch !== undefined) return
    unwatch?.()
    unwatch = undefined
    if (queued.length > 0 && !over) unwatch = clock.wake(clock.monotonic() + DRAIN_WITHIN_MS, onStuck)
  }

  function tellDrained(): void {
    if (queued.length > 0 && !over) return
    const done = waiting
    waiting = []
    for (const resolve of done) resolve()
  }

  function deliver(): void {
    if (delivering) return
    delivering = true
    try {
      while (!over) {
        const next = arrived[0]
        if (next === 'end') {
          onEnd()
          break
        }
        if (next === undefined || paused || listener === undefined) break
        arrived.shift()
        granted -= next.byteLength
        listener(next)
      }
    } catch (fault) {
      onThrow(fault)
    } finally {
      delivering = false
    }
    if (!over) push()
  }

  return {
    get backlog() {
      return over ? 0 : queuedBytes
    },
    send(frame) {
      if (over || frame.byteLength === 0) return
      queued.push(frame.slice())
      queuedBytes += frame.byteLength
      queueMicrotask(() => {
        if (!over) push()
      })
    },
    drained() {
      return over || queued.length === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))
    },
    end() {
      if (over) return
      queued.push('end')
      push()
    },
    cut() {
      over = true
      queued.length = 0
      arrived.length = 0
      unwatch?.()
      tellDrained()
    },
    pause() {
      paused = true
    },
    resume() {
      paused = false
      deliver()
    },
    onFrame(listen) {
      listener = listen
      queueMicrotask(deliver)
    },
  }
}
