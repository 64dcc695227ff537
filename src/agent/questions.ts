/**
 * What an Agent may be asked, question by question: what comes from a program, near or far, is unknown until its schema
 * has said otherwise; every string and number is bounded (bounds.ts).
 */
import * as v from 'valibot'
import type { AccessRules, Agent, CallOptions, DeliveryRules, VisibilityRules } from '../agent.ts'
import { LABEL_LIMIT, NAME_LIMIT, NOTE_LIMIT } from '../envelope/protocol.ts'
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
  text,
  tuple,
  userInput,
  wait,
  who,
  whole,
  whoWithin,
  words,
} from './bounds.ts'
import type { Method } from './methods.ts'

/** Reads what was asked, and asks it of `agent`. Throws a Misfit where it makes no sense. */
export type Question = (agent: Agent, asked: unknown, options: CallOptions) => Promise<unknown>

/** What was asked does not fit: which part, and what is wrong with it. */
export class Misfit extends Error {}

/** `asked` as `schema` reads it, or a Misfit. */
export function fitting<Schema extends v.GenericSchema>(
  schema: Schema,
  asked: unknown,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, asked, { abortEarly: true })
  if (read.success) return read.output
  const [issue] = read.issues
  throw new Misfit(`${v.getDotPath(issue) ?? 'params'}: ${issue.message.slice(0, 200)}`)
}

function question<Schema extends v.GenericSchema>(
  schema: Schema,
  ask: (agent: Agent, asked: v.InferOutput<Schema>, options: CallOptions) => Promise<unknown>,
): Question {
  return async (agent, asked, options) => ask(agent, fitting(schema, asked ?? {}), options)
}

