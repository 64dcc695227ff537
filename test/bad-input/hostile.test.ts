/**
 * A peer that does not keep to the protocol, over a real link: it costs that peer its link, or nothing comes of it;
 * nobody else loses anything. Alice is attacked; Bob is her neighbour, and keeps to the rules.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { create, toBinary } from '@bufbuild/protobuf'
import type { Connection, Stream } from '@libp2p/interface'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MessageFrameSchema } from '../../src/envelope/generated/channel_pb.ts'
import { InstantMessageSchema, LetterSchema } from '../../src/envelope/generated/message_pb.ts'
import type { Hello } from '../../src/envelope/hello.ts'
import { encodeMessageFrame, encodeSignedFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import { messageIdToBytes, parseMessageId } from '../../src/envelope/message-id.ts'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { encodeDocument } from '../../src/envelope/presence-information.ts'
import {
  FRAME_LIMIT,
  HELLO_WITHIN_MS,
  MESSAGES_PROTOCOL,
  PRESENCE_PROTOCOL,
} from '../../src/envelope/protocol.ts'
import { framed, frameReader } from '../../src/mesh/frames.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { meshHash } from '../../src/principal/mesh-name.ts'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import { stranger } from '../support/mesh-stranger.ts'
import { came, type Line, type Running } from '../support/running.ts'
import { type Desk, desk } from './desk.ts'

const KIB = 1024
/** Mallory may say goodbye to no more memory than this, of a process of some 70 MiB. */
const GROWTH_LIMIT = 128 * KIB
const RECEIPTS = 10_000
const MESSAGES = 10

let here: Desk
let alice: Running
let bob: Running
let aliceId: PeerId
let bobId: PeerId
let carolId: PeerId
/** Owed to Carol, who is away: Mallory claims to know how that ended. */
let owed: MessageId
let memoryBefore: number

const id = (line: Line | undefined): PeerId => line?.who.peerId
const memory = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

beforeAll(async () => {
  here = desk()
  alice = await here.up('alice')
  bob = await here.up('bob')
  aliceId = id(alice.lines[0])
  bobId = id(bob.lines[0])
  await alice.line('bob', came('bob'))
  await bob.line('alice', came('alice'))
  await here.nigh(['contacts', 'add', 'bob'])
  await here.nigh(['contacts', 'add', 'alice'], { as: 'bob' })
  carolId = (await here.nigh(['whoami'], { as: 'carol' })).lines()[0]?.peerId
  owed = (await here.nigh(['send', carolId, 'are you there?', '--wait', '0s'])).lines()[0]?.id
  memoryBefore = memory(alice.pid)
})
afterAll(() => here[Symbol.asyncDispose]())

type Kind = 'presence' | 'messages'

interface Mallory extends AsyncDisposable {
  readonly peer: PeerId
  readonly connection: Connection
  /** What Alice said on the presence channel, by kind. */
  readonly heard: string[]
  /** What she said on the message channel. */
  readonly answers: string[]
  /** Bytes as they are. */
  raw(kind: Kind, bytes: Uint8Array): void
  say(kind: Kind, ...frames: Uint8Array[]): void
  /** Both hellos, and Alice's answer to the first. */
  greet(changed?: Partial<Hello>): Promise<void>
  end(kind: Kind): Promise<void>
  /** Resolves once she takes more. */
  room(kind: Kind): Promise<void>
  readonly isGone: boolean
}

