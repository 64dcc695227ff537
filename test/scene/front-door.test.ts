/** The front door: how a program makes, starts, suspends and closes a peer, over real sockets on loopback. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type AgentEvent,
  createPeer,
  type KeyStore,
  memoryStore,
  NighError,
  type Peer,
  type PeerOptions,
  type Store,
} from '../../src/index.ts'
import { systemClock } from '../../src/system.ts'

const folder = mkdtempSync(join(tmpdir(), 'nigh-front-door-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let homes = 0
/** A peer on loopback, in a mesh of this file's own. */
async function made(name: string, options: Partial<PeerOptions> = {}): Promise<Peer> {
  const peer = await createPeer({
    home: join(folder, `${name}-${homes++}`),
    name,
    mesh: 'front-door',
    interfaces: ['lo'],
    ...options,
  })
  onTestFinished(() => peer.close())
  return peer
}

async function friends(one: Peer, other: Peer): Promise<void> {
  const [mine, theirs] = await Promise.all([one.whoami(), other.whoami()])
  await one.addContact({ who: theirs.card, name: theirs.name })
  await other.addContact({ who: mine.card, name: mine.name })
  expect(await one.send({ to: theirs.name, text: 'hello', waitMs: 15_000 })).toMatchObject({
    outcome: 'success',
  })
  expect(await other.send({ to: mine.name, text: 'hello', waitMs: 15_000 })).toMatchObject({
    outcome: 'success',
  })
}

function hearing(peer: Peer): AgentEvent[] {
  const heard: AgentEvent[] = []
  void (async () => {
    for await (const event of peer.events()) heard.push(event)
  })()
  return heard
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (cause) => (cause instanceof NighError ? cause.code : String(cause)),
  )
const texts = async (peer: Peer) =>
  (await peer.inbox()).flatMap((row) => ('text' in row && 'from' in row ? [row.text] : []))

test('Two peers in one process share nothing: each has its home, mesh, port, clock and end', async () => {
  const globals = Object.getOwnPropertyNames(globalThis).sort()
  const listening = process.eventNames().map((name) => [name, process.listenerCount(name)])
  const alice = await made('Alice', { mesh: 'one' })
  const bob = await made('Bob', { mesh: 'other' })
  const [mine, theirs] = await Promise.all([alice.whoami(), bob.whoami()])
  expect(mine.peerId).not.toBe(theirs.peerId)
  expect(mine.listen).not.toEqual(theirs.listen)
  expect([mine.mesh, theirs.mesh]).toEqual(['one', 'other'])
  await alice.status({ note: 'only mine' })
  await alice.rules({ preset: 'private' })
  expect([(await bob.status()).note, (await bob.rules()).preset]).toEqual([undefined, 'default'])
  const heard = hearing(bob)
  await alice.close()
  expect(await bob.whoami()).toEqual(theirs)
  expect(heard.map(({ event }) => event)).not.toContain('offline')
  await bob.close()
  expect(Object.getOwnPropertyNames(globalThis).sort()).toEqual(globals)
  expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(listening)
})

test('One that was not started rests, and starts once; who listens goes on listening', async () => {
  const alice = await made('Alice', { start: false })
  expect(alice.state).toBe('resting')
  const heard = hearing(alice)
  const offline: string[] = []
  alice.on('offline', ({ event }) => offline.push(event))
  await alice.status({ note: 'not here yet' })
  expect((await alice.whoami()).listen).toEqual([])
  await Promise.all([alice.start(), alice.start()])
  await alice.start()
  expect(alice.state).toBe('running')
  expect((await alice.whoami()).listen).not.toEqual([])
  expect((await alice.status()).note).toBe('not here yet')
  await expect.poll(() => heard.map(({ event }) => event)).toEqual(['snapshot', 'snapshot'])
  expect(offline).toEqual([])
  await alice.close()
  await expect.poll(() => heard.at(-1)?.event).toBe('offline')
  expect(offline).toEqual(['offline'])
})

test('One whose port is taken rests as before, and says so', async () => {
  const other = createServer()
  const port = await new Promise<number>((resolve) =>
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
  )
  const alice = await made('Alice', { start: false, port })
  expect(await codeOf(alice.start())).toBe('port-taken')
  expect(alice.state).toBe('resting')
  expect((await alice.whoami()).name).toBe('Alice')
  await new Promise((resolve) => other.close(resolve))
  await alice.start()
  expect((await alice.whoami()).listen.join()).toContain(`/tcp/${port}`)
})

