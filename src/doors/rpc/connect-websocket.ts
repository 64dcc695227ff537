/** The client's side of a WebSocket, in a page. It proves its secret, and says nothing to a server that did not first. */
import type { CallOptions } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { proveToServer } from './handshake.ts'
import { ANSWER_LIMIT } from './json-lines.ts'
import { pageProverOf } from './page-proof.ts'
import { type RemoteAgent, remoteAgent, unlessGivenUp } from './remote-agent.ts'
import { webSocketWire } from './websocket-wire.ts'

/** What a page proves to its server, and its server to it. */
export interface WebSocketProof {
  /** 32 bytes that the server knows, too. */
  secret: Uint8Array
  /** Names the session whose secret it is, at most 64 characters. */
  session?: string
}

/**
 * The Agent that is served at `url` (`serveWebSocket`). Rejects with `unreachable` where nobody answers there, `refused`
 * where somebody does who does not know the secret or does not take it.
 */
export async function connectWebSocket(
  url: string,
  { secret, session }: WebSocketProof,
  options: CallOptions = {},
): Promise<RemoteAgent> {
  const socket = new WebSocket(url)
  const prove = pageProverOf(Uint8Array.from(secret))
  const opened = new Promise<ReturnType<typeof webSocketWire>>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(webSocketWire(socket, ANSWER_LIMIT)))
    for (const end of ['error', 'close'] as const)
      socket.addEventListener(end, () =>
        reject(new NighError('unreachable', `Nigh does not answer at ${new URL(url).host}. Is it running?`)),
      )
  })
  const wire = await unlessGivenUp({ destroy: () => socket.close() }, opened, options)
  const refused = () =>
    new NighError('refused', `What answers at ${new URL(url).host} and this page do not know each other.`)
  const proved = proveToServer(wire, prove, session).then((done) => {
    if (!done) throw refused()
  })
  await unlessGivenUp(wire, proved, options)
  try {
    return await remoteAgent(wire, options)
  } catch (cause) {
    wire.destroy()
    if (cause instanceof NighError && cause.code === 'closed') throw refused()
    throw cause
  }
}
