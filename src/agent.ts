/**
 * The Agent: the four user agents of RFC 2778 as one interface. Plain data in, plain data out; nothing here
 * has a class, a prototype or a symbol, so the same interface serves in-process and over a socket.
 */
import type { MessageId, PeerId } from './principal/ids.ts'

/** RFC 2778 STATUS: `basic` alone decides whether an IM is accepted. */
export type Basic = 'open' | 'closed'

/** How sure we are of what we show: a live link, an announcement heard under a valid grant, nothing, or a goodbye. */
export type Evidence = 'live' | 'heard' | 'unknown' | 'gone'

/** What a notification tells. */
export type Change = 'came' | 'changed' | 'left' | 'unknown'

/** A message's end: RFC 3860's three answers. */
export type OutcomeWord = 'success' | 'failure' | 'indeterminate'

/** Where a message is on our side: `owed` (no byte left), `sent` (bytes may have left), `settled`. */
export type OutboxState = 'owed' | 'sent' | 'settled'

/** What their inbox said (RFC 5438). */
export type Disposition = 'delivered' | 'held' | 'displayed'

/** Why a message failed. */
export type Reason =
  | 'closed'
  | 'refused'
  | 'unreachable'
  | 'expired'
  | 'recalled'
  | 'too-large'
  | 'unsupported-type'
  | 'rate-limited'
  | 'no-such-inbox'
  | 'hop-limit'

/** Whether somebody is writing to me (RFC 3994). */
export type ComposingState = 'active' | 'idle'

/** RFC 3857 state of a SUBSCRIPTION. */
export type SubscriptionStatus = 'pending' | 'active' | 'waiting' | 'terminated'

/** How a WATCHER came to something of mine: FETCHER, POLLER, SUBSCRIBER, or one that came and asked for nothing. */
export type Via = 'fetch' | 'poll' | 'subscribe' | 'touch'

/** Somebody, everywhere the same object. `name` is the petname I gave, else their claim, else the end of the id. */
export interface Person {
  peerId: PeerId
  name: string
  petname?: string
  address: string
  relation: 'contact' | 'near' | 'stranger'
  verified: boolean
}

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

/** What `whoami` shows. */
export interface Self {
  peerId: PeerId
  name: string
  /** `pres:<peer id>` */
  presence: string
  /** `im:<peer id>` */
  inbox: string
  /** `nigh:<peer id>?name=…&addr=…` to hand over */
  card: string
  /** Twelve words that say the key aloud. */
  safetyWords: string
  mesh: string
  /** Listening addresses; empty when no peer runs. */
  listen: string[]
  home: string
  /** Contacts and accepted people are told when I have read their message (RFC 5438). */
  displayReceipts: boolean
  /** Contacts are told that I am writing to them (RFC 3994). */
  composing: boolean
}

