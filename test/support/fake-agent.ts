/**
 * An Agent that thinks nothing: it answers what it was given to answer and remembers what it was asked. For tests
 * of what stands before an Agent. Every answer can be replaced by a function.
 */
import { listening } from '../../src/agent/listening.ts'
import type {
  AccessRulesInForce,
  Agent,
  AgentEvent,
  Answered,
  Backup,
  Contact,
  ContactAdded,
  DeliveryRulesInForce,
  Diagnosis,
  Explanation,
  Message,
  Outcome,
  OwnStatus,
  Person,
  Request,
  RulesSummary,
  Self,
  ShownWatcher,
  Sighting,
  Subscription,
  VisibilityRulesInForce,
  WatcherInformation,
} from '../../src/agent.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'

export const ALICE_ID = '12D3KooWAliceAliceAliceAliceAliceAliceAliceAlice1234' as PeerId
export const BOB_ID = '12D3KooWBobBobBobBobBobBobBobBobBobBobBobBobBob56789' as PeerId
export const MESSAGE_ID = '0190f2a1-7c3e-7abc-8def-0123456789ab' as MessageId
export const AT = '2026-11-22T12:00:00.000Z'

export const ALICE: Person = {
  peerId: ALICE_ID,
  name: 'alice',
  address: `pres:${ALICE_ID}`,
  relation: 'contact',
  verified: true,
}
export const BOB: Person = {
  peerId: BOB_ID,
  name: 'bob',
  petname: 'bob',
  address: `pres:${BOB_ID}`,
  relation: 'contact',
  verified: false,
}

export const SELF: Self = {
  peerId: ALICE_ID,
  name: 'alice',
  presence: `pres:${ALICE_ID}`,
  inbox: `im:${ALICE_ID}`,
  card: `nigh:${ALICE_ID}?name=alice`,
  safetyWords: 'one two three four five six seven eight nine ten eleven twelve',
  mesh: 'nigh',
  listen: ['/ip4/127.0.0.1/tcp/4001'],
  home: '/home/alice/.local/share/nigh/homes/default',
  displayReceipts: false,
  composing: true,
  bell: true,
  notify: 'name',
  awayAfterMs: 300_000,
}

export const SIGHTING: Sighting = {
  who: BOB,
  presence: { name: 'bob', tuples: [{ id: 'im', status: { basic: 'open', activities: ['meeting'] } }] },
  evidence: 'live',
  seenAt: AT,
  ageMs: 40,
}

export const MESSAGE: Message = {
  id: MESSAGE_ID,
  from: BOB,
  to: ALICE,
  text: 'hello',
  contentType: 'text/plain',
  sentAt: AT,
  at: AT,
  disposition: 'accepted',
  unread: true,
  seq: 7,
}

export const OUTCOME: Outcome = {
  id: MESSAGE_ID,
  to: BOB,
  outcome: 'success',
  state: 'settled',
  disposition: 'delivered',
  at: AT,
  text: 'hello',
  sentAt: AT,
  seq: 8,
}

/** A change to that message, which has an id of its own. */
export const AMENDMENT: Outcome = { ...OUTCOME, text: 'ho', amends: { id: MESSAGE_ID, by: 'edit' } }

