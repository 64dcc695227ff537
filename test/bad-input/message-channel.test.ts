/**
 * The wire of the message channel under attack, over real libp2p: cut, oversized, never-ending, unread. Mallory loses
 * his stream, or nothing comes of it; Bob, who talks with Alice all the while, notices nothing.
 */
import type { Connection, Stream } from '@libp2p/interface'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeMessageFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import {
  BODY_LIMIT,
  FRAME_LIMIT,
  MESSAGES_PROTOCOL,
  PRESENCE_PROTOCOL,
  UNREAD_LIMIT,
} from '../../src/envelope/protocol.ts'
import { framed, frameReader } from '../../src/mesh/frames.ts'
import type { Channel, Store } from '../../src/ports.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { stranger } from '../support/mesh-stranger.ts'
import { type Conversation, converse, type Neighbour, type Street, street } from '../support/street.ts'

const MIB = 1024 * 1024
/** In real time, on a machine shared with others, and with Mallory in this very process; quiet, it is some 5 ms. */
const ANSWERED_WITHIN_MS = 2_000
/** Long enough for a busy machine to read as much as may be left unread. */
const DRAIN_WITHIN_MS = 10_000

let here: Street
let alice: Neighbour
let bob: Neighbour
let talk: Conversation

beforeAll(async () => {
  here = street()
  alice = await here.moveIn('Alice', { drainWithinMs: DRAIN_WITHIN_MS, tapStore: countSettling })
  bob = await here.moveIn('Bob')
  await alice.agent.addContact({ who: bob.card })
  await bob.agent.addContact({ who: alice.card })
  await bob.agent.send({ to: `im:${alice.peerId}`, text: 'hello', waitMs: 5_000 })
  talk = converse(bob, alice)
})
/** Receipts that wait for Alice's store, now and at most. */
const settling = { now: 0, most: 0 }
const countSettling = (store: Store): Store => ({
  ...store,
  outbox: {
    ...store.outbox,
    settle(...asked) {
      settling.now += 1
      settling.most = Math.max(settling.most, settling.now)
      return store.outbox.settle(...asked).finally(() => {
        settling.now -= 1
      })
    },
  },
})
afterAll(() => here[Symbol.asyncDispose]())

interface Mallory extends AsyncDisposable {
  readonly peer: PeerId
  readonly connection: Connection
  readonly stream: Stream
  readonly answers: string[]
  /** Alice's end of his message channel. */
  readonly channel: Channel
  raw(...bytes: Uint8Array[]): void
  readonly isGone: boolean
}

/** Linked, greeted on both channels, and alive as far as Alice can tell. */
async function mallory(): Promise<Mallory> {
  const node = await stranger()
  const connection = await node.dial({ self: alice.peerId, listening: () => alice.mesh.listening() })
  const presence = await connection.newStream(PRESENCE_PROTOCOL)
  const stream = await connection.newStream(MESSAGES_PROTOCOL)
  const answers: string[] = []
  const letters = frameReader()
  stream.addEventListener('message', ({ data }) => {
    for (const frame of letters.read(data)) answers.push(openMessageFrame(frame, alice.peerId).kind)
  })
  const frames = frameReader()
  presence.addEventListener('message', ({ data }) => {
    for (const bytes of frames.read(data)) {
      const frame = openPresenceFrame(bytes)
      if (frame.kind === 'beat' && !frame.echo && presence.status === 'open')
        presence.send(framed([beat(true)]))
    }
  })
  const hello = {
    kind: 'hello',
    version: 1,
    oldest: 1,
    instance: '00'.repeat(16),
    mesh: here.meshHash,
    visiting: false,
    beatInterval: 20_000,
    presence: true,
    messages: true,
  } as const
  presence.send(framed([encodePresenceFrame(hello)]))
  stream.send(framed([encodeMessageFrame(hello)]))
  await expect.poll(() => answers).toEqual(['hello'])
  const mine = () => alice.channels.filter((channel) => channel.link.peer === self.peer)
  const self: Mallory = {
    peer: node.peer,
    connection,
    stream,
    answers,
    get channel() {
      const [channel] = mine().slice(-1)
      if (channel === undefined) throw new Error('Alice has no channel of his')
      return channel
    },
    raw(...bytes) {
      for (const one of bytes) if (stream.status === 'open') stream.send(one)
    },
    get isGone() {
      return connection.status !== 'open'
    },
    [Symbol.asyncDispose]: () => node.stop(),
  }
  return self
}

