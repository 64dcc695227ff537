/** The door: an Agent from afar is the Agent itself, and who cannot prove to have read the home gets nothing. */
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent, AgentEvent, DeliveryRules, OwnTuple } from '../../src/agent.ts'
import { connectAgent, type RemoteAgent } from '../../src/doors/rpc/connect-agent.ts'
import { type Door, type DoorOptions, serveAgent } from '../../src/doors/rpc/serve-agent.ts'
import { NighError } from '../../src/errors.ts'
import {
  ACCESS_RULES,
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

let home: string
let secret: Uint8Array
const ends: (() => unknown)[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nigh-door-'))
  const made = home
  ends.push(() => rm(made, { recursive: true, force: true }))
  secret = randomBytes(32)
  await writeFile(join(home, 'secret'), secret, { mode: 0o600 })
})

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function serve(agent: Agent, options: Partial<DoorOptions> = {}): Promise<Door> {
  const door = await serveAgent(agent, { home, secret, ...options })
  ends.push(() => door.close())
  return door
}

async function attach(): Promise<RemoteAgent> {
  const remote = await connectAgent(home)
  if (remote === undefined) throw new Error('nobody answered')
  ends.push(() => remote.detach())
  return remote
}

async function served(
  answers: Partial<Agent> = {},
): Promise<{ agent: FakeAgent; remote: RemoteAgent; door: Door }> {
  const agent = fakeAgent(answers)
  const door = await serve(agent)
  return { agent, door, remote: await attach() }
}

