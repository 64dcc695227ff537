/**
 * What a durable row costs: one inbox row awaited at a time, and batches of 100, ours beside a raw node:sqlite table
 * with the same pragmas. Both run in turns in one process, so the ratio holds on any machine. Ours writes two tables
 * and six indexes, and reads the unique key first; the yardstick writes one table.
 *
 *   node bench/store.ts [repetitions]
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { uuidv7 } from 'uuidv7'
import type { NewInboxRow } from '../src/ports.ts'
import type { MessageId, PeerId } from '../src/principal/ids.ts'
import { openStore } from '../src/store/store.ts'

const LONE = 500
const BATCHES = 200
const BATCH = 100
const BODY = Buffer.alloc(200, 'x')
const repetitions = Number(process.argv[2] ?? 5)

const peers = Array.from({ length: 20 }, (_, index) => `12D3KooW${String(index).padStart(44, 'x')}` as PeerId)

function row(index: number, id: string): NewInboxRow {
  return {
    peer: peers[index % peers.length] as PeerId,
    label: '',
    id: id as MessageId,
    sentAt: Date.now(),
    receivedAt: Date.now(),
    contentType: 'text/plain',
    body: BODY,
    disposition: 'delivered',
    unread: true,
  }
}

interface Kept {
  lone(row: NewInboxRow): Promise<unknown>
  batch(rows: NewInboxRow[]): Promise<unknown>
  close(): Promise<void>
}

async function ours(path: string): Promise<Kept> {
  const store = await openStore(path)
  return {
    lone: (one) => store.inbox.keep([one]),
    batch: (rows) => store.inbox.keep(rows),
    close: () => store.close(),
  }
}

async function yardstick(path: string): Promise<Kept> {
  const raw = new DatabaseSync(path)
  raw.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  raw.exec(
    'CREATE TABLE kept (seq INTEGER PRIMARY KEY, peer TEXT, id TEXT, sent INTEGER, received INTEGER, type TEXT, body BLOB, disposition TEXT) STRICT',
  )
  const insert = raw.prepare(
    'INSERT INTO kept (peer, id, sent, received, type, body, disposition) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const put = (one: NewInboxRow) =>
    insert.run(one.peer, one.id, one.sentAt, one.receivedAt, one.contentType, one.body, one.disposition)
  return {
    lone: async (one) => put(one),
    async batch(rows) {
      raw.exec('BEGIN IMMEDIATE')
      for (const one of rows) put(one)
      raw.exec('COMMIT')
    },
    close: async () => raw.close(),
  }
}

interface Measured {
  p50: number
  p99: number
  perSecond: number
}

async function measure(open: (path: string) => Promise<Kept>, id: () => string): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'nigh-bench-'))
  const kept = await open(join(folder, 'nigh.db'))
  try {
    for (let index = 0; index < 50; index++) await kept.lone(row(index, id()))
    const times: number[] = []
    for (let index = 0; index < LONE; index++) {
      const one = row(index, id())
      const from = performance.now()
      await kept.lone(one)
      times.push(performance.now() - from)
    }
    const batches = Array.from({ length: BATCHES }, () =>
      Array.from({ length: BATCH }, (_, n) => row(n, id())),
    )
    const from = performance.now()
    for (const batch of batches) await kept.batch(batch)
    const seconds = (performance.now() - from) / 1000
    times.sort((a, b) => a - b)
    return {
      p50: times[LONE >> 1] ?? 0,
      p99: times[Math.floor(LONE * 0.99)] ?? 0,
      perSecond: (BATCHES * BATCH) / seconds,
    }
  } finally {
    await kept.close()
    rmSync(folder, { recursive: true })
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

const runs: Record<string, Measured[]> = { yardstick: [], ours: [], 'ours, random ids': [] }
for (let turn = 0; turn < repetitions; turn++) {
  runs.yardstick?.push(await measure(yardstick, uuidv7))
  runs.ours?.push(await measure(ours, uuidv7))
  runs['ours, random ids']?.push(await measure(ours, randomUUID))
}

const summary = (name: string): Measured => {
  const all = runs[name] ?? []
  return {
    p50: median(all.map(({ p50 }) => p50)),
    p99: median(all.map(({ p99 }) => p99)),
    perSecond: median(all.map(({ perSecond }) => perSecond)),
  }
}
const base = summary('yardstick')
for (const name of Object.keys(runs)) {
  const { p50, p99, perSecond } = summary(name)
  console.log(
    `${name.padEnd(18)} lone p50 ${p50.toFixed(3)} ms (${(p50 / base.p50).toFixed(2)} ×), p99 ${p99.toFixed(3)} ms; ` +
      `batches of ${BATCH}: ${Math.round(perSecond / 1000)}k rows/s (${(perSecond / base.perSecond).toFixed(2)} ×)`,
  )
}
