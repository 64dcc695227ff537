/**
 * WATCHER INFORMATION (RFC 2778): who received what of my presence, by which means, from when to when, and until when
 * they could read. A projection of the log and of what stands now; complete for what this peer handed out, blind to
 * what a watcher tells on.
 */
import type { SubscriptionStatus, Via } from '../agent.ts'
import { WATCHERS_FOR_MS } from '../envelope/protocol.ts'
import type { WatcherRow } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** One watcher by one means. All instants are wall ms. */
export interface WatcherEntry {
  peer: PeerId
  via: Via
  /** Of a SUBSCRIPTION, in the words of RFC 3857. */
  status?: SubscriptionStatus
  view?: string
  first: number
  last: number
  /** Fetches, or episodes of a subscription: renewals count for nothing. */
  count: number
  /** The end of the last key handed out. */
  couldReadUntil?: number
  /** Turned away: received nothing. */
  denied: boolean
}

/** A subscription that waits for the person's answer. */
interface Asking {
  peer: PeerId
  askedAt: number
  /** Whoever asks is linked, and waits. */
  here: boolean
}

/**
 * Everybody in the log whose time is not over (scene 13), and who waits for an answer. `current` are the views that
 * subscribers may read now. Those who received nothing come last.
 */
export function watcherInformation(facts: {
  rows: readonly WatcherRow[]
  current: ReadonlyMap<PeerId, string>
  asking: readonly Asking[]
  now: number
}): WatcherEntry[] {
  const { current, now } = facts
  const rows = withPollers(facts.rows.filter((row) => now - lastOf(row) <= WATCHERS_FOR_MS))
  const logged = rows.map(({ denied, ...row }): WatcherEntry => {
    if (row.via !== 'subscribe') return { ...row, denied }
    const isActive = !denied && row.view !== undefined && current.get(row.peer) === row.view
    return { ...row, denied, status: isActive ? 'active' : 'terminated' }
  })
  const waiting = facts.asking.map(
    ({ peer, askedAt, here }): WatcherEntry => ({
      peer,
      via: 'subscribe',
      status: here ? 'pending' : 'waiting',
      first: askedAt,
      last: askedAt,
      count: 1,
      denied: false,
    }),
  )
  const all = [...logged, ...waiting].sort((one, other) => one.first - other.first)
  return [...all.filter((entry) => !entry.denied), ...all.filter((entry) => entry.denied)]
}

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

/** The last instant at which this watcher received something, or could have. */
function lastOf({ last, couldReadUntil }: WatcherRow): number {
  return Math.max(last, couldReadUntil ?? last)
}
