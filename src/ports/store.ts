/** The store as the house sees it: one reader per thing that is kept, each promise kept when it resolves. */
import type {
  Amendment,
  Basic,
  Disposition,
  OutboxState,
  OutcomeWord,
  Reason,
  Via,
  Visibility,
} from '../agent.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'

/** Durable when the promise resolves. Calls made in one turn share one commit. */
export interface Store {
  readonly settings: Settings
  readonly outbox: OutboxRows
  readonly inbox: InboxRows
  readonly contacts: ContactRows
  readonly rules: RuleRows
  readonly wishes: WishRows
  readonly pending: PendingRows
  readonly watchers: WatcherRows
  readonly people: PeopleRows
  readonly journal: Journal
  readonly history: History
  readonly imports: Imports
  /** Waits for what is under way; nothing is written after it. */
  close(): Promise<void>
}

export interface Settings {
  get(key: string): Promise<string | undefined>
  /** `undefined` removes. */
  set(key: string, value: string | undefined): Promise<void>
}

/** What a row does to a message of the conversation; it is then no message by itself. */
export interface Amends {
  by: Amendment
  id: MessageId
  /** That message as it stands with it, where it is here: looked up as the row is read or written. */
  message?: HistoryRow
}

/** How a message stands after what was done to it. Times are wall ms, as they were kept here. */
export interface Standing {
  editedAt?: number
  /** The text of the last edit. */
  body?: Uint8Array
  contentType?: string
  deletedAt?: number
  reaction?: string
  /** One of mine is not answered yet. */
  open?: true
}

/** A message I owe. `seq` is the journal's number of its birth, so both directions page as one conversation. */
export interface OutboxRow {
  seq: number
  peer: PeerId
  /** Inbox label; '' is the default inbox. */
  label: string
  id: MessageId
  sentAt: number
  contentType: string
  body: Uint8Array
  thread?: string
  replyTo?: MessageId
  /** Beginning of what it answers, where that is here: looked up as the row is read. */
  quoted?: string
  standing?: Standing
  amends?: Amends
  /** Wall ms after which it is worthless; absent = never. */
  deadline?: number
  untilOpen: boolean
  state: OutboxState
  outcome: OutcomeWord
  reason?: Reason
  disposition?: Disposition
  /** Their inbox is asked to forget it, and this is how it has failed if they do; only while `sent`. */
  recall?: Recalling
  /** Wall ms of the last change of outcome. */
  at: number
}

/** The person took it back, or its time ran out. */
export type Recalling = Extract<Reason, 'recalled' | 'expired'>

export type NewOutboxRow = Omit<
  OutboxRow,
  'seq' | 'quoted' | 'standing' | 'outcome' | 'reason' | 'disposition' | 'recall' | 'at'
>

export interface Settlement {
  peer: PeerId
  id: MessageId
  state: OutboxState
  outcome: OutcomeWord
  reason?: Reason
  disposition?: Disposition
  /** Counts only for a row that never left, as its state is in the transaction. */
  unsent?: true
  /** The row as it left, where the caller still holds it: spares reading it. The stored row decides all the same. */
  row?: OutboxRow
}

/** A row whose outcome changed, and the journal's seq of that. */
export interface Settled {
  row: OutboxRow
  seq: number
}