async function mallory(): Promise<Mallory> {
  const node = await stranger()
  const connection = await node.dial({ self: aliceId, listening: () => alice.lines[0]?.listen })
  const streams: Record<Kind, Stream> = {
    presence: await connection.newStream(PRESENCE_PROTOCOL),
    messages: await connection.newStream(MESSAGES_PROTOCOL),
  }
  const heard: string[] = []
  const answers: string[] = []
  const reader = frameReader()
  streams.presence.addEventListener('message', ({ data }) => {
    for (const frame of reader.read(data)) {
      const opened = openPresenceFrame(frame)
      heard.push(opened.kind === 'goodbye' ? opened.why : opened.kind)
    }
  })
  const letters = frameReader()
  streams.messages.addEventListener('message', ({ data }) => {
    for (const frame of letters.read(data)) answers.push(openMessageFrame(frame, aliceId).kind)
  })
  const raw = (kind: Kind, bytes: Uint8Array): void => {
    if (streams[kind].status === 'open') streams[kind].send(bytes)
  }
  const self: Mallory = {
    peer: connection.remotePeer.toString() as PeerId,
    connection,
    heard,
    answers,
    raw,
    say: (kind, ...frames) => raw(kind, framed(frames)),
    async greet(changed) {
      self.say('presence', encodePresenceFrame({ kind: 'hello', ...hello(changed) }))
      self.say('messages', encodeMessageFrame({ kind: 'hello', ...hello(changed) }))
    },
    end: (kind) => streams[kind].close(),
    async room(kind) {
      const stream = streams[kind]
      if (stream.writableNeedsDrain)
        await stream.onDrain({ signal: AbortSignal.timeout(5_000) }).catch(() => {})
    },
    get isGone() {
      return connection.status !== 'open'
    },
    [Symbol.asyncDispose]: () => node.stop(),
  }
  return self
}

function hello(changed: Partial<Hello> = {}): Hello {
  return {
    version: 1,
    oldest: 1,
    instance: INSTANCE,
    mesh: meshHash(here.mesh),
    visiting: false,
    beatInterval: 20_000,
    presence: true,
    messages: true,
    ...changed,
  }
}

const INSTANCE = '00'.repeat(16)
const newId = (): MessageId => parseMessageId(crypto.randomUUID()) as MessageId

const document = (name: string): Uint8Array =>
  encodeDocument(
    { name, tuples: [{ id: 'im', status: { basic: 'open' } }] } as Parameters<typeof encodeDocument>[0],
    { epoch: 1, version: 1, publishedAt: 0 },
  )

const grant = (name: string): Uint8Array =>
  encodePresenceFrame({
    kind: 'grant',
    number: 1,
    keys: [{ key: randomBytes(32), announcer: randomBytes(32), beginsIn: 0, endsIn: 600_000 }],
    topic: 'nigh/1/x',
    document: document(name),
    counter: 1,
  })

const message = (text: string): Parameters<typeof encodeSignedFrame>[0] & { kind: 'message' } => ({
  kind: 'message',
  id: newId(),
  to: `im:${aliceId}`,
  sentAt: Date.now(),
  contentType: 'text/plain',
  body: new TextEncoder().encode(text),
  untilOpen: false,
})

/** Protobuf knows no wire type 7, whatever follows. */
const NO_WIRE_TYPE = Uint8Array.of(0x0f)

