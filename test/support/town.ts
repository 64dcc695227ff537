/**
 * A town of peers in one process: real rooms, real hallway, real store, a mesh in memory and a clock that stands
 * still. `await town.pass(1_000)` lets a second pass for everybody.
 */
import { createHash } from 'node:crypto'
import type { Log } from '../../src/agent/log.ts'
import type { Agent, AgentEvent } from '../../src/agent.ts'
import { DIAL_TIMEOUT_MS } from '../../src/envelope/protocol.ts'
import { type MemoryWorld, memoryWorld } from '../../src/mesh/memory.ts'
import { joinParts } from '../../src/peer.ts'
import type { Clock, Entropy, Mesh, Store } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { meshHash } from '../../src/principal/mesh-name.ts'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import { openStore } from '../../src/store/store.ts'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

export interface Resident {
  readonly name: string
  readonly peerId: PeerId
  readonly agent: Agent
  /** The sentence with which it was refused; undefined while it runs on. */
  readonly refusal: string | undefined
  /** Everything told since the start. */
  readonly events: AgentEvent[]
  readonly store: Store
  readonly mesh: Mesh
  /** Dies without a word; the store stays for the next life. */
  kill(): Promise<void>
  /** A new process on the same key and store. */
  restart(changed?: Pick<Arrival, 'visiting' | 'without'>): Promise<Resident>
  /** Goodbye to everyone; the store stays for the next life. */
  leave(): Promise<void>
}

export interface Town extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly world: MemoryWorld
  readonly entropy: Entropy
  readonly meshHash: string
  moveIn(name: string, options?: Arrival): Promise<Resident>
  pass(ms: number): Promise<void>
}

export interface Arrival {
  /** Where the store lies; in memory by default. */
  storePath?: string
  /** Stands between the peer and its mesh or store: for taps and faults. */
  tapMesh?: (mesh: Mesh) => Mesh
  tapStore?: (store: Store) => Store
  /** Stands between the peer and its clock. */
  tapClock?: (clock: Clock) => Clock
  key?: Uint8Array
  log?: Log
  /** Chance of one's own; the town's by default. */
  entropy?: Entropy
  /** Here for one command. */
  visiting?: boolean
  /** Another mesh than everybody's. */
  meshName?: string
  /** The network they live on; all on one by default. */
  network?: string
  /** Services that stay stopped. */
  without?: readonly ('presence' | 'messages')[]
}

const MESH = 'town'

/** `seed` names the chance of this run; `clock` keeps another time than one that stands still. */
export async function town(seed = 'town', clock: VirtualClock = virtualClock()): Promise<Town> {
  const entropy = seededEntropy(seed)
  const hash = meshHash(MESH)
  const world = memoryWorld({ clock, entropy, meshHash: hash })
  const residents = new Set<{ close(): Promise<void> }>()

  const moveIn = async (name: string, options: Arrival = {}): Promise<Resident> => {
    const key = options.key ?? (await makeKey())
    const { peerId } = principalOf(key)
    const opened = await openStore(options.storePath ?? ':memory:')
    if ((await opened.settings.get('name')) === undefined) await opened.settings.set('name', name)
    const store = unclosable(opened)
    return live(name, { ...options, key }, peerId, store, () => opened.close())
  }

  const live = async (
    name: string,
    options: Arrival & { key: Uint8Array },
    peerId: PeerId,
    store: Store,
    closeStore: () => Promise<void>,
  ): Promise<Resident> => {
    const {
      key,
      network,
      meshName = MESH,
      tapMesh = (mesh) => mesh,
      tapStore = (same) => same,
      tapClock = (same) => same,
    } = options
    const where = { meshHash: meshHash(meshName), ...(network === undefined ? {} : { network }) }
    const mesh = tapMesh(impatient(world.mesh(peerId, where), clock))
    const starting = joinParts({
      store: tapStore(store),
      key,
      home: name,
      meshName,
      mesh,
      visiting: options.visiting ?? false,
      without: options.without ?? [],
      ...(options.log === undefined ? {} : { log: options.log }),
      clock: tapClock(clock),
      entropy: options.entropy ?? entropy,
    })
    await clock.pass(0)
    const agent = await starting
    const events: AgentEvent[] = []
    void (async () => {
      for await (const event of agent.events()) events.push(event)
    })()
    let refusal: string | undefined
    void agent.refused.then(({ message }) => {
      refusal = message
    })
    const close = async (): Promise<void> => {
      residents.delete(resident)
      const closing = agent.close()
      await clock.pass(2_000)
      await closing
      await closeStore()
    }
    const resident = { close }
    residents.add(resident)
    return {
      name,
      peerId,
      agent,
      get refusal() {
        return refusal
      },
      events,
      store,
      mesh,
      async kill() {
        residents.delete(resident)
        world.kill(peerId)
        const closing = agent.close()
        await clock.pass(50)
        await closing
      },
      async leave() {
        residents.delete(resident)
        const closing = agent.close()
        await clock.pass(2_000)
        await closing
      },
      restart: (changed = {}) => live(name, { ...options, ...changed }, peerId, store, closeStore),
    }
  }

  return {
    clock,
    world,
    entropy,
    meshHash: hash,
    moveIn,
    pass: (ms) => clock.pass(ms),
    async [Symbol.asyncDispose]() {
      for (const resident of [...residents]) await resident.close()
    },
  }
}

/** Dials are given up in the town's time; those who dial count in real time, which stands still here. */
function impatient(mesh: Mesh, clock: VirtualClock): Mesh {
  return {
    ...mesh,
    dial(peer, addresses, options) {
      const over = new AbortController()
      const patience = options.connectWithinMs ?? DIAL_TIMEOUT_MS
      const tooLate = new DOMException('nobody answered', 'TimeoutError')
      const cancel = clock.wake(clock.monotonic() + patience, () => over.abort(tooLate))
      const signal = AbortSignal.any([options.signal, over.signal])
      return mesh.dial(peer, addresses, { ...options, signal }).finally(cancel)
    },
  }
}

/** A store that outlives its peer: `close` is the town's business. */
function unclosable(store: Store): Store {
  return { ...store, close: async () => {} }
}

/** Chance from a name: the same run again tomorrow. */
export function seededEntropy(seed: string): Entropy {
  let counter = 0
  const block = (): Buffer => createHash('sha256').update(`${seed} ${counter++}`).digest()
  return {
    bytes(length) {
      const blocks: Buffer[] = []
      for (let have = 0; have < length; have += 32) blocks.push(block())
      return new Uint8Array(Buffer.concat(blocks).subarray(0, length))
    },
    fraction: () => block().readUInt32BE(0) / 2 ** 32,
  }
}