test('Suspended it says goodbye; resumed it is back, and what was written meanwhile arrives once', async () => {
  const [alice, bob] = await Promise.all([made('Alice'), made('Bob')])
  await friends(alice, bob)
  const heard = { alice: hearing(alice), bob: hearing(bob) }
  const messages: string[] = []
  alice.on('message', ({ text }) => messages.push(text))
  const changesOf = (name: string) =>
    heard.bob.flatMap((event) =>
      event.event === 'presence' && event.who.name === name ? [event.change] : [],
    )
  await expect.poll(() => heard.bob.length).toBeGreaterThan(0)

  await Promise.all([alice.suspend(), alice.suspend()])
  expect(alice.state).toBe('suspended')
  await expect.poll(() => changesOf('Alice')).toContain('left')
  await bob.send({ to: 'Alice', text: 'while you slept' })
  const owed = await alice.send({ to: 'Bob', text: 'written in my sleep', waitMs: 5_000 })
  expect(owed).toMatchObject({ state: 'owed', waits: 'unreachable' })

  await Promise.all([alice.resume(), alice.resume(), alice.start()])
  expect(alice.state).toBe('running')
  await expect.poll(() => texts(alice), { timeout: 15_000 }).toEqual(['hello', 'while you slept'])
  await expect.poll(() => texts(bob), { timeout: 15_000 }).toEqual(['hello', 'written in my sleep'])
  await expect.poll(() => changesOf('Alice').at(-1)).toBe('came')
  await expect.poll(() => messages).toEqual(['while you slept'])
  const told = heard.alice.flatMap((event) => (event.event === 'message' ? [event.text] : []))
  expect(told).toEqual(['while you slept'])
  expect(heard.alice.flatMap(({ event }) => (event === 'offline' ? [event] : []))).toEqual(['offline'])
}, 60_000)

test('What comes while Bob’s peer still wakes is told to who listens, as to whoever reads', async () => {
  const kept = Promise.withResolvers<void>()
  const awake = Promise.withResolvers<void>()
  let asleep = false
  const store = await memoryStore()
  const slow: Store = {
    ...store,
    inbox: {
      ...store.inbox,
      async keep(rows) {
        const all = await store.inbox.keep(rows)
        if (asleep) kept.resolve()
        return all
      },
    },
    outbox: {
      ...store.outbox,
      // The last that a start reads: its network is up.
      async creditors() {
        if (asleep) await awake.promise
        return store.outbox.creditors()
      },
    },
  }
  const [alice, bob] = await Promise.all([made('Alice'), made('Bob', { store: slow })])
  await friends(alice, bob)
  const listened: string[] = []
  bob.on('message', ({ text }) => listened.push(text))
  const read = hearing(bob)
  await bob.suspend()
  await alice.send({ to: 'Bob', text: 'are you up?' })
  asleep = true
  const resumed = bob.resume()
  await kept.promise
  expect(bob.state).toBe('suspended')
  awake.resolve()
  await resumed
  await expect.poll(() => listened).toEqual(['are you up?'])
  await expect
    .poll(() => read.flatMap((event) => (event.event === 'message' ? [event.text] : [])))
    .toEqual(['are you up?'])
}, 60_000)

test('Who waits for an answer is told how it stands when the peer goes to sleep or closes, and not minutes later', async () => {
  const [alice, bob] = await Promise.all([made('Alice'), made('Bob')])
  await friends(alice, bob)
  await bob.close()
  const began = performance.now()
  const waiting = alice.send({ to: 'Bob', text: 'before I sleep', waitMs: 300_000 })
  await expect.poll(async () => (await alice.outbox()).at(-1)?.text).toBe('before I sleep')
  await alice.suspend()
  // Whether a byte had left before she knew that he is gone is chance.
  expect(await waiting).toMatchObject({ state: expect.stringMatching(/^(owed|sent)$/) })
  await alice.resume()
  const looking = codeOf(alice.fetch({ who: 'Bob', waitMs: 300_000 }))
  await alice.whoami()
  await alice.close()
  expect(await looking).toMatch(/closed|unreachable|aborted/)
  expect(performance.now() - began).toBeLessThan(60_000)
}, 120_000)

