/**
 * An Agent behind a WebSocket, for a page that this host serves to itself. A port of this host has no folder to protect
 * it: a name may be made to point here (so `Host` counts), any page may try (so `Origin` counts), another user may
 * connect or take the port over (so both sides prove the secret of a session before anything is said; fault C3).
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Agent } from '../../agent.ts'
import { LINE_AFTER_PROOF, LINE_BEFORE_PROOF, proveToClient } from './handshake.ts'
import { proverOf } from './proof.ts'
import { serveClient } from './serve-client.ts'
import { type ServeOptions, servingOf } from './serve-port.ts'
import { webSocketWire } from './websocket-wire.ts'

/** Pages at once, proved or not: as many as clients of the socket. */
const CLIENTS_LIMIT = 128

/** Which server a door for pages is at, and whom it knows. */
export interface WebSocketDoorOptions extends ServeOptions {
  /** Where the page comes from: it is listening on a loopback address, and the door is at its `path`. */
  server: Server
  /** Default `/agent`. */
  path?: string
  /**
   * The secret, 32 bytes, of the session that a client names (`undefined`: it names none), or nothing where there is no
   * such session.
   */
  secretOf(session: string | undefined): Uint8Array | undefined
}

/** An open door for pages. */
export interface WebSocketDoor {
  /** Ends every client and takes the door away; the server stays. */
  close(): void
}

/** Opens the door. Requests to upgrade at other paths are left to others. */
export async function serveWebSocket(agent: Agent, options: WebSocketDoorOptions): Promise<WebSocketDoor> {
  const { server, path = '/agent', secretOf } = options
  const serving = servingOf(agent, options)
  const { WebSocketServer } = await import('ws')
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LINE_AFTER_PROOF,
    // Texts are short, and a compressor for each page is not.
    perMessageDeflate: false,
  })

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if ((request.url ?? '').split('?', 1)[0] !== path) return
    if (!comesFrom(request, server) || sockets.clients.size >= CLIENTS_LIMIT) {
      socket.on('error', () => socket.destroy())
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const wire = webSocketWire(client, LINE_BEFORE_PROOF)
      const proverFor = (session: string | undefined) => {
        const secret = secretOf(session)
        return secret && proverOf(secret)
      }
      proveToClient(wire, proverFor).then(
        (proved) => {
          if (!proved) return
          serveClient(wire, serving)
        },
        () => wire.destroy(),
      )
    })
  }
  server.on('upgrade', upgrade)

  return {
    close() {
      server.off('upgrade', upgrade)
      for (const client of sockets.clients) client.close()
      sockets.close()
    },
  }
}

/** The address of this very server, and a page of its own; a program that is no page has no origin, and its proof decides. */
function comesFrom({ headers }: IncomingMessage, server: Server): boolean {
  const address = server.address()
  if (address === null || typeof address === 'string') return false
  const hosts = [`127.0.0.1:${address.port}`, `[::1]:${address.port}`]
  const { host = '', origin } = headers
  return hosts.includes(host) && (origin === undefined || origin === `http://${host}`)
}