/** A client of another language: lines in, lines out. */
async function stranger(path: string) {
  const socket = connect(path)
  ends.push(() => socket.destroy())
  let said = ''
  socket.on('data', (chunk) => {
    said += chunk
  })
  socket.on('error', () => {})
  const ended = once(socket, 'close')
  await once(socket, 'connect')
  return {
    socket,
    ended,
    said: () => said,
    lines: () => said.split('\n').filter((line) => line !== ''),
    say: (line: unknown) => socket.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`),
  }
}

type Stranger = Awaited<ReturnType<typeof stranger>>

/** Shakes hands with `key`: the home's secret for a friend, another for an impostor. */
async function shake(client: Stranger, key: Uint8Array, options: { words?: string } = {}) {
  const nonce = randomBytes(32)
  client.say({ nigh: 1, nonce: nonce.toString('hex') })
  await expect.poll(() => client.lines().length).toBe(1)
  const server = JSON.parse(client.lines()[0] ?? '')
  const proof = createHmac('sha256', key)
    .update(options.words ?? 'nigh-door-1 client')
    .update(nonce)
    .update(Buffer.from(server.nonce, 'hex'))
    .digest('hex')
  client.say({ proof })
  return { nonce, server }
}

describe('every method travels', () => {
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
      { name: 'Alice', displayReceipts: true, composing: false },
      { ...SELF, name: 'Alice', displayReceipts: true, composing: false },
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
    ['tuples', undefined, []],
    ['publishTuple', tuple, tuple],
    ['withdrawTuple', { id: 'phone' }, { id: 'phone' }],
    ['send', { to: 'bob', text: 'hi', expireMs: 1000, untilOpen: true, waitMs: 0 }, OUTCOME],
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
    ['diagnose', { who: 'bob', waitMs: 1 }, DIAGNOSIS],
  ]

  test('the table names all of them', () => {
    const named = [...table.map(([method]) => method), 'events', 'close'].sort()
    expect(named).toEqual(Object.keys(fakeAgent()).sort())
  })

  test.each(table)('%s', async (method, argument, answer) => {
    const { agent, remote } = await served()
    const call = remote[method] as (argument?: object) => Promise<unknown>
    expect(await call(argument)).toEqual(answer)
    expect(agent.calls[0]?.[0]).toBe(method)
    if (argument !== undefined) expect(agent.calls[0]?.[1]).toEqual(argument)
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

  test('calls may overlap, and each gets its own answer', async () => {
    const { remote } = await served({ me: async (change) => ({ ...SELF, ...change }) })
    const names = Array.from({ length: 100 }, (_, number) => `n${number}`)
    const answers = await Promise.all(names.map((name) => remote.me({ name })))
    expect(answers.map((self) => self.name)).toEqual(names)
  })
})

describe('failures travel', () => {
  test('with code, sentence and choices', async () => {
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

  test('and what nobody expected comes as unexpected, without its stack', async () => {
    const { remote } = await served({ whoami: () => Promise.reject(new TypeError('x is not a function')) })
    await expect(remote.whoami()).rejects.toMatchObject({
      code: 'unexpected',
      message: expect.not.stringMatching(/ at /),
    })
  })

  test('a call that waits when the running peer ends is told so', async () => {
    const { remote, door } = await served({ who: () => new Promise(() => {}) })
    const waiting = remote.who()
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'closed' }), door.close()])
    await expect(remote.whoami()).rejects.toMatchObject({ code: 'closed' })
  })

  test('an answer too large for one line is refused, and the next is answered', async () => {
    const text = 'x'.repeat(1024 * 1024)
    const { remote } = await served({
      inbox: async () => Array.from({ length: 70 }, () => ({ ...MESSAGE, text })),
    })
    await expect(remote.inbox()).rejects.toMatchObject({ code: 'too-large' })
    expect(await remote.whoami()).toEqual(SELF)
  })
})

describe('the doorway', () => {
  const misfits: [name: string, method: string, params: unknown][] = [
    ['text of a wrong type', 'send', { to: 'bob', text: 5 }],
    ['a missing part', 'send', { to: 'bob' }],
    ['an unknown part', 'send', { to: 'bob', text: 'x', admin: true }],
    ['a text too long', 'send', { to: 'bob', text: 'x'.repeat(65537) }],
    ['a WHO too long', 'send', { to: 'b'.repeat(5000), text: 'x' }],
    ['too many rows', 'inbox', { limit: 1e9 }],
    ['half a row', 'inbox', { limit: 0.5 }],
    ['less than nothing', 'inbox', { limit: -1 }],
    ['a status that is none', 'status', { basic: 'away' }],
    ['a list for an object', 'send', ['bob', 'x']],
    ['an unknown method', 'constructor', {}],
    ['an unknown preset', 'rules', { preset: 'public' }],
  ]
  test.each(misfits)('refuses %s', async (_, method, params) => {
    const agent = fakeAgent()
    const { path } = await serve(agent)
    const client = await stranger(path)
    await shake(client, secret)
    client.say({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1 } })
    client.say({ jsonrpc: '2.0', id: 2, method, params })
    await expect.poll(() => client.lines().length).toBe(3)
    expect(JSON.parse(client.lines()[1] ?? '')).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { version: 1, running: 'up' },
    })
    expect(JSON.parse(client.lines()[2] ?? '')).toMatchObject({ id: 2, error: { data: { code: 'usage' } } })
    expect(agent.calls).toEqual([])
  })

  test('nothing is answered before hello', async () => {
    const agent = fakeAgent()
    const { path } = await serve(agent)
    const client = await stranger(path)
    await shake(client, secret)
    client.say({ jsonrpc: '2.0', id: 1, method: 'whoami', params: {} })
    await expect.poll(() => client.lines().length).toBe(2)
    expect(JSON.parse(client.lines()[1] ?? '')).toMatchObject({ error: { data: { code: 'usage' } } })
    expect(agent.calls).toEqual([])
  })

  test('a client of another version may only end the peer', async () => {
    const agent = fakeAgent()
    const { path } = await serve(agent)
    const client = await stranger(path)
    await shake(client, secret)
    client.say({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 2 } })
    client.say({ jsonrpc: '2.0', id: 2, method: 'whoami', params: {} })
    client.say({ jsonrpc: '2.0', id: 3, method: 'close', params: {} })
    await expect.poll(() => client.lines().length).toBe(4)
    expect(agent.calls).toEqual([['close', undefined]])
  })

  test('hello with a cursor opens the events at once', async () => {
    const { path } = await serve(fakeAgent())
    const client = await stranger(path)
    await shake(client, secret)
    client.say({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1, since: 41 } })
    await expect.poll(() => client.lines().length).toBe(3)
    expect(JSON.parse(client.lines()[1] ?? '')).toMatchObject({ result: { events: 1 } })
    expect(JSON.parse(client.lines()[2] ?? '')).toMatchObject({
      method: 'events/event',
      params: { id: 1, event: { event: 'snapshot', seq: 41 } },
    })
  })

  test('nonsense after the proof ends the client and harms nobody else', async () => {
    const { path } = await serve(fakeAgent())
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.constantFrom('null', '[]', '{', '{"jsonrpc":"2.0","method":"$/cancelRequest"}', '7', '{"id":1}'),
          fc.string({ maxLength: 200 }).map((text) => text.replaceAll('\n', ' ')),
          fc.json({ maxDepth: 2 }),
        ),
        async (line) => {
          const client = await stranger(path)
          await shake(client, secret)
          client.say(line)
          client.socket.end()
          await client.ended
        },
      ),
      { numRuns: 40 },
    )
    const remote = await attach()
    expect(await remote.whoami()).toEqual(SELF)
  })
})

describe('giving up', () => {
  test('an aborted signal cancels at the far end', async () => {
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

  test('the far end may still say how things stand', async () => {
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

  test('a signal that was aborted before asks nothing', async () => {
    const { agent, remote } = await served()
    await expect(remote.who({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    expect(agent.calls).toEqual([])
  })

  test('who leaves gives up everything', async () => {
    let given: AbortSignal | undefined
    const { remote } = await served({
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
})

describe('events', () => {
  test('come in order, begin with the snapshot, and carry the cursor there', async () => {
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

  test('leaving the loop ends them at the far end', async () => {
    const { agent, remote } = await served()
    for await (const event of remote.events()) {
      expect(event.event).toBe('snapshot')
      expect(agent.watching).toBe(1)
      break
    }
    await expect.poll(() => agent.watching).toBe(0)
  })

  test('end when the peer closes, and when the door does', async () => {
    const { agent, remote, door } = await served()
    const first = remote.events()[Symbol.asyncIterator]()
    await first.next()
    await agent.close()
    expect(await first.next()).toEqual({ done: true, value: undefined })
    const ended = new Promise<void>((resolve) => void remote.onEnd(resolve))
    await door.close()
    await ended
  })

  test('a failure of the stream travels', async () => {
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

  test.each([
    ['a client that reads is told everything', true],
    ['a client that does not read is hung up on', false],
  ])('%s', async (_, reads) => {
    const all = 100
    const text = 'x'.repeat(64 * 1024)
    let told = 0
    let over = false
    const agent = fakeAgent({
      events: async function* () {
        try {
          for (; told < all; told += 1) yield { event: 'message', ...MESSAGE, text, seq: told, at: AT }
        } finally {
          over = true
        }
      },
    })
    const { path } = await serve(agent, { stallMs: reads ? 10_000 : 150 })
    const client = await stranger(path)
    await shake(client, secret)
    client.say({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1, since: 0 } })
    if (reads) {
      await expect.poll(() => client.said().includes('events/end'), { timeout: 10_000 }).toBe(true)
      expect(told).toBe(all)
      return
    }
    client.socket.pause()
    await expect.poll(() => agent.calls.length, { timeout: 5_000 }).toBe(1)
    // Nothing more is taken from the agent while the client stands still: memory stays bounded.
    await expect.poll(() => over).toBe(true)
    expect(told).toBeLessThan(all / 2)
    client.socket.resume()
    await client.ended
    expect(client.said()).not.toContain('events/end')
  })
})

describe('fault C1: who cannot prove to have read the home learns and gets nothing', () => {
  test('control: with the right secret, the same client is answered', async () => {
    const agent = fakeAgent()
    const { path } = await serve(agent)
    const client = await stranger(path)
    const { nonce, server } = await shake(client, secret)
    const proof = createHmac('sha256', secret)
      .update('nigh-door-1 server')
      .update(nonce)
      .update(Buffer.from(server.nonce, 'hex'))
      .digest('hex')
    expect(server).toEqual({ nigh: 1, nonce: expect.stringMatching(/^[0-9a-f]{64}$/), proof })
    client.say({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1 } })
    client.say({ jsonrpc: '2.0', id: 2, method: 'whoami', params: {} })
    await expect.poll(() => client.lines().length).toBe(3)
    expect(JSON.parse(client.lines()[2] ?? '').result).toEqual(SELF)
  })

  test.each([
    ['another secret', () => randomBytes(32), 'nigh-door-1 client'],
    ["the server's own proof sent back", () => secret, 'nigh-door-1 server'],
  ])('an impostor client with %s', async (_, key, words) => {
    const agent = fakeAgent()
    const { path } = await serve(agent)
    const client = await stranger(path)
    await shake(client, key(), { words })
    client.say({ jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1 } })
    client.say({ jsonrpc: '2.0', id: 2, method: 'whoami', params: {} })
    await client.ended
    expect(client.lines()).toHaveLength(1)
    expect(client.said()).not.toContain(SELF.name)
    expect(agent.calls).toEqual([])
  })

  test.each([
    ['no JSON', 'hello?'],
    ['a nonce too short', { nigh: 1, nonce: 'ab' }],
    ['a nonce that is no hex', { nigh: 1, nonce: 'g'.repeat(64) }],
    ['another version', { nigh: 2, nonce: 'ab'.repeat(32) }],
    ['a request right away', { jsonrpc: '2.0', id: 1, method: 'whoami' }],
  ])('a client that says %s gets silence', async (_, line) => {
    const { path } = await serve(fakeAgent())
    const client = await stranger(path)
    client.say(line)
    await client.ended
    expect(client.said()).toBe('')
  })

  /** A server at the home's socket that holds `key` and answers everything as a door would. */
  async function impostor(key: Uint8Array): Promise<string[]> {
    const heard: string[] = []
    const server = createServer((socket: Socket) => {
      const nonce = randomBytes(32)
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        for (const line of String(chunk).split('\n').filter(Boolean)) {
          heard.push(line)
          const said = JSON.parse(line)
          if (said.nonce) {
            const proof = createHmac('sha256', key)
              .update('nigh-door-1 server')
              .update(Buffer.from(said.nonce, 'hex'))
              .update(nonce)
              .digest('hex')
            socket.write(`${JSON.stringify({ nigh: 1, nonce: nonce.toString('hex'), proof })}\n`)
          } else if (said.method) {
            socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: said.id, result: { version: 1 } })}\n`)
          }
        }
      })
    })
    ends.push(() => new Promise((resolve) => server.close(resolve)))
    const path = join(home, 'taken.sock')
    await new Promise<void>((resolve) => server.listen(path, resolve))
    await writeFile(join(home, 'socket'), `${path}\n`)
    return heard
  }

  test('an impostor server hears one nonce and no proof', async () => {
    const heard = await impostor(randomBytes(32))
    expect(await connectAgent(home)).toBeUndefined()
    expect(heard).toHaveLength(1)
    expect(Object.keys(JSON.parse(heard[0] ?? '')).sort()).toEqual(['nigh', 'nonce'])
  })

  test('control: the same server with the secret is greeted', async () => {
    const heard = await impostor(secret)
    const remote = await connectAgent(home)
    expect(remote).toBeDefined()
    remote?.detach()
    expect(heard).toHaveLength(3)
  })

  // Each line is one that would be answered if it were shorter.
  test.each([
    ['before the proof, more than 1 KiB: silence', false, 1025, 0],
    ['control: just as long as it may be', false, 1024, 1],
    ['after it, more than 1 MiB: silence', true, 1024 * 1024 + 1, 0],
    ['control: just as long as it may be', true, 1024 * 1024, 1],
  ])('a line %s', async (_, proved, length, answers) => {
    const { path } = await serve(fakeAgent())
    const client = await stranger(path)
    if (proved) await shake(client, secret)
    const before = client.lines().length
    const line = proved
      ? { jsonrpc: '2.0', id: 1, method: 'hello', params: { version: 1 } }
      : { nigh: 1, nonce: 'ab'.repeat(32) }
    client.say(JSON.stringify(line).padEnd(length, ' '))
    if (answers === 0) await client.ended
    else await expect.poll(() => client.lines().length).toBe(before + answers)
    expect(client.lines()).toHaveLength(before + answers)
  })

  test('a line without an end closes at its limit, not when somebody ends it', async () => {
    const { path } = await serve(fakeAgent())
    const client = await stranger(path)
    await shake(client, secret)
    client.socket.write('x'.repeat(1024 * 1024 + 1))
    await client.ended
  })
})

