/** The client's side of a `MessagePort`: an Agent for a page, a worker or another process. Runs in pages. */
import type { CallOptions } from '../../agent.ts'
import { ANSWER_LIMIT } from './json-lines.ts'
import { type Port, portWire } from './port-wire.ts'
import { type RemoteAgent, remoteAgent } from './remote-agent.ts'

/**
 * The Agent that is served at the other end of `port` (`servePort`). Rejects with `closed` where that end is closed, and
 * with `aborted`; it waits for as long as nobody serves there.
 */
export async function connectPort(port: Port, options: CallOptions = {}): Promise<RemoteAgent> {
  return remoteAgent(portWire(port, ANSWER_LIMIT), options)
}
