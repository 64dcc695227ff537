/** Bytes from outside are unknown until opened: whatever comes ends in a frame, or in `malformed-frame`, and soon. */
import { toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAnnouncement } from '../../src/envelope/announcement.ts'
import { PresenceFrameSchema } from '../../src/envelope/generated/channel_pb.ts'
import { encodeMessageFrame, encodeSignedFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import { messageIdFromBytes } from '../../src/envelope/message-id.ts'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import {
  encodeDocument,
  encodeNews,
  openDocument,
  openNews,
} from '../../src/envelope/presence-information.ts'
import { BODY_LIMIT, DOCUMENT_LIMIT, FRAME_LIMIT, TUPLES_LIMIT } from '../../src/envelope/protocol.ts'
import { NighError } from '../../src/errors.ts'
import { frameReader } from '../../src/mesh/frames.ts'
import { damaged, editions, letters, messageFrames, presenceFrames, renditions } from './arbitraries.ts'
import { alice } from './wire.ts'

type Opener = (bytes: Uint8Array) => unknown
const openLetter: Opener = (bytes) => openMessageFrame(bytes, alice.peerId)
const documents = fc
  .tuple(renditions, editions)
  .map(([rendition, edition]) => encodeDocument(rendition, edition))

const openers: Record<string, { open: Opener; honest: fc.Arbitrary<Uint8Array>; limit: number }> = {
  'presence frame': {
    open: openPresenceFrame,
    honest: presenceFrames.map(encodePresenceFrame),
    limit: FRAME_LIMIT,
  },
  'message frame': { open: openLetter, honest: messageFrames.map(encodeMessageFrame), limit: FRAME_LIMIT },
  'signed frame': {
    open: openLetter,
    honest: letters.map((letter) => encodeSignedFrame(letter, alice)),
    limit: FRAME_LIMIT,
  },
  document: { open: openDocument, honest: documents, limit: DOCUMENT_LIMIT },
  news: { open: openNews, honest: documents.map(encodeNews), limit: DOCUMENT_LIMIT },
}

/** The worst input found takes 30 ms here; this leaves room for a busy host, and none for anything quadratic. */
const SOON_MS = 1_000

/** `malformed` where the opener threw just that; anything else it throws fails the test. */
function outcome(open: Opener, bytes: Uint8Array): 'opened' | 'malformed' {
  try {
    open(bytes)
    return 'opened'
  } catch (error) {
    if (error instanceof NighError && error.code === 'malformed-frame') return 'malformed'
    throw error
  }
}

describe.each(Object.entries(openers))('A %s', (_, { open, honest, limit }) => {
  test('of any bytes is opened or malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void outcome(open, bytes)),
      { numRuns: 1_000 },
    )
  })

  test('damaged on its way is opened or malformed', () => {
    const met = { opened: 0, malformed: 0 }
    fc.assert(
      fc.property(damaged(honest), (bytes) => {
        met[outcome(open, bytes)] += 1
      }),
      { numRuns: 400 },
    )
    expect(met.malformed).toBeGreaterThan(10) // otherwise nothing was damaged
  })

  test('of the longest nonsense is opened or malformed, and soon', () => {
    const patterns = [
      [0x0b], // a group in a group in a group
      [0x78, 0x00], // a field of the future, thousands of times
      [0x12, 0x00], // the second field, empty, thousands of times
      [0x0a, 0x00],
      [0x22, 0x00],
      [0x0a, 0x7f], // lengths that never end
      [0xff],
      [0x00],
    ]
    for (const pattern of patterns) {
      const bytes = Uint8Array.from({ length: limit }, (_byte, index) => pattern[index % pattern.length] ?? 0)
      const from = performance.now()
      outcome(open, bytes)
      expect(performance.now() - from).toBeLessThan(SOON_MS)
    }
  })

  test('beyond its limit is not even decoded', () => {
    // Decoding these bytes would succeed: a field of the future with a body up to the end.
    const sized = (length: number) => {
      const bytes = new Uint8Array(length)
      const body = length - 4
      bytes.set([0x7a, 0x80 | (body & 0x7f), 0x80 | ((body >> 7) & 0x7f), body >> 14])
      return bytes
    }
    expect(outcome(open, sized(limit))).toBe('opened')
    expect(outcome(open, sized(limit + 1))).toBe('malformed')
  })

  test('is told apart without a word of its content in the error', () => {
    fc.assert(
      fc.property(damaged(honest), (bytes) => {
        try {
          open(bytes)
        } catch (error) {
          expect(String(error)).toMatch(/^NighError: A peer sent something malformed: [A-Za-z0-9 ,]+\.$/)
        }
      }),
      { numRuns: 100 },
    )
  })
})

