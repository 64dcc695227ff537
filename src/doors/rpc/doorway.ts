/**
 * The doorway: one method per method of the Agent, and what each may be asked. Everything that comes in is
 * unknown until its schema has said otherwise; every string and number is bounded.
 */
import * as v from 'valibot'
import type { AccessRules, Agent, DeliveryRules, OwnTuple, Reason, VisibilityRules } from '../../agent.ts'
import {
  ACTIVITIES_LIMIT,
  ACTIVITY_LIMIT,
  ADDRESS_LIMIT,
  BODY_LIMIT,
  CONTENT_TYPE_LIMIT,
  LABEL_LIMIT,
  LANGUAGE_LIMIT,
  MARKUP_CONTENT_LIMIT,
  MARKUP_LIMIT,
  NAME_LIMIT,
  NOTE_LIMIT,
  REACTION_LIMIT,
} from '../../envelope/protocol.ts'
import type { MessageId } from '../../principal/ids.ts'
import { misuse } from './failure.ts'

/** Version of this door. A client of another version is told so and may only ask to `close`. */
export const DOOR_VERSION = 1

/** The longest card (`parseCard`). */
const WHO_LIMIT = 4096
/** Rows per listing: more is paged. */
const ROWS_LIMIT = 1000
/** Longest wait that may be asked for, ms. */
const WAIT_LIMIT = 3_600_000
/** Longest life that may be given to a message: ten years, ms. */
const EXPIRY_LIMIT = 10 * 365 * 86_400_000
const GROUPS_LIMIT = 32
/** What somebody types to find a message. */
const SEARCH_LIMIT = 500
/** Linux's PATH_MAX. */
const PATH_LIMIT = 4096
/** The format's own (store/backup-file.ts). */
const PASSPHRASE_LIMIT = 1024
/** Messages deleted in one call. */
const IDS_LIMIT = 1_000

const words = (limit: number) =>
  v.pipe(v.string(), v.maxLength(limit, `It may have ${limit} characters at most. Shorten it.`))
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most))
const who = v.pipe(
  v.string(),
  v.minLength(1, 'Say whom.'),
  v.maxLength(WHO_LIMIT, 'It is longer than any name, address or card. Copy it again.'),
)
/** Of people and groups. Only the size is bounded here: how long a name may be once it is tidy, its room says. */
const name = words(64 * NAME_LIMIT)
const groups = v.pipe(
  v.array(name),
  v.maxLength(GROUPS_LIMIT, `One person belongs to ${GROUPS_LIMIT} groups at most.`),
)
const messageId = v.pipe(v.string(), v.uuid(), v.toLowerCase()) as unknown as v.GenericSchema<MessageId>
const rows = whole(ROWS_LIMIT)
const wait = whole(WAIT_LIMIT)
const nothing = v.strictObject({})
const whoWithin = v.strictObject({ who, waitMs: v.exactOptional(wait) })

const activities = v.pipe(v.array(words(ACTIVITY_LIMIT)), v.maxLength(ACTIVITIES_LIMIT))
const notes = v.pipe(v.record(words(LANGUAGE_LIMIT), words(NOTE_LIMIT)), v.maxEntries(MARKUP_LIMIT))
const userInput = v.strictObject({
  state: v.picklist(['active', 'idle']),
  since: v.exactOptional(words(64)),
  thresholdSeconds: v.exactOptional(whole(2 ** 32 - 1)),
})
const markup = v.pipe(
  v.array(
    v.strictObject({
      namespace: words(ADDRESS_LIMIT),
      content: words(MARKUP_CONTENT_LIMIT),
      mustUnderstand: v.exactOptional(v.boolean()),
    }),
  ),
  v.maxLength(MARKUP_LIMIT),
)
const tuple = v.strictObject({
  id: words(NAME_LIMIT),
  status: v.exactOptional(
    v.strictObject({
      basic: v.exactOptional(v.picklist(['open', 'closed'])),
      activities: v.exactOptional(activities),
      note: v.exactOptional(words(NOTE_LIMIT)),
      userInput: v.exactOptional(userInput),
    }),
  ),
  address: v.exactOptional(words(ADDRESS_LIMIT)),
  priority: v.exactOptional(v.number()),
  notes: v.exactOptional(notes),
  until: v.exactOptional(words(64)),
  markup: v.exactOptional(markup),
  // What may be in it is the presentity's to say: it names what would have to be done instead.
  views: v.exactOptional(v.pipe(v.array(words(NAME_LIMIT)), v.maxLength(8))),
}) as unknown as v.GenericSchema<OwnTuple>