const beat = (echo: boolean) => encodePresenceFrame({ kind: 'beat', echo, grant: 0, counter: 0 })

const varint = (value: number): Uint8Array => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}

const message = (to: string, body: Uint8Array, id = crypto.randomUUID() as MessageId): Uint8Array =>
  encodeMessageFrame({
    kind: 'message',
    id,
    to,
    sentAt: 0,
    contentType: 'text/plain',
    body,
    untilOpen: false,
  })

/** The frame of a body, whatever its length: what a client sends that was told to have no limit. */
const unlimited = (length: number): Uint8Array => {
  const frame = message(`im:${alice.peerId}`, new Uint8Array(length).fill(0x78))
  return Buffer.concat([varint(frame.byteLength), frame])
}

const ending: Record<string, (m: Mallory) => unknown> = {
  'a length of 4 GiB': (m) => m.raw(varint(2 ** 32 - 1)),
  'a length that never ends': (m) => {
    for (let count = 0; count < 100; count += 1) m.raw(Uint8Array.of(0x80))
  },
  'a length in more bytes than it needs': (m) => m.raw(Uint8Array.of(0x81, 0x80, 0x00, 0x01)),
  'the length of a frame of 68 KiB and one byte, and nothing after it': (m) => m.raw(varint(FRAME_LIMIT + 1)),
  'the length of a message of a megabyte, and not one byte of it (scene 57)': (m) =>
    m.raw(unlimited(MIB).subarray(0, 3)),
  'a body of 64 KiB and one byte, in pieces (scene 57)': (m) => {
    const bytes = unlimited(BODY_LIMIT + 1)
    for (let at = 0; at < bytes.byteLength; at += 1_000) m.raw(bytes.subarray(at, at + 1_000))
  },
  'ten good messages and then dice': (m) => {
    for (let count = 0; count < 10; count += 1)
      m.raw(framed([message(`im:${alice.peerId}`, new TextEncoder().encode('one'))]))
    m.raw(Buffer.concat([varint(300), Uint8Array.of(0x0f), crypto.getRandomValues(new Uint8Array(299))]))
  },
  'half a frame and then its end': (m) => {
    m.raw(unlimited(1_000).subarray(0, 500))
    return m.stream.close()
  },
  'half a frame, and then the stream is reset': (m) => {
    m.raw(unlimited(1_000).subarray(0, 500))
    m.stream.abort(new Error('enough'))
  },
}

const isQuick = () => expect(talk.slowest()).toBeLessThan(ANSWERED_WITHIN_MS)