/** What `me` changes; an absent field is left as it was. */
export interface SelfChange {
  name?: string
  /** Off until chosen; counts for what is read from then on. */
  displayReceipts?: boolean
  /** On until chosen otherwise. */
  composing?: boolean
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

/** One message as the inbox (or, in a conversation, the outbox) holds it. */
export interface Message {
  id: MessageId
  from: Person
  to: Person
  text: string
  contentType: string
  /** The sender's claim, RFC 3339. */
  sentAt: string
  /** When it was kept here, RFC 3339. */
  at: string
  disposition: 'accepted' | 'held'
  /** Label of the inbox it was sent to; absent for the default one. */
  inbox?: string
  unread: boolean
  seq: number
}

/** How a message of mine stands. */
export interface Outcome {
  id: MessageId
  to: Person
  outcome: OutcomeWord
  state: OutboxState
  reason?: Reason
  disposition?: Disposition
  /** When this outcome was reached, RFC 3339. */
  at: string
  /** My text, in listings. */
  text?: string
  sentAt: string
  /** Why it waits, for people: "waits until bob accepts". */
  waits?: 'unreachable' | 'acceptance' | 'open' | 'turn'
  seq: number
}

/** Somebody knocks. */
export interface Request {
  who: Person
  kind: 'message' | 'subscription'
  text?: string
  at: string
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

/** One person of my contacts. */
export interface Contact {
  who: Person
  groups: string[]
  addedAt: string
}

/** What adding a contact did, so that it can be said in a sentence. */
export interface ContactAdded {
  who: Person
  /** The view of my presence that this opens to them. */
  opens: string
  /** Requests of theirs that this accepted. */
  accepted: { messages: number; subscription: boolean }
}

/** What an answer to requests did. */
export interface Answered {
  who: Person
  messages: number
  subscription: boolean
  contact: boolean
}

/** The rules as one word. */
export type Preset = 'default' | 'office' | 'private' | 'hidden'

export interface RulesSummary {
  preset: Preset
  /** What each audience sees, as sentences for the person. */
  effect: string[]
}

/** DELIVERY RULES of RFC 2778: a list per inbox (`default` has no label), of which the first that matches decides. */
export type DeliveryRules = { inboxes: Record<string, DeliveryRule[]> }

export interface DeliveryRule {
  /** All of them must hold; without any the rule always matches. */
  if?: DeliveryConditions
  then: 'accept' | 'hold' | 'refuse'
  /** With `refuse`: the sender reads `refused`; else what others in their place read. */
  tell?: boolean
}

export interface DeliveryConditions {
  /** Peer ids. What is set may name contacts and addresses as well. */
  from?: string[]
  relation?: Person['relation']
  group?: string
  /** Holds for what one person writes beyond so many within a minute. */
  perMinute?: number
  largerThan?: number
  /** `text/plain` or `text/*` */
  contentType?: string[]
  /** Local time, `["22:00", "07:00"]` goes over midnight; its hours after midnight belong to the day before. */
  between?: [from: string, to: string]
  days?: ('sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat')[]
  /** `open`, or an activity that I show now. */
  myStatus?: string
}

/** The document in force, and what it says in sentences. */
export interface DeliveryRulesInForce extends DeliveryRules {
  /** `otherwise` is absent where a rule without conditions leaves nothing over. */
  inWords: { inbox: string; address: string; rules: string[]; otherwise?: string }[]
}

/** What one person sees of me, what becomes of what they write, and because of which rule. */
export interface Explanation {
  who: Person
  access: {
    decision: 'allow' | 'confirm' | 'polite-block' | 'block'
    view?: string
    because: string
    /** The very document they would get. */
    presence?: Presence
  }
  /** Of a short plain text that comes now. */
  delivery: DeliveryExplained[]
}

export interface DeliveryExplained {
  inbox: string
  decision: 'accept' | 'hold' | 'refuse'
  /** What the sender reads where it is refused; it may be a cover. */
  reason?: Reason
  because: string
}

/** Everything that happens, in order. Stored kinds carry a rising `seq`; presence carries the last stored one. */
export type AgentEvent =
  | { event: 'snapshot'; at: string; seq: number; people: Sighting[] }
  | ({ event: 'presence'; at: string; seq: number; change: Change } & Sighting)
  | ({ event: 'message' } & Message)
  | ({ event: 'outcome' } & Outcome)
  | ({ event: 'request'; seq: number } & Request)
  /** Of a subscription that a person asked for. */
  | ({ event: 'subscription'; at: string; seq: number } & Subscription)
  /** A contact or accepted person writes to me, or no longer does. Not stored. */
  | { event: 'composing'; at: string; seq: number; who: Person; state: ComposingState }
  | { event: 'warning'; at: string; seq: number; code: string; message: string }
  | { event: 'offline'; at: string; seq: number }

export interface SendOptions {
  /** Names the message, where the caller may have to ask twice: the second time is then the same message. */
  id?: MessageId
  to: string
  text: string
  contentType?: string
  /** ms until the message is worthless; absent = the default for this person */
  expireMs?: number
  untilOpen?: boolean
  /** Longest wait for finding WHO and for the first outcome, ms. */
  waitMs?: number
}

export interface InboxQuery {
  with?: string
  unread?: boolean
  /** Rows at most; default 50. */
  limit?: number
  before?: string
  markRead?: boolean
}

export interface SearchQuery {
  /** All of these words, in any case, accents or none; the last may be a beginning. */
  words: string
  with?: string
  /** Rows at most; default 50. */
  limit?: number
  /** Only what is older than this message. */
  before?: string
}

export interface AddContact {
  who: string
  name?: string
  groups?: string[]
  waitMs?: number
}

/** A call's `AbortSignal`: aborting gives up waiting; what was owed stays owed. */
export interface CallOptions {
  signal?: AbortSignal
}

/**
 * The four user agents. Every WHO is resolved in this order (petname; exact id, address or card; name of
 * a contact or someone near; end of an id). Each call rejects with a NighError whose code says what to do.
 */
export interface Agent {
  whoami(): Promise<Self>
  me(change: SelfChange): Promise<Self>

