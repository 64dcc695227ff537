/**
 * What an Agent is, near and far: the object itself and every wire that leads to one sit this exam. The agent behind
 * it is a stand-in that remembers what it was asked, so that what arrives can be compared with what was said.
 */
import { afterEach, describe, expect, test } from 'vitest'
import { METHODS } from '../../src/agent/methods.ts'
import type { Agent, AgentEvent, DeliveryRules, OwnTuple } from '../../src/agent.ts'
import type { RemoteAgent } from '../../src/doors/rpc/remote-agent.ts'
import { NighError } from '../../src/errors.ts'
import {
  ACCESS_RULES,
  AMENDMENT,
  AT,
  BACKUP,
  BOB_ID,
  DELIVERY_RULES,
  DIAGNOSIS,
  EXPLANATION,
  type FakeAgent,
  fakeAgent,
  MESSAGE,
  MESSAGE_ID,
  OUTCOME,
  SELF,
  SHOWN_WATCHERS,
  SIGHTING,
  SUBSCRIPTION,
  VISIBILITY_RULES,
  WATCHER,
} from '../support/fake-agent.ts'
import { type OpenWay, reachedBy, type Way } from '../support/ways.ts'

const tuple: OwnTuple = {
  id: 'phone',
  status: { basic: 'open', activities: ['on-the-phone'], note: 'n', userInput: { state: 'active' } },
  address: 'tel:+43123456',
  priority: 0.5,
  notes: { de: 'bis sechs' },
  until: '2026-11-22T12:00:00Z',
  markup: [{ namespace: 'urn:example:m', content: '<m/>', mustUnderstand: true }],
  views: [],
}
const table: [method: keyof Agent, argument: object | undefined, answer: unknown][] = [
  ['whoami', undefined, SELF],
  [
    'me',
    {
      name: 'Alice',
      displayReceipts: true,
      composing: false,
      bell: false,
      notify: 'text',
      awayAfterMs: 60_000,
    },
    {
      ...SELF,
      name: 'Alice',
      displayReceipts: true,
      composing: false,
      bell: false,
      notify: 'text',
      awayAfterMs: 60_000,
    },
  ],
  ['markRead', { ids: [MESSAGE.id] }, [{ ...MESSAGE, unread: false }]],
  ['composing', { to: 'bob', state: 'idle' }, undefined],
  ['who', { waitMs: 20 }, [SIGHTING]],
  [
    'status',
    {
      basic: 'closed',
      activities: ['meeting'],
      note: 'in 5 min',
      notes: { de: 'in 5 min' },
      until: null,
      userInput: { state: 'idle', since: '2026-11-22T12:00:00Z', thresholdSeconds: 60 },
      elision: true,
      clear: true,
    },
    { basic: 'open', activities: [] },
  ],
  [
    'atTheKeys',
    { seat: 's', input: { state: 'idle', since: '2026-11-22T12:00:00Z', thresholdSeconds: 60 } },
    undefined,
  ],
  ['tuples', undefined, []],
  ['publishTuple', tuple, tuple],
  ['withdrawTuple', { id: 'phone' }, { id: 'phone' }],
  ['send', { to: 'bob', text: 'hi', expireMs: 1000, untilOpen: true, waitMs: 0 }, OUTCOME],
  ['reply', { replyTo: MESSAGE.id, text: 'hi', untilOpen: true, waitMs: 0 }, OUTCOME],
  ['edit', { id: MESSAGE.id, text: 'ho', expireMs: 1, untilOpen: true, waitMs: 0 }, AMENDMENT],
  ['deleteForBoth', { id: MESSAGE.id, waitMs: 0 }, AMENDMENT],
  ['react', { id: MESSAGE.id, reaction: '👍' }, AMENDMENT],
  ['recall', { id: MESSAGE.id, waitMs: 1 }, OUTCOME],
  ['outbox', { limit: 3 }, [OUTCOME]],
  ['search', { words: 'coffee', with: 'bob', limit: 3 }, [MESSAGE]],
  ['deleteMessages', { ids: [MESSAGE.id] }, [MESSAGE.id]],
  ['retention', { keepMs: null }, {}],
  ['inbox', { with: 'bob', unread: true, limit: 10, before: MESSAGE.id, markRead: true }, [MESSAGE]],
  ['requests', undefined, expect.any(Array)],
  ['accept', { who: 'bob', contact: true, name: 'bob' }, expect.objectContaining({ messages: 1 })],
  ['refuse', { who: 'bob' }, expect.objectContaining({ messages: 1 })],
  ['fetch', { who: 'bob', waitMs: 1 }, SIGHTING],
  ['watch', { who: 'bob', waitMs: 1 }, SUBSCRIPTION],
  ['unwatch', { who: 'bob' }, expect.objectContaining({ status: 'terminated' })],
  ['subscriptions', undefined, [SUBSCRIPTION]],
  ['watchers', undefined, [WATCHER]],
  ['watchersOf', { who: 'bob', waitMs: 1 }, SHOWN_WATCHERS],
  ['watchersVisible', { to: 'contacts' }, { to: 'contacts' }],
  ['visibilityRules', { general: 'unlisted', people: {} }, VISIBILITY_RULES],
  ['contacts', undefined, expect.any(Array)],
  ['addContact', { who: 'bob', name: 'b', groups: ['work'], waitMs: 1 }, expect.any(Object)],
  ['renameContact', { who: 'bob', name: 'b' }, expect.any(Object)],
  ['groupContact', { who: 'bob', groups: ['work'] }, expect.any(Object)],
  ['removeContact', { who: 'bob' }, expect.any(Object)],
  ['verifyContact', { who: 'bob', verified: false }, expect.any(Object)],
  ['rules', { preset: 'office' }, expect.objectContaining({ preset: 'default' })],
  ['deliveryRules', { inboxes: { oncall: [] } }, DELIVERY_RULES],
  ['accessRules', { rules: [] }, ACCESS_RULES],
  [
    'personRule',
    { who: 'bob', then: 'allow', view: 'contacts', fetchOnly: true, forMs: 1_000 },
    expect.objectContaining({ then: 'allow' }),
  ],
  ['strangers', undefined, expect.objectContaining({ decision: 'confirm' })],
  ['explain', { who: 'bob', inbox: 'oncall' }, EXPLANATION],
  ['diagnose', { who: 'bob', waitMs: 1 }, DIAGNOSIS],
  [
    'importMessages',
    {
      who: BOB_ID,
      messages: [
        {
          received: false,
          id: MESSAGE_ID,
          text: 'hello',
          contentType: 'text/plain',
          sentAt: AT,
          at: AT,
          outcome: 'failure',
          reason: 'closed',
        },
      ],
      place: 'before',
    },
    { taken: 1 },
  ],
  ['backup', { file: BACKUP.file, passphrase: 'correct horse battery' }, BACKUP],
]

