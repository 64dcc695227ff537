/** What a program may do wrong with a peer of its own: it is told by name what does not fit, and nothing of it counts. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { METHODS, type Method } from '../../src/agent/methods.ts'
import { createPeer, memoryStore, NighError, type Peer, restorePeer } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'nigh-wrong-uses-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const BOB = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo'
const code = (work: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      (answer) => `no failure: ${JSON.stringify(answer)}`,
      (cause) => (cause instanceof NighError ? `${cause.code}: ${cause.message}` : `not ours: ${cause}`),
    )

describe('Alice’s program has no types, and asks her peer', () => {
  let alice: Peer
  /** As a program in JavaScript has it. */
  let loose: Record<string, (asked?: unknown, options?: unknown) => Promise<unknown>>
  beforeAll(async () => {
    alice = await createPeer({ home: join(folder, 'alice'), name: 'Alice', start: false })
    loose = alice as unknown as typeof loose
  })
  afterAll(() => alice.close())

  const asks: [method: Method, asked: unknown, part: string][] = [
    ['status', { basic: 'away' }, 'basic'],
    ['status', 'closed', 'status'],
    ['status', { activities: 'busy' }, 'activities'],
    ['status', { note: 5 }, 'note'],
    ['status', { until: new Date() }, 'until'],
    ['send', undefined, 'text'],
    ['send', { to: BOB }, 'text'],
    ['send', { who: BOB, text: 'hi' }, 'to'],
    ['send', { to: BOB, text: 'hi', waitMs: '5s' }, 'waitMs'],
    ['send', { to: BOB, text: 'hi', waitMs: Number.NaN }, 'waitMs'],
    ['send', { to: BOB, text: 'hi', expireMs: -1 }, 'expireMs'],
    ['send', { to: BOB, text: 'hi', id: 'mine' }, 'id'],
    ['send', { to: BOB, text: 'hi', when: 'later' }, 'when'],
    ['personRule', { who: BOB, then: 'ban' }, 'then'],
    ['personRule', { who: BOB, then: 'block', forMs: '1h' }, 'forMs'],
    ['personRule', { who: BOB, then: 'allow', view: 'all' }, 'view'],
    ['rules', { preset: 'open' }, 'preset'],
    ['watchersVisible', { to: 'all' }, 'to'],
    ['me', { notify: 'yes' }, 'notify'],
    ['addContact', { who: BOB, groups: 'work' }, 'groups'],
    ['publishTuple', { id: 'phone', status: { basic: 'maybe' } }, 'status.basic'],
    ['inbox', { limit: -1 }, 'limit'],
    ['accept', BOB, 'accept'],
    ['deleteMessages', { ids: 'x' }, 'ids'],
    ['backup', { file: '/nowhere/at/all' }, 'passphrase'],
  ]
  test.each(asks)('%s %j: she is told what does not fit', async (method, asked, part) => {
    const said = await code(() => loose[method]?.(asked))
    expect(said).toMatch(/^usage: /)
    expect(said).toContain(part)
  })

  test('nothing of it was kept, and nobody was let in or shut out', async () => {
    expect(await alice.status()).toEqual({ basic: 'open', activities: [] })
    expect((await alice.accessRules()).people).toEqual([])
    expect((await alice.rules()).preset).toBe('default')
    expect(await alice.watchersVisible()).toEqual({ to: 'nobody' })
    expect([await alice.outbox(), await alice.contacts(), await alice.tuples()]).toEqual([[], [], []])
  })

  test.each(METHODS)('%s: what is nonsense is told as such, whatever it is', async (method) => {
    for (const nonsense of [5, 'bob', [BOB], { nonsense: true }, Symbol('s'), () => {}])
      expect(await code(() => loose[method]?.(nonsense))).toMatch(/^usage: /)
    expect(await code(() => loose[method]?.(undefined, { signal: new AbortController() }))).toMatch(
      /^usage: .*AbortSignal/,
    )
  })

  test('what is undefined is not there, as over a socket', async () => {
    const asked = { basic: 'closed', note: undefined, userInput: { state: 'active', since: undefined } }
    expect(await loose.status?.(asked)).toMatchObject({ basic: 'closed', userInput: { state: 'active' } })
    expect(await alice.status({ clear: true })).toMatchObject({ basic: 'open' })
    expect(await loose.rules?.({})).toMatchObject({ preset: 'default' })
    expect(await loose.markRead?.({ ids: [] })).toEqual([])
  })

  test('a text that is too large is that, and no misuse', async () => {
    expect(await code(() => alice.send({ to: BOB, text: 'x'.repeat(65 * 1024) }))).toMatch(/^too-large: /)
    expect(await code(() => alice.send({ to: BOB, text: ' ' }))).toMatch(/^empty-text: /)
  })

  test('a kind of event that is none is told at once: nothing would ever be heard', async () => {
    const on = loose.on as unknown as (kind: unknown, listener?: unknown) => void
    expect(await code(() => on('mesage', () => {}))).toMatch(/^usage: .*"mesage".*message/)
    expect(await code(() => on('message'))).toMatch(/^usage: /)
    const first = (...asked: unknown[]) =>
      (alice.events as unknown as (...asked: unknown[]) => AsyncGenerator)(...asked).next()
    expect(await code(() => first({ since: 'yesterday' }))).toMatch(/^usage: .*since/)
    expect(await code(() => first({}, { signal: 5 }))).toMatch(/^usage: .*signal/)
  })
})

const wrong: [options: unknown, part: string][] = [
  [undefined, 'createPeer'],
  ['./home', 'createPeer'],
  [{}, 'home'],
  [{ home: '' }, 'home'],
  [{ home: 5 }, 'home'],
  [{ nmae: 'Alice' }, 'nmae'],
  [{ name: 5 }, 'name'],
  [{ port: '4001' }, 'port'],
  [{ port: 70_000 }, 'port'],
  [{ interfaces: 'lo' }, 'interfaces'],
  [{ without: ['mesh'] }, 'without'],
  [{ keyStore: {} }, 'keyStore'],
  [{ store: memoryStore() }, 'await'],
  [{ clock: Date }, 'clock'],
  [{ signal: new AbortController() }, 'AbortSignal'],
]
test.each(wrong)(
  'Alice makes her peer with %o: she is told what does not fit, and no home is made',
  async (options, part) => {
    const home = join(folder, 'never')
    const asked =
      typeof options === 'object' && options !== null && !('home' in options) && part !== 'home'
        ? { home, ...options }
        : options
    const said = await code(() => createPeer(asked as never))
    expect(said).toMatch(/^usage: /)
    expect(said).toContain(part)
    expect(existsSync(home)).toBe(false)
  },
)

test('and restores one likewise', async () => {
  expect(await code(() => restorePeer(undefined as never))).toMatch(/^usage: /)
  expect(await code(() => restorePeer({ home: join(folder, 'never'), file: 'x' } as never))).toMatch(
    /^usage: .*passphrase/,
  )
})
