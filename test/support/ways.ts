/** The ways to an Agent: the object itself, and each wire that leads to one from afar. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket as ServerWebSocket } from 'ws'
import { METHODS } from '../../src/agent/methods.ts'
import type { Agent } from '../../src/agent.ts'
import { LINE_BEFORE_PROOF, proveToServer } from '../../src/doors/rpc/handshake.ts'
import { ANSWER_LIMIT } from '../../src/doors/rpc/json-lines.ts'
import { pageProverOf } from '../../src/doors/rpc/page-proof.ts'
import { type Port, portWire } from '../../src/doors/rpc/port-wire.ts'
import { proverOf } from '../../src/doors/rpc/proof.ts'
import { type RemoteAgent, remoteAgent } from '../../src/doors/rpc/remote-agent.ts'
import { serveAgent } from '../../src/doors/rpc/serve-agent.ts'
import { servePort } from '../../src/doors/rpc/serve-port.ts'
import { serveWebSocket } from '../../src/doors/rpc/serve-websocket.ts'
import { socketWire } from '../../src/doors/rpc/socket-wire.ts'
import { webSocketWire } from '../../src/doors/rpc/websocket-wire.ts'
import type { Wire } from '../../src/doors/rpc/wire.ts'

/** One way to `agent`, open. */
export interface Way extends AsyncDisposable {
  /** A wire that leads there, proved and not greeted yet. */
  wire(): Promise<Wire>
  /** A client that sends these lines, reads one answer, and then stands still. */
  deaf(lines: readonly string[]): Promise<void>
}

export type OpenWay = (agent: Agent, options?: { stallMs?: number }) => Promise<Way>

const SECRET = new Uint8Array(randomBytes(32))

async function overSocket(agent: Agent, { stallMs }: { stallMs?: number } = {}): Promise<Way> {
  const home = await mkdtemp(join(tmpdir(), 'nigh-way-'))
  await writeFile(join(home, 'secret'), SECRET, { mode: 0o600 })
  const door = await serveAgent(agent, {
    home,
    secret: SECRET,
    ...(stallMs === undefined ? {} : { stallMs }),
  })
  const open = async () => {
    const socket = connect(door.path)
    const wire = socketWire(socket, LINE_BEFORE_PROOF)
    if (!(await proveToServer(wire, proverOf(SECRET)))) throw new Error('the door did not open')
    return { socket, wire }
  }
  return {
    wire: async () => (await open()).wire,
    async deaf(lines) {
      const { socket, wire } = await open()
      wire.limit(ANSWER_LIMIT)
      for (const line of lines) wire.send(line)
      await wire.next()
      socket.pause()
    },
    async [Symbol.asyncDispose]() {
      await door.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function overPort(
  agent: Agent,
  { stallMs }: { stallMs?: number } = {},
  dressed: (port: MessagePort) => Port = (port) => port,
): Promise<Way> {
  const ends: (() => void)[] = []
  const open = (): MessagePort => {
    const { port1, port2 } = new MessageChannel()
    ends.push(
      servePort(agent, dressed(port1), {
        mayClose: true,
        methods: METHODS,
        ...(stallMs === undefined ? {} : { stallMs }),
      }),
      () => port2.close(),
    )
    return port2
  }
  return {
    wire: async () => portWire(open(), ANSWER_LIMIT),
    async deaf(lines) {
      const port = open()
      const answered = new Promise<void>((resolve) => {
        // It hears, and never says that it has read.
        port.addEventListener('message', () => resolve())
        port.start()
      })
      for (const line of lines) port.postMessage(line)
      await answered
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) end()
    },
  }
}

async function overWebSocket(agent: Agent, { stallMs }: { stallMs?: number } = {}): Promise<Way> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const door = await serveWebSocket(agent, {
    server,
    secretOf: (session) => (session === 'test' ? SECRET : undefined),
    mayClose: true,
    methods: METHODS,
    ...(stallMs === undefined ? {} : { stallMs }),
  })
  const url = `ws://127.0.0.1:${port}/agent`
  return {
    async wire() {
      const socket = new WebSocket(url)
      await new Promise((resolve, reject) => {
        socket.addEventListener('open', resolve)
        socket.addEventListener('error', () => reject(new Error('no WebSocket')))
      })
      const wire = webSocketWire(socket, ANSWER_LIMIT)
      if (!(await proveToServer(wire, pageProverOf(SECRET), 'test'))) throw new Error('the door did not open')
      return wire
    },
    async deaf(lines) {
      // Only a client that is no page can stop reading by itself; a page that hangs does.
      const socket = new ServerWebSocket(url)
      await new Promise((resolve) => socket.once('open', resolve))
      const wire = webSocketWire(socket, ANSWER_LIMIT)
      await proveToServer(wire, proverOf(SECRET), 'test')
      for (const line of lines) wire.send(line)
      await wire.next()
      socket.pause()
    },
    async [Symbol.asyncDispose]() {
      door.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As Electron's main process has it: no EventTarget, and listeners are given the event. */
function asInElectron(port: MessagePort): Port {
  return {
    postMessage: (message) => port.postMessage(message),
    on: (type, listener) => port.addEventListener(type, (event) => listener(event as { data?: unknown })),
    start: () => port.start(),
    close: () => port.close(),
  }
}

export const FAR_WAYS: readonly [name: string, open: OpenWay][] = [
  ['over a socket', overSocket],
  ['over a MessagePort', overPort],
  ["over a MessagePort of Electron's", (agent, options) => overPort(agent, options, asInElectron)],
  ['over a WebSocket', overWebSocket],
]

/** The Agent at the end of a new wire. */
export async function reachedBy(way: Way): Promise<RemoteAgent> {
  return remoteAgent(await way.wire())
}
