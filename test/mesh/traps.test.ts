/**
 * What libp2p does that a peer of ours must survive, one test each, with the control that shows the trap.
 * Not here, because we do not use the thing: libp2p's own mdns (discovery is ours), `for await` over a stream
 * and it-pipe on the long-lived channels (frames come by event, with `pause`), hole punching and relays.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { carrierTopic, FRAME_LIMIT, MESSAGES_PROTOCOL } from '../../src/envelope/protocol.ts'
import type { Channel, Link, Mesh } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { cutWire, type Stranger, stranger } from '../support/mesh-stranger.ts'
import { type LoopbackMeshes, loopbackMeshes, MESH_HASH, next, soon } from '../support/mesh-worlds.ts'

const TOPIC = carrierTopic(MESH_HASH)

let world: LoopbackMeshes
const uncaught: unknown[] = []
const onUncaught = (fault: unknown) => uncaught.push(fault)

beforeEach(() => {
  uncaught.length = 0
  process.on('uncaughtException', onUncaught)
  world = loopbackMeshes()
})
afterEach(async () => {
  await world.close()
  process.off('uncaughtException', onUncaught)
  expect(uncaught).toEqual([])
})

describe('many peers behind one address', () => {
  const SPOKES = 16

  /** One hub, many spokes, all on 127.0.0.1; how many of them hear the hub. */
  async function hubAndSpokes(without: { gossip?: object }): Promise<{ hub: Mesh; heard: Set<PeerId> }> {
    const hub = await world.mesh({ without })
    const heard = new Set<PeerId>()
    hub.carrier.join(TOPIC, () => 'accept')
    for (let count = 0; count < SPOKES; count++) {
      const spoke = await world.mesh({ without })
      spoke.carrier.join(TOPIC, () => 'accept')
      spoke.carrier.onAnnouncement(() => heard.add(spoke.self))
      await spoke.dial(hub.self, hub.listening(), soon())
    }
    return { hub, heard }
  }

  test('all of them hear the carrier (trap 2)', async () => {
    const { hub, heard } = await hubAndSpokes({})
    await expect
      .poll(
        async () => {
          await hub.carrier.publish(announcement())
          return heard.size
        },
        { timeout: 10_000, interval: 100 },
      )
      .toBe(SPOKES)
  })

  test('control: with gossipsub’s own weight for a shared address most are deaf', async () => {
    const { hub, heard } = await hubAndSpokes({ gossip: { scoreParams: { IPColocationFactorWeight: -5 } } })
    for (let round = 0; round < 30; round++) {
      await hub.carrier.publish(announcement())
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(heard.size).toBeLessThan(SPOKES)
  })
})

