/**
 * Whom to dial, and when. Two peers hear each other at once: the smaller id dials now, the larger waits a moment
 * and then dials anyway, because the smaller may never have heard of it (fault N4). Contacts and people to whom
 * something is owed are `wanted`: dialled at the addresses where they answered last, and again while they are
 * away. Everybody else is dialled because they were heard, with patience that only grows, so that a forged answer
 * aims no stream of dials at anybody.
 *
 *     for (const dial of dialling.due(now, mesh.networks())) attempt(dial)   // ends in succeeded or failed
 *     agenda.wake(dialling.nextWake())
 */
import { createHash } from 'node:crypto'
import {
  CROWD,
  DIAL_TIMEOUT_MS,
  DIALS_AT_ONCE,
  HEARD_ADDRESSES_LIMIT,
  HEARD_PEERS_LIMIT,
  REDIAL_EVERY_MS,
  REDIAL_FOR_MS,
  REDIAL_TIMEOUT_MS,
  TIE_BREAK_FROM_MS,
  TIE_BREAK_TO_MS,
} from '../envelope/protocol.ts'
import type { LocalNetwork } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { isClose, rankAddresses } from './addresses.ts'

/** `heard` and `wanted` wait for their turn, `away` for their patience (or a new sign of life). */
export type DialState = 'heard' | 'wanted' | 'dialling' | 'linked' | 'away'

/** One attempt that is due. */
export interface Dial {
  peer: PeerId
  /** Best first, at most 8. */
  addresses: string[]
  /** For an address to take the connection; what follows may take longer on a slow line. */
  timeoutMs: number
}

/**
 * Why the last link to somebody ended: `lost` (dial again), `left` (they said goodbye: when heard again; somebody
 * wanted also after a while), `evicted` (one of us needed the place: later), `unheard` (it ended before their hello:
 * they may have no place to say so on, so with patience that grows), `displaced` (another home with our key took it:
 * later, fault P16), `rejected` (they blocked us: only when the person acts).
 */
export type Ended = 'lost' | 'left' | 'evicted' | 'unheard' | 'displaced' | 'rejected'

/** Every `now` is monotonic ms. */
export interface Dialling {
  /** A contact, or somebody to whom something is owed; dialled at once where they answered last. Adds addresses if already wanted. */
  wanted(peer: PeerId, addresses: readonly string[], now: number): void
  /** No contact any more, and nothing owed. A link stays as it is. */
  unwanted(peer: PeerId): void
  /** The person acts (watch, send): now, whatever happened before. */
  urged(peer: PeerId, now: number): void
  /** An answer of a peer that is here to stay was heard. */
  heard(peer: PeerId, addresses: readonly string[], now: number): void
  /** Start after a sleep or on another network: everybody wanted is worth a fresh try. */
  restart(now: number): void
  /** Marks those it returns as dialling; never more than DIALS_AT_ONCE are. */
  due(now: number, networks: readonly LocalNetwork[]): Dial[]
  /** The attempt brought a link (told by `linked` too, before or after). Each Dial ends in this or in `failed`. */
  succeeded(peer: PeerId): void
  /** The attempt came to nothing. */
  failed(peer: PeerId, now: number): void
  /** A link came up, whoever dialled. An attempt of ours that still runs may end by itself. */
  linked(peer: PeerId): void
  /** The last link to `peer` ended. */
  ended(peer: PeerId, now: number, why: Ended): void
  stateOf(peer: PeerId): DialState | undefined
  /** When `due` may have something; `undefined` while only answers are awaited. */
  nextWake(): number | undefined
}