/** Each with what it takes (`paramsOf`); where that is empty, it shows. */
export const QUESTIONS: Readonly<Record<Method, Question>> = {
  whoami: question(nothing, (agent) => agent.whoami()),
  me: question(
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

  who: question(v.strictObject({ waitMs: v.exactOptional(wait) }), (agent, query, options) =>
    agent.who(query, options),
  ),

  status: question(
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

  atTheKeys: question(
    v.strictObject({ seat: v.pipe(words(NAME_LIMIT), v.minLength(1)), input: v.nullable(userInput) }),
    (agent, told) => agent.atTheKeys(told),
  ),

  tuples: question(nothing, (agent) => agent.tuples()),
  publishTuple: question(tuple, (agent, asked) => agent.publishTuple(asked)),
  withdrawTuple: question(v.strictObject({ id: words(NAME_LIMIT) }), (agent, asked) =>
    agent.withdrawTuple(asked),
  ),

  send: question(
    v.strictObject({
      ...draft,
      to: who,
    }),
    (agent, message, options) => agent.send(message, options),
  ),

  reply: question(
    v.strictObject({
      ...draft,
      replyTo: words(64),
    }),
    (agent, message, options) => agent.reply(message, options),
  ),

  edit: question(v.strictObject({ ...amendment, text }), (agent, change, options) =>
    agent.edit(change, options),
  ),

  deleteForBoth: question(v.strictObject({ ...amendment }), (agent, change, options) =>
    agent.deleteForBoth(change, options),
  ),

  react: question(v.strictObject({ ...amendment, reaction }), (agent, change, options) =>
    agent.react(change, options),
  ),

  recall: question(
    v.strictObject({ id: words(64), waitMs: v.exactOptional(wait) }),
    (agent, asked, options) => agent.recall(asked, options),
  ),

  outbox: question(v.strictObject({ limit: v.exactOptional(rows) }), (agent, query) => agent.outbox(query)),
  inbox: question(
    v.strictObject({
      with: v.exactOptional(who),
      unread: v.exactOptional(v.boolean()),
      limit: v.exactOptional(rows),
      before: v.exactOptional(words(64)),
      markRead: v.exactOptional(v.boolean()),
    }),
    (agent, query) => agent.inbox(query),
  ),

  search: question(
    v.strictObject({
      words: words(SEARCH_LIMIT),
      with: v.exactOptional(who),
      limit: v.exactOptional(rows),
      before: v.exactOptional(words(64)),
    }),
    (agent, query) => agent.search(query),
  ),

  importMessages: question(
    v.strictObject({
      who,
      messages: v.pipe(v.array(importedMessage), v.maxLength(IDS_LIMIT)),
      place: v.picklist(['before', 'after']),
    }),
    (agent, query) => agent.importMessages(query),
  ),

  deleteMessages: question(
    v.strictObject({ ids: v.pipe(v.array(words(64)), v.maxLength(IDS_LIMIT)) }),
    (agent, asked) => agent.deleteMessages(asked),
  ),

  retention: question(
    v.strictObject({ keepMs: v.exactOptional(v.nullable(whole(EXPIRY_LIMIT))) }),
    (agent, { keepMs }) => agent.retention(keepMs === undefined ? undefined : { keepMs }),
  ),

  markRead: question(
    v.strictObject({ ids: v.pipe(v.array(words(64)), v.maxLength(ROWS_LIMIT)) }),
    (agent, asked) => agent.markRead(asked),
  ),

  composing: question(
    v.strictObject({ to: who, state: v.exactOptional(v.picklist(['active', 'idle'])) }),
    (agent, asked) => agent.composing(asked),
  ),

  requests: question(nothing, (agent) => agent.requests()),
  accept: question(
    v.strictObject({ who, contact: v.exactOptional(v.boolean()), name: v.exactOptional(name) }),
    (agent, answer) => agent.accept(answer),
  ),

  refuse: question(v.strictObject({ who }), (agent, answer) => agent.refuse(answer)),
  diagnose: question(
    v.strictObject({ who: v.exactOptional(who), waitMs: v.exactOptional(wait) }),
    (agent, asked, options) => agent.diagnose(asked, options),
  ),

  fetch: question(whoWithin, (agent, asked, options) => agent.fetch(asked, options)),
  watch: question(whoWithin, (agent, asked, options) => agent.watch(asked, options)),
  unwatch: question(whoWithin, (agent, asked, options) => agent.unwatch(asked, options)),
  subscriptions: question(nothing, (agent) => agent.subscriptions()),
  watchers: question(nothing, (agent) => agent.watchers()),
  watchersOf: question(whoWithin, (agent, asked, options) => agent.watchersOf(asked, options)),
  watchersVisible: question(
    v.strictObject({ to: v.exactOptional(v.picklist(['contacts', 'nobody'])) }),
    (agent, { to }) => agent.watchersVisible(to === undefined ? undefined : { to }),
  ),

  contacts: question(nothing, (agent) => agent.contacts()),
  addContact: question(
    v.strictObject({
      who,
      name: v.exactOptional(name),
      groups: v.exactOptional(groups),
      waitMs: v.exactOptional(wait),
    }),
    (agent, contact, options) => agent.addContact(contact, options),
  ),

  renameContact: question(v.strictObject({ who, name }), (agent, change) => agent.renameContact(change)),
  groupContact: question(v.strictObject({ who, groups: groups }), (agent, change) =>
    agent.groupContact(change),
  ),

  removeContact: question(v.strictObject({ who }), (agent, change) => agent.removeContact(change)),
  verifyContact: question(v.strictObject({ who, verified: v.exactOptional(v.boolean()) }), (agent, change) =>
    agent.verifyContact(change),
  ),

  rules: question(
    v.strictObject({ preset: v.exactOptional(v.picklist(['default', 'office', 'private', 'hidden'])) }),
    (agent, { preset }) => agent.rules(preset === undefined ? undefined : { preset }),
  ),

  deliveryRules:
    // Their grammar is the rules' own: it knows the contacts, and names the place of a mistake.
    question(v.strictObject({ change: v.exactOptional(v.unknown()) }), (agent, { change }) =>
      agent.deliveryRules(change as DeliveryRules | undefined),
    ),

  accessRules: question(v.strictObject({ change: v.exactOptional(v.unknown()) }), (agent, { change }) =>
    agent.accessRules(change as AccessRules | undefined),
  ),

  personRule: question(
    v.strictObject({
      who,
      then: v.picklist(['allow', 'block', 'polite-block', 'hide', 'unblock']),
      view: v.exactOptional(v.picklist(['nearby', 'contacts'])),
      fetchOnly: v.exactOptional(v.boolean()),
      forMs: v.exactOptional(whole(EXPIRY_LIMIT)),
    }),
    (agent, change) => agent.personRule(change),
  ),

  strangers: question(nothing, (agent) => agent.strangers()),
  visibilityRules: question(v.strictObject({ change: v.exactOptional(v.unknown()) }), (agent, { change }) =>
    agent.visibilityRules(change as VisibilityRules | undefined),
  ),

  backup: question(
    v.strictObject({ file: words(PATH_LIMIT), passphrase: words(PASSPHRASE_LIMIT) }),
    (agent, asked, options) => agent.backup(asked, options),
  ),

  explain: question(v.strictObject({ who, inbox: v.exactOptional(words(LABEL_LIMIT)) }), (agent, asked) =>
    agent.explain(asked),
  ),
}
