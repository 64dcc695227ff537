/**
 * A crowd over the mesh in memory, all peers in one process: how long a newcomer takes until it lists everyone and
 * everyone lists it, with the CPU of both sides; and what an hour costs in which twenty contacts do nothing. Both in
 * virtual time, in which work takes none: in one process all of them work one after another, as on no network, and
 * two hundred would think that their host had slept. So the CPU of all is added to the time, as if the one who waits
 * had waited for every bit of it. The CPU is the hallway's and the rooms', keys and seals included, without Noise and
 * sockets.
 *
 *     npm run bench:crowd -- [--peers 200] [--contacts 20] [--profile FILE]
 */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { parseArgs } from 'node:util'
import type { Agent } from '../src/agent.ts'
import { tapped } from '../test/support/taps.ts'
import { type Resident, type Town, town } from '../test/support/town.ts'
import { virtualClock } from '../test/support/virtual-clock.ts'
import { type Figure, report } from './figures.ts'

const { values: asked } = parseArgs({
  options: {
    peers: { type: 'string', default: '200' },
    contacts: { type: 'string', default: '20' },
    profile: { type: 'string' },
  },
})
/** More would take longer than anybody waits. */
const peers = Math.min(300, Number(asked.peers))
const contacts = Math.min(50, Number(asked.contacts))

/** Between two arrivals while the crowd gathers: all at once would be another question. */
const ARRIVALS_MS = 200
/** Between two looks at whether all have met. */
const STEP_MS = 2_000
/** A crowd that has not met by then never will. */
const PATIENCE_MS = 120_000
/** A joining is over by then; the idle crowd is measured over as long. */
const SPAN_MS = 10_000
const HOUR_MS = 3_600_000
/** TCP, IP and Noise around each frame of a beat: 40 bytes of headers, 18 of Noise and 12 of Yamux. An estimate. */
const AROUND_A_FRAME = 70

/** Timers of a host ring at whole ms; finer ones would only have a crowd of alarms ring one by one. */
const GRAIN_MS = 1

const figures: Figure[] = [...(await idleHour()), ...(await newcomer())]
report(figures)
process.exit() // two hundred goodbyes are nobody's figure

/** CPU ms of this process since it started. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function newcomer(): Promise<Figure[]> {
  const place = await town('crowd', virtualClock(undefined, GRAIN_MS))
  const crowd: Resident[] = []
  const gathering = { cpu: cpu(), at: place.clock.monotonic() }
  for (let index = 0; index < peers; index++) {
    crowd.push(await place.moveIn(`Neighbour ${index}`))
    await place.pass(ARRIVALS_MS)
  }
  await passUntil(place, async () => {
    const lists = await Promise.all(crowd.map(({ agent }) => listsOf(agent, crowd)))
    return lists.every((list) => list === peers - 1)
  })
  console.log(
    `a crowd of ${peers} had met ${((place.clock.monotonic() - gathering.at) / 1000).toFixed(1)} s after its first arrival; ${((cpu() - gathering.cpu) / 1000).toFixed(1)} s of CPU`,
  )
  await place.pass(SPAN_MS)
  const idleFrom = cpu()
  await place.pass(SPAN_MS)
  const idle = cpu() - idleFrom

  const profiled = await profiling()
  const before = { cpu: cpu(), wall: place.clock.now() }
  const fresh = await place.moveIn('Newcomer')
  await place.pass(SPAN_MS)
  const spent = cpu() - before.cpu
  await profiled()
  // Rows before figures: everybody is there, and was told once.
  const mine = came(fresh, new Set(crowd.map(({ peerId }) => peerId)))
  const theirs = crowd.flatMap((neighbour) => came(neighbour, new Set([fresh.peerId])).slice(0, 1))
  if ((await listsOf(fresh.agent, crowd)) !== peers || (await listers(crowd, fresh)) !== peers)
    throw new Error('not everybody met. No figure.')
  if (mine.length < peers || theirs.length !== peers) throw new Error('not everybody was told. No figure.')
  const joining = Math.max(0, spent - idle)
  const lists = Math.max(...mine) - before.wall
  const listed = Math.max(...theirs) - before.wall
  console.log(
    `newcomer among ${peers}: it listed all after ${lists} ms and all listed it after ${listed} ms of waiting, work not counted; ` +
      `${spent.toFixed(0)} ms of CPU for all ${peers + 1} within ${SPAN_MS} ms, where the idle crowd took ${idle.toFixed(0)}`,
  )
  return [
    {
      what: `newcomer lists all ${peers}, waiting and everybody's CPU`,
      unit: 's',
      ours: (lists + joining) / 1000,
      goal: { most: 5 },
    },
    {
      what: `all ${peers} list the newcomer, waiting and everybody's CPU`,
      unit: 's',
      ours: (listed + joining) / 1000,
      goal: { most: 2 },
    },
    { what: 'CPU of the joining, both sides of all links', unit: 'ms', ours: joining, goal: { most: 3_000 } },
    {
      what: 'and if all of it were the others’, for each',
      unit: 'ms',
      ours: joining / peers,
      goal: { most: 25 },
    },
    {
      what: `CPU of one in the idle crowd`,
      unit: '% of a core',
      ours: (100 * idle) / peers / SPAN_MS,
      goal: { most: 1 },
    },
  ]
}

/** Profiles what comes, where that was asked for; the answer ends it and writes the file. */
async function profiling(): Promise<() => Promise<void>> {
  const file = asked.profile
  if (file === undefined) return async () => {}
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    writeFileSync(file, JSON.stringify(profile))
  }
}

