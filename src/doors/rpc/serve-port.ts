/**
 * An Agent behind a `MessagePort`: for a window, a worker or another process of the same program. Whoever was given the
 * other port is in; there is nothing to prove.
 */
import type { Agent } from '../../agent.ts'
import { LINE_AFTER_PROOF } from './handshake.ts'
import { type Port, portWire } from './port-wire.ts'
import { STALL_MS, serveClient } from './serve-client.ts'

export type { Port } from './port-wire.ts'

/** What a client at the other end of a port or WebSocket may do, and how patient its server is. */
export interface ServeOptions {
  /** `close()` from there ends the peer itself. Without it, it is refused: a window is not the program. */
  mayClose?: boolean
  /** A client that reads nothing for this long is hung up on, ms. Default 30,000. */
  stallMs?: number
}

/** Serves `agent` at `port` until one side lets go; the result ends it here. The agent stays as it is. */
export function servePort(agent: Agent, port: Port, options: ServeOptions = {}): () => void {
  const { mayClose = false, stallMs = STALL_MS } = options
  const wire = portWire(port, LINE_AFTER_PROOF)
  serveClient(wire, {
    agent,
    running: 'up',
    stallMs,
    ...(mayClose ? { end: () => agent.close() } : {}),
  })
  return () => wire.end()
}
