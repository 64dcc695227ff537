/**
 * OTHERS' PRESENCE: what this WATCHER believes of each presentity, and why. Order is by evidence (fault P6):
 * a grant on a live authenticated stream replaces all that was known before, because a handshake cannot be
 * replayed; the counter orders only announcements under the keys of that grant. Never a version backwards.
 */
import type { Change, Evidence, Presence } from '../agent.ts'
import { openAnnouncement, readAnnouncement } from '../envelope/announcement.ts'
import type { Grant } from '../envelope/presence-frame.ts'
import {
  openDocument,
  openNews,
  type PresenceInformation,
  readable,
} from '../envelope/presence-information.ts'
import type { PeerId } from '../principal/ids.ts'
import { evidenceOf, evidenceTurnsAt, lastProof, type Traces } from './liveness.ts'
import { newsBetween, type Shown } from './notification.ts'

/** News about one person. */
export interface News {
  peer: PeerId
  change: Change
}

/** What is shown of one person. */
export interface Belief extends Shown {
  peer: PeerId
  evidence: Evidence
  presence?: Presence
  /** Monotonic ms of the last proof. */
  provenAt?: number
  /** Wall ms by the presentity's clock: when `presence` was published. A claim. */
  publishedAt?: number
}

export interface Watcher {
  /** A hello of `peer`'s `instance` came over an authenticated link: a newer instance replaces all. */
  met(peer: PeerId, instance: string): void
  /** The current instance's link answered. */
  answered(peer: PeerId, now: number): News | undefined
  /** Two beats were missed, or the last link ended without goodbye. */
  lost(peer: PeerId, now: number): News | undefined
  /** The link was given up for want of places, on a live instance: `heard` from now on, for as long as the grant. */
  stoodAside(peer: PeerId, now: number): News | undefined
  /** Whoever stood aside did not answer when called: only what was heard since then counts. */
  unreached(peer: PeerId, now: number): News | undefined
  /** Our own host slept: what was only heard before is not believed any more. */
  outlived(now: number): News[]
  /** The instance said goodbye. Of another instance than the current one: nothing. */
  saidGoodbye(peer: PeerId, instance: string, now: number): News | undefined
  /**
   * A grant, asked for at monotonic `askedAt`: its times count from there. A number of this instance that is not
   * higher than every one before changes nothing. Throws `malformed-frame`.
   */
  granted(peer: PeerId, grant: Grant, askedAt: number, now: number): News | undefined
  /** The presentity answered something else than a grant, or ended the grant: the keys are dropped. */
  ungranted(peer: PeerId, now: number): News | undefined
  /** An announcement from the carrier. `behind`: it says only that something changed. */
  announced(announcement: Uint8Array, now: number): { news?: News; behind?: PeerId } | undefined
  /** The announcement key (hex) is of a grant that we hold. */
  awaits(announcer: string): boolean
  /** The beat told which edition stands there: true if we have not seen it. */
  isBehind(peer: PeerId, standing: { grant: number; counter: number }): boolean
  /** What we hold, for a renewal: grant number and counter, zeros for nothing. */
  holding(peer: PeerId): { grant: number; counter: number }
  /** What time alone changed, and what `announced` left to tell. */
  passed(now: number): News[]
  /** When time alone changes something next. */
  nextTurn(now: number): number | undefined
  belief(peer: PeerId, now: number): Belief | undefined
  beliefs(now: number): Belief[]
  /** End of the grant under which we read `peer`. */
  grantEndsAt(peer: PeerId): number | undefined
  forget(peer: PeerId): void
}

interface Known {
  instance?: string
  traces: Traces
  grant?: { number: number; keys: { announcer: string; key: Uint8Array }[] }
  /** Highest grant number of this instance, kept when the grant ends: an older grant may still be on its way. */
  number: number
  /** Edition of `presence`. */
  counter: number
  /** Something was heard that `passed` has to tell. */
  untold: boolean
  /** Highest counter opened: of a "changed" whose document is still to come it is above `counter`. */
  heard: number
  /** Highest counter shown under each announcement key, for the last KEYS_REMEMBERED of them. */
  shownUnder: Map<string, number>
  presence?: Presence
  publishedAt?: number
  shown?: Shown
}

/** Two keys of each view that one person may be given while grants cross: three views, and some to spare. */
const KEYS_REMEMBERED = 16

