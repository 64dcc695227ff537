/**
 * How long a change of status takes to the last of 20 watchers: ours, sealed, signed, verified and stored, beside
 * gossipsub that checks nothing, beside gossipsub's signed default, and beside gossipsub with the duties of ours (stored
 * first, sealed, signed, verified by each watcher) and nothing else of it. The presentity is a process of its own; the
 * watchers share four, five nodes in each. A change that one watcher is not told of ends the run without a figure.
 *
 *     npm run bench:presence -- [--rounds 4] [--shape star|lan] [--seed N] [--profile FOLDER]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Figure, median, quantile, ratioOf, report, seeded, shuffled } from './figures.ts'
import { type Acts, type Participant, participant } from './participant.ts'
import type { PresentityParty, WatchersParty } from './presence-party.ts'

const { values: asked } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    shape: { type: 'string', default: 'star' },
    profile: { type: 'string' },
    only: { type: 'string' },
  },
})
/** More would take longer than anybody waits. */
const rounds = Math.min(8, Number(asked.rounds))
const seed = Number(asked.seed)
const star = asked.shape !== 'lan'
const chance = seeded(seed)

const WATCHERS = 20
const PROCESSES = 4
const WARMING = 15
const CHANGES = 40
/** ms between two changes: nobody changes oftener, and what a change stirs up has settled. */
const PAUSE_FROM_MS = 40
const PAUSE_TO_MS = 80

const CONTENDERS = {
  'unsigned gossipsub': { file: './presence-gossip.ts', env: {} },
  'signed gossipsub': { file: './presence-gossip.ts', env: { SIGNED: '1' } },
  'gossipsub with our duties': { file: './presence-gossip.ts', env: { DUTIES: '1' } },
  ours: { file: './presence-ours.ts', env: {} },
}
type Name = keyof typeof CONTENDERS
const names = (Object.keys(CONTENDERS) as Name[]).filter(
  (name) => asked.only === undefined || name === asked.only,
)

interface Contender {
  presentity: Participant<PresentityParty>
  groups: Participant<WatchersParty>[]
  changes: number
  p50: number[]
  p95: number[]
  bytes: number[]
  /** CPU ms of everybody together, per change. */
  cpu: number[]
}

console.log(
  `status change → last of ${WATCHERS} watchers, ${star ? 'who know the presentity alone' : 'who all know each other'}: ${rounds} rounds of ${CHANGES}; seed ${seed}`,
)
const world = mkdtempSync(join(tmpdir(), 'nigh-bench-'))
const contenders = new Map<Name, Contender>()
try {
  for (const name of names) await introduce(name)
  for (let round = 0; round < rounds; round++)
    for (const name of shuffled(names, chance)) await measure(name, of(name))
  tell()
} finally {
  for (const { presentity, groups } of contenders.values())
    await Promise.all([presentity, ...groups].map((each) => each.end()))
  rmSync(world, { recursive: true, force: true })
}

function of(name: Name): Contender {
  const contender = contenders.get(name)
  if (contender === undefined) throw new Error(`${name} does not run`)
  return contender
}

async function introduce(name: Name): Promise<void> {
  const { file, env } = CONTENDERS[name]
  const start = <Party extends Acts>(role: string): Participant<Party> =>
    participant<Party>(file, {
      name: `${name.replaceAll(' ', '-')}-${role}`,
      env: { ...env, ROLE: role },
      profile: asked.profile,
    })
  const presentity = start<PresentityParty>('presentity')
  const groups = Array.from({ length: PROCESSES }, (_, index) => start<WatchersParty>(`watchers-${index}`))
  contenders.set(name, { presentity, groups, changes: 0, p50: [], p95: [], bytes: [], cpu: [] })
  const mesh = `bench-${seed}`
  const folder = (role: string): string => {
    const path = join(world, name.replaceAll(' ', '-'), role)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }
  const address = await presentity.ask('open', { folder: folder('presentity'), mesh })
  const watchers: string[] = []
  for (const [index, group] of groups.entries()) {
    const options = { folder: folder(`watchers-${index}`), mesh, count: WATCHERS / PROCESSES, star }
    watchers.push(...(await group.ask('open', options)))
  }
  const welcome = presentity.ask('welcome', watchers)
  for (const group of groups) await group.ask('watch', address, star ? [] : watchers)
  await welcome
  for (let index = 0; index < WARMING; index++) await change(of(name))
}