/** `chance` gives fractions in [0, 1): patience is jittered, so that a network that heals is not dialled in step. */
export function createDialling(options: { self: PeerId; chance: () => number }): Dialling {
  const { self } = options
  const people = new Map<PeerId, Candidate>()
  /** Attempts under way: one per peer, or a second one that overtakes it with a better address. */
  const running = new Map<PeerId, number>()

  const noted = (peer: PeerId): Candidate => {
    const known = people.get(peer)
    if (known !== undefined) return known
    const fresh: Candidate = {
      peer,
      wanted: false,
      linked: false,
      heardAddresses: [],
      keptAddresses: [],
      failures: 0,
      doublings: 0,
      dialledAt: Number.NEGATIVE_INFINITY,
      notBefore: Number.NEGATIVE_INFINITY,
    }
    people.set(peer, fresh)
    return fresh
  }

  const soon = (person: Candidate, now: number) => {
    const at = Math.max(now + politeness(self, person.peer), person.notBefore)
    person.dueAt = Math.min(at, person.dueAt ?? at)
  }

  const waiting = (): Candidate[] =>
    [...people.values()].filter(
      (person) => person.dueAt !== undefined && !person.linked && (running.get(person.peer) ?? 0) < 2,
    )

  const attempts = (): number => [...running.values()].reduce((sum, count) => sum + count, 0)

  const attemptEnded = (peer: PeerId) => {
    const left = (running.get(peer) ?? 0) - 1
    if (left > 0) running.set(peer, left)
    else running.delete(peer)
  }

  /** Whether one more attempt may begin, at somebody new or once more at somebody who did not answer. */
  const room = (): { fresh: boolean; redial: boolean } => {
    const fresh = attempts() < DIALS_AT_ONCE
    return { fresh, redial: fresh && redialsRunning() < REDIALS_AT_ONCE }
  }

  const redialsRunning = (): number =>
    [...running.keys()].filter((peer) => {
      const person = people.get(peer)
      return person !== undefined && isRedial(person)
    }).length

  const again = (person: Candidate, now: number) => {
    person.failures += 1
    person.awaySince ??= now
    const isFresh = person.wanted && now - person.awaySince < REDIAL_FOR_MS
    if (isFresh) {
      // Jitter only shortens: "at most 2 s apart", from start to start, is a promise.
      person.notBefore = Math.max(now, person.dialledAt + REDIAL_EVERY_MS * (0.75 + options.chance() / 4))
    } else {
      person.doublings += 1
      const patience = Math.min(PATIENCE_LONGEST_MS, REDIAL_EVERY_MS * 2 ** Math.min(person.doublings, 20))
      person.notBefore = now + patience * (0.75 + options.chance() / 2)
    }
    if (person.wanted || person.failures < STRANGER_TRIES) person.dueAt ??= person.notBefore
  }

  const forgive = (person: Candidate, now: number) => {
    person.failures = 0
    person.doublings = 0
    person.notBefore = now
    delete person.rejected
    delete person.stoodAside
    delete person.awaySince
  }

  return {
    wanted(peer, addresses, now) {
      if (peer === self) return
      const person = noted(peer)
      person.keptAddresses = merged(addresses, person.keptAddresses)
      if (person.wanted) return
      person.wanted = true
      if (!person.linked && !running.has(peer)) person.dueAt = Math.max(now, person.notBefore)
    },

    unwanted(peer) {
      const person = people.get(peer)
      if (person === undefined) return
      person.wanted = false
      if (person.heardAddresses.length > 0 || person.linked || running.has(peer)) return
      people.delete(peer)
    },

    urged(peer, now) {
      const person = people.get(peer)
      if (person === undefined) return
      forgive(person, now)
      if (!person.linked && !running.has(peer)) person.dueAt = now
    },

    heard(peer, addresses, now) {
      if (peer === self || (!people.has(peer) && !makeRoom(people, running))) return
      const person = noted(peer)
      const isNews = addresses.some((address) => !person.heardAddresses.includes(address))
      person.heardAddresses = addresses.slice(0, HEARD_ADDRESSES_LIMIT)
      person.heardAt = now
      if (person.linked || person.rejected) return
      // An attempt under way has the kept addresses as well.
      const overtakes = isNews && !addresses.every((address) => person.keptAddresses.includes(address))
      if (running.has(peer) ? !overtakes : person.failures === 0 && person.dueAt !== undefined) return
      // A sign of life from somebody wanted is worth more than patience, at a pace that no forger can drive up.
      if (person.wanted && person.stoodAside !== true)
        person.notBefore = Math.min(person.notBefore, now + (isNews ? NEWS_GAP_MS : REDIAL_EVERY_MS))
      const crowded = !person.wanted && waiting().length > CROWD
      soon(person, now + (crowded ? HEAL_SPREAD_MS * shareOf(self, peer) : 0))
    },

    restart(now) {
      for (const person of people.values()) {
        if (person.rejected || person.linked) continue
        forgive(person, now)
        if (person.wanted) soon(person, now)
      }
    },

    due(now, networks) {
      const dials: Dial[] = []
      for (const person of waiting().sort(byUrgency)) {
        if (person.dueAt === undefined || person.dueAt > now) continue
        const addresses = rankAddresses([...person.heardAddresses, ...person.keptAddresses], networks)
        if (addresses.length === 0) {
          // Nowhere to dial: being heard, or a card, brings an address.
          delete person.dueAt
          continue
        }
        if (!room()[isRedial(person) ? 'redial' : 'fresh']) continue
        running.set(person.peer, (running.get(person.peer) ?? 0) + 1)
        person.dialledAt = now
        person.notBefore = Math.max(person.notBefore, now + NEWS_GAP_MS)
        delete person.dueAt
        dials.push({ peer: person.peer, addresses, timeoutMs: timeoutFor(person, addresses, networks) })
      }
      return dials
    },

    succeeded: attemptEnded,

    failed(peer, now) {
      const person = people.get(peer)
      if (!running.has(peer)) return
      attemptEnded(peer)
      if (person === undefined || person.linked || running.has(peer)) return
      if (person.wanted || person.heardAddresses.length > 0) again(person, now)
      else people.delete(peer)
    },

    linked(peer) {
      const person = noted(peer)
      person.linked = true
      forgive(person, Number.NEGATIVE_INFINITY)
      delete person.dueAt
    },

    ended(peer, now, why) {
      const person = people.get(peer)
      if (person === undefined) return
      person.linked = false
      if (!person.wanted && person.heardAddresses.length === 0) {
        people.delete(peer)
        return
      }
      if (why === 'rejected') {
        person.rejected = true
      } else if (why === 'evicted' || why === 'displaced') {
        person.failures = STRANGER_TRIES
        if (why === 'evicted') person.stoodAside = true
        person.notBefore = now + PATIENCE_LONGEST_MS * (1 - options.chance() / 4)
        if (person.wanted) person.dueAt = person.notBefore
      } else {
        if (person.wanted) person.awaySince = now
        // Nobody is at home after a goodbye: a try now would only cost patience when they come back.
        if (why === 'left') {
          if (person.wanted) soon(person, now + REDIAL_EVERY_MS)
        } else soon(person, now + pauseAfterLoss(person, now, why))
      }
    },

    stateOf(peer) {
      const person = people.get(peer)
      if (person === undefined) return undefined
      if (person.linked) return 'linked'
      if (running.has(peer)) return 'dialling'
      if (person.dueAt === undefined || isRedial(person)) return 'away'
      return person.wanted ? 'wanted' : 'heard'
    },

    nextWake() {
      const free = room()
      const instants = waiting()
        .filter((person) => (isRedial(person) ? free.redial : free.fresh))
        .map((person) => person.dueAt ?? Number.POSITIVE_INFINITY)
      return instants.length === 0 ? undefined : Math.min(...instants)
    },
  }
}