export function createWatcher(): Watcher {
  const known = new Map<PeerId, Known>()
  /**
   * Announcement key → whose it may be: an announcement names nobody, and a grant does not prove that its announcer
   * is the presentity's own. Who grants somebody else's keys must not take their announcements away.
   */
  const announcers = new Map<string, Map<PeerId, Uint8Array>>()

  const of = (peer: PeerId): Known => {
    const one = known.get(peer) ?? fresh()
    known.set(peer, one)
    return one
  }

  const dropKeys = (peer: PeerId, one: Known): void => {
    for (const { announcer } of one.grant?.keys ?? []) {
      const claimed = announcers.get(announcer)
      claimed?.delete(peer)
      if (claimed?.size === 0) announcers.delete(announcer)
    }
    delete one.grant
    delete one.traces.grantEndsAt
  }

  const show = (one: Known, now: number): Shown => ({
    evidence: evidenceOf(one.traces, now),
    ...(one.presence === undefined ? {} : { presence: one.presence }),
  })

  const tell = (peer: PeerId, now: number): News | undefined => {
    const one = of(peer)
    const after = show(one, now)
    one.untold = false
    const change = newsBetween(one.shown, after)
    if (one.shown !== undefined || change !== undefined) one.shown = after
    return change && { peer, change }
  }

  const watcher: Watcher = {
    met(peer, instance) {
      const one = of(peer)
      if (one.instance === instance) return
      dropKeys(peer, one)
      one.instance = instance
      one.number = 0
      one.counter = 0
      one.heard = 0
      one.traces.saidGoodbye = false
    },

    answered(peer, now) {
      const { traces } = of(peer)
      traces.answering = true
      traces.saidGoodbye = false
      delete traces.asideSince
      traces.answeredAt = now
      return tell(peer, now)
    },

    lost(peer, now) {
      const one = known.get(peer)
      if (one === undefined) return undefined
      // Losing it twice is no new evidence: what was heard between the two stands.
      if (one.traces.answering || one.traces.lostAt === undefined) one.traces.lostAt = now
      one.traces.answering = false
      return tell(peer, now)
    },

    stoodAside(peer, now) {
      const one = known.get(peer)
      // Whoever was silent proved nothing by it.
      if (one === undefined || !one.traces.answering) return watcher.lost(peer, now)
      one.traces.answering = false
      one.traces.lostAt = now
      one.traces.asideSince = now
      return tell(peer, now)
    },

    unreached(peer, now) {
      const one = known.get(peer)
      if (one?.traces.asideSince === undefined) return undefined
      delete one.traces.asideSince
      one.traces.lostAt = now
      return tell(peer, now)
    },

    outlived(now) {
      return [...known].flatMap(([peer, one]) => {
        if (one.traces.answering) return []
        one.traces.lostAt = now
        delete one.traces.asideSince
        return tell(peer, now) ?? []
      })
    },

    saidGoodbye(peer, instance, now) {
      const one = known.get(peer)
      if (one === undefined || one.instance !== instance) return undefined
      dropKeys(peer, one)
      one.traces.answering = false
      delete one.traces.asideSince
      one.traces.saidGoodbye = true
      return tell(peer, now)
    },

    granted(peer, grant, askedAt, now) {
      const one = of(peer)
      if (grant.number <= one.number) return undefined
      const document = openDocument(grant.document)
      const keys = grant.keys.map(({ key, announcer }) => ({
        key,
        announcer: Buffer.from(announcer).toString('hex'),
      }))
      const sameView = keys.some(({ announcer }) => announcers.get(announcer)?.has(peer))
      // Under one announcement key counters compare, whatever was granted in between: announcements may have
      // overtaken this grant, and its older document is not shown after theirs. The beat tells of the gap.
      const shown = Math.max(0, ...keys.map(({ announcer }) => one.shownUnder.get(announcer) ?? 0))
      dropKeys(peer, one)
      for (const { announcer, key } of keys) {
        const claimed = announcers.get(announcer) ?? new Map<PeerId, Uint8Array>()
        announcers.set(announcer, claimed.set(peer, key))
      }
      one.number = grant.number
      one.grant = { number: grant.number, keys }
      one.traces.grantEndsAt = askedAt + Math.max(...grant.keys.map((key) => key.endsIn))
      if (grant.counter >= shown) take(one, document)
      if (grant.counter >= shown || !sameView) one.counter = grant.counter
      one.heard = Math.max(shown, grant.counter)
      remember(one, one.heard)
      return tell(peer, now)
    },

    ungranted(peer, now) {
      const one = known.get(peer)
      if (one === undefined) return undefined
      dropKeys(peer, one)
      delete one.presence
      delete one.publishedAt
      return tell(peer, now)
    },

    announced(announcement, now) {
      const header = readAnnouncement(announcement)
      const claimed = header && announcers.get(header.announcer)
      if (header === undefined || claimed === undefined) return undefined
      const heard = [...claimed].flatMap(([peer, key]) => {
        const news = open(of(peer), key, { announcement, counter: header.counter, now })
        return news === undefined ? [] : { peer, news }
      })
      const [first, ...contested] = heard
      if (first === undefined) return undefined
      for (const { peer } of contested) of(peer).untold = true
      const news = tell(first.peer, now)
      return {
        ...(news === undefined ? {} : { news }),
        ...(first.news === 'changed' ? { behind: first.peer } : {}),
      }
    },

    awaits: (announcer) => announcers.has(announcer),

    isBehind(peer, standing) {
      const one = known.get(peer)
      if (standing.grant === 0) return false
      if (one?.grant === undefined || standing.grant > one.grant.number) return true
      return standing.grant === one.grant.number && standing.counter > one.counter
    },

    holding(peer) {
      const one = known.get(peer)
      return { grant: one?.grant?.number ?? 0, counter: one?.counter ?? 0 }
    },

    passed(now) {
      return [...known.keys()].flatMap((peer) => tell(peer, now) ?? [])
    },

    nextTurn(now) {
      const turns = [...known.values()].flatMap((one) =>
        one.untold ? now : (evidenceTurnsAt(one.traces, now) ?? []),
      )
      return turns.length === 0 ? undefined : Math.min(...turns)
    },

    belief(peer, now) {
      const one = known.get(peer)
      if (one === undefined) return undefined
      const provenAt = lastProof(one.traces)
      const { publishedAt } = one
      return {
        peer,
        ...show(one, now),
        ...(provenAt === undefined ? {} : { provenAt }),
        ...(publishedAt === undefined ? {} : { publishedAt }),
      }
    },

    beliefs(now) {
      return [...known.keys()].flatMap((peer) => watcher.belief(peer, now) ?? [])
    },

    grantEndsAt(peer) {
      return known.get(peer)?.traces.grantEndsAt
    },

    forget(peer) {
      const one = known.get(peer)
      if (one !== undefined) dropKeys(peer, one)
      known.delete(peer)
    },
  }
  return watcher
}

