/** The methods of an Agent by name, for whoever passes all of them on: a door, a preload script, a stand-in. */
import type { Agent } from '../agent.ts'

/** Plain questions with plain answers; not `events`, `on` and `close`, which are conversations of their own. */
export type Method = Exclude<keyof Agent, 'events' | 'on' | 'close'>

/** Each once: what is missing or too much is a mistake of types. */
const ALL: Record<Method, true> = {
  whoami: true,
  me: true,
  who: true,
  fetch: true,
  watch: true,
  unwatch: true,
  subscriptions: true,
  status: true,
  atTheKeys: true,
  tuples: true,
  publishTuple: true,
  withdrawTuple: true,
  send: true,
  reply: true,
  edit: true,
  deleteForBoth: true,
  react: true,
  recall: true,
  outbox: true,
  composing: true,
  inbox: true,
  search: true,
  importMessages: true,
  deleteMessages: true,
  retention: true,
  markRead: true,
  requests: true,
  accept: true,
  refuse: true,
  watchers: true,
  watchersOf: true,
  watchersVisible: true,
  contacts: true,
  addContact: true,
  renameContact: true,
  groupContact: true,
  removeContact: true,
  verifyContact: true,
  rules: true,
  accessRules: true,
  personRule: true,
  strangers: true,
  deliveryRules: true,
  visibilityRules: true,
  explain: true,
  diagnose: true,
  backup: true,
}

/** All of them, by name. */
export const METHODS = Object.keys(ALL) as readonly Method[]

/** Those whose whole argument is one document: an empty one is a document, and not the question which one is in force. */
const DOCUMENTS: readonly Method[] = ['deliveryRules', 'accessRules', 'visibilityRules']

/** What `method` was asked, as the parameters that it has on a wire. */
export function paramsOf(method: Method, asked: unknown): unknown {
  if (!DOCUMENTS.includes(method)) return asked ?? {}
  return asked === undefined ? {} : { change: asked }
}

/** An Agent's plain methods, each made by `make`. */
export function everyMethod(make: (method: Method) => unknown): Pick<Agent, Method> {
  return Object.fromEntries(METHODS.map((method) => [method, make(method)])) as unknown as Pick<Agent, Method>
}
