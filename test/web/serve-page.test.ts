/**
 * fault C3: the page's door is on a port of this host, which any user, any page and any name may try. Only whoever read
 * the redirect file gets in, once, and whoever has the port later gets nothing.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { connectWebSocket } from '../../src/doors/rpc/connect-websocket.ts'
import { LINE_BEFORE_PROOF, proveToServer } from '../../src/doors/rpc/handshake.ts'
import { proverOf } from '../../src/doors/rpc/proof.ts'
import { webSocketWire } from '../../src/doors/rpc/websocket-wire.ts'
import { DOOR_PATH, EXCHANGE_PATH, type Session } from '../../src/doors/web/page-session.ts'
import { type PageServer, servePage } from '../../src/doors/web/serve-page.ts'
import { type FakeAgent, fakeAgent, SELF } from '../support/fake-agent.ts'

const FILES = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>the page') }],
])

let home: string
let agent: FakeAgent
let server: PageServer

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nigh-page-'))
  agent = fakeAgent()
  server = await servePage({ home, files: FILES })
  await server.show(agent)
})
afterEach(async () => {
  await server.close()
  await rm(home, { recursive: true, force: true })
})

const ours = () => `http://127.0.0.1:${server.port}`

/** The token as a browser finds it: in the file. */
async function tokenInFile(): Promise<Uint8Array> {
  const [, token = ''] = /#token=([0-9a-f]{64})/.exec(await readFile(server.redirectFile, 'utf8')) ?? []
  return Buffer.from(token, 'hex')
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A request with these headers, whatever they are. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** A WebSocket with these headers, or the status it was refused with. */
function knock(path: string, headers: Record<string, string>): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

/** As the page does it: the token for a session. */
async function exchange(token: Uint8Array, origin = ours()): Promise<Session | undefined> {
  const socket = await knock(EXCHANGE_PATH, { origin })
  if (typeof socket === 'number') return undefined
  const wire = webSocketWire(socket, LINE_BEFORE_PROOF)
  if (!(await proveToServer(wire, proverOf(token)))) return undefined
  return wire.next().then(
    (line) => JSON.parse(line) as Session,
    () => undefined,
  )
}

const enter = ({ name, secret }: Session) =>
  connectWebSocket(`ws://127.0.0.1:${server.port}${DOOR_PATH}`, {
    session: name,
    secret: Buffer.from(secret, 'hex'),
  })

describe('The page', () => {
  test('comes with a policy that lets nothing in from elsewhere, and is kept by no cache', async () => {
    const { status, headers, body } = await get('/')
    expect([status, body]).toEqual([200, '<!doctype html>the page'])
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })
  test.each(['/../nigh.js', '/%2e%2e/secret', '/key', '//etc/passwd', '/session'])(
    '%s is nothing',
    async (path) => {
      expect((await get(path)).status).toBe(404)
    },
  )
  test('nothing can be posted', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405)
  })
  test('is on the loopback address only', async () => {
    const other = `127.0.0.2`
    await expect(fetch(`http://${other}:${server.port}/`)).rejects.toThrow()
  })
})

describe('fault C3: wrong Host, as a name that was made to point here sends it', () => {
  test.each([
    ['another name', () => 'evil.example'],
    ['another name with the port', () => `evil.example:${server.port}`],
    ['localhost, which is another origin', () => `localhost:${server.port}`],
    ['no port', () => '127.0.0.1'],
  ])('%s', async (_what, host) => {
    expect((await get('/', { host: host() })).status).toBe(421)
    expect(await knock(EXCHANGE_PATH, { host: host(), origin: ours() })).toBe(403)
    expect(await knock(DOOR_PATH, { host: host(), origin: ours() })).toBe(403)
  })
})

describe('fault C3: wrong Origin, as a page of another site sends it', () => {
  test.each(['http://evil.example', 'null', 'http://127.0.0.1', 'http://127.0.0.1:1'])(
    '%s',
    async (origin) => {
      expect((await get('/', { origin })).status).toBe(403)
      expect(await knock(EXCHANGE_PATH, { origin })).toBe(403)
      expect(await knock(DOOR_PATH, { origin })).toBe(403)
    },
  )
  test('a token is no use there', async () => {
    const token = await tokenInFile()
    expect(await exchange(token, 'http://evil.example')).toBeUndefined()
    expect(await exchange(token)).toBeDefined()
  })
})

