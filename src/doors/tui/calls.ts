/**
 * Whether a message calls the person, and how: bell, notification, both or nothing. One call for a conversation, and no
 * flood of them: a hundred messages are one thing to look at.
 */
import type { DesktopNotification, OwnStatus, Self } from '../../agent.ts'
import type { PeerId } from '../../principal/ids.ts'

/** Who called for whom before, as far as it counts for what comes next. Wall ms. */
export interface Calls {
  /** The last call of each conversation. */
  of: ReadonlyMap<PeerId, number>
  rang?: number
  /** The last notifications, oldest first. */
  shown: readonly number[]
}

export const NO_CALLS: Calls = { of: new Map(), shown: [] }

export interface Occasion {
  who: PeerId
  /** Wall ms. */
  now: number
  /** The conversation is open, and somebody sits before it. */
  seen: boolean
  /** Something else of theirs was unread already. */
  wasUnread: boolean
  status: Pick<OwnStatus, 'basic' | 'activities' | 'until'>
  choice: Pick<Self, 'bell' | 'notify'>
}

export interface Call {
  bell: boolean
  notify: DesktopNotification
}

const NOTHING: Call = { bell: false, notify: 'off' }

/** A conversation that goes on unread calls again after this, ms. A guess: somebody away for a coffee is called once. */
export const AGAIN_AFTER_MS = 5 * 60_000
/** Two bells within this are heard as one, ms. */
export const BELL_GAP_MS = 2_000
/** So many notifications within so long, ms: what covers a desktop is read by nobody. The list of people has the rest. */
export const SHOWN_AT_MOST = 3
export const SHOWN_WITHIN_MS = 10_000

/** What people do who do not want to be called (RFC 4480); `busy` is what others say for *do not disturb*. */
const QUIET: ReadonlySet<string> = new Set([
  'busy',
  'meeting',
  'performance',
  'presentation',
  'sleeping',
  'worship',
])

export function callOn(occasion: Occasion, before: Calls): { call: Call; calls: Calls } {
  const { who, now, seen, wasUnread, choice } = occasion
  const last = before.of.get(who)
  const isRepeated = wasUnread && isWithin(last, now, AGAIN_AFTER_MS)
  if (seen || isRepeated || wantsQuiet(occasion)) return { call: NOTHING, calls: before }
  const shown = before.shown.filter((at) => isWithin(at, now, SHOWN_WITHIN_MS))
  const bell = choice.bell && !isWithin(before.rang, now, BELL_GAP_MS)
  const notify = shown.length < SHOWN_AT_MOST ? choice.notify : 'off'
  if (!bell && notify === 'off') return { call: NOTHING, calls: before }
  const of = new Map([...before.of].filter(([, at]) => isWithin(at, now, AGAIN_AFTER_MS))).set(who, now)
  const rang = bell ? now : before.rang
  return {
    call: { bell, notify },
    calls: { of, shown: notify === 'off' ? shown : [...shown, now], ...(rang === undefined ? {} : { rang }) },
  }
}

function wantsQuiet({ status: { basic, activities, until }, now }: Occasion): boolean {
  // What was said until then is said no more.
  if (until !== undefined && Date.parse(until) <= now) return false
  return basic === 'closed' || activities.some((activity) => QUIET.has(activity))
}

/** A clock that was set back makes nothing silent. */
function isWithin(then: number | undefined, now: number, ms: number): boolean {
  return then !== undefined && then <= now && now - then < ms
}
