/**
 * What a durable message costs: ours beside libp2p alone, and beside libp2p with both sides keeping in LevelDB. Where
 * our own store has its floor is told beside libp2p with both sides keeping in one bare table of SQLite. Every party is
 * a process of its own, all on loopback, all in one run, in random turns. Afterwards the stores are read back: where one
 * text is missing, doubled or out of order there is no figure.
 *
 *     npm run bench:messages -- [--rounds 7] [--seed N] [--lone 200] [--pipelined 5000] [--only ours] [--profile FOLDER]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Figure, median, quantile, ratioOf, report, seeded, shuffled } from './figures.ts'
import { type MessagesParty, TEXT_BYTES, texts, WINDOW } from './messages-party.ts'
import { type Participant, participant } from './participant.ts'

const { values: asked } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    profile: { type: 'string' },
    only: { type: 'string' },
    lone: { type: 'string', default: '200' },
    pipelined: { type: 'string', default: '5000' },
  },
})
/** More would take longer than anybody waits. */
const rounds = Math.min(20, Number(asked.rounds))
const seed = Number(asked.seed)
const chance = seeded(seed)

const WARMING = 300
const LONE = Number(asked.lone)
const PIPELINED = Number(asked.pipelined)

const CONTENDERS = {
  libp2p: { file: './messages-libp2p.ts', env: {} },
  'libp2p, kept': { file: './messages-libp2p.ts', env: { KEPT: 'level' } },
  'libp2p, bare table': { file: './messages-libp2p.ts', env: { KEPT: 'sqlite' } },
  ours: { file: './messages-ours.ts', env: {} },
} as const
type Name = keyof typeof CONTENDERS
const names = (Object.keys(CONTENDERS) as Name[]).filter(
  (name) => asked.only === undefined || name === asked.only,
)

interface Contender {
  alice: Participant<MessagesParty>
  bob: Participant<MessagesParty>
  sent: string[]
  p50: number[]
  p95: number[]
  perSecond: number[]
  /** CPU µs of both sides together, per message one at a time and per pipelined message. */
  loneCpu: number[]
  cpu: number[]
}

console.log(
  `messages of ${TEXT_BYTES} bytes: ${rounds} rounds of ${LONE} one at a time and ${PIPELINED} pipelined, ${WINDOW} in flight; seed ${seed}`,
)
const world = mkdtempSync(join(tmpdir(), 'nigh-bench-'))
const contenders = new Map<Name, Contender>()
try {
  for (const name of names) contenders.set(name, await introduced(name))
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names, chance)) await lone(of(name))
    for (const name of shuffled(names, chance)) await pipelined(of(name))
  }
  for (const name of names) await accountFor(name, of(name))
  tell()
} finally {
  for (const { alice, bob } of contenders.values()) await Promise.all([alice.end(), bob.end()])
  rmSync(world, { recursive: true, force: true })
}

function of(name: Name): Contender {
  const contender = contenders.get(name)
  if (contender === undefined) throw new Error(`${name} does not run`)
  return contender
}

/** Two processes that know each other and are warm. */
async function introduced(name: Name): Promise<Contender> {
  const { file, env } = CONTENDERS[name]
  const start = (role: string): Participant<MessagesParty> =>
    participant<MessagesParty>(file, { name: `${name}-${role}`, env, profile: asked.profile })
  const folder = join(world, name.replace(/\W/g, ''))
  const contender = {
    alice: start('alice'),
    bob: start('bob'),
    sent: [],
    p50: [],
    p95: [],
    perSecond: [],
    loneCpu: [],
    cpu: [],
  }
  const { alice, bob } = contender
  const mesh = `bench-${seed}`
  const homes = ['alice', 'bob'].map((role) => join(folder, role))
  for (const home of homes) mkdirSync(home, { recursive: true, mode: 0o700 })
  const [aliceHome = '', bobHome = ''] = homes
  const [atAlice, atBob] = await Promise.all([
    alice.ask('open', { folder: aliceHome, mesh }),
    bob.ask('open', { folder: bobHome, mesh }),
  ])
  await Promise.all([bob.ask('meet', atAlice, 'receiver'), alice.ask('meet', atBob, 'sender')])
  await alice.ask('oneByOne', more(contender, WARMING))
  await alice.ask('pipelined', more(contender, PIPELINED))
  return contender
}

