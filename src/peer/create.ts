/** Makes a peer: an Agent with a home, on the network of this host. */
import type { Log } from '../agent/log.ts'
import { NighError } from '../errors.ts'
import { type Joined, joinParts, type Parts } from '../peer.ts'
import type { Clock, KeyStore, Store } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { meshHash } from '../principal/mesh-name.ts'
import { principalOf } from '../principal/principal.ts'
import { systemClock, systemEntropy } from '../system.ts'
import { type BackUp, backingUp } from './backups.ts'
import { type Household, openHousehold } from './household.ts'
import { type Lifetime, lifetime } from './lifetime.ts'
import { checkOptions } from './options.ts'
import { checkInterfaces, futureAddresses, realMesh } from './real-mesh.ts'

export type { PeerState } from './lifetime.ts'

/** A peer in this process: the four user agents, and its own life. Its methods may be called at any time, in any order. */
export interface Peer extends Lifetime, AsyncDisposable {
  /** The key of whoever it is for. */
  readonly peerId: PeerId
  /** The home folder, absolute. */
  readonly home: string
  /** Shared by the processes of this home: its doors prove it to each other (`nigh/door`). */
  readonly secret: Uint8Array
  /** This call made the home. */
  readonly created: boolean
  /**
   * Goes on the network. Nothing where it is there already. Rejects with `port-taken`, with `unexpected` where the network
   * is not up within 30 s (it rests as before then), and with `closed` where it is closed meanwhile.
   */
  start(): Promise<void>
  /**
   * Before the host sleeps: tells neighbours so and leaves the network. What is asked meanwhile acts on the store, and
   * what is written is owed. Nothing where it does not run.
   */
  suspend(): Promise<void>
  /** After the host woke: on the network again, everybody is asked and called anew. Nothing where it was not suspended. */
  resume(): Promise<void>
  /** Goodbye to everyone, then close: within 5 s, whatever the network does. Every call after it rejects with `closed`. */
  close(): Promise<void>
}

/** How a peer is made. Only `home` has to be said. */
export interface PeerOptions {
  /** The home folder: key, history, rules, everything. One process at a time. */
  home: string
  /** Makes the home where there is none (default); `false`: rejects with `no-home` there. */
  create?: boolean
  /** Display name, at creation only; the OS user's by default. */
  name?: string
  /** Mesh name, kept in the home; `nigh` by default. It separates, it does not protect. */
  mesh?: string
  /** On the network when the promise resolves (default); `false`: it rests until `start()`. */
  start?: boolean
  /** Here for one errand: it asks, writes and receives; it publishes and grants nothing, and is listed nowhere. */
  visiting?: boolean
  /** TCP port; then it must be free, else `port-taken`. By default the kept one, else any. */
  port?: number
  /** Speak on these interfaces only, by name. One that this host does not have is refused with `usage`. */
  interfaces?: readonly string[]
  /** Services that stay stopped; the other runs by itself (RFC 2779 2.1.1). */
  without?: readonly ('presence' | 'messages')[]
  /** Where the private key lies; a file of the home by default. */
  keyStore?: KeyStore
  /** Where all else lies; a database in the home by default (`memoryStore()` forgets). The peer closes it. */
  store?: Store
  /** What links, dials and grants do, line by line; nothing that people say. Off by default. */
  log?: Log
  /** Time; the host's by default. */
  clock?: Clock
  /** Aborting gives up making it: rejects with `aborted`, and leaves nothing running. */
  signal?: AbortSignal
}

/**
 * Makes a peer and, unless told otherwise, starts it. Rejects with NighError: `home-in-use`, `home-unreadable`,
 * `store-damaged`, `store-newer`, `store-full`, `port-taken`, `no-home`, `usage`, `aborted`; `unexpected` where the network
 * is not up within 30 s.
 */
export async function createPeer(options: PeerOptions): Promise<Peer> {
  checkOptions(options)
  const { signal } = options
  if (signal?.aborted) throw aborted()
  const making = make(options)
  if (signal === undefined) return making
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      making.then((peer) => peer.close()).catch(() => {})
      reject(aborted())
    }
    signal.addEventListener('abort', giveUp, { once: true })
    making.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}

type Making = PeerOptions & { backup?: BackUp }

async function make(options: PeerOptions): Promise<Peer> {
  const { create = true, start = true, name, mesh, keyStore, store } = options
  checkInterfaces(options) // refused before a home is made
  const household = await openHousehold({ home: options.home, create, name, mesh, keyStore, store })
  // A store of another kind knows itself how it is copied.
  const making: Making = store === undefined ? { ...options, backup: backingUp(household) } : options
  // Who gives up making it does not wait for a network that hangs; once it is made, the signal says nothing more.
  let given = options.signal
  try {
    const life = await lifetime(
      {
        rest: () => resting(household, making),
        run: (signal, hearAt) =>
          running(household, making, {
            signal: given === undefined ? signal : AbortSignal.any([signal, given]),
            hearAt,
          }),
        release: household.release,
      },
      start,
    )
    given = undefined
    const { home, secret, created, key } = household
    return Object.defineProperties({} as Peer, {
      ...Object.getOwnPropertyDescriptors(life),
      ...Object.getOwnPropertyDescriptors({
        peerId: principalOf(key).peerId,
        home,
        secret,
        created,
        [Symbol.asyncDispose]: life.close,
      }),
    })
  } catch (cause) {
    await household.release()
    throw cause
  }
}

async function resting(household: Household, options: Making): Promise<Joined> {
  return joinParts({
    ...partsOf(household, options),
    willListen: await futureAddresses(household.store, options),
  })
}

async function running(
  household: Household,
  options: Making,
  from: Pick<Parts, 'signal' | 'hearAt'>,
): Promise<Joined> {
  const { keepPort, ...meshed } = await realMesh(household, meshHash(household.meshName), options)
  const joined = await joinParts({ ...partsOf(household, options), ...meshed, ...from })
  await keepPort()
  return joined
}

function partsOf(
  { home, key, store, meshName }: Household,
  { visiting = false, without = [], clock = systemClock, log, backup }: Making,
): Parts {
  return {
    // The household outlives whoever is joined on it.
    store: { ...store, close: async () => {} },
    key,
    home,
    meshName,
    visiting,
    without,
    clock,
    entropy: systemEntropy,
    ...(log === undefined ? {} : { log }),
    ...(backup === undefined ? {} : { backup }),
  }
}

function aborted(): NighError {
  return new NighError('aborted', 'Given up before the peer was made.')
}
