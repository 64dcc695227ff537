/**
 * A `MessagePort` as a Wire: one string per line. A port takes whatever it is given and never says how much waits, so
 * the reader posts back how many bytes it has read: numbers among the strings. `null` is the end.
 */
import { comingLines, ending, type Wire } from './wire.ts'

/** What is used of a port: the page's, Node's, and Electron's `MessagePortMain` and `parentPort` have it. */
export interface Port {
  /** Sends one message. */
  postMessage(message: unknown): void
  /** Listens as the web does. */
  addEventListener?(type: 'message' | 'close', listener: (event: { data?: unknown }) => void): void
  /** Where there is no `addEventListener`, as in Electron's main process: it is given the event all the same. */
  on?(type: 'message' | 'close', listener: (event?: { data?: unknown }) => void): unknown
  /** Begins to deliver what waits. */
  start?(): void
  /** Ends both sides. */
  close?(): void
}

/** The reader tells what it has read every so many bytes: small beside what a writer lets wait. */
const TELL_EVERY = 16 * 1024

/** Takes over `port`; `limit` is the longest line that is read, in bytes. */
export function portWire(port: Port, limit: number): Wire {
  const end = ending()
  const toldRead = new Set<() => void>()
  let said = 0
  let readThere = 0
  let read = 0
  let told = 0

  const over = (): void => {
    if (end.over) return
    lines.ended()
    end.end()
    for (const wake of toldRead) wake()
    port.close?.()
  }
  const destroy = (): void => {
    if (end.over) return
    try {
      port.postMessage(null)
    } catch {
      // a port whose other side is gone may refuse
    }
    over()
  }
  const lines = comingLines(limit, destroy)

  const came = (message: unknown): void => {
    if (end.over) return
    if (typeof message === 'string') {
      read += message.length
      lines.came(message)
      if (read - told >= TELL_EVERY && !end.over) {
        told = read
        port.postMessage(read)
      }
    } else if (typeof message === 'number' && message <= said) {
      readThere = Math.max(readThere, message)
      for (const wake of toldRead) wake()
    } else over()
  }

  if (port.addEventListener !== undefined) {
    port.addEventListener('message', (event) => came(event.data))
    port.addEventListener('close', over)
  } else {
    port.on?.('message', (event) => came(event?.data))
    port.on?.('close', over)
  }
  port.start?.()

  return {
    next: lines.next,
    each: lines.each,
    limit: lines.limit,
    send(line) {
      if (end.over) return
      said += line.length
      port.postMessage(line)
    },
    get waiting() {
      return said - readThere
    },
    async drained() {
      // Up to TELL_EVERY may have been read and not been told.
      while (!end.over && said - readThere > TELL_EVERY)
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            toldRead.delete(wake)
            resolve()
          }
          toldRead.add(wake)
        })
    },
    get closed() {
      return end.over
    },
    onClose: end.onEnd,
    end: destroy, // the end is posted after what was said
    destroy,
  }
}
