/**
 * What carries a conversation between an Agent and its client: lines of JSON, in order, both ways, until it ends. A
 * socket, a `MessagePort` and a WebSocket are each a Wire, so everything above is written once.
 */
import type { Unsubscribe } from '../../ports.ts'

export interface Wire {
  /** The next line; rejects when the wire ends before it. Only before `each`. */
  next(): Promise<string>
  /** From now on every line goes to `listener`, those first that came before. */
  each(listener: (line: string) => void): void
  /** Longest line in bytes from now on, judged when it is its turn. A longer one ends the wire without a word. */
  limit(bytes: number): void
  /** Sends one line, without its end. On a closed wire it does nothing: onClose has told. */
  send(line: string): void
  /** Bytes said and not yet taken by the other side. */
  readonly waiting: number
  /** Resolves when the other side has taken what waited, or most of it, or the wire is closed. */
  drained(): Promise<void>
  readonly closed: boolean
  /** Called once; at once if it is closed already. */
  onClose(listener: () => void): Unsubscribe
  /** Lets out what was said, and ends. */
  end(): void
  /** Ends at once. */
  destroy(): void
}

/** Lines that came and were not asked for yet, in the order they came; each judged by the limit of its turn. */
export interface ComingLines {
  /** A whole line came. */
  came(line: string): void
  /** None will come. */
  ended(): void
  next(): Promise<string>
  each(listener: (line: string) => void): void
  limit(bytes: number): void
}

/** Lines that may come before anybody listens: a handshake has three. */
const UNREAD_LIMIT = 64

/** For wires whose other side sends whole lines. `refuse` ends the wire. */
export function comingLines(limit: number, refuse: () => void): ComingLines {
  const unread: string[] = []
  let longest = limit
  let wanted: ((line: string) => void) | undefined
  let giveUp: ((cause: Error) => void) | undefined
  let over = false

  const scan = (): void => {
    while (wanted !== undefined && !over) {
      const line = unread.shift()
      if (line === undefined) return
      if (!fits(line, longest)) return refuse()
      wanted(line)
    }
  }
  const gone = (): Error => new Error('the wire ended')

  return {
    came(line) {
      if (over) return
      if (unread.length >= UNREAD_LIMIT) return refuse()
      unread.push(line)
      scan()
    },
    ended() {
      over = true
      giveUp?.(gone())
    },
    next: () =>
      new Promise((resolve, reject) => {
        if (over) return reject(gone())
        giveUp = reject
        wanted = (line) => {
          wanted = undefined
          giveUp = undefined
          resolve(line)
        }
        scan()
      }),
    each(listener) {
      wanted = listener
      scan()
    },
    limit(bytes) {
      longest = bytes
    },
  }
}

/** Whether `text` has at most `bytes` bytes as UTF-8; counted only where it could matter. */
export function fits(text: string, bytes: number): boolean {
  // A UTF-16 unit takes one to three bytes.
  if (text.length * 3 <= bytes) return true
  return text.length <= bytes && new TextEncoder().encode(text).length <= bytes
}

/** Who listens for an end that comes once. */
export interface Ending {
  readonly over: boolean
  end(): void
  onEnd(listener: () => void): Unsubscribe
}

export function ending(): Ending {
  const listeners = new Set<() => void>()
  let over = false
  return {
    get over() {
      return over
    },
    end() {
      if (over) return
      over = true
      for (const listener of [...listeners]) listener()
      listeners.clear()
    },
    onEnd(listener) {
      if (over) {
        listener()
        return () => {}
      }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
