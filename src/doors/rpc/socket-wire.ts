/**
 * A socket as a Wire: lines end with a newline. What was not asked for stays unread, so a line is always judged by the
 * limit in force when it is its turn, and who is not read feels it.
 */
import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { ending, type Wire } from './wire.ts'

const NEWLINE = 0x0a

/** Takes over `socket`. A line that is no UTF-8 ends it, too. */
export function socketWire(socket: Socket, limit: number): Wire {
  const end = ending()
  let longest = limit
  let unread: Buffer = Buffer.alloc(0)
  let parts: Buffer[] = []
  let size = 0
  let wanted: ((line: string) => void) | undefined
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
  socket.on('error', () => socket.destroy())
  socket.once('close', () => {
    refuse?.(new Error('the socket ended'))
    end.end()
  })

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (end.over) return reject(new Error('the socket ended'))
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
    // Written at once and in order. What cannot be written is lost with its socket, whose end tells.
    send: (line) => void (socket.writable && socket.write(`${line}\n`)),
    get waiting() {
      return socket.writableLength
    },
    drained: () =>
      new Promise((resolve) => {
        if (socket.destroyed || socket.writableLength === 0) return resolve()
        const done = () => {
          socket.off('drain', done)
          socket.off('close', done)
          resolve()
        }
        socket.on('drain', done)
        socket.on('close', done)
      }),
    get closed() {
      return socket.destroyed
    },
    onClose: end.onEnd,
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}
