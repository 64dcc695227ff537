/**
 * The dials: calls whoever is due, at the addresses where they may be, and notes what came of it. Whom, when and how often
 * is the neighbourhood's to decide (dialling.ts).
 */
import { DIAL_TIMEOUT_MS } from '../envelope/protocol.ts'
import { rankAddresses } from '../neighbourhood/addresses.ts'
import { createDialling, type Dial, type Ended } from '../neighbourhood/dialling.ts'
import type { Encounters } from '../neighbourhood/encounters.ts'
import type { DialFailure, LocalNetwork, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'

/** Linux says that no machine has an address after three ARP questions, a second each: that word is worth waiting for. */
const TRY_FOR_MS = 4_000

export interface Dials {
  /** From now on, but nobody for so many ms yet. */
  start(silentMs: number): void
  stop(): void
  /** An answer of a peer that is here to stay was heard. */
  heard(peer: PeerId, addresses: readonly string[]): void
  /** A link is up and answers. */
  linked(peer: PeerId): void
  /** The last link that was worth something ended. */
  ended(peer: PeerId, why: Ended): void
  /** After a sleep or on another network: everybody wanted is worth a fresh try. */
  again(): void
  /** Somebody here has a reason to reach this peer, contact or not. */
  want(peer: PeerId): void
  done(peer: PeerId): void
  isSought(peer: PeerId): boolean
  /** Once, at all addresses, however patient we are with them. */
  tryOnce(peer: PeerId): Promise<void>
  /** Contacts or blocks changed. */
  reconsider(): void
  addressesOf(peer: PeerId): string[]
}

export function createDials(
  house: House & { readonly mesh: Mesh },
  parts: {
    acquaintances: Acquaintances
    encounters: Encounters
    /** I block this key: it is not called. */
    blocks: (peer: PeerId) => boolean
    networks: () => LocalNetwork[]
    /** Where it said that it can be dialled. */
    heardAt: (peer: PeerId) => string[]
    /** A link stands that answers or has yet to say hello. */
    isLinked: (peer: PeerId) => boolean
    /** A dial came to nothing. */
    unreached: (peer: PeerId) => void
  },
): Dials {
  const { mesh, clock, agenda, self, entropy } = house
  const { acquaintances, encounters, blocks, networks, isLinked } = parts
  const dialling = createDialling({ self: self.peerId, chance: entropy.fraction })
  const sought = new Set<PeerId>()
  let formerContacts = new Set<PeerId>()
  let stopped = false
  let silentUntil = Number.POSITIVE_INFINITY

  const addressesOf = (peer: PeerId): string[] => [
    ...new Set([...parts.heardAt(peer), ...acquaintances.addressesOf(peer)]),
  ]

  const dialDue = (): void => {
    if (stopped) return
    if (clock.monotonic() < silentUntil) return agenda.at('dial', silentUntil, dialDue)
    for (const dial of dialling.due(clock.monotonic(), networks())) house.inBackground(attempt(dial))
    const next = dialling.nextWake()
    if (next === undefined) agenda.cancel('dial')
    else agenda.at('dial', next, dialDue)
  }

  const attempt = async ({ peer, addresses, timeoutMs }: Dial): Promise<void> => {
    try {
      if (!isLinked(peer)) await dial(peer, addresses, timeoutMs)
      dialling.succeeded(peer)
    } catch {
      dialling.failed(peer, clock.monotonic())
      parts.unreached(peer)
    }
    dialDue()
  }

  const dial = async (peer: PeerId, addresses: readonly string[], connectWithinMs: number): Promise<void> => {
    await mesh.dial(peer, [...addresses], {
      signal: AbortSignal.timeout(DIAL_TIMEOUT_MS),
      connectWithinMs,
      onFailure: (address: string, why: DialFailure) =>
        encounters.failed(peer, address, why, clock.monotonic()),
    })
  }

  return {
    start(silentMs) {
      silentUntil = clock.monotonic() + silentMs
    },

    stop() {
      stopped = true
    },

    heard(peer, addresses) {
      dialling.heard(peer, addresses, clock.monotonic())
      dialDue()
    },

    linked: dialling.linked,

    ended(peer, why) {
      dialling.ended(peer, clock.monotonic(), why)
      dialDue()
    },

    again() {
      dialling.restart(clock.monotonic())
      dialDue()
    },

    want(peer) {
      sought.add(peer)
      dialling.wanted(peer, addressesOf(peer), clock.monotonic())
      dialling.urged(peer, clock.monotonic())
      dialDue()
    },

    done(peer) {
      sought.delete(peer)
      if (acquaintances.contact(peer) === undefined) dialling.unwanted(peer)
    },

    isSought: (peer) => sought.has(peer),

    async tryOnce(peer) {
      if (blocks(peer) || isLinked(peer)) return
      const addresses = rankAddresses(addressesOf(peer), networks())
      // It comes up like any other link, or its failure is noted.
      if (addresses.length > 0) await dial(peer, addresses, TRY_FOR_MS).catch(() => {})
    },

    reconsider() {
      const now = clock.monotonic()
      const called = acquaintances.contacts().filter((contact) => !blocks(contact.peer))
      const contacts = new Set(called.map((contact) => contact.peer))
      for (const peer of contacts) {
        dialling.wanted(peer, acquaintances.addressesOf(peer), now)
        // A new one, or blocked until now: whatever happened before is over.
        if (!formerContacts.has(peer)) dialling.urged(peer, now)
      }
      for (const peer of [...sought].filter(blocks)) {
        sought.delete(peer)
        dialling.unwanted(peer)
      }
      for (const peer of formerContacts) if (!contacts.has(peer) && !sought.has(peer)) dialling.unwanted(peer)
      formerContacts = contacts
      dialDue()
    },

    addressesOf,
  }
}
