/** A WebSocket as a Wire, the page's own as well as the server's: one text message per line. */
import { comingLines, ending, type Wire } from './wire.ts'

/** What is used of a WebSocket. */
export interface WebSocketLike {
  readonly bufferedAmount: number
  send(text: string): void
  close(): void
  /** The server's can end without asking. */
  terminate?(): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close' | 'error', listener: () => void): void
}

/** How often it is looked whether a slow reader has caught up, ms: a WebSocket does not say so. */
const LOOK_EVERY_MS = 20

/** Takes over `socket`, which is open; `limit` is the longest line that is read, in bytes. */
export function webSocketWire(socket: WebSocketLike, limit: number): Wire {
  const end = ending()
  const over = (): void => {
    lines.ended()
    end.end()
  }
  const destroy = (): void => {
    if (socket.terminate === undefined) socket.close()
    else socket.terminate()
    over()
  }
  const lines = comingLines(limit, destroy)
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') lines.came(data)
    else destroy()
  })
  socket.addEventListener('close', over)
  socket.addEventListener('error', destroy)

  return {
    next: lines.next,
    each: lines.each,
    limit: lines.limit,
    send: (line) => void (end.over || socket.send(line)),
    get waiting() {
      return socket.bufferedAmount
    },
    async drained() {
      while (!end.over && socket.bufferedAmount > 0)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    },
    get closed() {
      return end.over
    },
    onClose: end.onEnd,
    end: () => void socket.close(),
    destroy,
  }
}
