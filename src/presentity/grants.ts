/**
 * The life of a grant. A view key lives for one period; a grant carries the keys of this period and the next,
 * so nobody reads longer than two periods after we last answered (fault P1). Keys and grants live in memory only:
 * each process makes new ones, so no nonce can ever repeat (fault P12).
 */
import { sealAnnouncement } from '../envelope/announcement.ts'
import type { Grant } from '../envelope/presence-frame.ts'
import { encodeDocument, encodeNews, type Rendition } from '../envelope/presence-information.ts'
import { PERIOD_MS } from '../envelope/protocol.ts'
import { type Announcer, announcerFrom, KEY_BYTES } from '../envelope/seal.ts'
import type { PeerId } from '../principal/ids.ts'
import type { ViewName } from './views.ts'

/** Random bytes, given from outside. */
export type Chance = (bytes: number) => Uint8Array

/** One watcher's grant as we remember it. */
export interface Given {
  watcher: PeerId
  view: ViewName
  /** Rises per watcher. */
  number: number
  /** Monotonic ms: the end of the last key handed out. */
  couldReadUntil: number
}

export interface Grants {
  /**
   * Gives `watcher` the view: keys of this period and the next, and the current document. `times` are the
   * monotonic instant and the wall time of now.
   */
  give(watcher: PeerId, view: ViewName, rendition: Rendition, times: Times): { grant: Grant; given: Given }
  /** The current document of a view, as a grant would carry it; no key (FETCH). */
  document(view: ViewName, rendition: Rendition, times: Times): Uint8Array
  /**
   * Takes up a new rendition of `view`: the announcement to publish, or nothing if nobody could read it or
   * it says nothing new.
   */
  announce(view: ViewName, rendition: Rendition, times: Times): Uint8Array | undefined
  /** Forgets the watcher's grant; the keys it holds lapse by themselves, and `readable` goes on naming them. */
  end(watcher: PeerId): void
  /**
   * Views whose keys this watcher may still hold, by this grant or an earlier one, ended or not: what has to be
   * discarded so that nothing published from now on opens (scene 24).
   */
  readable(watcher: PeerId, now: number): ViewName[]
  /** Kills both keys of `view` at once and answers whose grants are of this view: who remains and needs a fresh one. */
  discard(view: ViewName): PeerId[]
  /** The one view this watcher was granted, for the beat; undefined once it could not be read any more. */
  standing(watcher: PeerId, now: number): { number: number; counter: number; view: ViewName } | undefined
  /** Views that somebody may be reading now. */
  inUse(now: number): ViewName[]
  given(): Given[]
}

export interface Times {
  /** Monotonic ms: decides periods. */
  now: number
  /** Wall ms: written into the document, a claim. */
  wall: number
}

interface Period {
  key: Uint8Array
  announcer: Announcer
  begins: number
  ends: number
}

interface View {
  /** Rises with every new rendition, over all periods: the nonce of whichever key is in force. */
  counter: number
  /** The rendition as text: what "says nothing new" is decided by. */
  says: string
  document: Uint8Array
  periods: [current: Period, next: Period]
}