describe('fault C3: the token', () => {
  test('is in a file that only this user can read, and in no name of it', async () => {
    expect((await stat(server.redirectFile)).mode & 0o777).toBe(0o600)
    const token = Buffer.from(await tokenInFile()).toString('hex')
    expect(token).toHaveLength(64)
    expect(server.redirectFile).not.toContain(token)
    expect(await readdir(home)).toHaveLength(1)
  })
  test('opens a session, which opens the Agent, again and again', async () => {
    const session = await exchange(await tokenInFile())
    if (session === undefined) throw new Error('the token was not taken')
    for (let times = 0; times < 3; times += 1) {
      const far = await enter(session)
      expect(await far.whoami()).toMatchObject({ peerId: SELF.peerId })
      far.detach()
    }
  })
  test('is spent once: the second use gets nothing, and its file is gone', async () => {
    const token = await tokenInFile()
    expect(await exchange(token)).toBeDefined()
    expect(await exchange(token)).toBeUndefined()
    await expect.poll(() => readdir(home)).toEqual([])
  })
  test('two who prove it at the same instant: one of them gets in', async () => {
    const token = await tokenInFile()
    const sessions = await Promise.all([exchange(token), exchange(token), exchange(token)])
    expect(sessions.filter((session) => session !== undefined)).toHaveLength(1)
  })
  test('a guess gets nothing and spends nothing', async () => {
    expect(await exchange(Buffer.alloc(32, 1))).toBeUndefined()
    expect(await exchange(await tokenInFile())).toBeDefined()
  })
  test('is not the secret of any session, and no session opens without its own', async () => {
    const token = await tokenInFile()
    const session = await exchange(token)
    if (session === undefined) throw new Error('the token was not taken')
    const refused = { code: 'refused' }
    await expect(enter({ ...session, secret: Buffer.from(token).toString('hex') })).rejects.toMatchObject(
      refused,
    )
    await expect(enter({ name: '0'.repeat(16), secret: session.secret })).rejects.toMatchObject(refused)
    expect(agent.calls).toEqual([])
  })
})

describe('The peer behind the page', () => {
  test('while it is away nobody gets in, and the session is good for the next', async () => {
    const session = await exchange(await tokenInFile())
    if (session === undefined) throw new Error('the token was not taken')
    const first = await enter(session)
    const ended = new Promise<void>((resolve) => void first.onEnd(resolve))
    await server.show(undefined)
    await ended
    await expect(enter(session)).rejects.toMatchObject({ code: 'unreachable' })
    await server.show(fakeAgent({ whoami: async () => ({ ...SELF, name: 'the next' }) }))
    expect(await (await enter(session)).whoami()).toMatchObject({ name: 'the next' })
  })
  test('a page can not end it', async () => {
    const session = await exchange(await tokenInFile())
    if (session === undefined) throw new Error('the token was not taken')
    await (await enter(session)).close().catch(() => {})
    expect(agent.closed).toBe(false)
  })
})

describe('fault C3: the port is taken over by somebody else', () => {
  test('who can prove nothing is told a random number and a name, never a secret or a word', async () => {
    const session = await exchange(await tokenInFile())
    if (session === undefined) throw new Error('the token was not taken')
    const { port } = server
    await server.close()

    const heard: string[] = []
    const impostor = createServer()
    const sockets = new WebSocketServer({ server: impostor })
    sockets.on('connection', (socket) => {
      socket.on('message', (line) => {
        heard.push(String(line))
        // What a server would say, with a proof that is none.
        socket.send(JSON.stringify({ nigh: 1, nonce: '0'.repeat(64), proof: '0'.repeat(64) }))
      })
    })
    await new Promise<void>((resolve) => impostor.listen(port, '127.0.0.1', resolve))
    try {
      await expect(enter(session)).rejects.toMatchObject({ code: 'refused' })
      expect(heard).toHaveLength(1)
      const said = JSON.parse(heard[0] ?? '') as Record<string, unknown>
      expect(Object.keys(said).sort()).toEqual(['nigh', 'nonce', 'session'])
      expect(JSON.stringify(said)).not.toContain(session.secret)
    } finally {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => impostor.close(resolve))
    }
  })
  test('a port that is taken already says so', async () => {
    await expect(servePage({ home, files: FILES, port: server.port })).rejects.toMatchObject({
      code: 'port-taken',
    })
  })
})
