/**
 * The yardstick for messages: what a careful programmer gets from libp2p alone. TCP, Noise and Yamux, one long stream,
 * frames of one turn written at once, each message answered by its 16-byte id. Kept or not: `KEPT` in its environment
 * makes both sides write to `level` (LevelDB) or `sqlite` (node:sqlite, one table and no index), synced, in batches of
 * whatever waited, before sending and before answering. Nothing is written of an answer.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { noise } from '@chainsafe/libp2p-noise'
import type { Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { LengthPrefixedDecoder } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { ClassicLevel } from 'classic-level'
import { createLibp2p, type Libp2p } from 'libp2p'
import { uuidv7obj } from 'uuidv7'
import { inTurn, inWindow, type MessagesParty } from './messages-party.ts'
import { answering } from './participant.ts'

const PROTOCOL = '/yardstick/messages/1'
const ID_BYTES = 16

interface Row {
  id: Uint8Array
  body: Uint8Array
}

/** Durable, in the order given, when the promise resolves. */
type Keep = (row: Row, then: () => void) => void

let node: Libp2p | undefined
let level: ClassicLevel<Uint8Array, Uint8Array> | undefined
let sqlite: DatabaseSync | undefined
let stream: Stream | undefined
const unanswered = new Map<string, () => void>()

interface Waiting {
  row: Row
  then: () => void
}

/** The least that SQLite can be asked to keep, with the pragmas of our store: what arrives in one turn is one commit. */
function keepInSqlite(db: DatabaseSync): Keep {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('CREATE TABLE kept (number INTEGER PRIMARY KEY, id BLOB NOT NULL, body BLOB NOT NULL) STRICT')
  const insert = db.prepare('INSERT INTO kept (id, body) VALUES (?, ?)')
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  let waiting: Waiting[] = []
  const write = (): void => {
    const batch = waiting
    waiting = []
    begin.run()
    for (const { row } of batch) insert.run(row.id, row.body)
    commit.run()
    for (const { then } of batch) then()
  }
  return (row, then) => {
    waiting.push({ row, then })
    if (waiting.length === 1) setImmediate(write)
  }
}

/** Group commit: what waits while one batch is synced is the next. */
function keepInLevel(db: ClassicLevel<Uint8Array, Uint8Array>): Keep {
  let waiting: Waiting[] = []
  let writing = false
  let number = 0
  const write = async (): Promise<void> => {
    writing = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await db.batch(
        batch.map(({ row }) => {
          const key = Buffer.alloc(8 + ID_BYTES)
          key.writeBigUInt64BE(BigInt(number++))
          key.set(row.id, 8)
          return { type: 'put' as const, key, value: row.body }
        }),
        { sync: true },
      )
      for (const { then } of batch) then()
    }
    writing = false
  }
  return (row, then) => {
    waiting.push({ row, then })
    if (!writing) void write()
  }
}

let keep: Keep = (_row, then) => then()

/** Frames of one turn leave as one write. */
function writer(to: Stream): (...parts: Uint8Array[]) => void {
  let queued: Uint8Array[] = []
  const flush = (): void => {
    if (queued.length === 0 || to.writableNeedsDrain) return
    const bytes = Buffer.concat(queued)
    queued = []
    to.send(bytes)
  }
  to.addEventListener('drain', flush)
  return (...parts) => {
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0)
    if (queued.length === 0) queueMicrotask(flush)
    queued.push(Uint8Array.from(length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7]), ...parts)
  }
}

function onFrames(from: Stream, hear: (frame: Uint8Array) => void): void {
  const decoder = new LengthPrefixedDecoder({ maxDataLength: 4096 })
  from.addEventListener('message', ({ data }) => {
    for (const frame of decoder.decode(data)) hear(frame.subarray())
  })
}

function receive(from: Stream): void {
  const write = writer(from)
  onFrames(from, (frame) => {
    const id = frame.slice(0, ID_BYTES)
    keep({ id, body: frame.slice(ID_BYTES) }, () => write(id))
  })
}

const nameOf = (id: Uint8Array): string => Buffer.from(id).toString('latin1')

function sender(to: Stream): (text: string) => Promise<void> {
  const write = writer(to)
  onFrames(to, (id) => {
    const name = nameOf(id)
    unanswered.get(name)?.()
    unanswered.delete(name)
  })
  const encoder = new TextEncoder()
  return (text) =>
    new Promise((resolve) => {
      const row = { id: uuidv7obj().bytes, body: encoder.encode(text) }
      unanswered.set(nameOf(row.id), resolve)
      keep(row, () => write(row.id, row.body))
    })
}

let send: (text: string) => Promise<void> = () => Promise.reject(new Error('met nobody'))

const party: MessagesParty = {
  async open({ folder }) {
    if (process.env.KEPT === 'sqlite') {
      sqlite = new DatabaseSync(join(folder, randomUUID()))
      keep = keepInSqlite(sqlite)
    }
    if (process.env.KEPT === 'level') {
      level = new ClassicLevel(join(folder, randomUUID()), { keyEncoding: 'view', valueEncoding: 'view' })
      await level.open()
      keep = keepInLevel(level)
    }
    node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
    })
    await node.handle(PROTOCOL, receive)
    return String(node.getMultiaddrs()[0])
  },
  async meet(other, role) {
    if (role === 'receiver' || node === undefined) return
    stream = await node.dialProtocol(multiaddr(other), PROTOCOL)
    send = sender(stream)
  },
  oneByOne: (all) => inTurn(all, send),
  pipelined: (all) => inWindow(all, send),
  async kept() {
    await node?.stop()
    if (sqlite !== undefined) {
      const rows = sqlite.prepare('SELECT body FROM kept ORDER BY number').all()
      sqlite.close()
      return rows.map(({ body }) => Buffer.from(body as Uint8Array).toString())
    }
    if (level === undefined) return undefined
    const bodies: string[] = []
    for await (const value of level.values()) bodies.push(Buffer.from(value).toString())
    await level.close()
    return bodies
  },
}

answering(party)
