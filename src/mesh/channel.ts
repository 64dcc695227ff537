/**
 * A long-lived channel over one libp2p stream. What leaves in one turn leaves as one write (the cost is per
 * write, not per byte); what a slow reader does not take stays here, counted; and nothing that a listener or
 * the other side does wrong harms more than this channel.
 */
import type { Stream } from '@libp2p/interface'
import { DRAIN_WITHIN_MS, FRAME_LIMIT } from '../envelope/protocol.ts'
import type { Channel, ChannelKind, Link } from '../ports.ts'
import { tooLarge } from './failures.ts'
import { framed, frameReader } from './frames.ts'
import { ending, type OnFault } from './listeners.ts'

/** The other side has this long to end its half once we ended ours; then the stream is reset. */
const CLOSE_WITHIN_MS = 2_000

export interface StreamChannel extends Channel {
  /**
   * Ends it as `close` does; resolves when the other side has read to the end and ended its half too, or is
   * given up. A link must not be cut earlier: closing a socket with unread bytes resets it, and the reset
   * overtakes what was sent.
   */
  finish(): Promise<void>
}

export interface ChannelOptions {
  kind: ChannelKind
  link: Link
  stream: Stream
  onFault?: OnFault
  /** ms in which a write must drain. */
  drainWithinMs?: number
}

/** A channel over `stream`, which must be open: early frames wait in it, within its window. */
export function streamChannel(options: ChannelOptions): StreamChannel {
  const { kind, link, stream, onFault = () => {}, drainWithinMs = DRAIN_WITHIN_MS } = options
  const reader = frameReader()
  const ended = ending(onFault)
  let listener: ((frame: Uint8Array) => void) | undefined
  let paused = false
  /** The stream is over, but frames that came before its end still wait for `resume`. */
  let streamOver = false
  /** A pause came between two frames of one chunk: the reader holds the rest. */
  let cutShort = false
  let queued: Uint8Array[] = []
  let queuedBytes = 0
  let flushing = false
  /** Bytes given to the stream, whether it has passed them on or not. */
  let given = 0
  let drainTimer: NodeJS.Timeout | undefined
  let waitingForDrained: (() => void)[] = []

  const backlog = () => (ended.ended || streamOver ? 0 : queuedBytes + stream.writeBufferLength)

  function end(): void {
    clearTimeout(drainTimer)
    queued = []
    queuedBytes = 0
    tellDrained()
    ended.end()
  }

  function abort(because: Error): void {
    end()
    stream.abort(because)
  }

  function tellDrained(): void {
    if (waitingForDrained.length === 0 || backlog() > 0) return
    const waiting = waitingForDrained
    waitingForDrained = []
    for (const resolve of waiting) resolve()
  }

  function flush(): void {
    flushing = false
    if (ended.ended || streamOver) return
    if (queued.length > 0 && !stream.writableNeedsDrain) write()
    watchDrain()
    tellDrained()
  }

  function write(): void {
    const bytes = framed(queued)
    queued = []
    queuedBytes = 0
    given += bytes.byteLength
    try {
      stream.send(bytes)
    } catch (fault) {
      abort(asError(fault))
    }
  }

  /** Whoever takes nothing for `drainWithinMs` is gone; whoever takes little is slow. */
  function watchDrain(): void {
    if (drainTimer !== undefined || backlog() === 0) return
    const taken = given - stream.writeBufferLength
    drainTimer = setTimeout(() => {
      drainTimer = undefined
      if (backlog() === 0) return
      if (given - stream.writeBufferLength === taken) abort(new Error('a write did not drain in time'))
      else watchDrain()
    }, drainWithinMs).unref()
  }

  function deliver(frames: Iterable<Uint8Array>): void {
    cutShort = false
    try {
      for (const frame of frames) {
        listener?.(frame)
        if (ended.ended) return
        if (paused) {
          cutShort = true
          return
        }
      }
    } catch (fault) {
      abort(asError(fault))
      onFault(fault)
    }
  }

  /** Streams throw when paused or resumed at their end: then there is nothing left to hold back. */
  function setReading(reading: boolean): void {
    try {
      if (reading) stream.resume()
      else stream.pause()
    } catch {}
  }

  async function finish(): Promise<void> {
    if (ended.ended) return
    if (queued.length > 0 && !streamOver) write()
    if (ended.ended) return
    end()
    if (streamOver) return
    const read = new Promise<void>((resolve) => stream.addEventListener('close', () => resolve()))
    const overdue = setTimeout(() => stream.abort(new Error('the other side did not close')), CLOSE_WITHIN_MS)
    overdue.unref()
    // What still comes is read and dropped, so that the stream reaches its end.
    setReading(true)
    try {
      await stream.close({ signal: AbortSignal.timeout(CLOSE_WITHIN_MS) })
    } catch (fault) {
      stream.abort(asError(fault))
    }
    await read
    clearTimeout(overdue)
  }

  stream.addEventListener('message', ({ data }) => {
    if (!ended.ended) deliver(reader.read(data))
  })
  stream.addEventListener('drain', flush)
  stream.addEventListener('idle', tellDrained)
  // All that the other side had to say is read: a channel open in one direction only is of no use.
  stream.addEventListener('end', () => void finish())
  stream.addEventListener('close', () => {
    streamOver = true
    const unread = cutShort || stream.readBufferLength > 0
    if (paused && listener !== undefined && unread) tellDrained()
    else end()
  })
  setReading(false)

  return {
    kind,
    link,
    get closed() {
      return ended.ended
    },
    get backlog() {
      return backlog()
    },
    send(frame) {
      if (ended.ended || streamOver || frame.byteLength === 0) return
      if (frame.byteLength > FRAME_LIMIT) throw tooLarge(frame.byteLength)
      queued.push(frame)
      queuedBytes += frame.byteLength
      if (flushing) return
      flushing = true
      queueMicrotask(flush)
    },
    drained() {
      if (backlog() === 0) return Promise.resolve()
      return new Promise((resolve) => waitingForDrained.push(resolve))
    },
    onFrame(listen) {
      listener = listen
      if (!paused) setReading(true)
    },
    onClose: ended.add,
    pause() {
      paused = true
      setReading(false)
    },
    resume() {
      if (!paused) return
      paused = false
      if (listener === undefined || ended.ended) return
      deliver(reader.rest())
      if (!paused && !ended.ended) setReading(true)
      if (!paused && streamOver) end()
    },
    close() {
      void finish()
    },
    finish,
  }
}

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault))
}
