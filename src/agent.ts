/**
 * The Agent: the four user agents of RFC 2778 as one interface. Plain data in, plain data out; nothing here
 * has a class, a prototype or a symbol, so the same interface serves in-process and over a socket.
 */

import type { Diagnosis } from './agent/diagnosis.ts'
import type { AgentEvent, EventKind, EventOf } from './agent/events.ts'
import type {
  AmendOptions,
  ComposingState,
  ImportQuery,
  InboxQuery,
  Message,
  Outcome,
  ReplyOptions,
  SearchQuery,
  SendOptions,
} from './agent/messages.ts'
import type {
  AddContact,
  Answered,
  Backup,
  Contact,
  ContactAdded,
  Request,
  Self,
  SelfChange,
} from './agent/people.ts'
import type {
  OwnStatus,
  OwnTuple,
  SeatInput,
  Sighting,
  StatusChange,
  Subscription,
  WatcherInformation,
} from './agent/presence.ts'
import type {
  AccessRules,
  AccessRulesInForce,
  DeliveryRules,
  DeliveryRulesInForce,
  Explanation,
  PersonRuleChange,
  PersonRuleMade,
  Preset,
  RulesSummary,
} from './agent/rules.ts'
import type {
  ShownWatcher,
  VisibilityRules,
  VisibilityRulesInForce,
  WatchersVisible,
} from './agent/visibility.ts'
import type { MessageId } from './principal/ids.ts'

export type * from './agent/diagnosis.ts'
export type * from './agent/events.ts'
export type * from './agent/messages.ts'
export type * from './agent/people.ts'
export type * from './agent/presence.ts'
export type * from './agent/rules.ts'
export type * from './agent/visibility.ts'

/** A call's `AbortSignal`: aborting gives up waiting; what was owed stays owed. */
export interface CallOptions {
  /** Aborted, the call waits no longer: it rejects with `aborted`, or answers how things stand. */
  signal?: AbortSignal
}

/**
 * The four user agents. Every WHO is resolved in this order (petname; exact id, address or card; name of
 * a contact or someone near; end of an id). Each call rejects with a NighError whose code says what to do.
 */
export interface Agent {
  /** Who I am: name, addresses, card, safety words, and where this peer listens. */
  whoami(): Promise<Self>
  /** Changes my display name and what others are told of me. Rejects with `usage` where a name shows nothing. */
  me(change: SelfChange): Promise<Self>

  /** WATCHER USER AGENT: contacts and people near. Waits up to `waitMs` for anybody to come. */
  who(query?: { waitMs?: number }, options?: CallOptions): Promise<Sighting[]>
  /** FETCHER: what WHO shows now, once. Rejects with `pending`, `refused` or `unreachable`. */
  fetch(asked: { who: string; waitMs?: number }, options?: CallOptions): Promise<Sighting>
  /** SUBSCRIBER: wants to see WHO from now on, over restarts; answers how it stands now, events tell the rest. */
  watch(asked: { who: string; waitMs?: number }, options?: CallOptions): Promise<Subscription>
  /** No longer: also ends what the peer asks by itself, until `watch`. */
  unwatch(asked: { who: string; waitMs?: number }, options?: CallOptions): Promise<Subscription>
  /** Whom I watch or once watched by a wish of my own, and how each stands. */
  subscriptions(): Promise<Subscription[]>
  /** PRESENCE USER AGENT: shows or merges into my presence. */
  status(change?: StatusChange): Promise<OwnStatus>
  /**
   * Whether somebody is at the keys of one seat, such as a screen, told by whoever sees them pressed; `null`: nobody sits
   * there any more. One seat that is active is enough to be active. What was told counts for 150 s: tell it every minute.
   */
  atTheKeys(told: SeatInput): Promise<void>
  /** My tuples beside the one of the inbox, in the order of their first publication. */
  tuples(): Promise<OwnTuple[]>
  /**
   * Publishes a tuple, or replaces the one of that id whole. Rejects with `usage` where it breaks a rule, `too-large`
   * where it fits no document any more.
   */
  publishTuple(tuple: OwnTuple): Promise<OwnTuple>
  /** Answers with what was withdrawn; rejects with `usage` if there is no such tuple. */
  withdrawTuple(asked: { id: string }): Promise<OwnTuple>

  /** SENDER USER AGENT: durable before it returns; answers with the first outcome or, after `waitMs`, as it stands. */
  send(message: SendOptions, options?: CallOptions): Promise<Outcome>
  /**
   * Answers a message, theirs or mine, in its conversation; otherwise as `send`. Rejects with `no-such-message` where it is
   * not here.
   */
  reply(message: ReplyOptions, options?: CallOptions): Promise<Outcome>
  /**
   * Gives a message of mine another text, at both sides; what the other one sees says that it was edited. Answers how the
   * change stands. Where it fails, the message is as before.
   */
  edit(change: AmendOptions & { text: string }, options?: CallOptions): Promise<Outcome>
  /**
   * Deletes a message of mine for both; one that has not left is taken back instead, as by `recall`. Answers how that stands.
   * Their Nigh takes it off their screen and disk; what they read or copied it cannot take.
   */
  deleteForBoth(asked: AmendOptions, options?: CallOptions): Promise<Outcome>
  /**
   * Reacts to a message of theirs with an emoji or a short word, at most 64 bytes, in place of an earlier reaction; `null`
   * takes it back. Answers how that stands.
   */
  react(change: AmendOptions & { reaction: string | null }, options?: CallOptions): Promise<Outcome>
  /**
   * Takes a message back: one that never left fails at once, another's inbox is asked, now or when it can be reached.
   * Answers `failure` (they will not get it), `success` (they have it), or after `waitMs` how it stands.
   */
  recall(asked: { id: string; waitMs?: number }, options?: CallOptions): Promise<Outcome>
  /** My newest messages, oldest first; 50 unless `limit` says otherwise. */
  outbox(query?: { limit?: number }): Promise<Outcome[]>
  /**
   * To be called at each keystroke of a message to somebody, and with `idle` when the draft is given up; says so to
   * a contact who is linked, sees me open and once took a message of mine, as rarely as RFC 3994 asks. Else nothing.
   */
  composing(asked: { to: string; state?: ComposingState }): Promise<void>