describe('where the socket lies', () => {
  test('in the home, readable by its owner alone, and gone with the door', async () => {
    const door = await serve(fakeAgent())
    expect(await readFile(join(home, 'socket'), 'utf8')).toBe(`${join(home, 'door.sock')}\n`)
    expect((await stat(door.path)).mode & 0o777).toBe(0o600)
    await door.close()
    await door.close()
    await expect(stat(door.path)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await connectAgent(home)).toBeUndefined()
  })

  test('a stale socket is replaced; before, it is nobody', async () => {
    await writeFile(join(home, 'socket'), `${join(home, 'door.sock')}\n`)
    await writeFile(join(home, 'door.sock'), '')
    expect(await connectAgent(home)).toBeUndefined()
    await serve(fakeAgent())
    expect(await (await attach()).whoami()).toEqual(SELF)
  })

  describe('fault C4: a path too long for a socket', () => {
    const before = process.env.XDG_RUNTIME_DIR
    let runtime: string

    beforeEach(async () => {
      runtime = await mkdtemp(join(tmpdir(), 'nigh-run-'))
      const made = runtime
      ends.push(() => rm(made, { recursive: true, force: true }))
      process.env.XDG_RUNTIME_DIR = runtime
      const long = join(home, 'h'.repeat(100))
      await mkdir(long)
      await writeFile(join(long, 'secret'), secret)
      home = long
    })
    afterEach(() => {
      if (before === undefined) delete process.env.XDG_RUNTIME_DIR
      else process.env.XDG_RUNTIME_DIR = before
    })

    test('lies in a runtime folder of ours alone', async () => {
      const door = await serve(fakeAgent())
      expect(door.path.startsWith(join(runtime, 'nigh'))).toBe(true)
      expect((await stat(join(runtime, 'nigh'))).mode & 0o777).toBe(0o700)
      expect(await (await attach()).whoami()).toEqual(SELF)
    })

    test('and stays out of a folder that others may enter', async () => {
      await mkdir(join(runtime, 'nigh'))
      await chmod(join(runtime, 'nigh'), 0o755)
      await expect(serve(fakeAgent())).rejects.toMatchObject({ code: 'home-unreadable' })
    })

    test('and out of one that is a link', async () => {
      await symlink(tmpdir(), join(runtime, 'nigh'))
      await expect(serve(fakeAgent())).rejects.toMatchObject({ code: 'home-unreadable' })
    })
  })
})

