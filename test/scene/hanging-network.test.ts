/** A network that never answers: starting and closing end in their time all the same, and the home is free then. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type AgentEvent, createPeer, NighError, type Peer, type PeerOptions } from '../../src/index.ts'
import type { Libp2pMesh } from '../../src/mesh/node.ts'

/** What the network does not do; whoever waits for it is let go when it answers after all. */
const network = vi.hoisted(() => ({
  hangs: new Set<'start' | 'stop'>(),
  /** Told of what it was asked. */
  asked: (_what: 'start' | 'stop'): void => {},
  answers: Promise.withResolvers<void>(),
  meshes: [] as Libp2pMesh[],
}))

vi.mock('../../src/mesh/node.ts', async (original) => {
  const real = await original<typeof import('../../src/mesh/node.ts')>()
  return {
    ...real,
    async libp2pMesh(options: Parameters<typeof real.libp2pMesh>[0]) {
      const mesh = await real.libp2pMesh(options)
      network.meshes.push(mesh)
      const { answers } = network
      let starting: Promise<void> | undefined
      const or = async (what: 'start' | 'stop'): Promise<void> => {
        network.asked(what)
        if (network.hangs.has(what)) await answers.promise
        await mesh[what]()
      }
      return Object.defineProperties({} as Libp2pMesh, {
        ...Object.getOwnPropertyDescriptors(mesh),
        start: { value: () => (starting ??= or('start')) },
        // As the real one, which undoes what has come up.
        stop: { value: () => or('stop').then(() => starting?.catch(() => {})) },
      })
    },
  }
})

// Nothing here waits for more than the disk; what hangs, hangs for good.
vi.setConfig({ testTimeout: 15_000 })

const folder = mkdtempSync(join(tmpdir(), 'nigh-hanging-'))
let homes = 0
const options = (): PeerOptions => ({
  home: join(folder, `home-${homes++}`),
  name: 'Alice',
  mesh: 'hanging-network',
  interfaces: ['lo'],
})