export const STATUS: OwnStatus = { basic: 'open', activities: [] }
export const REQUEST: Request = { who: BOB, kind: 'message', text: 'may I?', at: AT }
export const CONTACT: Contact = { who: BOB, groups: ['work'], addedAt: AT }
export const ADDED: ContactAdded = {
  who: BOB,
  opens: 'contacts',
  accepted: { messages: 1, subscription: true },
}
export const ANSWERED: Answered = { who: BOB, messages: 1, subscription: true, contact: false }
export const SUBSCRIPTION: Subscription = { who: BOB, status: 'active', reason: 'approved' }
export const WATCHER: WatcherInformation = {
  who: BOB,
  via: 'subscribe',
  status: 'active',
  view: 'contacts',
  first: AT,
  last: AT,
  count: 2,
  couldReadUntil: AT,
}
export const SHOWN_WATCHERS: ShownWatcher[] = [
  { who: ALICE, via: 'subscribe', status: 'active', reason: 'approved', me: true },
  { who: BOB, via: 'fetch', me: false },
  { pseudonym: 'Owl', via: 'subscribe', status: 'terminated', reason: 'timeout', me: false },
]
export const VISIBILITY_RULES: VisibilityRulesInForce = {
  general: 'pseudonym',
  people: { [BOB_ID]: 'unlisted' },
  pseudonym: 'Owl',
  inWords: ['Whoever you watch may show others that somebody does who is called Owl.'],
}
export const RULES: RulesSummary = {
  preset: 'default',
  effect: ['People near see your name and open or closed.'],
}

export const ACCESS_RULES: AccessRulesInForce = {
  rules: [{ if: { relation: 'near' }, then: 'confirm' }],
  inWords: ['People on this network have to ask.'],
  otherwise: ['Your contacts can see all of it.'],
  people: [{ who: BOB, then: 'polite-block', effect: ['bob sees you closed.'] }],
}

export const DELIVERY_RULES: DeliveryRulesInForce = {
  inboxes: {
    default: [{ if: { relation: 'stranger' }, then: 'refuse' }],
    oncall: [],
  },
  inWords: [
    {
      inbox: 'default',
      address: `im:${ALICE_ID}`,
      rules: ['From strangers: refused, untold.'],
      otherwise: 'Otherwise contacts are taken.',
    },
    {
      inbox: 'oncall',
      address: `im:${ALICE_ID}/oncall`,
      rules: [],
      otherwise: 'contacts are taken.',
    },
  ],
}
export const BACKUP: Backup = { file: '/backups/alice.nigh', at: AT, bytes: 4_242 }
export const EXPLANATION: Explanation = {
  who: BOB,
  access: {
    decision: 'allow',
    view: 'contacts',
    because: 'the rule for contacts',
    presence: {
      name: 'alice',
      note: 'back at five',
      tuples: [{ id: 'im', status: { basic: 'open' }, address: `im:${ALICE_ID}` }],
    },
  },
  delivery: [
    { inbox: 'default', decision: 'accept', because: 'contacts are taken' },
    { inbox: 'oncall', decision: 'refuse', reason: 'closed', because: 'rule 1 of the inbox oncall' },
  ],
}

export const DIAGNOSIS: Diagnosis = {
  cause: 'fine',
  sentence: 'Nothing is wrong: bob is here, linked, and answers.',
  act: 'There is nothing to do.',
  who: BOB,
  evidence: ['eth0 10.0.0.1/24: multicast goes out and comes back; 3 heard of other devices'],
  observations: {
    since: AT,
    visiting: false,
    hidden: false,
    mesh: 'nigh',
    host: { platform: 'linux', firewall: 'ufw' },
    port: 4001,
    networks: [],
    cameIn: 0,
    others: [],
  },
}

/** The secret of every fake home. */
export const SECRET = new Uint8Array(32).fill(7)

export interface FakeAgent extends Agent {
  readonly secret: Uint8Array
  /** What was asked, in order: the method and its first argument. */
  readonly calls: [method: string, argument: unknown][]
  /** How many streams of events are open. */
  readonly watching: number
  /** Something happens: every open stream tells it. */
  tell(event: AgentEvent): void
  readonly closed: boolean
}