describe('While Bob talks with Alice, Mallory sends her', () => {
  test.each(Object.entries(ending))('%s: his stream ends', async (_name, attack) => {
    await using m = await mallory()
    const { channel } = m
    await attack(m)
    await expect.poll(() => channel.closed && m.isGone).toBe(true)
    isQuick()
  })

  test('half a frame and then silence: it waits for the rest, is held in one frame’s room, and harms nobody', async () => {
    await using m = await mallory()
    const whole = unlimited(BODY_LIMIT)
    m.raw(whole.subarray(0, 40_000))
    const before = talk.count
    await expect.poll(() => talk.count, { timeout: 10_000 }).toBeGreaterThan(before + 100)
    expect([m.isGone, m.answers]).toEqual([false, ['hello']])
    m.raw(whole.subarray(40_000))
    await expect.poll(() => m.answers).toEqual(['hello', 'receipt'])
    isQuick()
  })

  test('letters without end, and reads no answer: what waits for him is bounded, his stream ends, and memory is as before (fault M11)', async () => {
    await using m = await mallory()
    const { channel, stream } = m
    stream.pause()
    globalThis.gc?.()
    const before = process.memoryUsage().arrayBuffers
    // Half a kilobyte of answer to each.
    const letters = framed(Array.from({ length: 100 }, () => message('x'.repeat(512), Uint8Array.of(0x78))))
    let most = 0
    let mostMemory = 0
    let stopped = 0
    // Until he has been held up for a while; how soon depends on how fast this machine reads.
    for (let round = 0; round < 4_000 && stopped < 100 && !channel.closed; round += 1) {
      if (!stream.writableNeedsDrain) m.raw(letters)
      else stopped += 1
      await new Promise((resolve) => setTimeout(resolve, 5))
      most = Math.max(most, channel.backlog)
      mostMemory = Math.max(mostMemory, process.memoryUsage().arrayBuffers - before)
    }
    expect(most).toBeGreaterThan(UNREAD_LIMIT / 2)
    expect(most).toBeLessThan(UNREAD_LIMIT + MIB)
    expect(mostMemory).toBeLessThan(40 * MIB)
    expect(stopped).toBeGreaterThan(0)
    await expect.poll(() => channel.closed, { timeout: 3 * DRAIN_WITHIN_MS }).toBe(true)
    isQuick()
  })

  test('thirty thousand receipts at once, for ids that nobody knows: they are read no faster than they are judged', async () => {
    await using m = await mallory()
    const receipts = framed(
      Array.from({ length: 500 }, () =>
        encodeMessageFrame({
          kind: 'receipt',
          ids: [crypto.randomUUID() as MessageId],
          inbox: `im:${m.peer}`,
          disposition: 'failed',
          reason: 'refused',
          at: 0,
        }),
      ),
    )
    for (let sent = 0; sent < 30_000; sent += 500) {
      m.raw(receipts)
      if (m.stream.writableNeedsDrain) await m.stream.onDrain({ signal: AbortSignal.timeout(10_000) })
    }
    m.raw(
      framed([encodeMessageFrame({ kind: 'recall', id: crypto.randomUUID() as MessageId, inbox: 'im:x' })]),
    )
    await expect.poll(() => m.answers.at(-1), { timeout: 10_000 }).toBe('receipt')
    expect(settling.most).toBeGreaterThan(400)
    expect(settling.most).toBeLessThan(600)
    expect(m.isGone).toBe(false)
    isQuick()
  })
})

test('Afterwards every word between Alice and Bob is there once and in order, nothing else is, and nobody ever seemed away', async () => {
  const [there, back] = await talk.end()
  const textsOf = async (reader: Neighbour, writer: Neighbour) =>
    (await reader.agent.inbox({ limit: 100_000 })).flatMap((row) =>
      'from' in row && row.from.peerId === writer.peerId ? [row.text] : [],
    )
  expect(await textsOf(alice, bob)).toEqual(['hello', ...there])
  expect(await textsOf(bob, alice)).toEqual(back)
  expect(there.length).toBeGreaterThan(100)
  const changes = (one: Neighbour, other: Neighbour) =>
    one.events.flatMap((event) =>
      event.event === 'presence' && event.who.peerId === other.peerId && event.change !== 'changed'
        ? [event.change]
        : [],
    )
  expect([changes(alice, bob), changes(bob, alice)]).toEqual([['came'], ['came']])
  const requests = (await alice.agent.requests()).filter(({ kind }) => kind === 'message')
  expect(requests.filter(({ text }) => text !== 'one')).toEqual([])
  expect(alice.events.filter(({ event }) => event === 'warning').length).toBeLessThanOrEqual(2)
})