  /** INBOX USER AGENT: oldest first. With `with`, both directions: what has an `outcome` is mine, what has a `from` theirs. */
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
   * Takes in messages of the past, which are never sent or receipted; what is here already stands. Answers how many
   * were not here. Where WHO is a card, its name is kept if none is known.
   */
  importMessages(query: ImportQuery): Promise<{ taken: number }>
  /**
   * Marks these as read and answers with them, oldest first; `no-such-message` if one is not here, and then marks
   * none. With `displayReceipts` their senders are told, as far as I welcome them and while they see me open.
   */
  markRead(asked: { ids: readonly string[] }): Promise<Message[]>
  /** Who knocks: held messages and subscriptions that wait for my answer, oldest first. */
  requests(): Promise<Request[]>
  /**
   * Accepts all that is pending from WHO, and what they write from now on; with `contact` (or a `name` for them) they
   * become a contact as well. Idempotent. Lifts no block: rejects with `blocked`.
   */
  accept(answer: { who: string; contact?: boolean; name?: string }): Promise<Answered>
  /** Refuses what is pending from WHO, for good; they are not told. Idempotent. */
  refuse(answer: { who: string }): Promise<Answered>

  /** Who watches me, and who did, for as long as it is kept; those turned away come last. */
  watchers(): Promise<WatcherInformation[]>
  /**
   * Who watches WHO, as far as they let me see it: always what they have of me, others where I may and these do not
   * hide. Rejects with `pending`, `refused` or `unreachable`.
   */
  watchersOf(asked: { who: string; waitMs?: number }, options?: CallOptions): Promise<ShownWatcher[]>
  /** Shows or changes who may ask who watches me. */
  watchersVisible(change?: { to: WatchersVisible }): Promise<{ to: WatchersVisible }>

  /** The people I know. */
  contacts(): Promise<Contact[]>
  /** Makes WHO a contact, which opens the view `contacts` to them and accepts what they have pending. Rejects with `name-taken`, `blocked`. */
  addContact(contact: AddContact, options?: CallOptions): Promise<ContactAdded>
  /** Gives a contact another petname. Rejects with `name-taken`. */
  renameContact(change: { who: string; name: string }): Promise<Contact>
  /** Says to which groups a contact belongs, instead of those before; rules about groups count at once. */
  groupContact(change: { who: string; groups: readonly string[] }): Promise<Contact>
  /** A contact no longer; what was written stays. Answers with who it was. */
  removeContact(change: { who: string }): Promise<Contact>
  /** The person compared safety words or card with a contact, in person; `verified: false` takes it back. */
  verifyContact(change: { who: string; verified?: boolean }): Promise<Contact>

  /** Shows the preset and what it means, or chooses another: it counts at once, but for what `effect` says. */
  rules(change?: { preset: Preset }): Promise<RulesSummary>
  /** Shows or replaces the general ACCESS RULES; they count at once. Rejects with `usage` that names the mistake's place. */
  accessRules(change?: AccessRules): Promise<AccessRulesInForce>
  /**
   * Makes or lifts the one rule about WHO, at once. `blocked` where WHO is on the block list and this would not lift it:
   * only `unblock` does.
   */
  personRule(change: PersonRuleChange): Promise<PersonRuleMade>
  /** What a fresh key on this network would see of me. */
  strangers(): Promise<Explanation['access']>
  /** Shows or replaces the DELIVERY RULES; what is already held stays. Rejects with `usage` that names the mistake's place. */
  deliveryRules(change?: DeliveryRules): Promise<DeliveryRulesInForce>
  /** Shows or replaces the VISIBILITY RULES. Rejects with `usage` that names the mistake's place. */
  visibilityRules(change?: VisibilityRules): Promise<VisibilityRulesInForce>
  /** What the rules mean for WHO, in one of my inboxes or in all. */
  explain(asked: { who: string; inbox?: string }): Promise<Explanation>

  /**
   * Why WHO, or anybody, cannot be seen or reached: one cause, one act. Asks the network and dials as discovery does, and
   * looks for up to `waitMs` (less, where it is clear sooner). That WHO is nobody known is a cause; `who-ambiguous` is not.
   */
  diagnose(asked?: { who?: string; waitMs?: number }, options?: CallOptions): Promise<Diagnosis>

  /**
   * Writes the whole home into `file` (an absolute path), under a passphrase; an older backup there is replaced. Rejects
   * with `file-exists`, `file-unusable`, `store-full` or `aborted`, and has then left everything as it was.
   */
  backup(asked: { file: string; passphrase: string }, options?: CallOptions): Promise<Backup>

  /**
   * What happens from now on, beginning with a `snapshot` of presence; with `since`, first every stored event
   * after it. Ends when the signal aborts or the peer closes.
   */
  events(query?: { since?: number }, options?: CallOptions): AsyncIterable<AgentEvent>

  /**
   * Calls `listener` with every event of one kind from now on, until the result is called or the signal aborts. Who was
   * there before tells `who()`, what was said before `inbox()`.
   */
  on<Kind extends EventKind>(
    event: Kind,
    listener: (event: EventOf<Kind>) => void,
    options?: CallOptions,
  ): () => void

  /** Goodbye to everyone, then close. Idempotent. */
  close(): Promise<void>
}