/** Nothing is known yet. */
function fresh(): Known {
  return {
    traces: { answering: false, saidGoodbye: false },
    number: 0,
    counter: 0,
    heard: 0,
    shownUnder: new Map(),
    untold: false,
  }
}

/** Takes up an announcement that is new under the grant that holds; undefined if it is not. */
function open(
  one: Known,
  key: Uint8Array,
  { announcement, counter, now }: { announcement: Uint8Array; counter: number; now: number },
): 'changed' | 'document' | undefined {
  if (counter <= one.heard) return undefined
  if (now >= (one.traces.grantEndsAt ?? Number.NEGATIVE_INFINITY)) return undefined
  const plain = openAnnouncement(announcement, key)
  if (plain === undefined) return undefined
  const news = wellFormed(plain)
  if (news === undefined) return undefined
  one.heard = counter
  one.traces.heardAt = now
  if (news === 'changed') return 'changed'
  one.counter = counter
  take(one, news)
  remember(one, counter)
  return 'document'
}

function take(one: Known, document: PresenceInformation): void {
  one.presence = readable(document)
  one.publishedAt = Number(document.publishedAt)
}

function remember(one: Known, counter: number): void {
  for (const { announcer } of one.grant?.keys ?? []) {
    one.shownUnder.delete(announcer)
    one.shownUnder.set(announcer, counter)
  }
  for (const oldest of one.shownUnder.keys())
    if (one.shownUnder.size > KEYS_REMEMBERED) one.shownUnder.delete(oldest)
}

/** Nobody is on the other end of the carrier to be told of a malformed announcement: it is passed over. */
function wellFormed(plain: Uint8Array): ReturnType<typeof openNews> | undefined {
  try {
    return openNews(plain)
  } catch {
    return undefined
  }
}
