/** PRESENCE INFORMATION (RFC 2778) as plain data: mine, others', and who watches whom. */
import type { Person } from './people.ts'
import type { Visibility } from './visibility.ts'

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

/** Language tag (BCP 47) → the same note in that language (RFC 3863 xml:lang). */
export type Notes = Record<string, string>

/** Whether somebody is at the keys (RFC 4480 user-input). */
export interface UserInput {
  /** `idle`: nobody was at the keys for `thresholdSeconds`. */
  state: 'active' | 'idle'
  /** Of the last input, RFC 3339: idle since then. A claim. */
  since?: string
  /** Seconds without input after which they count as idle. */
  thresholdSeconds?: number
}

/** What a seat tells of the person at its keys. */
export interface SeatInput {
  /** Its name, 1 to 64 characters: chance, so that two seats are two. */
  seat: string
  /** How it is there now; `null`: nobody sits there any more. */
  input: UserInput | null
}

/** RFC 2778 OTHER PRESENCE MARKUP: an element of another namespace, kept whether or not anybody here knows it. */
export interface Markup {
  /** A URI. */
  namespace: string
  /** The element, as text. Nobody here reads it. */
  content: string
  /** Whoever does not know the namespace passes over the tuple around it (RFC 3863). */
  mustUnderstand?: boolean
}

/** RFC 2778 STATUS; only the `basic` of the inbox's tuple says whether an IM is accepted. */
export interface TupleStatus {
  /** `open` or `closed`. */
  basic?: Basic
  /** RFC 4480 names, and words of people's own. */
  activities?: string[]
  /** The first note, in whatever language. */
  note?: string
  /** Whether somebody is at the keys there. */
  userInput?: UserInput
  /** What else was said, in namespaces of its own. */
  markup?: Markup[]
}

/** RFC 2778 PRESENCE TUPLE. The INSTANT INBOX's has the id `im`. */
export interface PresenceTuple {
  /** Names it within the document. */
  id: string
  /** How it is there. */
  status: TupleStatus
  /** COMMUNICATION ADDRESS, a URI: its scheme is the means. */
  address?: string
  /** RFC 3863: 0 to 1, higher is preferred; none counts as lowest. */
  priority?: number
  /** The notes that name their language. */
  notes?: Notes
  /** The presentity expects to withdraw it then. */
  until?: string
  /** What else was said, in namespaces of its own. */
  markup?: Markup[]
}

/** RFC 2778 PRESENCE INFORMATION as one watcher may see it. */
export interface Presence {
  /** What they call themselves: a claim. */
  name: string
  /** The first note about the person, in whatever language. */
  note?: string
  /** The notes that name their language. */
  notes?: Notes
  /** They expect to change it then, RFC 3339. */
  until?: string
  /** Whether somebody is at the keys. */
  userInput?: UserInput
  /** One for each way to reach them, that of the inbox with the id `im`. */
  tuples: PresenceTuple[]
  /** What else was said, in namespaces of its own. */
  markup?: Markup[]
}

/** Views that a tuple can be for: people near are shown name and `basic`, and nothing else (fault P8). */
export type TupleView = 'contacts'

/** A tuple that I publish beside the one of my inbox. */
export interface OwnTuple {
  /** 1 to 64 characters; `im` is the inbox's own. */
  id: string
  /** An address of my inbox is never shown open while that is closed. */
  status?: { basic?: Basic; activities?: string[]; note?: string; userInput?: UserInput }
  /** A URI, as in `tel:+43123456`. */
  address?: string
  /** 0 to 1, higher is preferred. */
  priority?: number
  /** Notes that name their language. */
  notes?: Notes
  /** RFC 3339: it ends by itself. */
  until?: string
  /** What else is to be said, in namespaces of its own. */
  markup?: Markup[]
  /** Who is shown it: `contacts` unless said otherwise; an empty list keeps it to myself. */
  views?: TupleView[]
}

/** A person and what is known of them. `presence`, `seenAt` and `ageMs` are absent where nothing was ever received. */
export interface Sighting {
  /** Who it is. */
  who: Person
  /** What they showed last: with `evidence` unknown or gone it is past. */
  presence?: Presence
  /** How sure we are that it is so now. */
  evidence: Evidence
  /** RFC 3339 UTC with milliseconds. */
  seenAt?: string
  /** Age of the last proof, ms. */
  ageMs?: number
}

/** My own presence as I set it. */
export interface OwnStatus {
  /** `open`: I take messages. `closed`: they are refused. */
  basic: Basic
  /** RFC 4480 names, and words of my own. */
  activities: string[]
  /** A note in whatever language. */
  note?: string
  /** Language tag → note. */
  notes?: Notes
  /** RFC 3339 */
  until?: string
  /** Whether I am at the keys. */
  userInput?: UserInput
  /** While closed, the address of my inbox is left out of what others get. Absent: it is not. */
  elision?: true
}

/** What `status` merges in; an absent field is left as it was, `null` removes. */
export interface StatusChange {
  /** `open`: I take messages. `closed`: they are refused. */
  basic?: Basic
  /** In place of those before, at most 16: RFC 4480 names, and words of my own. */
  activities?: string[]
  /** A note in whatever language. */
  note?: string | null
  /** The note in other languages. A `note` alone removes them: they said what was said before. */
  notes?: Notes | null
  /** RFC 3339: then it is plain open again by itself. */
  until?: string | null
  /** Not kept over restarts: it is a fact of the hour, and no choice. `clear` leaves it. */
  userInput?: UserInput | null
  /** Leaves the address of my inbox out while closed (RFC 2778 STATUS). A choice that `clear` and `until` leave. */
  elision?: boolean
  /** Back to plain open, before the rest is merged. */
  clear?: boolean
}

/** WATCHER INFORMATION about one watcher by one means. Instants are RFC 3339. */
export interface WatcherInformation {
  /** The watcher. */
  who: Person
  /** How they came to it. */
  via: Via
  /** Of a subscription, and its last event (RFC 3857). */
  status?: SubscriptionStatus
  /** Its last event (RFC 3857). */
  reason?: string
  /** What they see, or saw; `polite-block` is the cover. Absent where nothing was received. */
  view?: string
  /** The first time. */
  first: string
  /** The last time. */
  last: string
  /** How often. */
  count: number
  /** The end of the last key they were given. */
  couldReadUntil?: string
  /** Turned away. */
  denied?: boolean
  /** What they let me show of them to others; absent where they never said: then nothing. */
  visibility?: Visibility
  /** As whom others see them. */
  pseudonym?: string
}

/** A SUBSCRIPTION of mine: whom I want to see, and how that stands. */
export interface Subscription {
  /** Whom I want to see. */
  who: Person
  /** How it stands. */
  status: SubscriptionStatus
  /** The last event (RFC 3857), `not-now`, `no-service`, or `cancelled` by me. */
  reason?: string
}
