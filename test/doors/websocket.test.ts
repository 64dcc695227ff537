/** The door for pages: another name, another page, another secret and another server get nothing (fault C3). */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { connectWebSocket } from '../../src/doors/rpc/connect-websocket.ts'
import { proverOf } from '../../src/doors/rpc/proof.ts'
import { serveWebSocket } from '../../src/doors/rpc/serve-websocket.ts'
import { type FakeAgent, fakeAgent, SELF } from '../support/fake-agent.ts'

const OURS = new Uint8Array(32).fill(1)
const THEIRS = new Uint8Array(32).fill(2)

let server: Server
let port: number
let agent: FakeAgent

beforeEach(async () => {
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  agent = fakeAgent()
  await serveWebSocket(agent, {
    server,
    secretOf: (session) => (session === undefined ? OURS : undefined),
  })
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** The status line that a request to upgrade is answered with. */
async function asked(headers: Record<string, string>, path = '/agent'): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const all = {
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const said = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk))))
  socket.destroy()
  return said.split('\r\n', 1)[0] ?? ''
}

test('whoever gives up waits neither for a server that opens nothing nor for one that proves nothing', async () => {
  const mute = createServer()
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const held: Duplex[] = []
  const sockets = new WebSocketServer({ noServer: true })
  let opens = false
  mute.on('upgrade', (request, socket, head) => {
    held.push(socket)
    if (opens) sockets.handleUpgrade(request, socket, head, () => {})
  })
  const url = `ws://127.0.0.1:${(mute.address() as AddressInfo).port}/agent`
  for (const itOpens of [false, true]) {
    opens = itOpens
    const began = performance.now()
    const connecting = connectWebSocket(url, { secret: OURS }, { signal: AbortSignal.timeout(50) })
    await expect(connecting).rejects.toMatchObject({ code: 'aborted' })
    expect(performance.now() - began).toBeLessThan(4_000)
  }
  for (const socket of held) socket.destroy()
  await new Promise((resolve) => mute.close(resolve))
})

test('a page of this very server comes in, and whoever is no page', async () => {
  expect(await asked({ Origin: `http://127.0.0.1:${port}` })).toContain('101')
  expect(await asked({})).toContain('101')
})

test.each([
  ['a name that somebody made to point here', { Host: 'evil.example' }],
  ['the same name with our port', { Host: 'evil.example:PORT' }],
  ['another port of this host', { Host: '127.0.0.1:1' }],
  ['a page from elsewhere', { Origin: 'https://evil.example' }],
  ['a page of another port of this host', { Origin: 'http://127.0.0.1:1' }],
  ['a page without a place, as in a frame', { Origin: 'null' }],
  ['a page whose name is like ours', { Origin: 'http://127.0.0.1:PORT.evil.example' }],
])('%s is turned away', async (_, headers) => {
  const here = Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))])
  expect(await asked(Object.fromEntries(here))).toContain('403')
  expect(agent.calls).toEqual([])
})

test('with the secret it is the Agent; it lets go, and does not end it', async () => {
  const page = await connectWebSocket(`ws://127.0.0.1:${port}/agent`, { secret: OURS })
  expect(await page.whoami()).toEqual(SELF)
  await expect(page.close()).rejects.toMatchObject({ code: 'refused' })
  expect(agent.closed).toBe(false)
  page.detach()
  await expect(page.whoami()).rejects.toMatchObject({ code: 'closed' })
})

test.each([
  ['another secret', { secret: THEIRS }],
  ['a session that is none', { secret: OURS, session: 'old' }],
])('with %s it is refused', async (_, proof) => {
  await expect(connectWebSocket(`ws://127.0.0.1:${port}/agent`, proof)).rejects.toMatchObject({
    code: 'refused',
  })
  expect(agent.calls).toEqual([])
})

test('a client that proves nothing is hung up on without a word', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/agent`)
  const heard: unknown[] = []
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  socket.addEventListener('message', ({ data }) => {
    heard.push(data)
    socket.send(JSON.stringify({ proof: '00'.repeat(32) }))
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1, since: 0 } }))
  })
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  socket.send(JSON.stringify({ nigh: 1, nonce: '00'.repeat(32) }))
  await closed
  expect(heard).toHaveLength(1)
  expect(agent.calls).toEqual([])
})

test('where nobody listens, that is said', async () => {
  const free = await new Promise<number>((resolve) => {
    const other = createServer().listen(0, '127.0.0.1', () => {
      const { port } = other.address() as AddressInfo
      other.close(() => resolve(port))
    })
  })
  await expect(connectWebSocket(`ws://127.0.0.1:${free}/agent`, { secret: OURS })).rejects.toMatchObject({
    code: 'unreachable',
  })
})

describe('a later owner of the port', () => {
  /** Answers as a door would, with proofs of `secret`; what it hears. */
  async function impostor(secret: Uint8Array): Promise<{ url: string; heard: string[]; close: () => void }> {
    const heard: string[] = []
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await new Promise((resolve) => sockets.once('listening', resolve))
    sockets.on('connection', (socket) => {
      socket.on('message', async (bytes) => {
        const line = String(bytes)
        heard.push(line)
        const said = JSON.parse(line)
        if (said.nonce === undefined) return
        const nonces = { client: Buffer.from(said.nonce, 'hex'), server: Buffer.alloc(32, 3) }
        const proof = Buffer.from(await proverOf(secret)('server', nonces)).toString('hex')
        socket.send(JSON.stringify({ nigh: 1, nonce: nonces.server.toString('hex'), proof }))
      })
    })
    const { port } = sockets.address() as AddressInfo
    return { url: `ws://127.0.0.1:${port}/agent`, heard, close: () => sockets.close() }
  }

  test('that does not know the secret hears a nonce, and nothing else', async () => {
    const other = await impostor(THEIRS)
    await expect(connectWebSocket(other.url, { secret: OURS })).rejects.toMatchObject({ code: 'refused' })
    expect(other.heard.map((line) => Object.keys(JSON.parse(line)))).toEqual([['nigh', 'nonce']])
    other.close()
  })

  test('control: one that knows it hears the proof and the greeting', async () => {
    const other = await impostor(OURS)
    connectWebSocket(other.url, { secret: OURS }).catch(() => {})
    await expect.poll(() => other.heard.length).toBe(3)
    other.close()
  })
})