export interface OutboxRows {
  /** Writes the row (state `owed`, or `sent` where it leaves at once) and its journal entry. */
  owe(row: NewOutboxRow): Promise<OutboxRow>
  /** `owed` → `sent`, before the first byte leaves. One commit for all; rows already `sent` stay. */
  markSent(seqs: readonly number[]): Promise<void>
  /**
   * Applies each to the row (peer, id) if that row exists and is changed by it; resolves with the changed rows. With a
   * message that fails its amendments end: those that never left fail with it, the others are to be asked back.
   */
  settle(settlements: readonly Settlement[], at: number): Promise<Settled[]>
  /**
   * Takes a message back. `owed`: it fails at once, with its journal entry. `sent`: its inbox is to be asked, over
   * restarts, until it is settled; the person's wish outweighs expiry. Settled, or no such row: undefined. `with`: its
   * amendments that failed with it.
   */
  recall(
    peer: PeerId,
    id: MessageId,
    why: Recalling,
    at: number,
  ): Promise<(Settled & { with?: Settled[] }) | undefined>
  /** Rows of `peer` not settled, oldest first, after row `after`. */
  unsettled(peer: PeerId, options: { after: number; limit: number }): Promise<OutboxRow[]>
  /** Everybody with rows not settled or held. */
  creditors(): Promise<PeerId[]>
  /** The oldest message of mine that `peer` holds as a request, if any: what follows waits behind it. */
  heldBy(peer: PeerId): Promise<OutboxRow | undefined>
  /** True once `peer` answered `delivered` or `displayed` to anything. */
  everDelivered(peer: PeerId): Promise<boolean>
  /** Rows neither settled nor recalled whose deadline is at or before `wall`. */
  overdue(wall: number): Promise<OutboxRow[]>
  /** The earliest deadline among rows neither settled nor recalled. */
  nextDeadline(): Promise<number | undefined>
  find(id: MessageId): Promise<OutboxRow[]>
  /** Newest `limit` rows (of `peer`, before row `before`), oldest first. */
  page(query: { peer?: PeerId; before?: number; limit: number }): Promise<OutboxRow[]>
}

/** A message I was told. */
export interface InboxRow {
  seq: number
  peer: PeerId
  label: string
  id: MessageId
  sentAt: number
  receivedAt: number
  contentType: string
  body: Uint8Array
  thread?: string
  replyTo?: MessageId
  /** Beginning of what it answers, where that is here: looked up as the row is read. */
  quoted?: string
  standing?: Standing
  amends?: Amends
  disposition: Disposition
  /** The last disposition the sender was told. */
  told?: Disposition
  unread: boolean
  /** A request the person refused: never listed, still answering `held`. */
  refused: boolean
}

/** `told` where the receipt follows the commit at once: saves a commit of its own. If it is lost, the sender sends again. */
export type NewInboxRow = Omit<InboxRow, 'seq' | 'quoted' | 'standing' | 'refused'>

/** Names one message at the inbox. */
export interface InboxRef {
  peer: PeerId
  label: string
  id: MessageId
}

export interface Kept {
  row: InboxRow
  fresh: boolean
  recalled?: true
}

export interface InboxRows {
  /** In the order asked; `recalled` for ids that were recalled before they came. */
  known(refs: readonly InboxRef[]): Promise<(InboxRow | 'recalled' | undefined)[]>
  /**
   * One commit; the unique key (peer, label, id) decides `fresh`. A row that was known comes back as it is, one without
   * content where its id was `recalled` before.
   */
  keep(rows: readonly NewInboxRow[]): Promise<Kept[]>
  /**
   * Whether the message is here that an amendment of `peer` to inbox `label` would change, and how many of theirs wait for
   * theirs.
   */
  amendable(
    from: Pick<InboxRef, 'peer' | 'label'>,
    amends: Amends,
  ): Promise<{ here: boolean; awaiting: number }>
  /** These senders were told these dispositions. */
  told(told: readonly { seq: number; disposition: Disposition }[]): Promise<void>
  /** Rows whose disposition differs from what `peer` was told, oldest first. */
  untold(peer: PeerId, limit: number): Promise<InboxRow[]>
  /**
   * Ends every held row of `peer` at wall ms `at`: `accept` → delivered, with a journal entry of kind `message` whose
   * number is `seq`; `refuse` → refused, silently (`seq` is then the row's own). Oldest first.
   */
  answerHeld(peer: PeerId, answer: 'accept' | 'refuse', at: number): Promise<{ row: InboxRow; seq: number }[]>
  /** Held and not refused, oldest first. */
  held(): Promise<InboxRow[]>
  /** `held` counts rows held and not refused; `from` all rows of this peer that are held, refused or not. */
  heldCount(peer: PeerId): Promise<{ held: number; from: number }>
  /** `kept` if the row exists; else remembers the id for good and answers `recalled`; beyond `limit` ids of this peer `rate-limited`. */
  recall(ref: InboxRef, limit: number): Promise<'kept' | 'recalled' | 'rate-limited'>
  /** Newest `limit` rows, oldest first; refused requests are left out. */
  page(query: { peer?: PeerId; unread?: boolean; before?: number; limit: number }): Promise<InboxRow[]>
  find(id: MessageId): Promise<InboxRow[]>
  markRead(seqs: readonly number[]): Promise<void>
  /** As `markRead`, and those among them that were unread and delivered become `displayed`. */
  markDisplayed(seqs: readonly number[]): Promise<void>
  /** Whatever is `displayed` and was never told so is `delivered` again. */
  forgetUntoldDisplays(): Promise<void>
}