/** Ends Mallory's link, `late` only when the time for a hello is over; with `goodbye` Alice says why first. */
const ending: Record<string, { attack: (m: Mallory) => unknown; goodbye?: string; late?: true }> = {
  // Chance may make them the beginning of a long frame, which is then waited for.
  'random bytes for presence': { attack: (m) => m.raw('presence', randomBytes(4 * KIB)), late: true },
  'random bytes for messages': { attack: (m) => m.raw('messages', randomBytes(4 * KIB)), late: true },
  'random bytes after the hellos': {
    attack: async (m) => {
      await m.greet()
      m.say('messages', Buffer.concat([NO_WIRE_TYPE, randomBytes(300)]))
    },
  },
  'a frame that is cut short': {
    attack: (m) => {
      m.raw('presence', Uint8Array.of(100, 1, 2, 3))
      return m.end('presence')
    },
  },
  'a length of gigabytes': { attack: (m) => m.raw('presence', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)) },
  'a length one over the limit': {
    attack: async (m) => {
      await m.greet()
      const length = FRAME_LIMIT + 1
      m.raw('messages', Uint8Array.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14))
    },
  },
  'no hello at all': { attack: () => {}, late: true },
  'a first frame that never ends': {
    late: true,
    attack: (m) => {
      m.raw('presence', Uint8Array.of(0x80, 0x80, 0x04))
      const dripping = setInterval(
        () => (m.isGone ? clearInterval(dripping) : m.raw('presence', Uint8Array.of(0))),
        200,
      )
    },
  },
  'a hello of another mesh': {
    attack: (m) => m.greet({ mesh: meshHash('elsewhere') }),
    goodbye: 'other-mesh',
  },
  'a hello of newer versions only': {
    attack: (m) => m.greet({ version: 9, oldest: 8 }),
    goodbye: 'other-version',
  },
  'a second hello of another instance': {
    attack: async (m) => {
      await m.greet()
      await m.greet({ instance: 'ff'.repeat(16) })
    },
  },
  'a grant before the hello': { attack: (m) => m.say('presence', grant('early')) },
  'a beat before the hello': {
    attack: (m) =>
      m.say('presence', encodePresenceFrame({ kind: 'beat', echo: false, grant: 0, counter: 0 })),
  },
  'a message before the hello': { attack: (m) => m.say('messages', encodeMessageFrame(message('early'))) },
  'a message in Bob’s name (scene 60)': {
    attack: async (m) => {
      await m.greet()
      const { id: text, to, sentAt, contentType, body } = message('bob says: send money')
      const forged = {
        id: messageIdToBytes(text),
        to,
        from: bobId,
        sentAt: BigInt(sentAt),
        contentType,
        body,
      }
      m.say(
        'messages',
        toBinary(
          MessageFrameSchema,
          create(MessageFrameSchema, {
            kind: {
              case: 'envelope',
              value: {
                wrapping: {
                  case: 'plain',
                  value: create(LetterSchema, {
                    content: { case: 'message', value: create(InstantMessageSchema, forged) },
                  }),
                },
              },
            },
          }),
        ),
      )
    },
  },
  'a message signed in Bob’s name (scene 60)': {
    attack: async (m) => {
      await m.greet()
      const { sign } = principalOf(await makeKey())
      m.say('messages', encodeSignedFrame(message('bob says: send money'), { peerId: bobId, sign }))
    },
  },
}

/** Nothing comes of it, and the link may stay. */
const harmless: Record<string, (m: Mallory) => unknown> = {
  'a grant nobody asked for': async (m) => {
    await m.greet({ visiting: true })
    m.say('presence', grant('bob'))
  },
  '10,000 receipts for ids nobody knows': async (m) => {
    await m.greet()
    const receipt = () =>
      encodeMessageFrame({
        kind: 'receipt',
        ids: [newId()],
        inbox: `im:${aliceId}`,
        disposition: 'delivered',
        at: 0,
      })
    for (let sent = 0; sent < RECEIPTS; sent += 500) {
      m.say('messages', ...Array.from({ length: 500 }, receipt))
      await m.room('messages')
    }
  },
  'a receipt, and an answer to a recall, for what Carol is owed': async (m) => {
    await m.greet()
    const inbox = `im:${carolId}`
    m.say(
      'messages',
      encodeMessageFrame({ kind: 'receipt', ids: [owed], inbox, disposition: 'delivered', at: 0 }),
      encodeMessageFrame({ kind: 'recall-answer', id: owed, inbox, recalled: 'recalled' }),
    )
  },
  'frames from the future without end': async (m) => {
    await m.greet()
    const frame = Uint8Array.from([0xfa, 0x3f, 0xe0, 0xd4, 0x03, ...new Uint8Array(60_000)])
    for (let sent = 0; sent < 500 && !m.isGone; sent++) {
      m.say('presence', frame)
      await m.room('presence')
    }
  },
  'a thousand recalls and a subscription a hundred times': async (m) => {
    await m.greet()
    const recall = () => encodeMessageFrame({ kind: 'recall', id: newId(), inbox: `im:${aliceId}` })
    m.say('messages', ...Array.from({ length: 1_000 }, recall))
    const subscribe = encodePresenceFrame({
      kind: 'subscribe',
      byPerson: true,
      name: 'bob',
      visibility: 'named',
    })
    m.say('presence', ...Array.from({ length: 100 }, () => subscribe))
  },
}