describe('streams', () => {
  let mallory: Stranger

  beforeEach(async () => {
    mallory = await stranger()
  })
  afterEach(async () => {
    await mallory.stop()
  })

  async function malloryAndBob() {
    const bob = await world.mesh()
    const linking = next<Link>(bob.onLink)
    const connection = await mallory.dial(bob)
    return { bob, connection, link: await linking }
  }

  /** A hostile stream, and what Bob makes of it. */
  async function hostileStream() {
    const { connection, link } = await malloryAndBob()
    const opening = next<Channel>(link.onChannel)
    const stream = await connection.newStream(MESSAGES_PROTOCOL)
    const channel = await opening
    const frames: Uint8Array[] = []
    channel.onFrame((frame) => frames.push(frame.slice()))
    return { connection, link, stream, channel, frames }
  }

  test('a frame of the limit passes, cut into single bytes and all (trap 5)', async () => {
    const { stream, frames } = await hostileStream()
    stream.send(Uint8Array.of(...varint(3), 1, 2, 3, ...varint(300)))
    for (let index = 0; index < 300; index++) stream.send(Uint8Array.of(index & 0xff))
    stream.send(Uint8Array.of(...varint(FRAME_LIMIT)))
    stream.send(new Uint8Array(FRAME_LIMIT))
    await expect.poll(() => frames.map(({ byteLength }) => byteLength)).toEqual([3, 300, FRAME_LIMIT])
  })

  test.each([
    ['one byte over the limit', varint(FRAME_LIMIT + 1)],
    ['two gigabytes', varint(2 ** 31)],
    ['a number that never ends', new Array(64).fill(0xff)],
    ['a number in more bytes than it needs', [0x81, 0x00, 1]],
  ])('a hostile length costs its stream and no more: %s', async (_, bytes) => {
    const { connection, link, stream, channel, frames } = await hostileStream()
    const other = next<Channel>(link.onChannel)
    const second = await connection.newStream(MESSAGES_PROTOCOL)
    const healthy = await other
    const ended = next<void>(channel.onClose)
    stream.send(Uint8Array.from(bytes))
    await ended
    expect(frames).toEqual([])
    const got = next<Uint8Array>((listener) => healthy.onFrame(listener))
    second.send(Uint8Array.of(1, 42))
    expect((await got)[0]).toBe(42)
    expect(link.closed).toBe(false)
  })

  test('more channels than allowed are refused, the first ones live (trap 4)', async () => {
    const { connection, link } = await malloryAndBob()
    const channels: Channel[] = []
    link.onChannel((channel) => {
      channels.push(channel)
      channel.onFrame((frame) => channel.send(frame))
    })
    const streams = await Promise.allSettled(
      Array.from({ length: 12 }, () => connection.newStream(MESSAGES_PROTOCOL)),
    )
    await expect
      .poll(
        () => streams.filter((open) => open.status === 'fulfilled' && open.value.status === 'open').length,
      )
      .toBeLessThanOrEqual(4)
    expect(channels.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(4)
    expect(link.closed).toBe(false)
  })

  test('a stream reset under our hands ends its channel, and sending on it is nothing (trap 4)', async () => {
    const { stream, channel } = await hostileStream()
    const ended = next<void>(channel.onClose)
    stream.abort(new Error('rude'))
    channel.send(new Uint8Array(100))
    await ended
    channel.send(new Uint8Array(100))
    await channel.drained()
  })

  test('a throw in a listener ends the channel and not the process (trap 3)', async () => {
    const { stream, channel, link } = await hostileStream()
    channel.onFrame(() => {
      throw new Error('clumsy')
    })
    const ended = next<void>(channel.onClose)
    stream.send(Uint8Array.of(1, 1))
    await ended
    expect(link.closed).toBe(false)
  })

  test('a reader at rest is owed a window, not whatever a stranger pushes (trap 6)', async () => {
    const { stream, channel, frames } = await hostileStream()
    channel.pause()
    const frame = Uint8Array.of(...varint(60_000), ...new Uint8Array(60_000))
    for (let count = 0; count < 100; count++) stream.send(frame)
    await expect.poll(() => stream.writableNeedsDrain).toBe(true)
    const held = stream.writeBufferLength
    expect(held).toBeGreaterThan(4 * 1024 * 1024)
    expect(frames.length).toBe(0)
    channel.resume()
    await expect.poll(() => frames.length, { timeout: 5_000 }).toBe(100)
  })

  test('a write that nobody takes closes the channel in the end', async () => {
    const bob = await world.mesh({ drainWithinMs: 200 })
    const linking = next<Link>(bob.onLink)
    const connection = await mallory.dial(bob)
    const opening = next<Channel>((await linking).onChannel)
    const stream = await connection.newStream(MESSAGES_PROTOCOL)
    stream.pause()
    const channel = await opening
    const ended = next<void>(channel.onClose)
    for (let count = 0; count < 100; count++) channel.send(new Uint8Array(60_000))
    const waiting = channel.drained()
    await ended
    await waiting
    expect(channel.backlog).toBe(0)
  })
})

describe('dialling', () => {
  /** Accepts and says nothing, like an address that now belongs to something else. */
  async function silence() {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket.on('error', () => {})))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      address: `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`,
      close() {
        for (const socket of sockets) socket.destroy()
        server.close()
      },
    }
  }

  test('an address that is silent costs a quarter of a second, not the dial', async () => {
    const [alice, bob] = await Promise.all([world.mesh(), world.mesh()])
    const silent = await silence()
    const before = performance.now()
    const link = await alice.dial(bob.self, [silent.address, ...bob.listening()], soon())
    expect(link.peer).toBe(bob.self)
    expect(performance.now() - before).toBeLessThan(2_000)
    silent.close()
  })

  test('time that runs out is unreachable, a change of mind is aborted', async () => {
    const [alice, bob] = await Promise.all([world.mesh(), world.mesh()])
    const silent = await silence()
    const hurry = { signal: AbortSignal.timeout(100) }
    await expect(alice.dial(bob.self, [silent.address], hurry)).rejects.toMatchObject({ code: 'unreachable' })
    const dial = alice.dial(bob.self, [silent.address], soon())
    await Promise.all([expect(dial).rejects.toMatchObject({ code: 'aborted' }), alice.stop()])
    silent.close()
  })
})

