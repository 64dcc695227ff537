/**
 * WATCHER INFORMATION (RFC 2778): who received what of my presence, by which means, from when to when, and until when
 * they could read. A projection of the log and of what stands now; complete for what this peer handed out, blind to
 * what a watcher tells on.
 */
import type { SubscriptionStatus, Via } from '../agent.ts'
import type { ShownMeans, ShownWatcher } from '../envelope/fetch-frame.ts'
import type { SubscriptionEvent } from '../envelope/presence-frame.ts'
import {
  PENDING_FOR_MS,
  PENDING_LIMIT,
  PENDING_PER_ADDRESS,
  SHOWN_WATCHERS_LIMIT,
  WATCHERS_FOR_MS,
} from '../envelope/protocol.ts'
import type { ShownAs, WatcherRow } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** One watcher by one means. All instants are wall ms. */
export interface WatcherEntry {
  peer: PeerId
  via: Via
  /** Of a SUBSCRIPTION, in the words of RFC 3857. */
  status?: SubscriptionStatus
  /** The last event of that SUBSCRIPTION. */
  event?: SubscriptionEvent
  view?: string
  first: number
  last: number
  /** Fetches, or episodes of a subscription: renewals count for nothing. */
  count: number
  /** The end of the last key handed out. */
  couldReadUntil?: number
  /** Turned away: received nothing. */
  denied: boolean
  /** By its own word; who never said is shown to nobody. */
  shownAs?: ShownAs
}

/** A subscription that waits for the person's answer. */
interface Asking {
  peer: PeerId
  askedAt: number
  /** Whoever asks is linked, and waits. */
  here: boolean
}

/** Whether a request that nobody answered ran out: then it is `waiting` for the person, who may have been away. */
export function hasRunOut({ askedAt, here }: Pick<Asking, 'askedAt' | 'here'>, now: number): boolean {
  return !here && now - askedAt > PENDING_FOR_MS
}

/**
 * Whether one more request is listed beside the `open` ones: there is room, or the oldest of those that ran out gives way,
 * or none (fault P15). If none ever gave way, a flood that is left unanswered would end all requests for good. `crowded`:
 * where it comes from counts for itself.
 */
export function roomFor(
  { from, crowded }: { from: string; crowded: boolean },
  open: readonly (Asking & { from: string })[],
  now: number,
): 'free' | { insteadOf: PeerId } | 'none' {
  const near = crowded ? open.filter((each) => each.from === from) : []
  const full = near.length >= PENDING_PER_ADDRESS ? near : open.length >= PENDING_LIMIT ? open : undefined
  if (full === undefined) return 'free'
  const [oldest] = full
    .filter((each) => hasRunOut(each, now))
    .sort((one, other) => one.askedAt - other.askedAt)
  return oldest === undefined ? 'none' : { insteadOf: oldest.peer }
}

/**
 * Everybody in the log whose time is not over (scene 13), and who waits for an answer. `current` are the views that
 * subscribers may read now, `ended` why those who may not do so no more, as far as this process saw it. Those who
 * received nothing come last.
 */
export function watcherInformation(facts: {
  rows: readonly WatcherRow[]
  current: ReadonlyMap<PeerId, string>
  ended?: ReadonlyMap<PeerId, SubscriptionEvent>
  asking: readonly Asking[]
  now: number
}): WatcherEntry[] {
  const { current, now } = facts
  const rows = withPollers(facts.rows.filter((row) => now - lastOf(row) <= WATCHERS_FOR_MS))
  const logged = rows.map(({ denied, ...row }): WatcherEntry => {
    if (row.via !== 'subscribe') return { ...row, denied }
    const isActive = !denied && row.view !== undefined && current.get(row.peer) === row.view
    if (isActive) return { ...row, denied, status: 'active', event: 'approved' }
    return { ...row, denied, status: 'terminated', event: endOf({ ...row, denied }, facts) }
  })
  const waiting = facts.asking.map(({ peer, askedAt, here }): WatcherEntry => {
    const ranOut = hasRunOut({ askedAt, here }, now)
    return {
      peer,
      via: 'subscribe',
      status: ranOut ? 'waiting' : 'pending',
      event: ranOut ? 'timeout' : 'subscribe',
      first: askedAt,
      last: askedAt,
      count: 1,
      denied: false,
    }
  })
  const all = [...logged, ...waiting].sort((one, other) => one.first - other.first)
  return [...all.filter((entry) => !entry.denied), ...all.filter((entry) => entry.denied)]
}

/**
 * WATCHER INFORMATION as somebody else may see it. Whoever asks (`asker`) finds their own standing first, as anybody in
 * their place would (RFC 3857): `undecided` reads pending, a cover reads active. With `others`, those who received
 * something and do not hide, by name. No instants, counts and views: two lists have nothing to be compared by (scene 45).
 */