function more({ sent }: Contender, count: number): string[] {
  const fresh = texts(sent.length, count, seed)
  sent.push(...fresh)
  return fresh
}

async function lone(contender: Contender): Promise<void> {
  const before = await cpuOf(contender)
  const times = await contender.alice.ask('oneByOne', more(contender, LONE))
  contender.loneCpu.push((((await cpuOf(contender)) - before) * 1000) / LONE)
  contender.p50.push(median(times))
  contender.p95.push(quantile(times, 0.95))
}

async function pipelined(contender: Contender): Promise<void> {
  const before = await cpuOf(contender)
  const ms = await contender.alice.ask('pipelined', more(contender, PIPELINED))
  contender.cpu.push((((await cpuOf(contender)) - before) * 1000) / PIPELINED)
  contender.perSecond.push((PIPELINED / ms) * 1000)
}

async function cpuOf({ alice, bob }: Contender): Promise<number> {
  return (await alice.cpu()) + (await bob.cpu())
}

/** Everything sent was kept by both sides, once, in order; else this run says nothing. */
async function accountFor(name: Name, { alice, bob, sent }: Contender): Promise<void> {
  const kept = { alice: await alice.ask('kept'), bob: await bob.ask('kept') }
  if (name === 'libp2p') return
  for (const [who, found] of Object.entries(kept)) {
    if (found === undefined) throw new Error(`${name}: ${who} kept nothing. No figure.`)
    if (found.length !== sent.length)
      throw new Error(`${name}: ${sent.length} sent, ${found.length} kept by ${who}. No figure.`)
    const wrong = sent.findIndex((text, index) => found[index] !== text)
    if (wrong >= 0)
      throw new Error(`${name}: message ${wrong} is not what ${who} kept in its place. No figure.`)
  }
}

function tell(): void {
  for (const name of names) {
    const { p50, p95, perSecond, loneCpu, cpu, sent } = of(name)
    console.log(
      `${name.padEnd(18)} one at a time p50 ${(median(p50) * 1000).toFixed(0).padStart(5)} µs, p95 ${(median(p95) * 1000).toFixed(0).padStart(5)} µs, ${median(loneCpu).toFixed(0).padStart(4)} µs of CPU each; ` +
        `pipelined ${Math.round(median(perSecond)).toString().padStart(6)} msg/s, ${median(cpu).toFixed(0).padStart(3)} µs of CPU each` +
        (name === 'libp2p' ? '   (nothing kept)' : `   (${sent.length} found in both stores, in order)`),
    )
  }
  if (names.length < Object.keys(CONTENDERS).length) return
  const ours = of('ours')
  const beside = (
    what: string,
    name: Name,
    of_: 'p50' | 'p95' | 'perSecond' | 'cpu',
    goal?: Figure['goal'],
  ): Figure => {
    const yardstick = of(name)[of_]
    const scale = of_ === 'perSecond' || of_ === 'cpu' ? 1 : 1000
    return {
      what,
      unit: of_ === 'perSecond' ? '/s' : 'µs',
      ours: median(ours[of_]) * scale,
      yardstick: { name, value: median(yardstick) * scale, ratio: ratioOf(ours[of_], yardstick) },
      ...(goal === undefined ? {} : { goal }),
    }
  }
  report([
    beside('durable message, one at a time, p50', 'libp2p, kept', 'p50', { most: 0.8 }),
    beside('durable message, one at a time, p95', 'libp2p, kept', 'p95'),
    beside('durable messages, pipelined', 'libp2p, kept', 'perSecond', { least: 1 }),
    beside('CPU of both sides per pipelined message', 'libp2p, kept', 'cpu'),
    beside('the same beside SQLite at its barest, p50', 'libp2p, bare table', 'p50'),
    beside('the same beside SQLite at its barest, pipelined', 'libp2p, bare table', 'perSecond'),
    beside('the same beside libp2p that keeps nothing, p50', 'libp2p', 'p50'),
    beside('the same beside libp2p that keeps nothing, pipelined', 'libp2p', 'perSecond'),
  ])
}
