/** PRESENCE INFORMATION (RFC 2778) as plain data: mine, others', and who watches whom. */
import type { Person } from './people.ts'

/** RFC 2778 STATUS: `basic` alone decides whether an IM is accepted. */
export type Basic = 'open' | 'closed'

/** How sure we are of what we show: a live link, an announcement heard under a valid grant, nothing, or a goodbye. */
export type Evidence = 'live' | 'heard' | 'unknown' | 'gone'

/** What a notification tells. */
export type Change = 'came' | 'changed' | 'left' | 'unknown'

/** RFC 3857 state of a SUBSCRIPTION. */
export type SubscriptionStatus = 'pending' | 'active' | 'waiting' | 'terminated'

/** How a WATCHER came to something of mine: FETCHER, POLLER, SUBSCRIBER, or one that came and asked for nothing. */
export type Via = 'fetch' | 'poll' | 'subscribe' | 'touch'

/** RFC 2778 PRESENCE TUPLE. */
export interface PresenceTuple {
  id: string
  status: { basic?: Basic; activities?: string[]; note?: string }
  address?: string
  markup?: { namespace: string; content: string }[]
}

/** RFC 2778 PRESENCE INFORMATION as one watcher may see it. */
export interface Presence {
  name: string
  note?: string
  until?: string
  tuples: PresenceTuple[]
}

/** A person and what is known of them. `presence`, `seenAt` and `ageMs` are absent where nothing was ever received. */
export interface Sighting {
  who: Person
  presence?: Presence
  evidence: Evidence
  /** RFC 3339 UTC with milliseconds. */
  seenAt?: string
  ageMs?: number
}

/** My own presence as I set it. */
export interface OwnStatus {
  basic: Basic
  activities: string[]
  note?: string
  /** RFC 3339 */
  until?: string
}

/** What `status` merges in; an absent field is left as it was, `null` removes. */
export interface StatusChange {
  basic?: Basic
  activities?: string[]
  note?: string | null
  until?: string | null
  /** Back to plain open, before the rest is merged. */
  clear?: boolean
}

/** WATCHER INFORMATION about one watcher by one means. Instants are RFC 3339. */
export interface WatcherInformation {
  who: Person
  via: Via
  /** Of a subscription. */
  status?: SubscriptionStatus
  /** What they see, or saw; `polite-block` is the cover. Absent where nothing was received. */
  view?: string
  first: string
  last: string
  count: number
  /** The end of the last key they were given. */
  couldReadUntil?: string
  /** Turned away. */
  denied?: boolean
}

/** A SUBSCRIPTION of mine: whom I want to see, and how that stands. */
export interface Subscription {
  who: Person
  status: SubscriptionStatus
  /** The last event (RFC 3857), `not-now`, `no-service`, or `cancelled` by me. */
  reason?: string
}
