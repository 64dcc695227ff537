/**
 * The chat screen as a person meets it: how long until it can be used and shows a colleague, and whether typing stays as
 * quick with ten thousand messages and two hundred people as with ten and two. The real command line, in real terminals.
 *
 *     npm run bench:screen [starts]
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { uuidv7 } from 'uuidv7'
import type { MessageId, PeerId } from '../src/principal/ids.ts'
import { openStore } from '../src/store/store.ts'
import { terminals } from '../test/support/terminals.ts'
import { type Figure, median, quantile, report } from './figures.ts'
import { type Pty, pty, read } from './pty.ts'

const BIN = fileURLToPath(new URL('../bin/nigh.js', import.meta.url))
const starts = Math.min(25, Number(process.argv[2] ?? 20))
const KEYS = 60
const LARGE = { columns: 200, rows: 60 }

await using world = terminals()

const open = new Set<Pty>()
/** Whatever fails: no terminal is left behind. */
process.on('exit', () => {
  for (const terminal of open) void terminal.end()
})

function screen(name: string, size = { columns: 80, rows: 24 }): Pty {
  const env = {
    ...world.env,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    NO_COLOR: undefined,
  } as NodeJS.ProcessEnv
  const terminal = pty([process.execPath, BIN, '--as', name], { ...size, env })
  open.add(terminal)
  return terminal
}

function bareNode(): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', 'process.stdout.write("x")'])
    child.stdout.once('data', () => resolve(performance.now() - begun))
  })
}

/** Answers on the air are a second apart, and that would be measured. */
const quiet = (ms = 1_200): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The processes of a screen, so that its end is a goodbye: `q` is one. */
async function leave(terminal: Pty): Promise<void> {
  terminal.press('\u0003')
  await terminal.until((written) => read(written).includes('You have left.'), 'the goodbye')
  await terminal.end()
  open.delete(terminal)
}

await world.up('alice')
const usable: number[] = []
const listed: number[] = []
const bare: number[] = []
for (let round = -1; round < starts; round++) {
  const name = `bob${Math.max(0, round)}`
  bare.push(await bareNode())
  await quiet()
  const begun = performance.now()
  const bob = screen(name)
  const shown = bob.until((written) => read(written).includes('Enter talk'), 'the first frame')
  const seen = bob.until((written) => /● ?alice/.test(read(written)), 'a colleague')
  const times = [(await shown) - begun, (await seen) - begun] as const
  // The first is that of a new home, and of a cold cache.
  if (round >= 0) {
    usable.push(times[0])
    listed.push(times[1])
  }
  await leave(bob)
}

/** A home with so many contacts and so many messages of the first of them. */
async function filled(name: string, people: number, messages: number): Promise<void> {
  await world.run(name, 'whoami')
  const peers: PeerId[] = []
  for (let at = 0; at < people; at++)
    peers.push(peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString() as unknown as PeerId)
  const store = await openStore(join(world.home(name), 'nigh.db'))
  for (const [at, peer] of peers.entries())
    await store.contacts.put({ peer, petname: at === 0 ? 'aaron' : `person ${at}`, groups: [], addedAt: at })
  for (let from = 0; from < messages; from += 1_000)
    await store.inbox.keep(
      Array.from({ length: Math.min(1_000, messages - from) }, (_, offset) => ({
        peer: peers[0] as PeerId,
        label: '',
        id: uuidv7() as MessageId,
        sentAt: from + offset,
        receivedAt: Date.now(),
        contentType: 'text/plain',
        body: Buffer.from(
          from + offset === 0 ? 'zeppelin' : `message ${from + offset} of a long conversation`,
        ),
        disposition: 'delivered' as const,
        told: 'delivered' as const,
        unread: false,
      })),
    )
  while (await store.history.index(1_000));
  await store.close()
}

await filled('crowded', 200, 10_000)
await filled('lonely', 2, 10)
const typed = new Map<string, { ms: number[]; bytes: number[]; pages: number[] }>()
const terminalsOf = new Map<string, Pty>()
for (const name of ['crowded', 'lonely']) {
  const terminal = screen(name, LARGE)
  terminalsOf.set(name, terminal)
  typed.set(name, { ms: [], bytes: [], pages: [] })
  await terminal.until((written) => read(written).includes('aaron'), 'the list')
  // To the first message of all: everything after it is then loaded.
  terminal.press('/')
  await terminal.until((written) => read(written).includes('search:'), 'the search')
  terminal.press('zeppelin')
  await terminal.until((written) => /› \d\d:\d\d aaron: zeppelin/.test(read(written)), 'the first message')
  terminal.press('\r')
  await terminal.until((written) => read(written).includes('recall'), 'the conversation')
  await quiet()
  terminal.press('\u001b')
  await quiet()
}
for (let round = 0; round < KEYS; round++)
  for (const [name, terminal] of terminalsOf) {
    const { ms, bytes } = await terminal.key(String.fromCharCode(97 + (round % 26)))
    typed.get(name)?.ms.push(ms)
    typed.get(name)?.bytes.push(bytes)
  }
for (const [name, terminal] of terminalsOf) {
  if (name === 'crowded')
    for (let pages = 0; pages < 20; pages++) typed.get(name)?.pages.push((await terminal.key('\u001b[6~')).ms)
  await leave(terminal)
}

const crowded = typed.get('crowded') ?? { ms: [], bytes: [], pages: [] }
const lonely = typed.get('lonely') ?? { ms: [], bytes: [], pages: [] }
console.log(
  `${starts} starts, ${KEYS} keys each; bare node, spawn → first byte: p50 ${median(bare).toFixed(0)} ms, p95 ${quantile(bare, 0.95).toFixed(0)} ms`,
)
const figure = (what: string, unit: string, ours: number, most?: number): Figure => ({
  what,
  unit,
  ours,
  ...(most === undefined ? {} : { goal: { most } }),
})
report([
  figure('nigh, spawn → a screen that takes keys, p50', 'ms', quantile(usable, 0.5)),
  figure('nigh, spawn → a running colleague listed, p50', 'ms', quantile(listed, 0.5), 1_000),
  figure('nigh, spawn → a running colleague listed, p95', 'ms', quantile(listed, 0.95), 2_500),
  {
    what: 'a key, typed → echoed, 10,000 messages and 200 people, p50',
    unit: 'ms',
    ours: median(crowded.ms),
    yardstick: { name: '10 and 2', value: median(lonely.ms), ratio: median(crowded.ms) / median(lonely.ms) },
    goal: { most: 1.5 },
  },
  figure('a key, 10,000 messages and 200 people, p95', 'ms', quantile(crowded.ms, 0.95)),
  figure('a page of 10,000 messages, p50', 'ms', median(crowded.pages)),
  figure('bytes written per key, p50', 'B', median(crowded.bytes)),
])