beforeEach(() => {
  network.answers = Promise.withResolvers()
  // Time is what the test says it is; the disk and the loop go on.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(async () => {
  network.hangs.clear()
  network.answers.resolve()
  await Promise.all(network.meshes.splice(0).map((mesh) => mesh.stop()))
  vi.useRealTimers()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Makes the network hang; resolves when somebody waits for it. */
function hanging(what: 'start' | 'stop'): Promise<void> {
  network.hangs.add(what)
  return new Promise((resolve) => {
    network.asked = (asked) => {
      if (asked === what) resolve()
    }
  })
}

/** How it ended: its code, or that it came to its end. */
interface Outcome {
  now: string | undefined
  readonly end: Promise<string>
}
function outcomeOf(work: Promise<unknown>): Outcome {
  const outcome = { now: undefined as string | undefined, end: Promise.resolve('') }
  outcome.end = work
    .then(
      () => 'done',
      (cause) => (cause instanceof NighError ? cause.code : String(cause)),
    )
    .then((end) => {
      outcome.now = end
      return end
    })
  return outcome
}

/** What `ms` set in motion has come to its end where it has one: it waits for nothing but the disk. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** It ends at `ms` from now, and not a millisecond earlier. */
async function endsAt(ms: number, outcome: Outcome): Promise<string> {
  await pass(ms - 1)
  expect(outcome.now).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  return outcome.end
}

const isFree = (home: string): Promise<string> =>
  outcomeOf(createPeer({ home, start: false }).then((peer) => peer.close())).end

function hearing(peer: Peer): { events: AgentEvent['event'][]; ended: Promise<void> } {
  const events: AgentEvent['event'][] = []
  const ended = (async () => {
    for await (const { event } of peer.events()) events.push(event)
  })()
  return { events, ended }
}

test('Control: over a network that answers, no time passes until it runs, and none until it is closed', async () => {
  const alice = await createPeer(options())
  expect(alice.state).toBe('running')
  await alice.close()
  expect(network.meshes).toHaveLength(1)
})

test('A peer whose network does not come up is given up after 30 s, and its home is free', async () => {
  const asked = hanging('start')
  const given = options()
  const making = outcomeOf(createPeer(given))
  await asked
  expect(await endsAt(30_000, making)).toBe('unexpected')
  expect(await isFree(given.home)).toBe('done')
})

test('Whoever gives up making a peer does not wait for its network: the home is free at once', async () => {
  const asked = hanging('start')
  const given = options()
  const over = new AbortController()
  const making = outcomeOf(createPeer({ ...given, signal: over.signal }))
  await asked
  over.abort()
  expect(await making.end).toBe('aborted')
  await expect.poll(() => isFree(given.home)).toBe('done')
})

test('Once it is made, the signal of its making says nothing', async () => {
  const over = new AbortController()
  const alice = await createPeer({ ...options(), start: false, signal: over.signal })
  over.abort()
  await alice.start()
  expect(alice.state).toBe('running')
  await alice.close()
})

test('One that rested rests again, for everybody who asked it to start, and starts when the network answers', async () => {
  const alice = await createPeer({ ...options(), start: false })
  const { events } = hearing(alice)
  const asked = hanging('start')
  const both = [outcomeOf(alice.start()), outcomeOf(alice.start())] as const
  await asked
  // The second one asks the network once more.
  const askedAgain = hanging('start')
  expect(await endsAt(30_000, both[0])).toBe('unexpected')
  await askedAgain
  expect(await endsAt(30_000, both[1])).toBe('unexpected')
  expect(alice.state).toBe('resting')
  expect(await alice.whoami()).toMatchObject({ name: 'Alice', listen: [] })
  network.hangs.clear()
  await alice.start()
  expect(alice.state).toBe('running')
  await alice.close()
  expect(events.at(-1)).toBe('offline')
})

test('Closed while its start hangs, it is closed after 5 s, however often; whoever started it is told so', async () => {
  const given = options()
  const alice = await createPeer({ ...given, start: false })
  const { ended } = hearing(alice)
  const asked = hanging('start')
  const starting = outcomeOf(alice.start())
  const waiting = outcomeOf(alice.resume())
  await asked
  await pass(1_000)
  const closing = outcomeOf(alice.close())
  const again = outcomeOf(alice.close())
  expect(await endsAt(5_000, closing)).toBe('done')
  expect(await Promise.all([starting.end, waiting.end, again.end])).toEqual(['closed', 'done', 'done'])
  expect(alice.state).toBe('closed')
  expect(await outcomeOf(alice.close()).end).toBe('done')
  expect(await outcomeOf(alice.whoami()).end).toBe('closed')
  await ended
  expect(await isFree(given.home)).toBe('done')
})

test('A network that comes up after all is left again', async () => {
  const alice = await createPeer({ ...options(), start: false })
  const asked = hanging('start')
  const starting = outcomeOf(alice.start())
  await asked
  const closing = outcomeOf(alice.close())
  expect(await endsAt(5_000, closing)).toBe('done')
  expect(await starting.end).toBe('closed')
  const [mesh] = network.meshes
  network.answers.resolve()
  await mesh?.start()
  await expect.poll(() => mesh?.listening()).toEqual([])
})

test('A goodbye that the network does not take has 5 s; then all who listen hear the end, and the home is free', async () => {
  const given = options()
  const alice = await createPeer(given)
  const { events, ended } = hearing(alice)
  const asked = hanging('stop')
  const closing = outcomeOf(alice.close())
  await asked
  expect(await endsAt(5_000, closing)).toBe('done')
  await ended
  expect(events).toEqual(['snapshot', 'offline'])
  expect(await isFree(given.home)).toBe('done')
})

test('A sleep that hangs has 5 s, too, and closing does not wait for two of them', async () => {
  const [alice, bob] = [await createPeer(options()), await createPeer(options())]
  const asked = hanging('stop')
  const sleeping = outcomeOf(alice.suspend())
  await asked
  expect(await endsAt(5_000, sleeping)).toBe('done')
  expect(alice.state).toBe('suspended')
  await alice.close()

  const askedAgain = hanging('stop')
  const dozing = outcomeOf(bob.suspend())
  await askedAgain
  await pass(3_000)
  const closing = outcomeOf(bob.close())
  expect(await endsAt(2_000, dozing)).toBe('done')
  expect(await closing.end).toBe('done')
  expect(bob.state).toBe('closed')
})