test('Who gave up before asking has asked nothing', async () => {
  const alice = await made('Alice', { start: false })
  const { peerId } = await alice.whoami()
  const stranger = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo'
  expect(peerId).not.toBe(stranger)
  const signal = AbortSignal.abort()
  expect(await codeOf(alice.send({ to: stranger, text: 'never mind' }, { signal }))).toBe('aborted')
  expect(await codeOf(alice.addContact({ who: stranger }, { signal }))).toBe('aborted')
  expect([await alice.outbox(), await alice.contacts()]).toEqual([[], []])
})

test('Whoever reads events far too slowly goes on where they were, and misses none that is stored', async () => {
  const alice = await made('Alice', { start: false, store: await memoryStore() })
  const home = join(folder, 'bob-who-is-away')
  const bob = await createPeer({ home, name: 'Bob', start: false })
  await alice.addContact({ who: (await bob.whoami()).card })
  await bob.close()
  const reading = alice.events({ since: 0 })[Symbol.asyncIterator]()
  expect((await reading.next()).value).toMatchObject({ event: 'snapshot' })
  const written = 10_100 // more than are kept for one that does not read
  const ids: string[] = []
  for (let at = 0; at < written; at += 100)
    for (const { id } of await Promise.all(
      Array.from({ length: 100 }, (_, n) => alice.send({ to: 'Bob', text: `${at + n}` })),
    ))
      ids.push(id)
  const told = new Set<string>()
  while (told.size < written) {
    const { value, done } = await reading.next()
    expect(done).toBe(false)
    if (value?.event !== 'outcome') continue
    expect(told.has(value.id)).toBe(false)
    told.add(value.id)
  }
  expect(ids.filter((id) => !told.has(id))).toEqual([])
  await alice.close()
  const left = []
  for (let next = await reading.next(); next.done !== true; next = await reading.next())
    left.push(next.value.event)
  expect(left.at(-1)).toBe('offline')
}, 60_000)

test('To wake whoever was never asleep does nothing', async () => {
  const alice = await made('Alice', { start: false })
  await alice.resume()
  await alice.suspend()
  expect(alice.state).toBe('resting')
})

describe('Closed', () => {
  test('it is closed for good, and everything fails alike', async () => {
    const alice = await made('Alice')
    const heard = hearing(alice)
    await Promise.all([alice.close(), alice.close()])
    await alice.close()
    expect(alice.state).toBe('closed')
    expect(heard.at(-1)?.event).toBe('offline')
    const calls = [
      alice.whoami(),
      alice.send({ to: 'bob', text: 'x' }),
      alice.who(),
      alice.start(),
      alice.status({ note: 'x' }),
    ]
    expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'closed'))
    await alice.suspend()
    await alice.resume()
    const after: AgentEvent[] = []
    for await (const event of alice.events()) after.push(event)
    expect(after).toEqual([])
    alice.on('message', () => {})()
  })

  test('at the end of its block, where it was made with `await using`; its home is free then', async () => {
    const home = join(folder, 'block')
    let inside: Peer | undefined
    {
      await using alice = await createPeer({ home, start: false })
      inside = alice
      expect(await codeOf(createPeer({ home, start: false }))).toBe('home-in-use')
    }
    expect(inside.state).toBe('closed')
    await using again = await createPeer({ home, start: false, create: false })
    expect(again.peerId).toBe(inside.peerId)
    expect([inside.created, again.created]).toEqual([true, false])
  })

  test('while it starts', async () => {
    const alice = await made('Alice', { start: false })
    const starting = codeOf(alice.start())
    await new Promise((resolve) => setImmediate(resolve))
    await alice.close()
    expect(await starting).toBe('nothing')
    expect(alice.state).toBe('closed')
    await alice.close()
  })
})