describe('two links between two peers (trap 7)', () => {
  /** Alice and Bob on the carrier, each counting what it hears. */
  async function pair(mending: boolean) {
    const meshes = await Promise.all([
      world.mesh({ without: { mending } }),
      world.mesh({ without: { mending } }),
    ])
    const heard = [0, 0]
    meshes.forEach(({ carrier }, index) => {
      carrier.join(TOPIC, () => 'accept')
      carrier.onAnnouncement(() => {
        heard[index] = (heard[index] ?? 0) + 1
      })
    })
    const [alice, bob] = meshes as [Mesh, Mesh]
    return { alice, bob, heard }
  }

  async function bothHear({ alice, bob, heard }: Awaited<ReturnType<typeof pair>>, timeout = 5_000) {
    const [a = 0, b = 0] = heard
    await expect
      .poll(
        async () => {
          await alice.carrier.publish(announcement())
          await bob.carrier.publish(announcement())
          return (heard[0] ?? 0) > a && (heard[1] ?? 0) > b
        },
        { timeout, interval: 50 },
      )
      .toBe(true)
  }

  /** Gossip is tied to the first link; the second comes, and the first goes. */
  async function firstLinkEnds(mending: boolean) {
    const both = await pair(mending)
    const { alice, bob } = both
    const first = await alice.dial(bob.self, bob.listening(), soon())
    await bothHear(both)
    const second = await bob.dial(alice.self, alice.listening(), soon())
    // Identify must be over on the second link, or it would tie gossip to it by itself. Nothing tells of that.
    await new Promise((resolve) => setTimeout(resolve, 300))
    first.close()
    await next<void>(first.onClose)
    return { both, second }
  }

  test('the carrier goes on over the link that stands', async () => {
    const { both, second } = await firstLinkEnds(true)
    await bothHear(both)
    expect(second.closed).toBe(false)
  })

  test('control: left to itself, gossip is silent from then on', async () => {
    const { both } = await firstLinkEnds(false)
    await expect(bothHear(both, 1_500)).rejects.toThrow()
  })

  test('also when the old link ends here long before it ends there (fault N5)', async () => {
    const both = await pair(true)
    const { alice, bob } = both
    const wire = await cutWire(bob)
    try {
      const accepting = next<Link>(bob.onLink)
      const stale = await alice.dial(bob.self, [wire.address], soon())
      const staleAtBob = await accepting
      await bothHear(both)
      const endedAtAlice = next<void>(stale.onClose)
      wire.cutDialler()
      await endedAtAlice
      const fresh = await alice.dial(bob.self, bob.listening(), soon())
      await bothHear(both)
      expect(staleAtBob.closed).toBe(false)
      const endedAtBob = next<void>(staleAtBob.onClose)
      wire.cutListener()
      await endedAtBob
      await bothHear(both)
      expect(fresh.closed).toBe(false)
    } finally {
      await wire.close()
    }
  })
})

describe('liveness is not libp2p’s to decide', () => {
  let child: ChildProcess | undefined

  afterEach(() => {
    child?.kill('SIGKILL')
  })

  /** A peer in its own process, linked with a mesh made with `without`, that stands still for 1.5 s. */
  async function standsStill(without: Parameters<LoopbackMeshes['mesh']>[0]) {
    const alice = await world.mesh(without)
    const process_ = spawn(
      process.execPath,
      [new URL('../support/mesh-child.ts', import.meta.url).pathname],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    child = process_
    const lines = createInterface({ input: process_.stdout })
    const [hello] = (await once(lines, 'line')) as [string]
    const [peer, address] = hello.split(' ') as [PeerId, string]
    const link = await alice.dial(peer, [address], soon())
    const channel = await link.open('presence', soon())
    const woke = once(lines, 'line')
    process_.stdin.write('block 1500\n')
    await woke
    return { link, channel }
  }

  test('a peer that stands still for 1.5 s keeps its link (trap 8)', async () => {
    const { link, channel } = await standsStill({})
    const echo = next<Uint8Array>((listener) => channel.onFrame(listener))
    channel.send(Uint8Array.of(7))
    expect((await echo)[0]).toBe(7)
    expect(link.closed).toBe(false)
  })

  test('control: libp2p’s monitor, set to see a loss as fast as our beats do, cuts it', async () => {
    const connectionMonitor = {
      enabled: true,
      pingInterval: 200,
      pingTimeout: { minTimeout: 300, maxTimeout: 500 },
    }
    const { link } = await standsStill({ without: { libp2p: { connectionMonitor } } })
    await expect.poll(() => link.closed, { timeout: 3_000 }).toBe(true)
  })

  test('after a loss nobody dials but who is told to (trap 9)', async () => {
    const [alice, bob] = await Promise.all([world.mesh(), world.mesh()])
    const accepting = next<Link>(bob.onLink)
    const wire = await cutWire(bob)
    await alice.dial(bob.self, [wire.address], soon())
    const ended = next<void>((await accepting).onClose)
    let links = 0
    for (const mesh of [alice, bob]) mesh.onLink(() => links++)
    await wire.close()
    await ended
    // Longer than libp2p's first reconnect, which comes after at most a second.
    await new Promise((resolve) => setTimeout(resolve, 1_300))
    expect(links).toBe(0)
  })
})

function announcement(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(512))
}

function varint(number: number): number[] {
  const bytes: number[] = []
  let rest = number
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return [...bytes, rest]
}