/** `answers` replaces single methods. Closing ends every stream of events. */
export function fakeAgent(answers: Partial<Agent> = {}): FakeAgent {
  const calls: FakeAgent['calls'] = []
  const streams = new Set<(event: AgentEvent | undefined) => void>()
  let closed = false

  const agent: Agent = {
    whoami: async () => SELF,
    importMessages: async ({ messages }) => ({ taken: messages.length }),
    backup: async ({ file }) => ({ ...BACKUP, file }),
    me: async ({ awayAfterMs, ...change }) => ({
      ...SELF,
      ...change,
      ...(typeof awayAfterMs === 'number' ? { awayAfterMs } : {}),
    }),
    who: async () => [SIGHTING],
    status: async () => STATUS,
    tuples: async () => [],
    publishTuple: async (tuple) => tuple,
    withdrawTuple: async ({ id }) => ({ id }),
    send: async () => OUTCOME,
    reply: async () => OUTCOME,
    edit: async () => AMENDMENT,
    deleteForBoth: async () => AMENDMENT,
    react: async () => AMENDMENT,
    recall: async () => OUTCOME,
    outbox: async () => [OUTCOME],
    inbox: async () => [MESSAGE],
    search: async () => [MESSAGE],
    deleteMessages: async () => [MESSAGE.id],
    retention: async () => ({}),
    markRead: async () => [{ ...MESSAGE, unread: false }],
    atTheKeys: async () => {},
    composing: async () => {},
    requests: async () => [REQUEST],
    accept: async () => ANSWERED,
    refuse: async () => ANSWERED,
    fetch: async () => SIGHTING,
    watch: async () => SUBSCRIPTION,
    unwatch: async () => ({ who: BOB, status: 'terminated', reason: 'cancelled' }),
    subscriptions: async () => [SUBSCRIPTION],
    watchers: async () => [WATCHER],
    watchersOf: async () => SHOWN_WATCHERS,
    watchersVisible: async (change) => change ?? { to: 'nobody' },
    visibilityRules: async () => VISIBILITY_RULES,
    contacts: async () => [CONTACT],
    addContact: async () => ADDED,
    renameContact: async () => CONTACT,
    groupContact: async ({ groups }) => ({ ...CONTACT, groups: [...groups] }),
    removeContact: async () => CONTACT,
    verifyContact: async ({ verified = true }) => ({ ...CONTACT, who: { ...CONTACT.who, verified } }),
    rules: async () => RULES,
    deliveryRules: async () => DELIVERY_RULES,
    accessRules: async () => ACCESS_RULES,
    personRule: async ({ then }) => ({ who: BOB, then, effect: ['bob is meant.'] }),
    strangers: async () => ({ decision: 'confirm', because: 'the rule for anyone' }),
    explain: async () => EXPLANATION,
    diagnose: async () => DIAGNOSIS,
    events: async function* (query = {}, { signal } = {}) {
      const waiting: (AgentEvent | undefined)[] = [
        { event: 'snapshot', at: AT, seq: query.since ?? 0, people: [SIGHTING] },
      ]
      let wake = () => {}
      const hear = (event: AgentEvent | undefined) => {
        waiting.push(event)
        wake()
      }
      const stop = () => hear(undefined)
      streams.add(hear)
      signal?.addEventListener('abort', stop)
      try {
        while (!closed && !signal?.aborted) {
          while (waiting.length > 0) {
            const next = waiting.shift()
            if (next === undefined) return
            yield next
          }
          if (closed || signal?.aborted) return
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        signal?.removeEventListener('abort', stop)
        streams.delete(hear)
      }
    },
    on: (kind, listener, options) => listening(agent.events)(kind, listener, options),
    close: async () => {
      closed = true
      for (const hear of [...streams]) hear(undefined)
    },
    ...answers,
  }

  const noted = Object.fromEntries(
    Object.entries(agent).map(([name, method]) => [
      name,
      (...given: unknown[]) => {
        calls.push([name, given[0]])
        return (method as (...given: unknown[]) => unknown)(...given)
      },
    ]),
  ) as unknown as Agent
  return Object.defineProperties(noted as FakeAgent, {
    calls: { value: calls },
    secret: { value: SECRET, writable: true },
    watching: { get: () => streams.size },
    closed: { get: () => closed },
    tell: { value: (event: AgentEvent) => streams.forEach((hear) => void hear(event)) },
  })
}
