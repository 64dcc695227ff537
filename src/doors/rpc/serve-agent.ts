/**
 * The door of a home: a Unix socket (a named pipe on Windows) behind which an Agent answers whoever can prove to
 * have read the home's secret. Only the holder of the home's lock opens it, so what lies at its place is stale.
 */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import type { Agent } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { LINE_BEFORE_PROOF, proveToClient } from './handshake.ts'
import { proverOf } from './proof.ts'
import { SECRET_BYTES } from './proof-bytes.ts'
import { type Client, type Serving, STALL_MS, type Successor, serveClient } from './serve-client.ts'
import { chooseSocketPath, tellSocketPath, untellSocketPath } from './socket-place.ts'
import { socketWire } from './socket-wire.ts'

/** Clients at once, proved or not. A screen, a page and a few scripts are ten. */
const CLIENTS_LIMIT = 128
/** What was answered last may still leave for this long after the door closed, ms. */
const FAREWELL_MS = 500
/** A client that had an answer and asks nothing for this long only listens, ms. Commands ask on within a few. */
const ASKS_ON_MS = 250
/** How often it is looked whether the door is quiet, ms. */
const LOOK_EVERY_MS = 10

/** An open door. */
export interface Door {
  /** Where it is. */
  path: string
  /** Nobody new comes in; who is inside stays. To be done before the home's lock is let go of. Idempotent. */
  retire(): Promise<void>
  /**
   * Resolves when nobody is inside who waits for an answer, or has just had one and may ask on; at the latest after
   * `ms`, or when `signal` fires. Who only listens to events is not waited for.
   */
  quiet(ms: number, signal?: AbortSignal): Promise<void>
  /** Tells everybody inside who has the home next, then closes the Agent and the door. Idempotent. */
  handOver(to: Successor): Promise<void>
  /** Ends every client and takes the door away. Idempotent. */
  close(): Promise<void>
}

/** Of which home a door is, and how patient it is. */
export interface DoorOptions {
  home: string
  /** The 32 bytes of `HOME/secret`. */
  secret: Uint8Array
  /** What clients are told is being run here. Default `up`. */
  running?: 'up' | 'command'
  stallMs?: number
  /** Aborting closes the door. */
  signal?: AbortSignal
}

/** Opens the door; it accepts when the promise resolves. */
export async function serveAgent(agent: Agent, options: DoorOptions): Promise<Door> {
  const { home, secret, running = 'up', stallMs = STALL_MS, signal } = options
  if (secret.length !== SECRET_BYTES) {
    throw new NighError(
      'home-unreadable',
      `The secret in ${home} is damaged. Remove the file "secret" there.`,
    )
  }
  signal?.throwIfAborted()
  const path = chooseSocketPath(home, secret)
  /** Everybody inside, and how to tell those who have proved themselves of a hand-over. */
  const clients = new Map<Socket, Client | undefined>()
  const serving: Serving = {
    agent,
    running,
    stallMs,
    end: async () => {
      await retire()
      await agent.close()
      // Who runs an `up` closes its own door, after what it has to print; a borrowed one has nobody else to do it.
      if (running === 'command') setImmediate(() => void close())
    },
    handOver: (to) => handOver(to),
  }

  const server = createServer((socket) => {
    if (clients.size >= CLIENTS_LIMIT) return void socket.destroy()
    clients.set(socket, undefined)
    socket.once('close', () => clients.delete(socket))
    const wire = socketWire(socket, LINE_BEFORE_PROOF)
    proveToClient(wire, (session) => (session === undefined ? proverOf(secret) : undefined)).then(
      (proved) => {
        if (proved) clients.set(socket, serveClient(wire, serving))
      },
      () => wire.destroy(),
    )
  })

  const pipe = process.platform === 'win32'
  try {
    if (!pipe) rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    server.on('error', () => {})
    if (!pipe) chmodSync(path, 0o600)
    tellSocketPath(home, path)
  } catch (cause) {
    server.close()
    throw doorTrouble(path, cause)
  }

  let retiring: Promise<void> | undefined
  let closed: Promise<void> = Promise.resolve()
  const retire = () => {
    retiring ??= (async () => {
      closed = new Promise<void>((resolve) => server.close(() => resolve()))
      untellSocketPath(home)
    })()
    return retiring
  }

  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      await retire()
      for (const socket of clients.keys()) socket.end()
      const impatience = setTimeout(() => {
        for (const socket of clients.keys()) socket.destroy()
      }, FAREWELL_MS)
      await closed
      clearTimeout(impatience)
    })()
    return closing
  }

  let handing: Promise<void> | undefined
  const handOver = (to: Successor) => {
    handing ??= (async () => {
      await retire()
      await Promise.all([...clients.values()].map((client) => client?.handedOver(to)))
      await agent.close()
      await close()
    })()
    return handing
  }

  const isQuiet = () => {
    const now = performance.now()
    return [...clients.values()].every(
      (client) => client !== undefined && now - client.quietSince > ASKS_ON_MS,
    )
  }
  const quiet = async (ms: number, given?: AbortSignal) => {
    const giveUp = performance.now() + ms
    while (!isQuiet() && performance.now() < giveUp && given?.aborted !== true) await after(LOOK_EVERY_MS)
  }

  signal?.addEventListener('abort', () => void close(), { once: true })
  return { path, retire, quiet, handOver, close }
}

function doorTrouble(path: string, cause: unknown): NighError {
  const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
  if (full)
    return new NighError(
      'store-full',
      `The disk that holds ${path} is full. Free some space and try again.`,
      {
        cause,
      },
    )
  return new NighError(
    'home-unreadable',
    `The socket ${path} could not be made. Something else may lie there, or in the file "socket" of the home: move it away, and start again.`,
    { cause },
  )
}