test('A length beyond every frame is refused as soon as it is read, without waiting for the bytes', () => {
  const over = FRAME_LIMIT + 1
  const prefix = Uint8Array.of(0x80 | (over & 0x7f), 0x80 | ((over >> 7) & 0x7f), over >> 14)
  expect(() => [...frameReader().read(prefix)]).toThrow()
  const exact = Uint8Array.of(
    0x80 | (FRAME_LIMIT & 0x7f),
    0x80 | ((FRAME_LIMIT >> 7) & 0x7f),
    FRAME_LIMIT >> 14,
  )
  expect([...frameReader().read(exact)]).toEqual([])
})

test('A body of 64 KiB is taken, one byte more is not', () => {
  const message = (length: number) =>
    encodeMessageFrame({
      kind: 'message',
      id: messageIdFromBytes(new Uint8Array(16)),
      to: 'im:bob',
      sentAt: 0,
      contentType: 'text/plain',
      body: new Uint8Array(length),
      untilOpen: false,
    })
  expect(outcome(openLetter, message(BODY_LIMIT))).toBe('opened')
  expect(outcome(openLetter, message(BODY_LIMIT + 1))).toBe('malformed')
})

test('A document of 100 tuples is taken, one of 101 is not, nor in news', () => {
  const document = (count: number) =>
    encodeDocument(
      { name: '', tuples: Array.from({ length: count }, (_, index) => ({ id: `${index}`, status: {} })) },
      { epoch: 0, version: 0, publishedAt: 0 },
    )
  expect(outcome(openDocument, document(TUPLES_LIMIT))).toBe('opened')
  expect(outcome(openDocument, document(TUPLES_LIMIT + 1))).toBe('malformed')
  // An encoder that announces what it may not: tag and length of `document`, then the document.
  const announced = (document: Uint8Array) =>
    Buffer.concat([Uint8Array.of(0x0a, 0x80 | (document.length & 0x7f), document.length >> 7), document])
  expect(outcome(openNews, announced(document(TUPLES_LIMIT)))).toBe('opened')
  expect(outcome(openNews, announced(document(TUPLES_LIMIT + 1)))).toBe('malformed')
})

test('Every text and every list in a document has its bound', () => {
  const edition = { epoch: 0, version: 0, publishedAt: 0 }
  const tuple = { id: 'im', status: {} }
  const cases: [within: object, beyond: object][] = [
    [{ name: 'n'.repeat(256) }, { name: 'n'.repeat(257) }],
    [{ note: 'n'.repeat(500) }, { note: 'n'.repeat(501) }],
    [{ tuples: [{ ...tuple, id: 'i'.repeat(64) }] }, { tuples: [{ ...tuple, id: 'i'.repeat(65) }] }],
    [
      { tuples: [{ ...tuple, address: 'a'.repeat(512) }] },
      { tuples: [{ ...tuple, address: 'a'.repeat(513) }] },
    ],
    [
      { tuples: [{ ...tuple, status: { activities: ['a'.repeat(40)] } }] },
      { tuples: [{ ...tuple, status: { activities: ['a'.repeat(41)] } }] },
    ],
    [
      { tuples: [{ ...tuple, status: { activities: Array(16).fill('a') } }] },
      { tuples: [{ ...tuple, status: { activities: Array(17).fill('a') } }] },
    ],
    [
      { tuples: [{ ...tuple, markup: Array(64).fill({ namespace: '', content: '' }) }] },
      { tuples: [{ ...tuple, markup: Array(65).fill({ namespace: '', content: '' }) }] },
    ],
  ]
  const made = (part: object) => encodeDocument({ name: 'Bob', tuples: [], ...part }, edition)
  for (const [within, beyond] of cases) {
    expect(outcome(openDocument, made(within))).toBe('opened')
    expect(outcome(openDocument, made(beyond)), JSON.stringify(beyond).slice(0, 60)).toBe('malformed')
  }
})

