/** The log behind WATCHER INFORMATION: written before anything is handed out, bounded where strangers could fill it. */
import type { Via, WatcherInformation } from '../agent.ts'
import type { SubscriptionEvent } from '../envelope/presence-frame.ts'
import { UNSERVED_A_DAY, UNSERVED_PER_ADDRESS, WATCHERS_FOR_MS } from '../envelope/protocol.ts'
import type { ShownAs } from '../ports.ts'
import type { ViewName } from '../presentity/views.ts'
import {
  FETCHES_REMEMBERED,
  isRhythm,
  type WatcherEntry,
  watcherInformation,
} from '../presentity/watchers.ts'
import type { PeerId } from '../principal/ids.ts'
import { viewInWords } from '../rules/rule.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'

export interface WatcherLog {
  /** Forgets what is over, now and once a day. */
  load(): Promise<void>
  /** This watcher is about to receive a view, for as long as its keys open: durable when it resolves. */
  granted(
    peer: PeerId,
    view: ViewName,
    grant: { couldReadUntil: number; renewal: boolean; shownAs?: ShownAs },
  ): Promise<void>
  /** This watcher is about to receive one document. */
  fetched(peer: PeerId, view: ViewName, shownAs: ShownAs): Promise<void>
  /** A listed watcher said anew as whom others may see it. */
  shownAs(peer: PeerId, as: ShownAs): void
  denied(peer: PeerId, via: 'subscribe' | 'fetch'): void
  /** Somebody came over a link of theirs, asked for something, left. Who never asked is counted as a touch. */
  came(peer: PeerId, host: string): void
  asked(peer: PeerId): void
  left(peer: PeerId): void
  /** Somebody linked and never said a word. */
  touched(peer: PeerId, host: string): void
  /** A stranger's message was held: they learned that this peer runs (fault P17). */
  wrote(peer: PeerId, host: string): void
  /** For the person. */
  told(entry: WatcherEntry): WatcherInformation
  entries(now: {
    current: ReadonlyMap<PeerId, string>
    ended: ReadonlyMap<PeerId, SubscriptionEvent>
    asking: readonly { peer: PeerId; askedAt: number; here: boolean }[]
  }): Promise<WatcherEntry[]>
}

const DAY_MS = 24 * 3_600_000
/** Fetchers kept in memory at most; forgetting one finds a rhythm later. */
const REMEMBERED = 1_000

export function createWatcherLog(
  house: House,
  acquaintances: Acquaintances,
  links?: Pick<Links, 'isThisHost'>,
): WatcherLog {
  const { store, clock, agenda } = house
  /** Who came and has asked for nothing yet, and from where. */
  const silent = new Map<PeerId, string>()
  const unserved = new Map<string, Set<PeerId>>()
  let unservedToday = 0
  const fetches = new Map<PeerId, number[]>()
  const hosts = new Map<PeerId, string>()

  const forgetOld = async (): Promise<void> => {
    unserved.clear()
    unservedToday = 0
    await store.watchers.forget(clock.now() - WATCHERS_FOR_MS)
    agenda.at('retention', clock.monotonic() + DAY_MS, () => house.inBackground(forgetOld()))
  }

  /** Keys are free: whoever makes thousands of them gets twenty lines per address, and eighty a day from everywhere. */
  const isListed = (peer: PeerId, host: string): boolean => {
    const known = unserved.get(host) ?? new Set()
    if (known.has(peer)) return true
    // Other homes of this host are many people behind one address.
    const isCrowded = known.size >= UNSERVED_PER_ADDRESS && links?.isThisHost(host) !== true
    if (isCrowded || unservedToday >= UNSERVED_A_DAY) {
      const whence = isCrowded
        ? `More than ${UNSERVED_PER_ADDRESS} keys came from ${host}`
        : `More than ${UNSERVED_A_DAY} keys came within a day`
      house.warn('flood', `${whence} and received nothing. The rest of them is not listed.`)
      return false
    }
    unservedToday += 1
    unserved.set(host, known.add(peer))
    return true
  }

  const noteUnserved = (peer: PeerId, host: string, what: { via: Via; denied: boolean }): void => {
    if (isListed(peer, host)) house.inBackground(store.watchers.note({ peer, ...what, at: clock.now() }))
  }

  const touched = (peer: PeerId, host: string): void =>
    noteUnserved(peer, host, { via: 'touch', denied: false })

  const meansOf = (peer: PeerId): 'fetch' | 'poll' => {
    const instants = [...(fetches.get(peer) ?? []), clock.monotonic()].slice(-FETCHES_REMEMBERED)
    if (fetches.size >= REMEMBERED) fetches.clear()
    fetches.set(peer, instants)
    return isRhythm(instants) ? 'poll' : 'fetch'
  }

  const told = ({ peer, view, denied, shownAs, ...entry }: WatcherEntry): WatcherInformation => ({
    who: acquaintances.person(peer),
    via: entry.via,
    ...(entry.status === undefined ? {} : { status: entry.status }),
    ...(view === undefined ? {} : { view: viewInWords(view) }),
    ...(entry.event === undefined ? {} : { reason: entry.event }),
    first: new Date(entry.first).toISOString(),
    last: new Date(entry.last).toISOString(),
    count: entry.count,
    ...(entry.couldReadUntil === undefined
      ? {}
      : { couldReadUntil: new Date(entry.couldReadUntil).toISOString() }),
    ...(denied ? { denied } : {}),
    ...(shownAs === undefined ? {} : { visibility: shownAs.visibility }),
    ...(shownAs?.visibility === 'pseudonym' ? { pseudonym: shownAs.name } : {}),
  })

  return {
    load: forgetOld,
    granted: (peer, view, until) =>
      store.watchers.note({ peer, via: 'subscribe', view, denied: false, at: clock.now(), ...until }),
    fetched: (peer, view, shownAs) =>
      store.watchers.note({ peer, via: meansOf(peer), view, denied: false, at: clock.now(), shownAs }),
    shownAs: (peer, as) => house.inBackground(store.watchers.showAs(peer, as)),
    denied: (peer, via) => noteUnserved(peer, hosts.get(peer) ?? '', { via, denied: true }),
    came(peer, host) {
      silent.set(peer, host)
      hosts.set(peer, host)
    },
    asked: (peer) => void silent.delete(peer),
    left(peer) {
      const host = silent.get(peer)
      silent.delete(peer)
      hosts.delete(peer)
      if (host !== undefined) touched(peer, host)
    },
    touched,
    wrote(peer, host) {
      silent.delete(peer) // or its leaving would be counted as another touch
      touched(peer, host)
    },
    told,
    async entries(standing) {
      const rows = await store.watchers.all()
      return watcherInformation({ rows, ...standing, now: clock.now() })
    },
  }
}