/** Wall ms at which each of these first came into view. */
function came(by: Resident, whom: ReadonlySet<string>): number[] {
  const first = new Map<string, number>()
  for (const event of by.events)
    if (event.event === 'presence' && event.change === 'came' && whom.has(event.who.peerId))
      if (!first.has(event.who.peerId)) first.set(event.who.peerId, Date.parse(event.at))
  return [...first.values()]
}

async function listsOf(agent: Agent | undefined, crowd: readonly Resident[]): Promise<number> {
  const ids = new Set(crowd.map(({ peerId }) => peerId))
  const list = (await agent?.who()) ?? []
  return list.filter(({ who, evidence, presence }) => {
    return ids.has(who.peerId) && evidence === 'live' && presence !== undefined
  }).length
}

async function listers(crowd: readonly Resident[], fresh: Resident): Promise<number> {
  const lists = await Promise.all(crowd.map(({ agent }) => listsOf(agent, [fresh])))
  return lists.reduce((sum, lists) => sum + lists, 0)
}

async function passUntil(place: Town, isDone: () => Promise<boolean>): Promise<void> {
  const until = place.clock.monotonic() + PATIENCE_MS
  while (place.clock.monotonic() < until) {
    if (await isDone()) return
    await place.pass(STEP_MS)
  }
}

async function idleHour(): Promise<Figure[]> {
  await using place = await town('idle hour')
  let announcements = 0
  let frames = 0
  let bytes = 0
  const me = await place.moveIn('Me', {
    tapMesh: (mesh) => tapped(mesh, { onSend: (_kind, frame) => count(frame), onPublish: () => announced() }),
  })
  const announced = (): void => {
    announcements += 1
  }
  const count = (frame: Uint8Array): void => {
    frames += 1
    bytes += frame.length
  }
  const others: Resident[] = []
  for (let index = 0; index < contacts; index++)
    others.push(
      await place.moveIn(`Contact ${index}`, {
        tapMesh: (mesh) =>
          tapped(mesh, {
            onPublish: announced,
          }),
      }),
    )
  await place.pass(5_000)
  for (const other of others) {
    await me.agent.addContact({ who: other.peerId, name: other.name })
    await other.agent.addContact({ who: me.peerId, name: 'me' })
  }
  await place.pass(20_000)
  announcements = 0
  frames = 0
  bytes = 0
  const before = cpu()
  await place.pass(HOUR_MS)
  const spent = cpu() - before
  const live = await listsOf(me.agent, others)
  if (live !== contacts)
    throw new Error(`${live} of ${contacts} contacts are live after the hour. No figure.`)
  // One side beats, the other echoes: what comes is as much as what goes.
  const wire = (2 * (bytes + frames * AROUND_A_FRAME)) / 1e6
  console.log(
    `an idle hour with ${contacts} contacts, who are near one another: ${announcements} announcements; ` +
      `${frames} frames of ${bytes} bytes left me; ${spent.toFixed(0)} ms of CPU for all ${contacts + 1} in ${HOUR_MS / 1000} s`,
  )
  return [
    { what: 'announcements in an idle hour', unit: '', ours: announcements, goal: { most: 0 } },
    {
      what: 'frames of one with all contacts, both ways, with headers',
      unit: 'MB/h',
      ours: wire,
      goal: { most: 10 },
    },
    {
      what: `CPU of one in an idle hour, without sockets`,
      unit: '% of a core',
      ours: (100 * spent) / (contacts + 1) / HOUR_MS,
      goal: { most: 0.3 },
    },
  ]
}