describe('A number', () => {
  const beat = (counter: bigint) =>
    toBinary(PresenceFrameSchema, {
      $typeName: 'nigh.v1.PresenceFrame',
      kind: { case: 'beat', value: { $typeName: 'nigh.v1.Beat', echo: false, grant: 1n, counter } },
    })

  test('beyond 2^53 is a lie about time or count', () => {
    expect(outcome(openPresenceFrame, beat(2n ** 53n - 1n))).toBe('opened')
    expect(outcome(openPresenceFrame, beat(2n ** 53n))).toBe('malformed')
    expect(outcome(openPresenceFrame, beat(2n ** 64n - 1n))).toBe('malformed')
  })

  test('beyond 2^53 is refused in an announcement before anything dear is done', () => {
    const announcement = new Uint8Array(512)
    announcement.set([1, 1, 0, 0])
    const view = new DataView(announcement.buffer)
    view.setBigUint64(36, 2n ** 53n - 1n)
    expect(readAnnouncement(announcement)?.counter).toBe(2 ** 53 - 1)
    view.setBigUint64(36, 2n ** 53n)
    expect(readAnnouncement(announcement)).toBeUndefined()
  })

  test('of a grant that promises longer keys than two periods is cut to what is allowed', () => {
    const endless = encodePresenceFrame({
      kind: 'grant',
      number: 1,
      keys: [{ key: new Uint8Array(32), announcer: new Uint8Array(32), beginsIn: 9e15, endsIn: 9e15 }],
      topic: 't',
      document: new Uint8Array(),
      counter: 1,
    })
    expect(openPresenceFrame(endless)).toMatchObject({ keys: [{ beginsIn: 600_000, endsIn: 1_200_000 }] })
  })
})

test('Bytes that are no UTF-8 are no text', () => {
  // subscribe { name: … }, with two bytes of name
  const subscribe = (...name: number[]) => Uint8Array.of(0x1a, 2 + name.length, 0x12, name.length, ...name)
  expect(outcome(openPresenceFrame, subscribe(0xc3, 0xa5))).toBe('opened')
  for (const bad of [
    [0xff, 0xfe],
    [0xc3, 0x28],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe2, 0x82],
  ])
    expect(outcome(openPresenceFrame, subscribe(...bad)), String(bad)).toBe('malformed')
})

test('A grant has one key or two, each of 32 bytes', () => {
  const grant = (count: number, length = 32) =>
    encodePresenceFrame({
      kind: 'grant',
      number: 1,
      keys: Array.from({ length: count }, () => ({
        key: new Uint8Array(length),
        announcer: new Uint8Array(length),
        beginsIn: 0,
        endsIn: 1,
      })),
      topic: 't',
      document: new Uint8Array(),
      counter: 1,
    })
  expect([0, 1, 2, 3].map((count) => outcome(openPresenceFrame, grant(count)))).toEqual([
    'malformed',
    'opened',
    'opened',
    'malformed',
  ])
  expect([31, 33].map((length) => outcome(openPresenceFrame, grant(1, length)))).toEqual([
    'malformed',
    'malformed',
  ])
})