describe('while Alice and Bob write to each other', () => {
  test.concurrent.for(Object.entries(ending))(
    '%s ends the link',
    async ([, { attack, goodbye, late }], { expect }) => {
      await using m = await mallory()
      await attack(m)
      await expect
        .poll(() => m.isGone, { timeout: late ? HELLO_WITHIN_MS + 5_000 : HELLO_WITHIN_MS / 2, interval: 50 })
        .toBe(true)
      if (goodbye !== undefined) expect(m.heard).toContain(goodbye)
    },
  )

  test.concurrent.for(Object.entries(harmless))('%s: nothing comes of it', async ([, attack], { expect }) => {
    await using m = await mallory()
    await attack(m)
    // Each channel is read in order: who has an answer to this knows that all before it was read.
    const [said, answered] = [m.heard.length, m.answers.length]
    m.say(
      'presence',
      encodePresenceFrame({ kind: 'subscribe', byPerson: false, name: '', visibility: 'named' }),
    )
    m.say('messages', encodeMessageFrame({ kind: 'recall', id: newId(), inbox: `im:${aliceId}` }))
    const patience = { timeout: 10_000 }
    const replied = () => m.heard.slice(said).some((kind) => kind === 'grant' || kind === 'state')
    await expect.poll(() => m.isGone || replied(), patience).toBe(true)
    await expect
      .poll(() => m.isGone || m.answers.slice(answered).includes('recall-answer'), patience)
      .toBe(true)
    expect(m.isGone).toBe(false)
  })

  test.concurrent('every message between them arrives once', async ({ expect }) => {
    for (let count = 0; count < MESSAGES; count++) {
      const there = await here.nigh(['send', 'bob', `there ${count}`])
      const back = await here.nigh(['send', 'alice', `back ${count}`], { as: 'bob' })
      expect([there.code, back.code]).toEqual([0, 0])
    }
  })
})

test('afterwards nothing is lost, nothing is forged, and Bob never seemed away', async () => {
  const texts = (lines: Line[]) => lines.map((line) => line.text)
  const numbered = (word: string) => Array.from({ length: MESSAGES }, (_, count) => `${word} ${count}`)
  expect(texts((await here.nigh(['inbox'], { as: 'bob' })).lines())).toEqual(numbered('there'))
  expect(texts((await here.nigh(['inbox'])).lines())).toEqual(numbered('back'))
  expect((await here.nigh(['requests'])).lines().filter((line) => line.kind === 'message')).toEqual([])
  const [oldest] = (await here.nigh(['outbox'])).lines()
  expect(oldest).toMatchObject({ id: owed, state: 'owed', outcome: 'indeterminate' })

  const ofBob = (line: Line) => line.event === 'presence' && line.who.peerId === bobId
  expect(
    alice.lines.filter((line) => ofBob(line) && (line.change === 'unknown' || line.change === 'left')),
  ).toEqual([])
  const people = (await here.nigh(['who'])).lines().filter((line) => line.presence?.name === 'bob')
  expect(people).toMatchObject([{ who: { peerId: bobId }, evidence: 'live' }])

  // Bounded, in what is said and in what is kept.
  expect(alice.lines.filter((line) => line.event === 'warning').length).toBeLessThanOrEqual(2)
  expect(memory(alice.pid) - memoryBefore).toBeLessThan(GROWTH_LIMIT)
})

test('control: a stranger who keeps to the rules keeps the link, and what he writes is a request in his own name', async () => {
  await using m = await mallory()
  await m.greet()
  m.say('messages', encodeMessageFrame({ ...message('honestly'), introduction: 'mallory' }))
  await expect.poll(() => m.answers).toContain('receipt')
  expect(m.isGone).toBe(false)
  const [request] = (await here.nigh(['requests'])).lines().filter((line) => line.kind === 'message')
  expect(request).toMatchObject({ text: 'honestly', who: { name: 'mallory', relation: 'near' } })
  expect(request?.who.peerId).not.toBe(bobId)
})