  /** WATCHER USER AGENT: contacts and people near. Waits up to `waitMs` for anybody to come. */
  who(query?: { waitMs?: number }, options?: CallOptions): Promise<Sighting[]>
  /** FETCHER: what WHO shows now, once. Rejects with `pending`, `refused` or `unreachable`. */
  fetch(asked: { who: string; waitMs?: number }, options?: CallOptions): Promise<Sighting>
  /** SUBSCRIBER: wants to see WHO from now on, over restarts; answers how it stands now, events tell the rest. */
  watch(asked: { who: string; waitMs?: number }, options?: CallOptions): Promise<Subscription>
  /** No longer: also ends what the peer asks by itself, until `watch`. */
  unwatch(asked: { who: string; waitMs?: number }, options?: CallOptions): Promise<Subscription>
  subscriptions(): Promise<Subscription[]>
  /** PRESENCE USER AGENT: shows or merges into my presence. */
  status(change?: StatusChange): Promise<OwnStatus>

  /** SENDER USER AGENT: durable before it returns; answers with the first outcome or, after `waitMs`, as it stands. */
  send(message: SendOptions, options?: CallOptions): Promise<Outcome>
  /**
   * Takes a message back: one that never left fails at once, another's inbox is asked, now or when it can be reached.
   * Answers `failure` (they will not get it), `success` (they have it), or after `waitMs` how it stands.
   */
  recall(asked: { id: string; waitMs?: number }, options?: CallOptions): Promise<Outcome>
  outbox(query?: { limit?: number }): Promise<Outcome[]>
  /**
   * To be called at each keystroke of a message to somebody, and with `idle` when the draft is given up; says so to
   * a contact who is linked, sees me open and once took a message of mine, as rarely as RFC 3994 asks. Else nothing.
   */
  composing(asked: { to: string; state?: ComposingState }): Promise<void>

  /** INBOX USER AGENT: oldest first. With `with`, both directions (mine as Outcome). */
  inbox(query?: InboxQuery): Promise<(Message | Outcome)[]>
  /** Messages of both directions by their words, oldest first. Requests are not looked through. */
  search(query: SearchQuery): Promise<(Message | Outcome)[]>
  /**
   * Deletes messages here, for good; the other side keeps its own. Answers with the ids that went: what is still owed,
   * under way or an unanswered request stays.
   */
  deleteMessages(asked: { ids: string[] }): Promise<MessageId[]>
  /**
   * How long messages are kept, ms; absent: for ever. `null` makes it so. What is unread, a request or still owed
   * stays in any case.
   */
  retention(change?: { keepMs: number | null }): Promise<{ keepMs?: number }>
  /**
   * Marks these as read and answers with them, oldest first; `no-such-message` if one is not here, and then marks
   * none. With `displayReceipts` their senders are told, as far as I welcome them and while they see me open.
   */
  markRead(asked: { ids: readonly string[] }): Promise<Message[]>
  requests(): Promise<Request[]>
  accept(answer: { who: string; contact?: boolean; name?: string }): Promise<Answered>
  refuse(answer: { who: string }): Promise<Answered>

  /** Who watches me, and who did, for as long as it is kept; those turned away come last. */
  watchers(): Promise<WatcherInformation[]>

  contacts(): Promise<Contact[]>
  addContact(contact: AddContact, options?: CallOptions): Promise<ContactAdded>
  renameContact(change: { who: string; name: string }): Promise<Contact>
  removeContact(change: { who: string }): Promise<Contact>

  rules(change?: { preset: Preset }): Promise<RulesSummary>
  /** Shows or replaces the DELIVERY RULES; what is already held stays. Rejects with `usage` that names the mistake's place. */
  deliveryRules(change?: DeliveryRules): Promise<DeliveryRulesInForce>
  /** What the rules mean for WHO, in one of my inboxes or in all. */
  explain(asked: { who: string; inbox?: string }): Promise<Explanation>

  /**
   * What happens from now on, beginning with a `snapshot` of presence; with `since`, first every stored event
   * after it. Ends when the signal aborts or the peer closes.
   */
  events(query?: { since?: number }, options?: CallOptions): AsyncIterable<AgentEvent>

  /** Goodbye to everyone, then close. Idempotent. */
  close(): Promise<void>
}
