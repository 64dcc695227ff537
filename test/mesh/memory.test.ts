/** The accidents that a world in memory has on call, in virtual time. */
import { beforeEach, describe, expect, test } from 'vitest'
import { carrierTopic, DRAIN_WITHIN_MS } from '../../src/envelope/protocol.ts'
import { type MemoryWorld, memoryWorld } from '../../src/mesh/memory.ts'
import type { Channel, Clock, Heard, Link, Mesh } from '../../src/ports.ts'
import { MESH_HASH, newKey, realEntropy } from '../support/mesh-worlds.ts'

const TOPIC = carrierTopic(MESH_HASH)
const never = () => ({ signal: new AbortController().signal })
const keys = await Promise.all([newKey(), newKey(), newKey()])

let time: VirtualTime
let world: MemoryWorld
let alice: Mesh
let bob: Mesh

beforeEach(async () => {
  time = virtualTime()
  world = memoryWorld({ clock: time.clock, entropy: realEntropy, latencyMs: 5, meshHash: MESH_HASH })
  const [a, b] = keys.map(({ peer }) => world.mesh(peer)) as [Mesh, Mesh]
  alice = a
  bob = b
  await alice.start()
  await bob.start()
})

async function talking() {
  const accepted: Link[] = []
  bob.onLink((link) => accepted.push(link))
  const dialling = alice.dial(bob.self, bob.listening(), never())
  await time.pass(20)
  const link = await dialling
  const theirs: Channel[] = []
  accepted[0]?.onChannel((channel) => theirs.push(channel))
  const opening = link.open('presence', never())
  await time.pass(20)
  const got: number[] = []
  theirs[0]?.onFrame((frame) => got.push(frame[0] ?? -1))
  return { link, accepted: accepted[0] as Link, mine: await opening, theirs: theirs[0] as Channel, got }
}

describe('a world in memory', () => {
  test('moves only with its clock', async () => {
    const { mine, got } = await talking()
    mine.send(Uint8Array.of(1))
    await time.pass(4)
    expect(got).toEqual([])
    await time.pass(1)
    expect(got).toEqual([1])
  })

  test('keeps the order when the latency falls', async () => {
    const { mine, got } = await talking()
    world.setLatency(100)
    mine.send(Uint8Array.of(1))
    await time.pass(0)
    world.setLatency(1)
    mine.send(Uint8Array.of(2))
    await time.pass(99)
    expect(got).toEqual([])
    await time.pass(1)
    expect(got).toEqual([1, 2])
  })

  test('a pulled cable tells nobody; mended, it brings what was under way', async () => {
    const { link, accepted, mine, got } = await talking()
    world.cut(alice.self, bob.self)
    mine.send(Uint8Array.of(1))
    await time.pass(60_000)
    expect(got).toEqual([])
    expect(accepted.closed).toBe(false)
    link.close()
    await time.pass(1_000)
    expect(accepted.closed).toBe(false)
    world.heal(alice.self, bob.self)
    await time.pass(0)
    expect(got).toEqual([1])
    expect(accepted.closed).toBe(true)
  })

  test('over a pulled cable dials hang until they are given up', async () => {
    world.cut(alice.self, bob.self)
    const giveUp = new AbortController()
    let settled = false
    const dialling = alice.dial(bob.self, bob.listening(), { signal: giveUp.signal })
    const ended = dialling
      .catch((fault: unknown) => fault)
      .finally(() => {
        settled = true
      })
    await time.pass(60_000)
    expect(settled).toBe(false)
    giveUp.abort(new DOMException('too long', 'TimeoutError'))
    expect(await ended).toMatchObject({ code: 'unreachable' })
  })

  test('who dies says nothing; the links just end', async () => {
    const { link, mine } = await talking()
    world.kill(bob.self)
    await time.pass(5)
    expect(link.closed).toBe(true)
    expect(mine.closed).toBe(true)
    expect(bob.listening()).toEqual([])
  })

  test('announcements can be lost, and the muted are heard by nobody', async () => {
    await talking()
    let announced = 0
    for (const { carrier } of [alice, bob]) carrier.join(TOPIC, () => 'accept')
    bob.carrier.onAnnouncement(() => announced++)
    world.loseAnnouncements(1)
    expect(await alice.carrier.publish(Uint8Array.of(1))).toBe(1)
    world.loseAnnouncements(0)
    await alice.carrier.publish(Uint8Array.of(2))
    await alice.carrier.publish(Uint8Array.of(2))
    await time.pass(10)
    expect(announced).toBe(1)
    const heard: Heard[] = []
    bob.air.onHeard((told) => heard.push(told))
    world.mute(alice.self, true)
    alice.air.answer({})
    await time.pass(10)
    world.mute(alice.self, false)
    alice.air.answer({})
    await time.pass(10)
    expect(heard).toHaveLength(1)
  })

  test('multicast stays on its network, and moving is noticed', async () => {
    const { link } = await talking()
    let changes = 0
    let heard = 0
    bob.air.onNetworkChange(() => changes++)
    bob.air.onHeard(() => heard++)
    world.move(bob.self, 'cafe')
    alice.air.answer({})
    await time.pass(10)
    expect([changes, heard]).toEqual([1, 0])
    expect(link.closed).toBe(false)
    const subnetOf = (mesh: Mesh) => mesh.networks()[0]?.address.split('.').slice(0, 2).join('.')
    expect(subnetOf(bob)).not.toBe(subnetOf(alice))
    world.move(alice.self, 'cafe')
    alice.air.answer({})
    await time.pass(10)
    expect(heard).toBe(1)
  })

  test('a write that nobody takes closes the channel in the end', async () => {
    const { link, mine, theirs } = await talking()
    theirs.pause()
    for (let count = 0; count < 100; count++) mine.send(new Uint8Array(10_000))
    await time.pass(DRAIN_WITHIN_MS - 1_000)
    expect(mine.closed).toBe(false)
    await time.pass(2_000)
    expect(mine.closed).toBe(true)
    expect(theirs.closed).toBe(true)
    expect(link.closed).toBe(false)
  })

  test('two homes of one host share its address and see each other', async () => {
    const [, , third] = keys
    const carol = world.mesh(third?.peer ?? bob.self, { host: bob.self })
    await carol.start()
    const [bobs, carols] = [bob, carol].map(({ listening }) => listening()[0]?.split('/'))
    expect(carols?.[2]).toBe(bobs?.[2])
    expect(carols?.[4]).not.toBe(bobs?.[4])
    const heard: Heard[] = []
    bob.air.onHeard((told) => heard.push(told))
    carol.air.answer({})
    await time.pass(10)
    expect(heard).toHaveLength(1)
  })
})

interface VirtualTime {
  clock: Clock
  /** Lets `ms` pass, with everything that is due in between. */
  pass(ms: number): Promise<void>
}

function virtualTime(): VirtualTime {
  let now = 1_000
  let given = 0
  const due: { at: number; order: number; run: () => void }[] = []
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    clock: {
      now: () => now,
      monotonic: () => now,
      wake(at, run) {
        const entry = { at, order: given++, run }
        due.push(entry)
        return () => {
          const index = due.indexOf(entry)
          if (index >= 0) due.splice(index, 1)
        }
      },
    },
    async pass(ms) {
      const until = now + ms
      await settle()
      for (;;) {
        due.sort((a, b) => a.at - b.at || a.order - b.order)
        const next = due[0]
        if (next === undefined || next.at > until) break
        due.shift()
        now = Math.max(now, next.at)
        next.run()
        await settle()
      }
      now = until
    },
  }
}