test('close() from afar ends the peer, and says when it is done', async () => {
  const { agent, remote } = await served()
  await remote.close()
  expect(agent.closed).toBe(true)
})

test('what is being run is told, so that only a second `up` is refused', async () => {
  await serve(fakeAgent(), { running: 'command' })
  expect((await attach()).running).toBe('command')
})

describe('a hand-over', () => {
  /** Its `who` is answered when it closes, as a wait that is cut short. */
  function cutShort() {
    let answer = () => {}
    const agent: FakeAgent = fakeAgent({
      who: () => new Promise((resolve) => (answer = () => resolve([]))),
      close: async () => {
        answer()
        await new Promise((resolve) => setTimeout(resolve, 20)) // the goodbyes
      },
    })
    return agent
  }

  test('is told before the end; what was asked is not answered in haste, so that it is asked again', async () => {
    const agent = cutShort()
    const door = await serve(agent, { running: 'command' })
    const remote = await attach()
    expect(remote.successor).toBeUndefined()
    const events = (async () => {
      const heard: AgentEvent[] = []
      for await (const event of remote.events()) heard.push(event)
      return heard
    })()
    const asked = expect(remote.who({ waitMs: 9_000 })).rejects.toMatchObject({ code: 'closed' })
    await expect.poll(() => agent.calls.some(([name]) => name === 'who')).toBe(true)
    await door.handOver('anyone')
    await asked
    expect(remote.successor).toBe('anyone')
    expect((await events).at(0)).toMatchObject({ event: 'snapshot' })
    expect(await connectAgent(home)).toBeUndefined()
  })

  test('is what an up asks of a command, and of nobody else', async () => {
    const agent = fakeAgent()
    const door = await serve(agent, { running: 'command' })
    const guest = await attach()
    const ended = new Promise<void>((resolve) => guest.onEnd(resolve))
    const up = await attach()
    await up.handOver()
    await ended
    expect([guest.successor, agent.closed]).toEqual(['up', true])
    await door.close()

    const staying = await serve(fakeAgent(), { running: 'up' })
    await expect((await attach()).handOver()).rejects.toMatchObject({ code: 'usage' })
    await staying.close()
  })

  test('the door knows when nobody waits for an answer; who only listens is not waited for', async () => {
    let answer = () => {}
    const who: Agent['who'] = () => new Promise((resolve) => (answer = () => resolve([])))
    const door = await serve(fakeAgent({ who }), { running: 'command' })
    await door.quiet(10_000)
    const follower = await attach()
    follower
      .events()
      [Symbol.asyncIterator]()
      .next()
      .catch(() => {})
    const guest = await attach()
    const asked = guest.who()
    const before = performance.now()
    await door.quiet(400)
    expect(performance.now() - before).toBeGreaterThanOrEqual(395)
    answer()
    await asked
    const quiet = door.quiet(10_000)
    // It may ask on.
    expect(await Promise.race([quiet.then(() => 'quiet'), guest.whoami().then(() => 'busy')])).toBe('busy')
    await quiet
    expect(performance.now() - before).toBeLessThan(5_000)
    await door.quiet(10_000, AbortSignal.abort())
  })

  test('a door that has retired lets nobody in, and leaves its place to the next', async () => {
    const door = await serve(fakeAgent(), { running: 'command' })
    const guest = await attach()
    await door.retire()
    expect(await connectAgent(home)).toBeUndefined()
    const next = await serve(fakeAgent())
    expect((await guest.whoami()).name).toBe('alice')
    await door.close()
    expect((await attach()).running).toBe('up')
    await next.close()
  })
})
