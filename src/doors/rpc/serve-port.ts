/**
 * An Agent behind a `MessagePort`: for a window, a worker or another process of the same program. Whoever was given the
 * other port is in; there is nothing to prove.
 */
import { METHODS, type Method } from '../../agent/methods.ts'
import type { Agent } from '../../agent.ts'
import { LINE_AFTER_PROOF } from './handshake.ts'
import { type Port, portWire } from './port-wire.ts'
import { type Serving, STALL_MS, serveClient } from './serve-client.ts'

export type { Port } from './port-wire.ts'

const FOR_WINDOWS = METHODS.filter((method) => method !== 'backup')

/** What a client at the other end of a port or WebSocket may do, and how patient its server is. */
export interface ServeOptions {
  /** `close()` from there ends the peer itself. Without it, it is refused: a window is not the program. */
  mayClose?: boolean
  /**
   * What may be asked; everything that an Agent answers but `backup` by default, which writes a file where the asker says.
   */
  methods?: readonly Method[]
  /** A client that reads nothing for this long is hung up on, ms. Default 30,000. */
  stallMs?: number
}

/** Serves `agent` at `port` until one side lets go; the result ends it here. The agent stays as it is. */
export function servePort(agent: Agent, port: Port, options: ServeOptions = {}): () => void {
  const wire = portWire(port, LINE_AFTER_PROOF)
  serveClient(wire, servingOf(agent, options))
  return () => wire.end()
}

/** How windows and pages are served. */
export function servingOf(agent: Agent, options: ServeOptions): Serving {
  const { mayClose = false, methods = FOR_WINDOWS, stallMs = STALL_MS } = options
  return {
    agent,
    running: 'up',
    stallMs,
    methods,
    ...(mayClose ? { end: () => agent.close() } : {}),
  }
}
