/**
 * Who may stay when many come? Keys are free, so a laptop can fill any number of places with strangers (fault
 * N3). A quarter of the places is for contacts alone, few links come from one address, and over the line the
 * newest idle stranger goes: who was here first stays. Contacts take turns: where they alone fill all places, the one
 * who was here longest steps aside for a while (scene 29), and reads on by what was granted. libp2p's own limit cannot
 * tell a contact from a stranger, so it must never be reached.
 */
import { LINKS_PER_ADDRESS, PLACES, PLACES_FOR_CONTACTS } from '../envelope/protocol.ts'
import type { PeerId } from '../principal/ids.ts'

/** One link as this room sees it. */
export interface Placed {
  /** Rises with every link: the newest has the highest. */
  number: number
  peer: PeerId
  contact: boolean
  /** It has said hello, so it can be told why it has to go. */
  greeted: boolean
  /** IP address of the other side. */
  host: string
  /** Loopback or an own address: never counted by address. */
  thisHost: boolean
  /** Nothing is in flight, nothing owed, and no person here asked for this one. */
  idle: boolean
}

export type Stay = { stay: true } | { evict: number }

/**
 * Asked for each new link, once it is authenticated. `all` are the links that are up, with or without the new
 * one. `evict` names the link to close: perhaps the new one itself.
 */
export function mayStay(link: Placed, all: readonly Placed[]): Stay {
  const others = all.filter((other) => other.number !== link.number)
  if (!link.contact) {
    const fromThere = others.filter((other) => !other.contact && other.host === link.host)
    if (!link.thisHost && fromThere.length >= LINKS_PER_ADDRESS) return { evict: leaver(link, fromThere) }
  }
  const sameCountAsBefore = others.some((other) => other.peer === link.peer)
  if (sameCountAsBefore) return { stay: true }

  const strangers = others.filter((other) => !other.contact)
  const full = peopleAmong(others) >= PLACES
  if (link.contact) {
    if (!full) return { stay: true }
    return { evict: leaver(undefined, strangers) ?? longestHere(others) ?? link.number }
  }
  if (!full && peopleAmong(strangers) < PLACES - PLACES_FOR_CONTACTS) return { stay: true }
  return { evict: leaver(link, strangers) }
}

/** The newest idle stranger; where none is idle, the new link itself, or for a contact's sake the newest stranger. */
function leaver(newcomer: Placed, strangers: readonly Placed[]): number
function leaver(newcomer: Placed | undefined, strangers: readonly Placed[]): number | undefined
function leaver(newcomer: Placed | undefined, strangers: readonly Placed[]): number | undefined {
  const candidates = newcomer === undefined ? strangers : [...strangers, newcomer]
  const newestFirst = [...candidates].sort((one, other) => other.number - one.number)
  return (newestFirst.find((link) => link.idle) ?? newestFirst[0])?.number
}

/** Whose turn is over: of those who can be told so, the oldest link, an idle one before a busy one. */
function longestHere(contacts: readonly Placed[]): number | undefined {
  const oldestFirst = contacts.filter((link) => link.greeted).sort((one, other) => one.number - other.number)
  return (oldestFirst.find((link) => link.idle) ?? oldestFirst[0])?.number
}

function peopleAmong(links: readonly Placed[]): number {
  return new Set(links.map((link) => link.peer)).size
}
