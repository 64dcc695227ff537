/**
 * The life of a grant. A view key lives for one period; a grant carries the keys of this period and the next,
 * so nobody reads longer than two periods after we last answered (fault P1). Keys and grants live in memory only:
 * each process makes new ones, so no nonce can ever repeat (fault P12).
 */
import type { Basic } from '../agent.ts'
import { sealAnnouncement } from '../envelope/announcement.ts'
import { KEY_BYTES } from '../envelope/cipher.ts'
import type { Grant } from '../envelope/presence-frame.ts'
import { encodeDocument, encodeNews, type Rendition } from '../envelope/presence-information.ts'
import { PERIOD_MS } from '../envelope/protocol.ts'
import { type Announcer, announcerFrom } from '../envelope/seal.ts'
import type { PeerId } from '../principal/ids.ts'
import { type Cover, coverOf, isCover } from '../rules/rule.ts'
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
  /** The current document of a view, as a grant would carry it; no key (FETCH, by `watcher`). */
  document(view: ViewName, rendition: Rendition, times: Times, watcher?: PeerId): Uint8Array
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
  /** Everybody of whom that is any: also who cancelled or left, as long as their keys open. */
  holders(now: number): PeerId[]
  /**
   * From now on the watcher, who reads some view, reads the cover `to` instead, and cannot tell: it goes on with the
   * keys, counter and document that she has, alone, so that the cover can come as an ordinary change (fault P3). The
   * view she read gets fresh keys; answers its name and who remains on it and needs them. Nothing where she reads
   * nothing, or this cover already. A cover that hides is never rendered again: it stays what she saw last.
   */
  cover(watcher: PeerId, to: Cover, now: number): { left: ViewName; remaining: PeerId[] } | undefined
  /**
   * Views whose keys the watcher holds from earlier grants, closed: an ordinary closing is announced in those of them that
   * somebody reads. To be taken before their keys are discarded; each is sealed once, by `closing` at the instant of the cover.
   */
  farewells(
    watcher: PeerId,
    closing: (view: ViewName) => Rendition,
    now: number,
  ): (times: Times) => Uint8Array[]
  /** Covers that stand for `view` and are read now: whoever is behind one must be treated as those who see `view`. */
  coversOf(view: ViewName, now: number): Cover[]
  /** What somebody hidden from goes on seeing; undefined where there was nothing to see. */
  frozen(view: ViewName): { document: Uint8Array; basic: Basic } | undefined
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
  /** It stays what it is. */
  frozen: boolean
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
  /** Who was shown anything in this life: to them a view that begins anew would tell that it is another one. */
  const served = new Set<PeerId>()
  /**
   * The first instant of the first period. The periods of all views turn together: one that began with a watcher's own
   * request would tell her that it is hers alone, as a cover is (fault P3).
   */
  let began: Times | undefined

  const period = (begins: number): Period => ({
    key: chance(KEY_BYTES),
    announcer: announcerFrom(chance(KEY_BYTES)),
    begins,
    ends: begins + PERIOD_MS,
  })

  const periodsFrom = (begins: number): View['periods'] => [period(begins), period(begins + PERIOD_MS)]

  const periodsAt = (now: number): View['periods'] => {
    const first = began?.now ?? now
    return periodsFrom(first + Math.floor((now - first) / PERIOD_MS) * PERIOD_MS)
  }

  const turn = (view: View, now: number): void => {
    if (now < view.periods[0].ends) return
    const [, next] = view.periods
    view.periods = now < next.ends ? [next, period(next.ends)] : periodsAt(now)
  }

  const edit = (view: View, rendition: Rendition, wall: number): boolean => {
    const says = JSON.stringify(rendition)
    if (view.frozen || says === view.says) return false
    view.says = says
    view.counter += 1
    view.document = encodeDocument(rendition, { epoch, version: view.counter, publishedAt: wall })
    return true
  }

  const viewOf = (name: ViewName, rendition: Rendition, times: Times): View => {
    began ??= times
    const known = views.get(name)
    if (known !== undefined) {
      turn(known, times.now)
      return known
    }
    // A cover for somebody who saw the truth goes on counting where that stands: versions never go back in one life.
    const truth =
      isCover(name) && served.has(coverOf(name).watcher) ? views.get(coverOf(name).covers) : undefined
    const view: View = {
      counter: truth?.counter ?? 0,
      says: '',
      document: new Uint8Array(),
      periods: periodsAt(times.now),
      frozen: false,
    }
    views.set(name, view)
    // Otherwise it is as old as this life: when it was first asked for is nobody's business, and would tell a cover.
    edit(view, rendition, truth === undefined ? began.wall : times.wall)
    return view
  }

  const readers = (name: ViewName, now: number): Given[] =>
    [...given.values()].filter((grant) => grant.view === name && grant.couldReadUntil > now)

  /** Somebody may be reading it. Who is behind a cover and cancelled hears by her keys what others hear by those of then. */
  const isRead = (name: ViewName, now: number): boolean => {
    if (readers(name, now).length > 0) return true
    if (!isCover(name) || name.startsWith('hide:')) return false
    const { watcher, covers } = coverOf(name)
    return (handedOut.get(watcher)?.get(name) ?? 0) > now && readers(covers, now).length > 0
  }

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
      served.add(watcher)
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

    document(name, rendition, times, watcher) {
      const view = viewOf(name, rendition, times)
      if (watcher !== undefined) served.add(watcher)
      edit(view, rendition, times.wall)
      return view.document
    },

    announce(name, rendition, times) {
      const view = viewOf(name, rendition, times)
      if (!edit(view, rendition, times.wall)) return undefined
      if (!isRead(name, times.now)) return undefined
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

    holders(now) {
      const holds = (views: ReadonlyMap<ViewName, number>) => [...views.values()].some((until) => until > now)
      return [...handedOut].flatMap(([watcher, views]) => (holds(views) ? watcher : []))
    },

    cover(watcher, to, now) {
      const mine = given.get(watcher)
      const view = mine && views.get(mine.view)
      if (mine === undefined || view === undefined || mine.couldReadUntil <= now || mine.view === to)
        return undefined
      const left = mine.view
      turn(view, now)
      views.set(to, { ...view, frozen: to.startsWith('hide:') })
      given.set(watcher, { ...mine, view: to })
      // Whoever else holds these keys may open the cover with them, and learns nothing true from it.
      for (const readable of handedOut.values()) {
        const until = readable.get(left)
        if (until !== undefined) readable.set(to, until)
        readable.delete(left)
      }
      handedOut.get(watcher)?.set(to, mine.couldReadUntil)
      if (isCover(left)) views.delete(left)
      else view.periods = periodsFrom(view.periods[0].begins)
      return { left, remaining: readers(left, now).map((other) => other.watcher) }
    },

    farewells(watcher, closing, now) {
      const standing = given.get(watcher)?.view
      const held = [...(handedOut.get(watcher) ?? [])].flatMap(([name, until]) => {
        const view = views.get(name)
        const isSilent = until <= now || readers(name, now).length === 0
        return view === undefined || isCover(name) || name === standing || isSilent ? [] : { name, ...view }
      })
      return (times) =>
        held.flatMap(({ name, ...view }) => {
          const [{ key, announcer, ends }] = view.periods
          if (times.now >= ends || !edit(view, closing(name), times.wall)) return []
          return sealAnnouncement({ plain: encodeNews(view.document), key, announcer, counter: view.counter })
        })
    },

    coversOf(name, now) {
      return [...views.keys()].filter(
        (each): each is Cover =>
          isCover(each) && !each.startsWith('hide:') && coverOf(each).covers === name && isRead(each, now),
      )
    },

    frozen(name) {
      const view = views.get(name)
      if (view?.frozen !== true) return undefined
      const { tuples } = JSON.parse(view.says) as Rendition
      const isOpen = tuples.some((tuple) => tuple.status.basic === 'open')
      return { document: view.document, basic: isOpen ? 'open' : 'closed' }
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
      return [...views.keys()].filter((name) => isRead(name, now))
    },

    given() {
      return [...given.values()]
    },
  }
}