export function shownWatchers(
  entries: readonly WatcherEntry[],
  { asker, undecided, others }: { asker: PeerId; undecided: boolean; others: boolean },
): ShownWatcher[] {
  const received = entries.filter((entry) => !entry.denied && isStated(entry))
  const about = (mine: boolean) =>
    onePerMeans(received.filter((entry) => (entry.peer === asker) === mine)).flatMap((entry) => {
      const shown = asShown(entry, mine)
      return shown === undefined ? [] : [{ shown, last: entry.last }]
    })
  const own = about(true).map(({ shown }) => shown)
  const pending: ShownWatcher = {
    peer: asker,
    name: own[0]?.name ?? '',
    via: 'subscribe',
    state: { status: 'pending', event: 'subscribe' },
  }
  const mine = undecided ? [pending, ...own.filter(({ via }) => via !== 'subscribe')] : own
  // Who came last is shown where not all fit; then by name, so that the order tells nothing.
  const theirs = others ? about(false).sort((one, other) => other.last - one.last) : []
  const fitting = theirs.slice(0, SHOWN_WATCHERS_LIMIT - mine.length).map(({ shown }) => shown)
  return [...mine, ...fitting.sort((one, other) => compare(keyOf(one), keyOf(other)))]
}

/** Who came and asked for nothing, and whose request waits, received nothing. */
function isStated({ via, status }: WatcherEntry): boolean {
  return via !== 'touch' && status !== 'pending' && status !== 'waiting'
}

/**
 * A person's views are nobody else's business: of all rows of one means the active one counts, else the last. Who polled
 * one view is a poller and no fetcher beside that, or the second line would tell her that her view is another now (scene 35).
 */
function onePerMeans(entries: readonly WatcherEntry[]): WatcherEntry[] {
  const pollers = new Set(entries.filter(({ via }) => via === 'poll').map(({ peer }) => peer))
  const chosen = new Map<string, WatcherEntry>()
  for (const entry of entries) {
    const via = entry.via === 'fetch' && pollers.has(entry.peer) ? 'poll' : entry.via
    const key = `${entry.peer} ${via}`
    const before = chosen.get(key)
    const counts =
      before === undefined ||
      entry.status === 'active' ||
      (before.status !== 'active' && entry.last >= before.last)
    if (counts) chosen.set(key, { ...entry, via })
  }
  return [...chosen.values()]
}

function asShown(
  { peer, via, status, event, shownAs }: WatcherEntry,
  own: boolean,
): ShownWatcher | undefined {
  const visibility = shownAs?.visibility ?? 'unlisted'
  if (visibility === 'unlisted' && !own) return undefined
  return {
    ...(visibility === 'pseudonym' && !own ? {} : { peer }),
    name: shownAs?.name ?? '',
    via: via as ShownMeans,
    ...(status === undefined || event === undefined ? {} : { state: { status, event } }),
  }
}

const keyOf = ({ name, peer, via }: ShownWatcher): string => JSON.stringify([name, peer ?? '', via])
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Fetches that make a rhythm, gaps between them that are alike, and the longest such gap. Guesses. */
const RHYTHM_FETCHES = 4
const RHYTHM_STRETCH = 2
const RHYTHM_GAP_MS = 24 * 3_600_000

/**
 * RFC 2778: a POLLER is a FETCHER that fetches on a regular basis. It says nothing of itself, so its rhythm tells:
 * the last fetches (instants in ms, rising) lie at most a day and about equally far apart.
 */
export function isRhythm(fetches: readonly number[]): boolean {
  const last = fetches.slice(-RHYTHM_FETCHES)
  if (last.length < RHYTHM_FETCHES) return false
  const gaps = last.slice(1).map((at, index) => at - (last[index] ?? at))
  const longest = Math.max(...gaps)
  return longest <= RHYTHM_GAP_MS && longest <= RHYTHM_STRETCH * Math.max(1, Math.min(...gaps))
}

/** Instants that `isRhythm` looks at; older ones may be forgotten. */
export const FETCHES_REMEMBERED = RHYTHM_FETCHES

/** Who turned out to be a poller was one from its first fetch of that view (scene 11). */
function withPollers(rows: readonly WatcherRow[]): WatcherRow[] {
  const isSame = (one: WatcherRow, other: WatcherRow): boolean =>
    one.peer === other.peer && one.view === other.view && one.denied === other.denied
  return rows.flatMap((row): WatcherRow[] => {
    const twin = (via: Via) => rows.find((other) => other.via === via && isSame(row, other))
    if (row.via === 'fetch' && twin('poll') !== undefined) return []
    const before = row.via === 'poll' ? twin('fetch') : undefined
    if (before === undefined) return [row]
    return [
      {
        ...row,
        first: Math.min(row.first, before.first),
        last: Math.max(row.last, before.last),
        count: row.count + before.count,
      },
    ]
  })
}

/**
 * Why a SUBSCRIPTION is over (RFC 3857): turned away; what this process saw; without that it lapsed, unless its keys
 * could still be read: then a process ended, or another view took its place, and whoever asks is served at once.
 */
function endOf(
  row: WatcherRow,
  { current, ended, now }: Pick<Parameters<typeof watcherInformation>[0], 'current' | 'ended' | 'now'>,
): SubscriptionEvent {
  if (row.denied) return 'rejected'
  if (current.has(row.peer)) return 'deactivated'
  return ended?.get(row.peer) ?? ((row.couldReadUntil ?? 0) > now ? 'deactivated' : 'timeout')
}

/** The last instant at which this watcher received something, or could have. */
function lastOf({ last, couldReadUntil }: WatcherRow): number {
  return Math.max(last, couldReadUntil ?? last)
}