export interface ContactRow {
  peer: PeerId
  /** What I call them; unique. */
  petname?: string
  groups: string[]
  addedAt: number
  verifiedAt?: number
}

export interface ContactRows {
  all(): Promise<ContactRow[]>
  /** Adds or replaces. Rejects with `name-taken` when another contact has the petname. */
  put(row: ContactRow): Promise<void>
  remove(peer: PeerId): Promise<void>
}

/** The one rule about a person, per subject: the newest replaces the older. */
export interface PersonRule {
  peer: PeerId
  /** A rule about access that ends by itself stands beside the lasting one. */
  subject: 'access' | 'access-for-a-time' | 'messages'
  decision: 'block' | 'polite-block' | 'hide' | 'confirm' | 'allow' | 'fetch-only' | 'accept' | 'refuse'
  view?: string
  /** Wall ms. */
  until?: number
  madeAt: number
}

export interface RuleRows {
  all(): Promise<PersonRule[]>
  put(rule: PersonRule): Promise<void>
  remove(peer: PeerId, subject: PersonRule['subject']): Promise<void>
}

/** The watcher's side of a SUBSCRIPTION: wanted or cancelled, over restarts. */
export interface Wish {
  peer: PeerId
  wanted: boolean
  byPerson: boolean
  at: number
}

export interface WishRows {
  all(): Promise<Wish[]>
  put(wish: Wish): Promise<void>
}

/** A SUBSCRIPTION request that waits for the person. */
export interface PendingSubscription {
  peer: PeerId
  name: string
  /** IP address it came from, for bounds. */
  from: string
  askedAt: number
  /** Refused for good: stays `pending` at their side, is never listed again. */
  refused: boolean
}

export interface PendingRows {
  all(): Promise<PendingSubscription[]>
  put(row: PendingSubscription): Promise<void>
  remove(peer: PeerId): Promise<void>
}

/** WATCHER INFORMATION: what one watcher received by one means. */
export interface WatcherRow {
  peer: PeerId
  via: Via
  view?: string
  denied: boolean
  first: number
  last: number
  count: number
  /** Wall ms: the end of the last key handed out. */
  couldReadUntil?: number
  /** As whom others may see this watcher, by all means alike; unknown in rows of the first version. */
  shownAs?: ShownAs
}

/** VISIBILITY RULES of a watcher, as it said last; `name` is what it called itself, or its pseudonym. */
export interface ShownAs {
  visibility: Visibility
  name: string
}

export interface WatcherRows {
  all(): Promise<WatcherRow[]>
  /** Adds one episode (`count` 1), or with `renewal` prolongs the last one. */
  note(row: Omit<WatcherRow, 'first' | 'last' | 'count'> & { at: number; renewal?: boolean }): Promise<void>
  /** A watcher said anew as whom others may see it; nothing where it is not listed. */
  showAs(peer: PeerId, as: ShownAs): Promise<void>
  /** Forgets what ended before `wall` (retention). */
  forget(wall: number): Promise<void>
}

