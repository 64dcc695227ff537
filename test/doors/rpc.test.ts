/** The door: an Agent from afar is the Agent itself, and who cannot prove to have read the home gets nothing. */
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent, AgentEvent } from '../../src/agent.ts'
import { connectAgent, type RemoteAgent } from '../../src/doors/rpc/connect-agent.ts'
import { type Door, type DoorOptions, serveAgent } from '../../src/doors/rpc/serve-agent.ts'
import { type FakeAgent, fakeAgent, MESSAGE, SELF } from '../support/fake-agent.ts'

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

describe('failures travel', () => {
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
    // One of 64 KiB and more is a message too large: its room says so.
    ['a text far too long', 'send', { to: 'bob', text: 'x'.repeat(8 * 65_536 + 1) }],
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

  test('how long a name or a reaction may be is said by their room, not by the door', async () => {
    const { agent, remote } = await served()
    const name = '😀'.repeat(65)
    await remote.renameContact({ who: 'bob', name })
    await remote.groupContact({ who: 'bob', groups: [name] })
    await remote.react({ id: MESSAGE.id, reaction: 'x'.repeat(65) })
    expect(agent.calls.map(([method]) => method)).toEqual(['renameContact', 'groupContact', 'react'])
    await expect(remote.me({ name: 'x'.repeat(5_000) })).rejects.toMatchObject({ code: 'usage' })
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

describe('events', () => {
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
