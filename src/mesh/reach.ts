/**
 * Reaching a peer at one of several addresses. They are tried one after the other, a little apart (RFC 8305
 * calls it a happy eyeball), because a dead address on a LAN does not answer at all and must not use up the
 * time of the one that lives. Past libp2p's dial queue on purpose: that one answers a second dial with the
 * first one's connection.
 */
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { HEARD_ADDRESSES_LIMIT } from '../envelope/protocol.ts'
import type { PeerId } from '../principal/ids.ts'
import { aborted, unreachable } from './failures.ts'

/** RFC 8305 section 8 recommends 250 ms between attempts. */
const ATTEMPT_APART_MS = 250

/** What libp2p tells when TCP stands and the handshake begins. */
const CONNECTED = 'upgrader:encrypt-outbound-connection'

export type DialOne = (
  address: Multiaddr,
  options: { signal: AbortSignal; onProgress?: (event: { type: string }) => void },
) => Promise<Connection>

export interface Reach {
  peer: PeerId
  addresses: readonly string[]
  signal: AbortSignal
  /** For the connection alone: a host that is there takes it at once, and then may take its time for the handshake. */
  connectWithinMs?: number
  dial: DialOne
}

/** The first connection that stands; every other attempt is ended. Rejects with `unreachable` or `aborted`. */
export async function reach({ peer, addresses, signal, connectWithinMs, dial }: Reach): Promise<Connection> {
  if (signal.aborted) throw aborted(peer, signal)
  const targets = dialable(peer, addresses)
  const faults: unknown[] = []
  const attempts = new Set<AbortController>()
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  let next = 0
  let settled = false
  let timer: NodeJS.Timeout | undefined

  function settle(act: () => void): void {
    if (settled) return
    settled = true
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    act()
    for (const attempt of attempts) attempt.abort(new Error('another attempt came first'))
  }
  const onAbort = () => settle(() => reject(aborted(peer, signal)))

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
    const onProgress = ({ type }: { type: string }) => void (type === CONNECTED && clearTimeout(slow))
    try {
      const connection = await dial(target, { signal: controller.signal, onProgress })
      attempts.delete(controller)
      if (settled) connection.abort(new Error('another attempt came first'))
      else settle(() => resolve(connection))
    } catch (fault) {
      attempts.delete(controller)
      faults.push(fault)
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
      const target = multiaddr(`${address.replace(/\/p2p\/[^/]*$/, '')}/p2p/${peer}`)
      targets.set(target.toString(), target)
    } catch {
      // An address that is none: what is left may still do.
    }
  }
  return [...targets.values()]
}