/** Likewise: its room counts the bytes of what is left of it on one line. */
const reaction = v.nullable(words(64 * REACTION_LIMIT))

const amendment = {
  id: words(64),
  changeId: v.exactOptional(messageId),
  expireMs: v.exactOptional(whole(EXPIRY_LIMIT)),
  untilOpen: v.exactOptional(v.boolean()),
  waitMs: v.exactOptional(wait),
}

const pastMessage = {
  id: messageId,
  text: words(BODY_LIMIT),
  contentType: words(CONTENT_TYPE_LIMIT),
  sentAt: v.pipe(v.string(), v.isoTimestamp()),
  at: v.pipe(v.string(), v.isoTimestamp()),
  inbox: v.exactOptional(words(LABEL_LIMIT)),
  replyTo: v.exactOptional(messageId),
  edited: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  deleted: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  reaction: v.exactOptional(words(REACTION_LIMIT)),
}
const importedMessage = v.variant('received', [
  v.strictObject({ ...pastMessage, received: v.literal(true) }),
  v.strictObject({
    ...pastMessage,
    received: v.literal(false),
    outcome: v.picklist(['success', 'failure', 'indeterminate']),
    reason: v.exactOptional(words(64) as unknown as v.GenericSchema<Reason>),
    disposition: v.exactOptional(v.picklist(['delivered', 'displayed'])),
  }),
])

export const SINCE = v.exactOptional(whole(Number.MAX_SAFE_INTEGER))

