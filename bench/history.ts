/**
 * What a long history costs: opening the store, owing a message, a page of the newest and one from the middle of a
 * conversation, and searching, with a million messages beside the same with a thousand. The two take turns in one
 * process. The histories are written through the store itself, indexed, closed and opened again, and counted.
 *
 *     npm run bench:history -- [--long 1000000] [--short 1000] [--rounds 40]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { uuidv7 } from 'uuidv7'
import type { Store } from '../src/ports.ts'
import type { MessageId, PeerId } from '../src/principal/ids.ts'
import { openedDatabase, openStore, storeOver } from '../src/store/store.ts'
import { type Figure, median, ratioOf, report, seeded } from './figures.ts'

const { values: asked } = parseArgs({
  options: {
    long: { type: 'string', default: '1000000' },
    short: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '40' },
  },
})
const SIZES = { short: Number(asked.short), long: Number(asked.long) }
type Size = keyof typeof SIZES
const rounds = Math.min(200, Number(asked.rounds))

/** People in the history, half of all of it with the first: a page of somebody has to pass over many others. */
const PEOPLE = 50
const BATCH = 1_000
const PAGE = 50

const peers = Array.from(
  { length: PEOPLE },
  (_, index) => `12D3KooW${String(index).padStart(44, 'x')}` as PeerId,
)
const friend = peers[0] as PeerId
/** Frequent words come in every message or every tenth, a rare one in every thousandth. */
const VOCABULARY = Array.from({ length: 5_000 }, (_, index) => `word${index.toString(36)}`)

function textOf(index: number, chance: () => number): string {
  const words = Array.from({ length: 8 }, () => VOCABULARY[Math.floor(chance() ** 3 * VOCABULARY.length)])
  if (index % 10 === 0) words.push('coffee')
  if (index % 1_000 === 7) words.push('zeppelin')
  return `everywhere ${words.join(' ')}`
}

async function write(path: string, count: number): Promise<void> {
  const chance = seeded(count)
  const store = await openStore(path)
  for (let from = 0; from < count; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - from) }, (_, offset) => {
      const index = from + offset
      return {
        peer: chance() < 0.5 ? friend : (peers[1 + (index % (PEOPLE - 1))] as PeerId),
        label: '',
        id: uuidv7() as MessageId,
        sentAt: index,
        receivedAt: index,
        contentType: 'text/plain',
        body: Buffer.from(textOf(index, chance)),
        disposition: 'delivered' as const,
        told: 'delivered' as const,
        unread: false,
      }
    })
    await store.inbox.keep(rows)
    while (await store.history.index(BATCH));
  }
  await store.close()
  const again = await openedDatabase(path)
  const found = again.one<{ count: number }>('SELECT count(*) AS count FROM inbox')?.count
  await again.close()
  if (found !== count) throw new Error(`${count} messages written, ${found} found. No figure.`)
}

const ACTS = {
  'open the store': undefined,
  'owe a message, durable': (store: Store) =>
    store.outbox.owe({
      peer: friend,
      label: '',
      id: uuidv7() as MessageId,
      sentAt: 1,
      contentType: 'text/plain',
      body: Buffer.from('a word'),
      untilOpen: false,
      state: 'owed',
    }),
  'the newest page of a conversation': (store: Store) => conversation(store, Number.POSITIVE_INFINITY),
  'a page from its middle': (store: Store, size: Size) => conversation(store, SIZES[size] / 2),
  'search: a word in all': (store: Store) => store.history.search({ words: 'everywhere', limit: PAGE }),
  'search: a word in every tenth': (store: Store) => store.history.search({ words: 'coffee', limit: PAGE }),
  'search: a rare word': (store: Store) => store.history.search({ words: 'zeppelin', limit: PAGE }),
  'search: two words with one person': (store: Store) =>
    store.history.search({ words: 'coffee everywhere', peer: peers[7] as PeerId, limit: PAGE }),
  'search: the beginning of a word': (store: Store) => store.history.search({ words: 'zep', limit: PAGE }),
} satisfies Record<string, ((store: Store, size: Size) => Promise<unknown>) | undefined>
type Act = keyof typeof ACTS

async function conversation(store: Store, before: number): Promise<void> {
  await Promise.all([
    store.inbox.page({ peer: friend, before, limit: PAGE }),
    store.outbox.page({ peer: friend, before, limit: PAGE }),
  ])
}

const folder = mkdtempSync(join(tmpdir(), 'nigh-bench-'))
const pathOf = (size: Size): string => join(folder, `${size}.db`)
const times = new Map<string, number[]>()
const took = (act: Act, size: Size, ms: number): void =>
  void times.set(`${size} ${act}`, [...(times.get(`${size} ${act}`) ?? []), ms])
const sizes = Object.keys(SIZES) as Size[]

try {
  for (const size of sizes) {
    const from = performance.now()
    await write(pathOf(size), SIZES[size])
    const seconds = (performance.now() - from) / 1000
    const megabytes = statSync(pathOf(size)).size / 1e6
    console.log(
      `${SIZES[size]} messages written and indexed in ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB`,
    )
  }
  for (let round = 0; round < rounds; round++)
    for (const size of round % 2 === 0 ? sizes : sizes.toReversed()) {
      const from = performance.now()
      const store = storeOver(await openedDatabase(pathOf(size)))
      took('open the store', size, performance.now() - from)
      for (const [act, doIt] of Object.entries(ACTS) as [Act, (typeof ACTS)[Act]][]) {
        if (doIt === undefined) continue
        await doIt(store, size) // statements are prepared and pages read once, as in a peer that runs
        const begun = performance.now()
        await doIt(store, size)
        took(act, size, performance.now() - begun)
      }
      await store.close()
    }
  report(
    (Object.keys(ACTS) as Act[]).map((act): Figure => {
      const long = times.get(`long ${act}`) ?? []
      const short = times.get(`short ${act}`) ?? []
      return {
        what: act,
        unit: 'ms',
        ours: median(long),
        yardstick: { name: `with ${SIZES.short}`, value: median(short), ratio: ratioOf(long, short) },
        goal: act.startsWith('search') ? { most: 50 } : { most: 1.2 },
        ...(act.startsWith('search') ? { absolute: true } : {}),
      }
    }),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
