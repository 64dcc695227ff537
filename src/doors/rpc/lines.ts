/**
 * Newline-ended lines out of a socket, one at a time while hands are shaken and then as they come. What was not
 * asked for stays unread, so a line is always judged by the limit in force when it is its turn.
 */
import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'

const NEWLINE = 0x0a

export interface Lines {
  /** The next line; rejects when the socket ends before it. Only before `each`. */
  next(): Promise<string>
  /** From now on every line goes to `listener`. */
  each(listener: (line: string) => void): void
  /** Longest line in bytes from now on. A longer one, or one that is no UTF-8, ends the socket without a word. */
  limit(bytes: number): void
}

/** Takes over reading from `socket`. */
export function linesOf(socket: Socket, limit: number): Lines {
  let longest = limit
  let unread: Buffer = Buffer.alloc(0)
  let parts: Buffer[] = []
  let size = 0
  let wanted: ((line: string) => void) | undefined
  let ended = false
  let refuse: ((cause: Error) => void) | undefined

  const hangUp = () => {
    unread = Buffer.alloc(0)
    parts = []
    socket.destroy()
  }

  const scan = () => {
    while (wanted !== undefined && unread.length > 0 && !socket.destroyed) {
      const end = unread.indexOf(NEWLINE)
      const piece = end < 0 ? unread : unread.subarray(0, end)
      size += piece.length
      if (size > longest) return hangUp()
      parts.push(piece)
      unread = end < 0 ? Buffer.alloc(0) : unread.subarray(end + 1)
      if (end < 0) return
      const line = parts.length === 1 ? piece : Buffer.concat(parts)
      parts = []
      size = 0
      if (!isUtf8(line)) return hangUp()
      wanted(line.toString('utf8'))
    }
    if (wanted === undefined && unread.length > 0) socket.pause()
  }

  socket.on('data', (chunk: Buffer) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk])
    scan()
  })
  socket.once('close', () => {
    ended = true
    refuse?.(new Error('the socket ended'))
  })

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (ended) return reject(new Error('the socket ended'))
        refuse = reject
        wanted = (line) => {
          wanted = undefined
          refuse = undefined
          resolve(line)
        }
        socket.resume()
        scan()
      }),
    each: (listener) => {
      wanted = listener
      socket.resume()
      scan()
    },
    limit: (bytes) => {
      longest = bytes
    },
  }
}