/** How long the politer of two waits before it dials anyway: nothing for the smaller id. */
export function politeness(self: PeerId, peer: PeerId): number {
  if (self < peer) return 0
  return TIE_BREAK_FROM_MS + (TIE_BREAK_TO_MS - TIE_BREAK_FROM_MS) * shareOf(self, peer)
}

interface Candidate {
  peer: PeerId
  wanted: boolean
  linked: boolean
  /** They blocked us: nothing but the person's own act dials them again. */
  rejected?: true
  /** One of us needed its place: being heard is no reason to come again sooner. */
  stoodAside?: true
  heardAddresses: string[]
  heardAt?: number
  /** Where they answered last, or what a card said. */
  keptAddresses: string[]
  failures: number
  /** How often patience has doubled. */
  doublings: number
  dialledAt: number
  /** No attempt before this. */
  notBefore: number
  /** The next attempt; absent while none is planned. */
  dueAt?: number
  /** The last link that broke, and how long we waited then. */
  lost?: { at: number; pauseMs: number }
  /** Since when somebody wanted does not answer. */
  awaySince?: number
}

/** Of DIALS_AT_ONCE: whoever is away must not keep those waiting who are here. */
const REDIALS_AT_ONCE = DIALS_AT_ONCE / 2
/** After a network heals, 200 peers would shake hands at once (fault N6): whoever is no contact waits up to this long. */
const HEAL_SPREAD_MS = 3_000
/** A link that broke is dialled again after this: both sides should have noticed. A guess. */
const LOST_PAUSE_MS = 100
/** A link that lasted no longer does not count as one that worked. A guess. */
const BRIEF_LIFE_MS = 5_000
/** A new address of somebody wanted is tried this soon. A guess. */
const NEWS_GAP_MS = 250
/** Attempts at somebody who was merely heard, until heard again. A guess. */
const STRANGER_TRIES = 3
/** Patience doubles from REDIAL_EVERY_MS up to this. A guess. */
const PATIENCE_LONGEST_MS = 5 * 60_000