/** Every method but `events` and `close`, which are conversations of their own. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['whoami', method(nothing, (agent) => agent.whoami())],
  [
    'me',
    method(
      v.strictObject({
        name: v.exactOptional(name),
        displayReceipts: v.exactOptional(v.boolean()),
        composing: v.exactOptional(v.boolean()),
        bell: v.exactOptional(v.boolean()),
        notify: v.exactOptional(v.picklist(['off', 'name', 'text'])),
        awayAfterMs: v.exactOptional(v.nullable(whole(EXPIRY_LIMIT))),
      }),
      (agent, change) => agent.me(change),
    ),
  ],
  [
    'who',
    method(v.strictObject({ waitMs: v.exactOptional(wait) }), (agent, query, options) =>
      agent.who(query, options),
    ),
  ],
  [
    'status',
    method(
      v.strictObject({
        basic: v.exactOptional(v.picklist(['open', 'closed'])),
        activities: v.exactOptional(activities),
        note: v.exactOptional(v.nullable(words(NOTE_LIMIT))),
        notes: v.exactOptional(v.nullable(notes)),
        until: v.exactOptional(v.nullable(words(64))),
        userInput: v.exactOptional(v.nullable(userInput)),
        elision: v.exactOptional(v.boolean()),
        clear: v.exactOptional(v.boolean()),
      }),
      (agent, change) => agent.status(change),
    ),
  ],
  [
    'atTheKeys',
    method(
      v.strictObject({ seat: v.pipe(words(NAME_LIMIT), v.minLength(1)), input: v.nullable(userInput) }),
      async (agent, told) => {
        await agent.atTheKeys(told)
        return {}
      },
    ),
  ],
  ['tuples', method(nothing, (agent) => agent.tuples())],
  ['publishTuple', method(tuple, (agent, asked) => agent.publishTuple(asked))],
  [
    'withdrawTuple',
    method(v.strictObject({ id: words(NAME_LIMIT) }), (agent, asked) => agent.withdrawTuple(asked)),
  ],
  [
    'send',
    method(
      v.strictObject({
        id: v.exactOptional(messageId),
        to: who,
        text: words(BODY_LIMIT),
        contentType: v.exactOptional(words(CONTENT_TYPE_LIMIT)),
        expireMs: v.exactOptional(whole(EXPIRY_LIMIT)),
        untilOpen: v.exactOptional(v.boolean()),
        waitMs: v.exactOptional(wait),
      }),
      (agent, message, options) => agent.send(message, options),
    ),
  ],
  [
    'reply',
    method(
      v.strictObject({
        id: v.exactOptional(messageId),
        replyTo: words(64),
        text: words(BODY_LIMIT),
        contentType: v.exactOptional(words(CONTENT_TYPE_LIMIT)),
        expireMs: v.exactOptional(whole(EXPIRY_LIMIT)),
        untilOpen: v.exactOptional(v.boolean()),
        waitMs: v.exactOptional(wait),
      }),
      (agent, message, options) => agent.reply(message, options),
    ),
  ],
  [
    'edit',
    method(v.strictObject({ ...amendment, text: words(BODY_LIMIT) }), (agent, change, options) =>
      agent.edit(change, options),
    ),
  ],
  [
    'deleteForBoth',
    method(v.strictObject({ ...amendment }), (agent, change, options) =>
      agent.deleteForBoth(change, options),
    ),
  ],
  [
    'react',
    method(v.strictObject({ ...amendment, reaction }), (agent, change, options) =>
      agent.react(change, options),
    ),
  ],
  [
    'recall',
    method(v.strictObject({ id: words(64), waitMs: v.exactOptional(wait) }), (agent, asked, options) =>
      agent.recall(asked, options),
    ),
  ],
  ['outbox', method(v.strictObject({ limit: v.exactOptional(rows) }), (agent, query) => agent.outbox(query))],
  [
    'inbox',
    method(
      v.strictObject({
        with: v.exactOptional(who),
        unread: v.exactOptional(v.boolean()),
        limit: v.exactOptional(rows),
        before: v.exactOptional(words(64)),
        markRead: v.exactOptional(v.boolean()),
      }),
      (agent, query) => agent.inbox(query),
    ),
  ],
  [
    'search',
    method(
      v.strictObject({
        words: words(SEARCH_LIMIT),
        with: v.exactOptional(who),
        limit: v.exactOptional(rows),
        before: v.exactOptional(words(64)),
      }),
      (agent, query) => agent.search(query),
    ),
  ],
  [
    'importMessages',
    method(
      v.strictObject({
        who,
        messages: v.pipe(v.array(importedMessage), v.maxLength(IDS_LIMIT)),
        place: v.picklist(['before', 'after']),
      }),
      (agent, query) => agent.importMessages(query),
    ),
  ],
  [
    'deleteMessages',
    method(v.strictObject({ ids: v.pipe(v.array(words(64)), v.maxLength(IDS_LIMIT)) }), (agent, asked) =>
      agent.deleteMessages(asked),
    ),
  ],
  [
    'retention',
    method(
      v.strictObject({ keepMs: v.exactOptional(v.nullable(whole(EXPIRY_LIMIT))) }),
      (agent, { keepMs }) => agent.retention(keepMs === undefined ? undefined : { keepMs }),
    ),
  ],
  [
    'markRead',
    method(
      v.strictObject({ ids: v.pipe(v.array(words(64)), v.minLength(1), v.maxLength(ROWS_LIMIT)) }),
      (agent, asked) => agent.markRead(asked),
    ),
  ],
  [
    'composing',
    method(
      v.strictObject({ to: who, state: v.exactOptional(v.picklist(['active', 'idle'])) }),
      async (agent, asked) => {
        await agent.composing(asked)
        return {}
      },
    ),
  ],
  ['requests', method(nothing, (agent) => agent.requests())],
  [
    'accept',
    method(
      v.strictObject({ who, contact: v.exactOptional(v.boolean()), name: v.exactOptional(name) }),
      (agent, answer) => agent.accept(answer),
    ),
  ],
  ['refuse', method(v.strictObject({ who }), (agent, answer) => agent.refuse(answer))],
  [
    'diagnose',
    method(
      v.strictObject({ who: v.exactOptional(who), waitMs: v.exactOptional(wait) }),
      (agent, asked, options) => agent.diagnose(asked, options),
    ),
  ],
  ['fetch', method(whoWithin, (agent, asked, options) => agent.fetch(asked, options))],
  ['watch', method(whoWithin, (agent, asked, options) => agent.watch(asked, options))],
  ['unwatch', method(whoWithin, (agent, asked, options) => agent.unwatch(asked, options))],
  ['subscriptions', method(nothing, (agent) => agent.subscriptions())],
  ['watchers', method(nothing, (agent) => agent.watchers())],
  ['watchersOf', method(whoWithin, (agent, asked, options) => agent.watchersOf(asked, options))],
  [
    'watchersVisible',
    method(v.strictObject({ to: v.exactOptional(v.picklist(['contacts', 'nobody'])) }), (agent, { to }) =>
      agent.watchersVisible(to === undefined ? undefined : { to }),
    ),
  ],
  ['contacts', method(nothing, (agent) => agent.contacts())],
  [
    'addContact',
    method(
      v.strictObject({
        who,
        name: v.exactOptional(name),
        groups: v.exactOptional(groups),
        waitMs: v.exactOptional(wait),
      }),
      (agent, contact, options) => agent.addContact(contact, options),
    ),
  ],
  ['renameContact', method(v.strictObject({ who, name }), (agent, change) => agent.renameContact(change))],
  [
    'groupContact',
    method(v.strictObject({ who, groups: groups }), (agent, change) => agent.groupContact(change)),
  ],
  ['removeContact', method(v.strictObject({ who }), (agent, change) => agent.removeContact(change))],
  [
    'verifyContact',
    method(v.strictObject({ who, verified: v.exactOptional(v.boolean()) }), (agent, change) =>
      agent.verifyContact(change),
    ),
  ],
  [
    'rules',
    method(
      v.strictObject({ preset: v.exactOptional(v.picklist(['default', 'office', 'private', 'hidden'])) }),
      (agent, { preset }) => agent.rules(preset === undefined ? undefined : { preset }),
    ),
  ],
  [
    'deliveryRules',
    // Their grammar is the rules' own: it knows the contacts, and names the place of a mistake.
    method(v.strictObject({ change: v.exactOptional(v.unknown()) }), (agent, { change }) =>
      agent.deliveryRules(change as DeliveryRules | undefined),
    ),
  ],
  [
    'accessRules',
    method(v.strictObject({ change: v.exactOptional(v.unknown()) }), (agent, { change }) =>
      agent.accessRules(change as AccessRules | undefined),
    ),
  ],
  [
    'personRule',
    method(
      v.strictObject({
        who,
        then: v.picklist(['allow', 'block', 'polite-block', 'hide', 'unblock']),
        view: v.exactOptional(v.picklist(['nearby', 'contacts'])),
        fetchOnly: v.exactOptional(v.boolean()),
        forMs: v.exactOptional(whole(EXPIRY_LIMIT)),
      }),
      (agent, change) => agent.personRule(change),
    ),
  ],
  ['strangers', method(nothing, (agent) => agent.strangers())],
  [
    'visibilityRules',
    method(v.strictObject({ change: v.exactOptional(v.unknown()) }), (agent, { change }) =>
      agent.visibilityRules(change as VisibilityRules | undefined),
    ),
  ],
  [
    'backup',
    method(
      v.strictObject({ file: words(PATH_LIMIT), passphrase: words(PASSPHRASE_LIMIT) }),
      (agent, asked, options) => agent.backup(asked, options),
    ),
  ],
  [
    'explain',
    method(v.strictObject({ who, inbox: v.exactOptional(words(LABEL_LIMIT)) }), (agent, asked) =>
      agent.explain(asked),
    ),
  ],
])

export type Method = (agent: Agent, params: unknown, options: { signal: AbortSignal }) => Promise<unknown>

/** `params` as `schema` reads it, or a failure that names the part and what is wrong with it. */
export function enter<Schema extends v.GenericSchema>(
  schema: Schema,
  params: unknown,
): v.InferOutput<Schema> {
  const entered = v.safeParse(schema, params ?? {}, { abortEarly: true })
  if (entered.success) return entered.output
  const [issue] = entered.issues
  throw misuse(`The request does not fit: ${v.getDotPath(issue) ?? 'params'}: ${issue.message.slice(0, 200)}`)
}

function method<Schema extends v.GenericSchema>(
  schema: Schema,
  call: (agent: Agent, params: v.InferOutput<Schema>, options: { signal: AbortSignal }) => Promise<unknown>,
): Method {
  return async (agent, params, options) => call(agent, enter(schema, params), options)
}