/** One change, until the last watcher was told; ms. */
async function change(contender: Contender): Promise<number> {
  const { presentity, groups } = contender
  const number = ++contender.changes
  const told = Promise.all(groups.map((group) => group.ask('seen', number)))
  const [made, seen] = await Promise.all([presentity.ask('change', number), told])
  const instants = seen.flat()
  if (instants.length !== WATCHERS) throw new Error(`${instants.length} watchers told. No figure.`)
  const pause = PAUSE_FROM_MS + chance() * (PAUSE_TO_MS - PAUSE_FROM_MS)
  await new Promise((resolve) => setTimeout(resolve, pause))
  return Math.max(...instants) - made
}

async function bytesWritten({ presentity, groups }: Contender): Promise<number> {
  const all = await Promise.all([presentity, ...groups].map((each) => each.ask('written')))
  return all.reduce((sum, bytes) => sum + bytes, 0)
}

async function cpuOf({ presentity, groups }: Contender): Promise<number> {
  const all = await Promise.all([presentity, ...groups].map((each) => each.cpu()))
  return all.reduce((sum, ms) => sum + ms, 0)
}

async function measure(name: Name, contender: Contender): Promise<void> {
  const before = { bytes: await bytesWritten(contender), cpu: await cpuOf(contender) }
  const times: number[] = []
  for (let index = 0; index < CHANGES; index++) times.push(await change(contender))
  contender.p50.push(median(times))
  contender.p95.push(quantile(times, 0.95))
  contender.bytes.push(((await bytesWritten(contender)) - before.bytes) / CHANGES)
  contender.cpu.push(((await cpuOf(contender)) - before.cpu) / CHANGES)
  if (asked.only !== undefined) console.log(name, times.map((ms) => ms.toFixed(1)).join(' '))
}

function tell(): void {
  for (const name of names) {
    const { p50, p95, bytes, cpu, changes } = of(name)
    console.log(
      `${name.padEnd(25)} p50 ${median(p50).toFixed(2).padStart(6)} ms, p95 ${median(p95).toFixed(2).padStart(6)} ms; ` +
        `${Math.round(median(bytes)).toString().padStart(6)} bytes and ${median(cpu).toFixed(1)} ms of CPU per change, all 21, beats and heartbeats included ` +
        `(${changes} changes, each told to all ${WATCHERS})`,
    )
  }
  if (names.length < Object.keys(CONTENDERS).length) return
  const ours = of('ours')
  const beside = (
    what: string,
    name: Name,
    which: 'p50' | 'p95' | 'bytes' | 'cpu',
    goal?: Figure['goal'],
  ): Figure => ({
    what,
    unit: which === 'bytes' ? 'B' : 'ms',
    ours: median(ours[which]),
    yardstick: { name, value: median(of(name)[which]), ratio: ratioOf(ours[which], of(name)[which]) },
    ...(goal === undefined ? {} : { goal }),
  })
  report([
    beside('status change → last of 20, p50', 'unsigned gossipsub', 'p50', { most: 1.3 }),
    beside('status change → last of 20, p50', 'signed gossipsub', 'p50', { most: 0.5 }),
    beside('status change → last of 20, p50', 'gossipsub with our duties', 'p50'),
    beside('status change → last of 20, p95', 'unsigned gossipsub', 'p95'),
    beside('CPU of all 21 per change', 'unsigned gossipsub', 'cpu'),
    beside('bytes per change on all links', 'unsigned gossipsub', 'bytes'),
  ])
}