describe('On an interface', () => {
  test.runIf(process.platform === 'linux')(
    'that this host does not have, it is refused, and no home is made',
    async () => {
      const home = join(folder, 'nowhere')
      const making = createPeer({ home, interfaces: ['lo', 'nosuch0'] })
      await expect(making).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(
          /called "nosuch0"\. There are: .*\blo\b.*--interface or NIGH_INTERFACE/,
        ),
      })
      expect(existsSync(home)).toBe(false)
    },
  )

  test.runIf(existsSync('/sys/class/net/ifb0') && !('ifb0' in networkInterfaces()))(
    'that is down, it runs, and says so',
    async () => {
      const alice = await made('alice', { interfaces: ['lo', 'ifb0'] })
      for await (const event of alice.events({ since: 0 }))
        if (event.event === 'warning') {
          expect(event).toMatchObject({
            code: 'interface-down',
            message: expect.stringContaining('"ifb0" has no address'),
          })
          return
        }
    },
  )
})

describe('Given up', () => {
  test('before, it touches nothing', async () => {
    const home = join(folder, 'given-up')
    expect(await codeOf(createPeer({ home, signal: AbortSignal.abort() }))).toBe('aborted')
    expect(existsSync(home)).toBe(false)
  })

  test('while it is made, it leaves nothing running and the home free', async () => {
    const home = join(folder, 'given-up-later')
    const over = new AbortController()
    const making = codeOf(createPeer({ home, interfaces: ['lo'], signal: over.signal }))
    over.abort()
    expect(await making).toBe('aborted')
    await expect
      .poll(() => codeOf(createPeer({ home, start: false }).then((peer) => peer.close())))
      .toBe('nothing')
  })
})

describe('With places of its own for what it keeps', () => {
  /** A keychain that holds one key. */
  function keychain(kept?: Uint8Array): KeyStore & { saved: number; key: () => Uint8Array | undefined } {
    let key = kept
    const chain = {
      saved: 0,
      key: () => key,
      load: async () => key,
      async save(given: Uint8Array) {
        chain.saved += 1
        key = given
      },
    }
    return chain
  }

  test('the key is in the key store, once, and not in the home', async () => {
    const home = join(folder, 'keychain')
    const keyStore = keychain()
    const first = await createPeer({ home, keyStore, start: false })
    await first.close()
    const again = await createPeer({ home, keyStore, start: false, create: false })
    await again.close()
    expect(again.peerId).toBe(first.peerId)
    expect(keyStore.saved).toBe(1)
    expect(readdirSync(home)).not.toContain('key')
    const bytes = Buffer.from(keyStore.key() ?? []).subarray(-32)
    expect(bytes).toHaveLength(32)
    for (const name of readdirSync(home)) expect(readFileSync(join(home, name)).includes(bytes)).toBe(false)
  })

  test.each<[string, KeyStore, string]>([
    ['without a key makes none where none may be made', keychain(), 'no-home'],
    ['with something else is refused', keychain(new Uint8Array(68)), 'home-unreadable'],
    [
      'that is locked is left as it is',
      {
        load: () => Promise.reject(new Error('locked')),
        save: () => Promise.reject(new Error('never asked')),
      },
      'home-unreadable',
    ],
  ])('a key store %s', async (name, keyStore, code) => {
    const home = join(folder, `keys ${name}`)
    await createPeer({ home, start: false }).then((peer) => peer.close())
    expect(await codeOf(createPeer({ home, keyStore, start: false, create: false }))).toBe(code)
    // The home is free again.
    await createPeer({ home, start: false }).then((peer) => peer.close())
  })

  test('a store in memory leaves nothing on the disk, and closes with its peer', async () => {
    const home = join(folder, 'forgetful')
    const store = await memoryStore()
    const alice = await createPeer({ home, keyStore: keychain(), store, start: false })
    await alice.status({ note: 'leaves no trace' })
    expect((await alice.status()).note).toBe('leaves no trace')
    await alice.close()
    expect(readdirSync(home).sort()).toEqual(['lock.db', 'secret'])
    await expect(store.settings.get('name')).rejects.toThrow()
  })

  test('a clock of its own dates what it says', async () => {
    const alice = await made('Alice', { start: false, clock: { ...systemClock, now: () => 0 } })
    const [snapshot] = await Promise.all([alice.events()[Symbol.asyncIterator]().next()])
    expect(snapshot.value).toMatchObject({ at: '1970-01-01T00:00:00.000Z' })
  })
})

test('A home is made only where it may be', async () => {
  expect(await codeOf(createPeer({ home: join(folder, 'typo'), create: false }))).toBe('no-home')
  expect(existsSync(join(folder, 'typo'))).toBe(false)
})