/** `epoch` rises over restarts; it is written into documents for later caches and never compared by a live watcher. */
export function createGrants(options: { topic: string; epoch: number; chance: Chance }): Grants {
  const { topic, epoch, chance } = options
  const views = new Map<ViewName, View>()
  const given = new Map<PeerId, Given>()
  /** Until when each watcher could read which view; outlives the grant, ends with the keys. */
  const handedOut = new Map<PeerId, Map<ViewName, number>>()
  /** Grant numbers go on rising per watcher after a grant ended, as long as the process lives. */
  const numbers = new Map<PeerId, number>()

  const period = (begins: number): Period => ({
    key: chance(KEY_BYTES),
    announcer: announcerFrom(chance(KEY_BYTES)),
    begins,
    ends: begins + PERIOD_MS,
  })

  const periodsFrom = (now: number): View['periods'] => [period(now), period(now + PERIOD_MS)]

  const turn = (view: View, now: number): void => {
    if (now < view.periods[0].ends) return
    const [, next] = view.periods
    view.periods = now < next.ends ? [next, period(next.ends)] : periodsFrom(now)
  }

  const edit = (view: View, rendition: Rendition, wall: number): boolean => {
    const says = JSON.stringify(rendition)
    if (says === view.says) return false
    view.says = says
    view.counter += 1
    view.document = encodeDocument(rendition, { epoch, version: view.counter, publishedAt: wall })
    return true
  }

  const viewOf = (name: ViewName, rendition: Rendition, { now, wall }: Times): View => {
    const known = views.get(name)
    const view: View = known ?? {
      counter: 0,
      says: '',
      document: new Uint8Array(),
      periods: periodsFrom(now),
    }
    views.set(name, view)
    turn(view, now)
    if (known === undefined) edit(view, rendition, wall)
    return view
  }

  const readers = (name: ViewName, now: number): Given[] =>
    [...given.values()].filter((grant) => grant.view === name && grant.couldReadUntil > now)

  /** What nobody can use any more is forgotten: keys cost nothing, so watchers could come without end. */
  const sweep = (now: number): void => {
    for (const { watcher, couldReadUntil } of given.values()) if (couldReadUntil <= now) given.delete(watcher)
    for (const [watcher, views] of handedOut) {
      for (const [view, until] of views) if (until <= now) views.delete(view)
      if (views.size === 0) handedOut.delete(watcher)
    }
  }

  return {
    give(watcher, name, rendition, times) {
      const { now, wall } = times
      sweep(now)
      const view = viewOf(name, rendition, times)
      // Whatever was not announced (nobody could read it) is in the document all the same.
      edit(view, rendition, wall)
      const [current, next] = view.periods
      const number = (numbers.get(watcher) ?? 0) + 1
      numbers.set(watcher, number)
      const mine: Given = { watcher, view: name, number, couldReadUntil: next.ends }
      given.set(watcher, mine)
      handedOut.set(watcher, (handedOut.get(watcher) ?? new Map()).set(name, mine.couldReadUntil))
      const keys = [current, next].map((period) => ({
        key: period.key,
        announcer: period.announcer.publicKey,
        beginsIn: Math.max(0, period.begins - now),
        endsIn: period.ends - now,
      }))
      const grant = { number, keys, topic, document: view.document, counter: view.counter }
      return { grant, given: mine }
    },

    document(name, rendition, times) {
      const view = viewOf(name, rendition, times)
      edit(view, rendition, times.wall)
      return view.document
    },

    announce(name, rendition, times) {
      const view = viewOf(name, rendition, times)
      if (!edit(view, rendition, times.wall)) return undefined
      if (readers(name, times.now).length === 0) return undefined
      const [{ key, announcer }] = view.periods
      return sealAnnouncement({ plain: encodeNews(view.document), key, announcer, counter: view.counter })
    },

    end(watcher) {
      given.delete(watcher)
    },

    readable(watcher, now) {
      const views = handedOut.get(watcher) ?? new Map<ViewName, number>()
      return [...views].filter(([, until]) => until > now).map(([view]) => view)
    },

    discard(name) {
      const view = views.get(name)
      if (view === undefined) return []
      const begins = view.periods[0].begins
      view.periods = periodsFrom(begins)
      for (const readable of handedOut.values()) readable.delete(name)
      return [...given.values()].filter((grant) => grant.view === name).map((grant) => grant.watcher)
    },

    standing(watcher, now) {
      const grant = given.get(watcher)
      if (grant === undefined || grant.couldReadUntil <= now) return undefined
      const view = views.get(grant.view)
      return view && { number: grant.number, counter: view.counter, view: grant.view }
    },

    inUse(now) {
      return [...views.keys()].filter((name) => readers(name, now).length > 0)
    },

    given() {
      return [...given.values()]
    },
  }
}
