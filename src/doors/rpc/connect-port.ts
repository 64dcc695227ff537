/** The client's side of a `MessagePort`: an Agent for a page, a worker or another process. Runs in pages. */
import { ANSWER_LIMIT } from './json-lines.ts'
import { type Port, portWire } from './port-wire.ts'
import { type RemoteAgent, remoteAgent } from './remote-agent.ts'

/** The Agent that is served at the other end of `port` (`servePort`). Rejects with `closed` where nobody is. */
export async function connectPort(port: Port): Promise<RemoteAgent> {
  return remoteAgent(portWire(port, ANSWER_LIMIT))
}
