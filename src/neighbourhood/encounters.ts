/**
 * What stood between us and each peer, last: who was heard where, which address came to nothing and why, who said
 * goodbye. Nothing is decided by it; it is remembered so that somebody who sees nobody can be told why. Bounded: keys
 * are free, so the one who gave a sign longest ago is forgotten first.
 */
import { HEARD_ADDRESSES_LIMIT, HEARD_PEERS_LIMIT } from '../envelope/protocol.ts'
import type { DialFailure } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** Why a link to somebody cannot last. */
export type PartedWhy = 'other-mesh' | 'other-version' | 'rejected'

/** Instants are monotonic ms. */
export interface Encounter {
  heard?: { at: number; network: string; mesh: string; visiting: boolean; addresses: readonly string[] }
  /** By address; only since the last link. */
  failures: Map<string, { why: DialFailure; at: number }>
  saidGoodbyeAt?: number
  parted?: { why: PartedWhy; at: number; version?: number }
  clock?: { aheadMs: number }
}

/** Every `now` is monotonic ms. */
export interface Encounters {
  heard(peer: PeerId, how: Omit<NonNullable<Encounter['heard']>, 'at'>, now: number): void
  saidGoodbye(peer: PeerId, now: number): void
  failed(peer: PeerId, address: string, why: DialFailure, now: number): void
  /** A link whose hello was read: what kept it away before is over. `cameIn`: they opened it, from beyond this host. */
  linked(peer: PeerId, how: { cameIn: boolean }): void
  parted(peer: PeerId, why: PartedWhy, now: number, version?: number): void
  /**
   * They gave the time: `aheadMs` is that less ours. Of something said just now it is the difference of the clocks; of
   * something `old` that much at least, so it counts only where it is larger than what was known.
   */
  saidTheTime(peer: PeerId, aheadMs: number, how: { old: boolean }): void
  /** Another home with our key was heard. */
  heardOurselves(source: string, now: number): void
  /** Our own clock was set: what was said of the time is not true any more. */
  clockSet(): void
  /** Links that others opened to us, from beyond this host. */
  readonly cameIn: number
  readonly echo: { source: string; at: number } | undefined
  of(peer: PeerId): Encounter | undefined
  all(): Iterable<[PeerId, Encounter]>
}

/** That no machine has an address says more than that none answered, and stands for this long. A guess. */
const ABSENT_STANDS_MS = 30_000

export function createEncounters(): Encounters {
  /** The one with the latest sign last. */
  const met = new Map<PeerId, Encounter>()
  let cameIn = 0
  let echo: Encounters['echo']

  const noted = (peer: PeerId): Encounter => {
    const one = met.get(peer) ?? { failures: new Map() }
    met.delete(peer)
    const [longestAgo] = met.keys()
    if (met.size >= HEARD_PEERS_LIMIT && longestAgo !== undefined) met.delete(longestAgo)
    met.set(peer, one)
    return one
  }

  return {
    heard(peer, { network, mesh, visiting, addresses }, now) {
      const one = noted(peer)
      one.heard = { network, mesh, visiting, addresses, at: now }
      delete one.saidGoodbyeAt
    },

    saidGoodbye(peer, now) {
      noted(peer).saidGoodbyeAt = now
    },

    failed(peer, address, why, now) {
      const { failures } = noted(peer)
      const before = failures.get(address)
      // Whoever isolates clients may let questions for an address pass: then the next attempt is met by mere silence.
      if (why === 'silent' && before?.why === 'absent' && now - before.at < ABSENT_STANDS_MS) return
      failures.delete(address)
      const [oldest] = failures.keys()
      if (failures.size >= HEARD_ADDRESSES_LIMIT && oldest !== undefined) failures.delete(oldest)
      failures.set(address, { why, at: now })
    },

    linked(peer, how) {
      const one = noted(peer)
      one.failures.clear()
      delete one.parted
      delete one.saidGoodbyeAt
      if (how.cameIn) cameIn += 1
    },

    parted(peer, why, now, version) {
      const one = noted(peer)
      // Both say it; only one of the two words names the version.
      const known = version ?? (one.parted?.why === why ? one.parted.version : undefined)
      one.parted = { why, at: now, ...(known === undefined ? {} : { version: known }) }
    },

    saidTheTime(peer, aheadMs, { old }) {
      const one = met.get(peer)
      if (one === undefined) return
      if (!old || (aheadMs > 0 && aheadMs > (one.clock?.aheadMs ?? 0))) one.clock = { aheadMs }
    },

    clockSet() {
      for (const one of met.values()) delete one.clock
    },

    heardOurselves(source, now) {
      echo = { source, at: now }
    },

    get cameIn() {
      return cameIn
    },
    get echo() {
      return echo
    },
    of: (peer) => met.get(peer),
    all: () => met.entries(),
  }
}