/** What is remembered of anybody: the name they claim, and where they answered last. */
export interface PersonRow {
  peer: PeerId
  name?: string
  /** Newest first, at most 8. */
  addresses: string[]
}

export interface PeopleRows {
  all(): Promise<PersonRow[]>
  rememberName(peer: PeerId, name: string): Promise<void>
  /** `addresses` worked at `at`. */
  rememberAddresses(peer: PeerId, addresses: readonly string[], at: number): Promise<void>
}

/** One message of the history, whichever way it went. */
export type HistoryRow = { inbox: InboxRow } | { outbox: OutboxRow }

/** What the person looks for, and what they let go. */
export interface History {
  /** The number of the message with this id, also where it was let go of; of several, one that I was told first. */
  place(id: MessageId): Promise<number | undefined>
  /**
   * The newest `limit` messages that hold all of these words (the last may be a beginning; case and accents do not
   * count), oldest first; of the conversation with `peer`, or before row `before`. Held and refused requests are not looked through.
   */
  search(query: { words: string; peer?: PeerId; before?: number; limit: number }): Promise<HistoryRow[]>
  /** Indexes up to `limit` messages that came since; true while more wait. `search` catches up by itself. */
  index(limit: number): Promise<boolean>
  /**
   * Lets messages go: content, place in every listing, journal and search. The key stays, and answers a repeat as before
   * (fault M6). Held requests and what is still owed stay untouched. Resolves with the numbers that went.
   */
  remove(seqs: readonly number[]): Promise<number[]>
  /**
   * Looks at `limit` rows after row `after` and lets go of those kept or settled before wall ms `before`; unread ones,
   * requests and what is owed stay.
   */
  forget(query: { before: number; after?: number; limit: number }): Promise<Forgotten>
}

/** A message of the past, from an export. What is not known any more of its end is `indeterminate`. */
export type Imported = {
  peer: PeerId
  label: string
  id: MessageId
  sentAt: number
  /** Wall ms of its arrival here, or of its outcome. */
  at: number
  contentType: string
  body: Uint8Array
  replyTo?: MessageId
  /** What was done to it; `body` is the text as it was left. Times are wall ms. */
  editedAt?: number
  deletedAt?: number
  reaction?: string
} & (
  | { received: true }
  | { received: false; outcome: OutcomeWord; reason?: Reason; disposition?: Exclude<Disposition, 'held'> }
)

/** Each in one commit; the unique keys decide what is here already, and the answer counts what was not. */
export interface Imports {
  /** Older than everything here, in this order. */
  before(rows: readonly Imported[]): Promise<number>
  /** Newer than everything here, in this order. */
  after(rows: readonly Imported[]): Promise<number>
}

/** `gone`: how many went; `next`: the row to go on after, while there are more. */
export interface Forgotten {
  gone: number
  next?: number
}

/** Messages, requests and every change of outcome, in the order they were committed. */
export interface JournalEntry {
  seq: number
  at: number
  kind: 'message' | 'request' | 'outcome' | 'amended'
  /** For `amended`: the row that brings the amendment. For `message` and `request` of kind message: the inbox row. */
  inbox?: InboxRow
  /** For `amended` and `outcome`: the outbox row as it was after this change. */
  outbox?: OutboxRow
  /** For a `request` of kind subscription. */
  subscription?: { peer: PeerId; name: string }
}

export interface Journal {
  /** Last seq given; 0 in a new store. */
  last(): Promise<number>
  since(seq: number, limit: number): Promise<JournalEntry[]>
  /** A subscription request that the person should see. */
  request(request: { peer: PeerId; name: string; at: number }): Promise<JournalEntry>
}

/** Own presence as the store keeps it: status, note and `until` persist over restarts. */
export interface StoredStatus {
  basic: Basic
  activities: string[]
  note?: string
  /** Language tag → note. */
  notes?: Record<string, string>
  until?: number
}
