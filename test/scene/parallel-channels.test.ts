/**
 * Two channels at once, cut at random (fault M5): retry belongs to the conversation, so whatever is lost or repeated,
 * first occurrences come in the order of sending, and each message is kept once.
 */
import { expect, test } from 'vitest'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import type { Channel, Link, Mesh } from '../../src/ports.ts'
import { friends, textsFrom } from '../support/talk.ts'
import { type Town, town } from '../support/town.ts'

const MESSAGES = 10_000
const AT_ONCE = 100

interface Seen {
  /** Ids of messages in the order in which they first came to Bob, over any channel. */
  first: string[]
  /** All that came, repeats included. */
  all: number
  /** Message channels open at Bob at this moment, and the times there were two and more. */
  open: Set<Channel>
  together: number
}

/** Sees what Bob reads, channel by channel. */
function watching(seen: Seen): (mesh: Mesh) => Mesh {
  const known = new Set<string>()
  const watched = (channel: Channel): Channel =>
    new Proxy(channel, {
      get(target, name) {
        if (name === 'onFrame')
          return (listener: (frame: Uint8Array) => void) =>
            target.onFrame((bytes) => {
              const frame = openMessageFrame(bytes, target.link.peer)
              if (frame.kind === 'message') {
                seen.all += 1
                if (!known.has(frame.id)) {
                  known.add(frame.id)
                  seen.first.push(frame.id)
                }
              }
              listener(bytes)
            })
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const told = (channel: Channel): Channel => {
    if (channel.kind !== 'messages') return channel
    seen.open.add(channel)
    channel.onClose(() => seen.open.delete(channel))
    if (seen.open.size > 1) seen.together += 1
    return watched(channel)
  }
  return (mesh) => tappedLinks(mesh, told)
}

/** `mesh`, each channel of which passes through `told` first. */
function tappedLinks(mesh: Mesh, told: (channel: Channel) => Channel): Mesh {
  const link = (real: Link): Link =>
    new Proxy(real, {
      get(target, name) {
        if (name === 'onChannel')
          return (listener: (channel: Channel) => void) =>
            target.onChannel((channel) => listener(told(channel)))
        if (name === 'open')
          return async (...how: Parameters<Link['open']>) => told(await target.open(...how))
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return { ...mesh, onLink: (listener) => mesh.onLink((up) => listener(link(up))) }
}

/** Links of Alice that stand, as the mesh gives them: they can be lost. */
function collecting(links: Set<Link>): (mesh: Mesh) => Mesh {
  return (mesh) => ({
    ...mesh,
    onLink: (listener) =>
      mesh.onLink((link) => {
        links.add(link)
        link.onClose(() => links.delete(link))
        listener(link)
      }),
  })
}

/** What comes over a channel is read when `read` says so. */
function readingLater(mesh: Mesh, read: (channel: Channel, go: () => void) => unknown): Mesh {
  return tappedLinks(
    mesh,
    (channel) =>
      new Proxy(channel, {
        get(target, name) {
          if (name === 'onFrame')
            return (listener: (frame: Uint8Array) => void) =>
              target.onFrame((bytes) => read(target, () => listener(bytes)))
          const value = Reflect.get(target, name, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      }),
  )
}

/** What a pulled plug does: neither side is told by the other, and what was under way is gone. */
const lose = (link: Link): void => (link as Link & { vanish(): void }).vanish()

async function crossing(place: Town, messages: number) {
  const links = new Set<Link>()
  const seen: Seen = { first: [], all: 0, open: new Set(), together: 0 }
  const { alice, bob } = await friends(place, {
    alice: { tapMesh: collecting(links) },
    bob: { tapMesh: watching(seen) },
  })
  const first = alice.agent.send({ to: `im:${bob.peerId}`, text: 'number 0' })
  await place.pass(50)
  await first
  const chance = place.entropy.fraction
  const { signal } = new AbortController()
  let kills = 0
  for (let number = 1; number < messages; ) {
    const sending: Promise<unknown>[] = []
    for (let count = 0; count < AT_ONCE && number < messages; count += 1, number += 1)
      sending.push(alice.agent.send({ to: `im:${bob.peerId}`, text: `number ${number}` }))
    // A second link, by whichever side; each is as good as the other until both have answered.
    if (chance() < 0.7) {
      const [from, to] = chance() < 0.5 ? [alice, bob] : [bob, alice]
      from.mesh.dial(to.peerId, to.mesh.listening(), { signal }).catch(() => {})
    }
    await place.pass(Math.floor(chance() * 6))
    const standing = [...links]
    const victim = standing[Math.floor(chance() * standing.length)]
    if (victim !== undefined && chance() < 0.7) {
      kills += 1
      lose(victim)
    }
    await place.pass(Math.floor(chance() * 6))
    await Promise.all(sending)
  }
  for (let second = 0; second < 120; second += 1) {
    await place.pass(1_000)
    if ((await alice.store.outbox.unsettled(bob.peerId, { after: 0, limit: 1 })).length === 0) break
  }
  return { alice, bob, seen, kills }
}

test(`${MESSAGES} messages while two channels are cut at random: first occurrences come in the order of sending, and each is kept once (fault M5)`, async () => {
  await using place = await town(process.env.NIGH_SEED ?? 'parallel')
  const { alice, bob, seen, kills } = await crossing(place, MESSAGES)
  const sent = (await alice.agent.outbox({ limit: MESSAGES })).map(({ id }) => id)
  expect(sent).toHaveLength(MESSAGES)
  expect(seen.first).toEqual(sent)
  expect(await textsFrom(bob, alice)).toEqual(
    Array.from({ length: MESSAGES }, (_, number) => `number ${number}`),
  )
  // It was no walk in the park: links were lost, there were two at once, and much came twice.
  expect(kills).toBeGreaterThan(40)
  expect(seen.together).toBeGreaterThan(20)
  expect(seen.all).toBeGreaterThan(MESSAGES * 1.05)
  expect((await alice.agent.outbox({ limit: MESSAGES })).every(({ outcome }) => outcome === 'success')).toBe(
    true,
  )
}, 120_000)

test('One copy waits in a cable, the other was refused: after the failure nothing is delivered (faults M1, M5)', async () => {
  await using place = await town('late copy')
  const stalled: (() => void)[] = []
  const links = new Set<Link>()
  const inTheCable = new Set<Link>()
  const tapMesh = (mesh: Mesh): Mesh =>
    readingLater(mesh, ({ link, kind }, go) => {
      links.add(link)
      if (!inTheCable.has(link)) go()
      else if (kind === 'messages') stalled.push(go)
    })
  const { alice, bob } = await friends(place, { alice: { tapMesh }, bob: { tapMesh } })
  const first = alice.agent.send({ to: 'Bob', text: 'before' })
  await place.pass(100)
  await first
  // What either says over this link stays in the cable from now on.
  for (const link of links) inTheCable.add(link)
  const sending = alice.agent.send({ to: 'Bob', text: 'are you there?' })
  await place.pass(100)
  const { id } = await sending
  // A second link carries it too, and Bob is closed for a moment.
  await bob.agent.status({ basic: 'closed' })
  const { signal } = new AbortController()
  alice.mesh.dial(bob.peerId, bob.mesh.listening(), { signal }).catch(() => {})
  await place.pass(500)
  expect((await alice.agent.outbox()).at(-1)).toMatchObject({ id, outcome: 'failure', reason: 'closed' })
  await bob.agent.status({ basic: 'open' })
  await place.pass(100)
  inTheCable.clear()
  for (const go of stalled.splice(0)) go()
  for (const go of stalled.splice(0)) go()
  await place.pass(5_000)
  expect(await textsFrom(bob, alice)).toEqual(['before'])
  // Another message is another matter.
  const later = alice.agent.send({ to: 'Bob', text: 'after' })
  await place.pass(500)
  await later
  expect(await textsFrom(bob, alice)).toEqual(['before', 'after'])
  expect((await alice.agent.outbox()).map(({ outcome }) => outcome)).toEqual([
    'success',
    'failure',
    'success',
  ])
})
