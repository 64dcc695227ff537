/**
 * The doorway: one method per method of the Agent, and what each may be asked. Everything that comes in is
 * unknown until its schema has said otherwise; every string and number is bounded (bounds.ts).
 */
import * as v from 'valibot'
import type { AccessRules, Agent, DeliveryRules, VisibilityRules } from '../../agent.ts'
import { BODY_LIMIT, LABEL_LIMIT, NAME_LIMIT, NOTE_LIMIT } from '../../envelope/protocol.ts'
import {
  activities,
  amendment,
  draft,
  EXPIRY_LIMIT,
  groups,
  IDS_LIMIT,
  importedMessage,
  name,
  notes,
  nothing,
  PASSPHRASE_LIMIT,
  PATH_LIMIT,
  ROWS_LIMIT,
  reaction,
  rows,
  SEARCH_LIMIT,
  tuple,
  userInput,
  wait,
  who,
  whole,
  whoWithin,
  words,
} from './bounds.ts'
import { misuse } from './failure.ts'

/** Version of this door. A client of another version is told so and may only ask to `close`. */
export const DOOR_VERSION = 1

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
        ...draft,
        to: who,
      }),
      (agent, message, options) => agent.send(message, options),
    ),
  ],
  [
    'reply',
    method(
      v.strictObject({
        ...draft,
        replyTo: words(64),
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
