/**
 * Reaching a peer at one of several addresses. They are tried one after the other, a little apart (RFC 8305
 * calls it a happy eyeball), because a dead address on a LAN does not answer at all and must not use up the
 * time of the one that lives. Past libp2p's dial queue on purpose: that one answers a second dial with the
 * first one's connection.
 */
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { HEARD_ADDRESSES_LIMIT } from '../envelope/protocol.ts'
import type { DialOptions } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { aborted, isTimeUp, unreachable, whyNothing } from './failures.ts'

/** RFC 8305 section 8 recommends 250 ms between attempts. */
const ATTEMPT_APART_MS = 250

/** What libp2p tells when TCP stands and the handshake begins. */
const CONNECTED = 'upgrader:encrypt-outbound-connection'

export type DialOne = (
  address: Multiaddr,
  options: { signal: AbortSignal; onProgress?: (event: { type: string }) => void },
) => Promise<Connection>

/** `connectWithinMs` is for the connection alone: a host that is there takes it at once, and then may take its time. */
export interface Reach extends DialOptions {
  peer: PeerId
  addresses: readonly string[]
  dial: DialOne
}

/** The first connection that stands; every other attempt is ended. Rejects with `unreachable` or `aborted`. */
export async function reach(asked: Reach): Promise<Connection> {
  const { peer, addresses, signal, connectWithinMs, onFailure, dial } = asked
  if (signal.aborted) throw aborted(peer, signal)
  const targets = dialable(peer, addresses)
  const faults: unknown[] = []
  const attempts = new Set<AbortController>()
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  let next = 0
  let settled = false
  /** Whoever asked gave up, or another attempt came first: what ends from then on says nothing of its address. */
  let moot = false
  let timer: NodeJS.Timeout | undefined

  function settle(act: () => void): void {
    if (settled) return
    settled = true
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    act()
    for (const attempt of attempts) attempt.abort(new Error('another attempt came first'))
  }
  const onAbort = () => {
    moot = !isTimeUp(signal)
    settle(() => reject(aborted(peer, signal)))
  }

  function tryNext(): void {
    clearTimeout(timer)
    const target = targets[next++]
    if (target === undefined) {
      if (attempts.size === 0)
        settle(() =>
          reject(
            unreachable(peer, targets.length, faults.length === 1 ? faults[0] : new AggregateError(faults)),
          ),
        )
      return
    }
    void attempt(target)
    if (next < targets.length) timer = setTimeout(tryNext, ATTEMPT_APART_MS)
  }

  async function attempt(target: Multiaddr): Promise<void> {
    const controller = new AbortController()
    attempts.add(controller)
    const slow =
      connectWithinMs &&
      setTimeout(() => controller.abort(new Error('nobody took the connection')), connectWithinMs)
    let connected = false
    const onProgress = ({ type }: { type: string }) => {
      if (type !== CONNECTED) return
      connected = true
      clearTimeout(slow)
    }
    try {
      const connection = await dial(target, { signal: controller.signal, onProgress })
      attempts.delete(controller)
      if (settled) connection.abort(new Error('another attempt came first'))
      else {
        moot = true
        settle(() => resolve(connection))
      }
    } catch (fault) {
      attempts.delete(controller)
      faults.push(fault)
      if (!moot) onFailure?.(withoutPeer(target.toString()), whyNothing(fault, connected))
      if (!settled) tryNext()
    } finally {
      clearTimeout(slow)
    }
  }

  signal.addEventListener('abort', onAbort, { once: true })
  tryNext()
  return promise
}

/** Well-formed addresses only, each with the peer id that must answer there. */
function dialable(peer: PeerId, addresses: readonly string[]): Multiaddr[] {
  const targets = new Map<string, Multiaddr>()
  for (const address of addresses) {
    if (targets.size >= HEARD_ADDRESSES_LIMIT) break
    try {
      const target = multiaddr(`${withoutPeer(address)}/p2p/${peer}`)
      targets.set(target.toString(), target)
    } catch {
      // An address that is none: what is left may still do.
    }
  }
  return [...targets.values()]
}

function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/[^/]*$/, '')
}
