/**
 * The first minute, measured as a person lives it: processes of the real command line on loopback multicast.
 * Beside each run stands what the machine needs for nothing (a bare node), because the machine is noisy. Each start is
 * that of another person, so that by chance of the keys now the one, now the other dials; each has been up once
 * before, as on every morning but the first.
 *
 *     npm run bench:start [rounds]
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { came, type Line, presenceOf, type Running, terminals } from '../test/support/terminals.ts'
import { type Figure, median, quantile, ratioOf, report } from './figures.ts'

/** More would take longer than anybody waits. */
const rounds = Math.min(25, Number(process.argv[2] ?? 20))
/** Kills are each a start too; half as many are enough. */
const kills = Math.ceil(rounds / 2)

/** From spawn to the first byte a bare node prints: what no program of ours can be quicker than. */
function bareNode(): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', 'process.stdout.write("x")'])
    child.stdout.once('data', () => resolve(performance.now() - begun))
  })
}

/** Nobody comes within a second of another: answers on the air are a second apart, and that would be measured. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_200))

/**
 * Memory of a process, MB. `own`: the pages that nobody else has, which is what one more process costs a machine. `alone`:
 * with those of the node executable, which are its own only where nobody else runs one. The goal is about this larger one.
 */
function memoryOf(pid: number): { own: number; alone: number } {
  let executable = false
  let own = 0
  let shared = 0
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const size = Number(line.replace(/\D/g, '')) / 1024
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) executable = /\/node$/.test(line)
    else if (line.startsWith('Private_')) own += size
    else if (executable && line.startsWith('Shared_')) shared += size
  }
  return { own, alone: own + shared }
}

/** "After 5 s idle" is part of the figure. */
const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5_000))

/** What a node needs that does nothing. */
async function bareMemory(): Promise<{ own: number; alone: number }> {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'])
  await idle()
  const memory = memoryOf(child.pid ?? 0)
  child.kill()
  return memory
}

const isOnline = (line: Line): boolean => line.event === 'online'

const online: number[] = []
const sees: number[] = []
const seen: number[] = []
const left: number[] = []
const unknown: number[] = []
const sent: number[] = []
const bare: number[] = []

await using world = terminals()
const alice = await world.up('alice')

async function leave(peer: Running): Promise<void> {
  peer.signal('SIGINT')
  await peer.exit
}

const people = Array.from({ length: rounds }, (_, index) => `bob${index}`)
for (const name of people) await leave(await world.up(name))

for (const [round, name] of people.entries()) {
  bare.push(await bareNode())
  await quiet()
  const appears = alice.next(name, came(name))
  const begun = performance.now()
  const bob = world.start(name, 'up')
  await Promise.all([
    bob.line('being online', isOnline).then(() => online.push(performance.now() - begun)),
    bob.line('alice', came('alice')).then(() => sees.push(performance.now() - begun)),
    appears.then(() => seen.push(performance.now() - begun)),
  ])

  const killed = round < kills
  const end = alice.next('the end', presenceOf(name, killed ? 'unknown' : 'left'))
  const ended = performance.now()
  bob.signal(killed ? 'SIGKILL' : 'SIGINT')
  await end
  if (killed) unknown.push(performance.now() - ended)
  else left.push(performance.now() - ended)
  await bob.exit
}

const bob = await world.up('bob')
await bob.line('alice', came('alice'))
await world.run('bob', 'contacts', 'add', 'alice')
for (let round = 0; round < rounds; round++) {
  bare.push(await bareNode())
  const begun = performance.now()
  const { code } = await world.run('alice', 'send', 'bob', `round ${round}`)
  if (code !== 0) throw new Error(`send ended with ${code}: no figure`)
  sent.push(performance.now() - begun)
}
const inbox = await world.run('bob', 'inbox', '--limit', String(10 * rounds))
const texts = inbox.lines.map((line) => line.text)
if (texts.length !== rounds || texts.some((text, round) => text !== `round ${round}`))
  throw new Error(`${texts.length} messages kept, ${rounds} sent, or not in order: no figure`)

const carol = await world.up('carol')
await carol.line('alice', came('alice'))
await idle()
const memory = memoryOf(carol.pid)
const bareOne = await bareMemory()

const alone = (what: string, times: readonly number[], part: number, most?: number): Figure => ({
  what: `${what}, p${part * 100}`,
  unit: 'ms',
  ours: quantile(times, part),
  ...(most === undefined ? {} : { goal: { most } }),
})
console.log(
  `${rounds} starts, ${kills} kills, ${rounds - kills} leaves, ${rounds} messages found in the inbox`,
)
console.log(
  `bare node, spawn → first byte: p50 ${median(bare).toFixed(0)} ms, p95 ${quantile(bare, 0.95).toFixed(0)} ms; ` +
    `nigh up is ${ratioOf(online, bare).toFixed(1)} ×, nigh send ${ratioOf(sent, bare.slice(rounds)).toFixed(1)} × that`,
)
console.log(
  `memory of a bare node: ${bareOne.alone.toFixed(0)} MB as if no other node ran, ${bareOne.own.toFixed(0)} MB nobody else has`,
)
report([
  alone('nigh up, spawn → online', online, 0.5, 150),
  alone('nigh up, spawn → a running colleague on screen', sees, 0.5, 500),
  alone('nigh up, spawn → a running colleague on screen', sees, 0.95, 2_000),
  alone('nigh up, spawn → on the screen of the colleague', seen, 0.5),
  alone('Ctrl-C → left at a watcher', left, 0.5, 300),
  alone('kill -9 → unknown at a watcher', unknown, 0.5, 1_000),
  alone('nigh send with a peer running, whole process', sent, 0.5, 100),
  {
    what: 'private memory of nigh up after 5 s idle, as if no other node ran',
    unit: 'MB',
    ours: memory.alone,
    goal: { most: 72 },
  },
  { what: 'of it pages that nobody else has, beside another node', unit: 'MB', ours: memory.own },
])