/**
 * Somebody wanted who is away, or of whom nothing was heard yet, is tried shortly: an address on our networks
 * answers in milliseconds or not at all. Once patience has grown, or farther off, there is time.
 */
function timeoutFor(
  person: Candidate,
  addresses: readonly string[],
  networks: readonly LocalNetwork[],
): number {
  const isAwaited = person.awaySince !== undefined || person.heardAddresses.length === 0
  const isBrief = person.wanted && isAwaited && person.doublings === 0
  return isBrief && addresses.some((address) => isClose(address, networks))
    ? REDIAL_TIMEOUT_MS
    : DIAL_TIMEOUT_MS
}

/** A pause that doubles with each link that breaks right after it came up: they may be hanging up on us. */
function pauseAfterLoss(person: Candidate, now: number, why: 'lost' | 'unheard'): number {
  const before = person.lost
  const isRow = before !== undefined && now - before.at < before.pauseMs + BRIEF_LIFE_MS
  const longest = person.wanted && why === 'lost' ? REDIAL_EVERY_MS : PATIENCE_LONGEST_MS
  const pauseMs = isRow ? Math.min(2 * before.pauseMs, longest) : LOST_PAUSE_MS
  person.lost = { at: now, pauseMs }
  return pauseMs
}

function isRedial(person: Candidate): boolean {
  return person.failures > 0
}

/** First who has not failed yet, and among them the wanted; then by the time they have been due. */
function byUrgency(one: Candidate, other: Candidate): number {
  const rank = (person: Candidate) => (isRedial(person) ? 2 : 0) + (person.wanted ? 0 : 1)
  return rank(one) - rank(other) || (one.dueAt ?? 0) - (other.dueAt ?? 0)
}

/** In [0, 1), the same on both sides, and different for each pair. */
function shareOf(self: PeerId, peer: PeerId): number {
  const pair = [self, peer].sort().join(' ')
  return createHash('sha256').update(pair).digest().readUInt32BE(0) / 2 ** 32
}

function merged(newer: readonly string[], older: readonly string[]): string[] {
  return [...new Set([...newer, ...older])].slice(0, HEARD_ADDRESSES_LIMIT)
}

/** Room for one more heard peer: the one who was heard longest ago and is neither wanted nor linked goes. */
function makeRoom(people: Map<PeerId, Candidate>, running: ReadonlyMap<PeerId, number>): boolean {
  const strangers = [...people.values()].filter((person) => !person.wanted)
  if (strangers.length < HEARD_PEERS_LIMIT) return true
  const [oldest] = strangers
    .filter((person) => !person.linked && !running.has(person.peer))
    .sort((one, other) => (one.heardAt ?? 0) - (other.heardAt ?? 0))
  return oldest !== undefined && people.delete(oldest.peer)
}
