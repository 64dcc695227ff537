/**
 * How a command comes to an Agent: the running peer behind its socket; for what concerns only my own home, a peer
 * that rests in this process; for what needs others, one that is borrowed. Whoever finds the home held waits for its socket or for its lock.
 */
import { statSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import type { Agent } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import type { RemoteAgent } from '../rpc/connect-agent.ts'
import { asItRuns } from './as-it-runs.ts'
import type { Borrowed } from './borrow.ts'
import type { Call } from './call.ts'
import { harmless } from './harmless.ts'
import type { OpenedPeer, PeerOptions } from './surroundings.ts'

/** A command that holds the home is done in this time, or its socket answers, ms. */
const HELD_FOR_MS = 5_000
const TRY_EVERY_MS = 50

/** What a command needs of its call to come to an Agent. */
export type Caller = Pick<Call<object>, 'around' | 'home' | 'globals' | 'print'>

/** An Agent and whether it belongs to a running peer. */
export interface Attached {
  agent: Agent
  running: boolean
}

/** Calls `act` with the running peer, or with one that rests here; lets go of it afterwards. */
export async function withOwn<Answer>(
  caller: Caller,
  act: (attached: Attached) => Promise<Answer>,
  options: { create?: boolean } = {},
): Promise<Answer> {
  const attached = await whenFree(
    async () => (await running(caller)) ?? resting(caller, options.create ?? false),
  )
  try {
    return await act(attached)
  } finally {
    await attached.release()
  }
}

/**
 * Calls `act` with the running peer, or with one that is started for as long as it takes (not with --no-start). When
 * the home is handed over meanwhile, `act` is called again with the next peer: what it asks must bear to be asked twice.
 */
export async function withPeer<Answer>(
  caller: Caller,
  act: (agent: RemoteAgent) => Promise<Answer>,
): Promise<Answer> {
  for (let successor: RemoteAgent['successor']; ; ) {
    const { agent, release } = await attach(caller, successor)
    try {
      return await act(agent)
    } catch (cause) {
      if (agent.successor === undefined) throw cause
      successor = agent.successor
    } finally {
      await release()
    }
  }
}

/**
 * Calls `act` with the running peer or on the store alone; where nobody here knows who is meant, with a peer that is
 * started to ask the network.
 */
export async function withOwnOrPeer<Answer>(
  caller: Caller,
  act: (agent: Agent) => Promise<Answer>,
): Promise<Answer> {
  let rested = false
  try {
    return await withOwn(caller, ({ agent, running }) => {
      rested = !running
      return act(agent)
    })
  } catch (cause) {
    if (!rested || !(cause instanceof NighError) || cause.code !== 'who-unknown') throw cause
  }
  return withPeer(caller, act)
}

/** The running peer of the home that was chosen, or nothing; without a home says how to make one. */
export async function findRunning(caller: Caller): Promise<RemoteAgent | undefined> {
  const remote = await caller.around.connect(caller.home.folder)
  if (remote === undefined) mustExist(caller)
  return remote
}

/** Runs a peer in this process. At once `home-in-use` when another `up` holds the home, else after a wait. */
export async function runPeer(
  caller: Caller,
  options: Pick<PeerOptions, 'port' | 'log'>,
): Promise<OpenedPeer> {
  return whenFree(async () => {
    const remote = await caller.around.connect(caller.home.folder)
    const held = remote?.running
    // A command that borrowed the home lets go of it, and goes on with us.
    if (held === 'command') await remote?.handOver().catch(() => {})
    remote?.detach()
    if (held === 'up') {
      throw new NighError(
        'home-in-use',
        `A Nigh is running already for ${shownFolder(caller)}. Another terminal can use it: nigh who${caller.home.flags}`,
        { cause: 'up' },
      )
    }
    return caller.around.openPeer({ ...peerOptions(caller, true), ...options, network: true })
  })
}

function noPeer({ home }: Caller): NighError {
  return new NighError(
    'no-peer',
    `No Nigh is running for this home, and --no-start keeps this command from starting one. Start it in another terminal: nigh up${home.flags}`,
  )
}

/** The running peer, or a borrowed one. After a hand-over to an `up` only that one, for as long as it may take. */
async function attach(caller: Caller, successor: RemoteAgent['successor']): Promise<Borrowed> {
  const running = async (): Promise<Borrowed | undefined> => {
    const agent = await caller.around.connect(caller.home.folder)
    if (agent === undefined) return undefined
    await asItRuns(caller, agent)
    return { agent, release: async () => agent.detach() }
  }
  if (successor === 'up') {
    const giveUp = performance.now() + HELD_FOR_MS
    while (performance.now() < giveUp) {
      const found = await running()
      if (found !== undefined) return found
      await after(TRY_EVERY_MS)
    }
  }
  return whenFree(async () => {
    const found = await running()
    if (found !== undefined) return found
    mustExist(caller)
    if (caller.globals.start === false) throw noPeer(caller)
    const { borrow } = await import('./borrow.ts')
    return borrow(caller, peerOptions(caller, false))
  })
}

async function running({
  around,
  home,
}: Caller): Promise<(Attached & { release(): Promise<void> }) | undefined> {
  const remote = await around.connect(home.folder)
  return remote && { agent: remote, running: true, release: async () => remote.detach() }
}

async function resting(caller: Caller, create: boolean): Promise<Attached & { release(): Promise<void> }> {
  if (!create) mustExist(caller)
  const agent = await caller.around.openPeer({ ...peerOptions(caller, create), network: false })
  return { agent, running: false, release: () => agent.close() }
}

/** Tries until the home is no longer held by somebody else, but not longer than a command would hold it. */
async function whenFree<Answer>(open: () => Promise<Answer>): Promise<Answer> {
  let giveUp: number | undefined
  while (true) {
    try {
      return await open()
    } catch (cause) {
      const held = cause instanceof NighError && cause.code === 'home-in-use' && cause.cause !== 'up'
      if (!held) throw cause
      giveUp ??= performance.now() + HELD_FOR_MS
      if (performance.now() >= giveUp) throw cause
    }
    await after(TRY_EVERY_MS)
  }
}

/** A typo must not mint an identity: only three commands make a home. */
function mustExist(caller: Caller): void {
  const obstacle = obstacleAt(caller.home.folder)
  if (obstacle === undefined) return
  // What may not be looked at is no typo.
  if (obstacle.code !== 'ENOENT' && obstacle.code !== 'ENOTDIR')
    throw new NighError(
      'home-unreadable',
      `The home ${shownFolder(caller)} could not be read. Check its owner and permissions, or choose another place with --home.`,
      { cause: obstacle },
    )
  throw new NighError(
    'no-home',
    `There is no Nigh home at ${shownFolder(caller)}. Make it, and start, with: nigh up${caller.home.flags}`,
  )
}

function obstacleAt(folder: string): NodeJS.ErrnoException | undefined {
  try {
    statSync(folder)
    return undefined
  } catch (cause) {
    return cause as NodeJS.ErrnoException
  }
}

function peerOptions({ around, home, globals }: Caller, create: boolean): Omit<PeerOptions, 'network'> {
  const mesh = globals.mesh ?? around.env.NIGH_MESH
  const interfaces = globals.interface ?? around.env.NIGH_INTERFACE?.split(',').filter((name) => name !== '')
  return {
    home: home.folder,
    create,
    name: home.nameAtBirth,
    ...(mesh ? { mesh } : {}),
    ...(interfaces && interfaces.length > 0 ? { interfaces } : {}),
  }
}

function shownFolder({ home }: Caller): string {
  return harmless(home.folder)
}
