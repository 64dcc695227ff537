/**
 * The server of the page, on 127.0.0.1 only. It serves the page's own files to anybody on this host, for they hold
 * nothing, and an Agent to whoever proves the token of a file that only this user can read (fault C3): other users of
 * the host, pages of other sites and names that were made to point here get nothing.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Agent } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { LINE_BEFORE_PROOF, proveToClient } from '../rpc/handshake.ts'
import { proverOf } from '../rpc/proof.ts'
import { serveWebSocket, type WebSocketDoor } from '../rpc/serve-websocket.ts'
import { webSocketWire } from '../rpc/websocket-wire.ts'
import { admission } from './admission.ts'
import { type PageFile, pageFiles } from './page-files.ts'
import { headersFor } from './page-headers.ts'
import { DOOR_PATH, EXCHANGE_PATH } from './page-session.ts'
import { writeRedirect } from './redirect-file.ts'

const HOST = '127.0.0.1'
/** Who may be proving a token at once: one browser does. */
const EXCHANGES_LIMIT = 8

export interface PageServer {
  readonly port: number
  /** Where a browser begins: a file that only this user can read. It holds the token, so no command line has to. */
  readonly redirectFile: string
  /** Whose page it is from now on: undefined while the peer is away. Pages come again by themselves. */
  show(agent: Agent | undefined): Promise<void>
  close(): Promise<void>
}

export interface PageServerOptions {
  /** The home: the redirect file lies in it. */
  home: string
  /** By default any. */
  port?: number
  /** By path; by default the page as it was built. */
  files?: ReadonlyMap<string, PageFile>
}

/** Serves when the promise resolves. Rejects with `port-taken`. */
export async function servePage(options: PageServerOptions): Promise<PageServer> {
  const { home, port = 0, files = pageFiles() } = options
  const doorkeeper = admission(randomBytes)
  let host = ''
  let door: WebSocketDoor | undefined

  const server = createServer((request, response) => {
    // The door by name as well, for browsers to whom 'self' is no WebSocket.
    for (const [name, value] of Object.entries(headersFor(`'self' ws://${host}`)))
      response.setHeader(name, value)
    answer(request, response)
  })
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { headers, method, url = '/' } = request
    const file = files.get(url.split('?', 1)[0] ?? '/')
    // A name that was made to point here has another Host, and a page of another site another Origin.
    if (headers.host !== host) return refuse(response, 421)
    if (headers.origin !== undefined && headers.origin !== `http://${host}`) return refuse(response, 403)
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405)
    if (file === undefined) return refuse(response, 404)
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length })
    response.end(method === 'HEAD' ? undefined : file.body)
  }

  const exchanges = new WebSocketServer({
    noServer: true,
    maxPayload: LINE_BEFORE_PROOF,
    perMessageDeflate: false,
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    // While the peer is away nobody else looks at the door.
    if (request.url === DOOR_PATH && door !== undefined) return
    const { headers } = request
    const isOurs = headers.host === host && headers.origin === `http://${host}`
    if (!isOurs || request.url !== EXCHANGE_PATH || exchanges.clients.size >= EXCHANGES_LIMIT) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    exchanges.handleUpgrade(request, socket, head, (client) => {
      const wire = webSocketWire(client, LINE_BEFORE_PROOF)
      const { token } = doorkeeper
      proveToClient(wire, () => token && proverOf(token)).then(
        (proved) => {
          const session = proved && token !== undefined ? doorkeeper.exchange(token) : undefined
          if (session === undefined) return wire.destroy()
          wire.send(JSON.stringify(session))
          wire.end()
          void redirect.remove()
        },
        () => wire.destroy(),
      )
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' || cause.code === 'EACCES' ? portTaken(port, cause) : cause),
    )
    server.listen(port, HOST, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  host = `${HOST}:${bound}`
  const redirect = await writeRedirect(home, bound, doorkeeper.newToken())

  return {
    port: bound,
    redirectFile: redirect.path,
    async show(agent) {
      door?.close()
      door = undefined
      if (agent !== undefined)
        door = await serveWebSocket(agent, {
          server,
          path: DOOR_PATH,
          secretOf: (session) => doorkeeper.secretOf(session),
        })
    },
    async close() {
      door?.close()
      for (const client of exchanges.clients) client.terminate()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await Promise.all([closed, redirect.remove()])
    },
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0 }).end()
}

function portTaken(port: number, cause: unknown): NighError {
  return new NighError(
    'port-taken',
    `The page cannot be served on port ${port}: it is taken, or not for you. Choose another --port, or none.`,
    { cause },
  )
}