const MARK: unique symbol = Symbol('in this process only')

/** `open` undefined: the object itself. */
export function agentContract(name: string, open: OpenWay | undefined): void {
  const ways: Way[] = []
  afterEach(async () => {
    for (const way of ways.splice(0)) await way[Symbol.asyncDispose]()
  })

  async function served(answers: Partial<Agent> = {}): Promise<{ agent: FakeAgent; remote: Agent }> {
    const agent = fakeAgent(answers)
    return { agent, remote: open === undefined ? agent : await reach(open, agent) }
  }

  async function reach(way: OpenWay, agent: Agent): Promise<RemoteAgent> {
    const opened = await way(agent)
    ways.push(opened)
    return reachedBy(opened)
  }

  describe(`an Agent ${name}`, () => {
    test('answers every method', async () => {
      const { agent, remote } = await served()
      expect(table.map(([method]) => method).sort()).toEqual([...METHODS].sort())
      expect(Object.keys(agent).sort()).toEqual([...METHODS, 'events', 'on', 'close'].sort())
      for (const [method, argument, answer] of table) {
        const asked = agent.calls.length
        expect(await (remote[method] as (argument?: object) => Promise<unknown>)(argument), method).toEqual(
          answer,
        )
        expect(agent.calls[asked]?.[0]).toBe(method)
        if (argument !== undefined) expect(agent.calls[asked]?.[1]).toEqual(argument)
      }
    })

    test('showing rules asks for no change', async () => {
      const { agent, remote } = await served()
      await remote.rules()
      await remote.deliveryRules()
      // Control: a document that says nothing is a change.
      await remote.deliveryRules({} as DeliveryRules)
      expect(agent.calls).toEqual([
        ['rules', undefined],
        ['deliveryRules', undefined],
        ['deliveryRules', {}],
      ])
    })

    test('answers calls that overlap each with its own', async () => {
      const { remote } = await served()
      const names = Array.from({ length: 100 }, (_, number) => `n${number}`)
      const answers = await Promise.all(names.map((name) => remote.me({ name })))
      expect(answers.map((self) => self.name)).toEqual(names)
    })

    test('takes and gives any text', async () => {
      const { agent, remote } = await served({
        inbox: async ({ with: who } = {}) => [{ ...MESSAGE, text: who ?? '' }],
      })
      for (const text of ['two\nlines\r\n', '\u0000\u001b[31m', 'שלום', '👩‍👩‍👧', '\u2028\u2029', '"}{\\']) {
        expect(await remote.inbox({ with: text })).toEqual([{ ...MESSAGE, text }])
        expect(agent.calls.at(-1)).toEqual(['inbox', { with: text }])
      }
    })

    test('fails with code, sentence and choices', async () => {
      const { remote } = await served({
        send: async () => {
          throw new NighError('who-ambiguous', 'Two people are called bob.', {
            choices: ['bob …1234', 'bob …5678'],
          })
        },
      })
      const failure = await remote.send({ to: 'bob', text: 'hi' }).catch((cause: unknown) => cause)
      expect(failure).toBeInstanceOf(NighError)
      expect(failure).toMatchObject({
        code: 'who-ambiguous',
        message: 'Two people are called bob.',
        choices: ['bob …1234', 'bob …5678'],
      })
    })

    test('is told when its caller gives up', async () => {
      let given: AbortSignal | undefined
      const { remote } = await served({
        who: (_, options) =>
          new Promise((_, reject) => {
            given = options?.signal
            given?.addEventListener('abort', () => reject(new NighError('aborted', 'Given up.')))
          }),
      })
      const giveUp = new AbortController()
      const waiting = remote.who({}, { signal: giveUp.signal })
      await expect.poll(() => given).toBeDefined()
      expect(given?.aborted).toBe(false)
      giveUp.abort()
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
      expect(given?.aborted).toBe(true)
    })

    test('may still say how things stand when its caller gives up', async () => {
      const owed = { ...OUTCOME, outcome: 'indeterminate' as const, state: 'owed' as const }
      let asked = false
      const { remote } = await served({
        send: (_, options) =>
          new Promise((resolve) => {
            asked = true
            options?.signal?.addEventListener('abort', () => resolve(owed))
          }),
      })
      const giveUp = new AbortController()
      const waiting = remote.send({ to: 'bob', text: 'hi' }, { signal: giveUp.signal })
      await expect.poll(() => asked).toBe(true)
      giveUp.abort()
      expect(await waiting).toMatchObject({ state: 'owed' })
    })

    test('tells events in order, with the cursor, from a snapshot on', async () => {
      const { agent, remote } = await served()
      const heard: AgentEvent[] = []
      const stop = new AbortController()
      const listening = (async () => {
        for await (const event of remote.events({ since: 12 }, { signal: stop.signal })) heard.push(event)
      })()
      await expect.poll(() => agent.watching).toBe(1)
      for (let seq = 13; seq < 113; seq += 1) agent.tell({ event: 'message', ...MESSAGE, seq })
      await expect.poll(() => heard.length).toBe(101)
      expect(heard.map((event) => event.seq)).toEqual(Array.from({ length: 101 }, (_, number) => 12 + number))
      expect(agent.calls).toContainEqual(['events', { since: 12 }])
      stop.abort()
      await listening
      await expect.poll(() => agent.watching).toBe(0)
    })

    test('ends its events where the loop is left', async () => {
      const { agent, remote } = await served()
      for await (const event of remote.events()) {
        expect(event.event).toBe('snapshot')
        expect(agent.watching).toBe(1)
        break
      }
      await expect.poll(() => agent.watching).toBe(0)
    })

    test('fails in its events as the stream does', async () => {
      const { remote } = await served({
        // biome-ignore lint/correctness/useYield: it fails before anything happens
        events: async function* () {
          throw new NighError('store-damaged', 'The journal cannot be read.')
        },
      })
      await expect(remote.events()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'store-damaged',
      })
    })

    test('tells a listener of its kind of event, until it is taken back or its signal aborts', async () => {
      const { agent, remote } = await served()
      const heard: string[] = []
      const over = new AbortController()
      const stop = remote.on('message', ({ text }) => heard.push(text))
      const other = remote.on('outcome', ({ id }) => heard.push(id), { signal: over.signal })
      await expect.poll(() => agent.watching).toBeGreaterThan(0)
      agent.tell({ event: 'message', ...MESSAGE, text: 'first' })
      agent.tell({ event: 'outcome', ...OUTCOME })
      await expect.poll(() => heard).toEqual(['first', OUTCOME.id])
      stop()
      stop()
      agent.tell({ event: 'message', ...MESSAGE, text: 'unheard' })
      agent.tell({ event: 'outcome', ...OUTCOME })
      await expect.poll(() => heard).toEqual(['first', OUTCOME.id, OUTCOME.id])
      over.abort()
      other()
      await expect.poll(() => agent.watching).toBe(0)
    })

    test('ends with its events when it closes', async () => {
      const { agent, remote } = await served()
      const events = remote.events()[Symbol.asyncIterator]()
      await events.next()
      const ended = events.next()
      await remote.close()
      expect(await ended).toMatchObject({ done: true })
      expect(agent.closed).toBe(true)
    })
  })

  if (open === undefined) return

  describe(`a client ${name}`, () => {
    test('a signal that was aborted before asks nothing', async () => {
      const { agent, remote } = await served()
      await expect(remote.who({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
      expect(agent.calls).toEqual([])
    })

    test('who leaves gives up everything', async () => {
      let given: AbortSignal | undefined
      const { remote } = await servedFar({
        who: (_, options) => {
          given = options?.signal
          return new Promise(() => {})
        },
      })
      remote.who().catch(() => {})
      await expect.poll(() => given).toBeDefined()
      remote.detach()
      await expect.poll(() => given?.aborted).toBe(true)
    })

    test('is told of what nobody expected as unexpected, without its stack', async () => {
      const { remote } = await served({ whoami: () => Promise.reject(new TypeError('x is not a function')) })
      await expect(remote.whoami()).rejects.toMatchObject({
        code: 'unexpected',
        message: expect.not.stringMatching(/ at /),
      })
    })

    test('gets plain data: no class, no prototype, no symbol crosses', async () => {
      class Dressed {
        readonly name = 'alice'
        readonly [MARK] = 1
        shout() {}
      }
      const { remote } = await served({
        whoami: async () => ({ ...SELF, ...new Dressed() }),
        contacts: async () => [new Dressed() as never],
      })
      const [contact] = (await remote.contacts()) as object[]
      expect(Object.getPrototypeOf(contact)).toBe(Object.prototype)
      expect(Reflect.ownKeys(contact ?? {})).toEqual(['name'])
    })

    test('that does not read is told no more, and hung up on: memory stays bounded', async () => {
      const all = 200
      let told = 0
      let over = false
      const agent = fakeAgent({
        events: async function* () {
          try {
            for (; told < all; told += 1)
              yield { event: 'message', ...MESSAGE, text: 'x'.repeat(64 * 1024), seq: told, at: AT }
          } finally {
            over = true
          }
        },
      })
      const way = await open(agent, { stallMs: 150 })
      ways.push(way)
      await way.deaf([
        JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1, since: 0 } }),
      ])
      await expect.poll(() => over).toBe(true)
      expect(told).toBeLessThan(all / 2)
    })

    test('that reads is told everything', async () => {
      const all = 200
      const text = 'x'.repeat(64 * 1024)
      const { remote } = await served({
        events: async function* () {
          for (let seq = 0; seq < all; seq += 1) yield { event: 'message', ...MESSAGE, text, seq, at: AT }
        },
      })
      let told = 0
      for await (const _ of remote.events()) told += 1
      expect(told).toBe(all)
    })
  })

  async function servedFar(answers: Partial<Agent>): Promise<{ agent: FakeAgent; remote: RemoteAgent }> {
    const agent = fakeAgent(answers)
    if (open === undefined) throw new Error('the object itself is not far')
    return { agent, remote: await reach(open, agent) }
  }
}
