/** What one side says is what the other reads, for every frame and every text. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeMessageFrame, encodeSignedFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import { messageIdFromBytes, messageIdToBytes, parseMessageId } from '../../src/envelope/message-id.ts'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import {
  encodeDocument,
  encodeNews,
  openDocument,
  openNews,
  readable,
} from '../../src/envelope/presence-information.ts'
import {
  ANNOUNCED_DOCUMENT_LIMIT,
  ANNOUNCED_TUPLES_LIMIT,
  BODY_LIMIT,
  FRAME_LIMIT,
} from '../../src/envelope/protocol.ts'
import { framed, frameReader } from '../../src/mesh/frames.ts'
import { editions, letters, messageFrames, presenceFrames, renditions } from './arbitraries.ts'
import { alice, encode, open, type Vector } from './wire.ts'

test('Every frame of the presence channel arrives as it was said', () => {
  fc.assert(
    fc.property(presenceFrames, (frame) => {
      expect(openPresenceFrame(encodePresenceFrame(frame))).toEqual(frame)
    }),
    { numRuns: 500 },
  )
})

test('Every frame of the message channel arrives as it was said', () => {
  fc.assert(
    fc.property(messageFrames, (frame) => {
      expect(openMessageFrame(encodeMessageFrame(frame), alice.peerId)).toEqual(frame)
    }),
    { numRuns: 500 },
  )
})

test('Every letter arrives signed as it was said', () => {
  fc.assert(
    fc.property(letters, (letter) => {
      expect(openMessageFrame(encodeSignedFrame(letter, alice), alice.peerId)).toEqual(letter)
    }),
    { numRuns: 100 },
  )
})

test('Every document is read as it was rendered, and numbered as it was edited', () => {
  fc.assert(
    fc.property(renditions, editions, (rendition, edition) => {
      const vector: Vector = { name: '', kind: 'document', value: { rendition, edition } }
      expect(open(vector, encode(vector))).toEqual(vector.value)
    }),
    { numRuns: 300 },
  )
})

test('News carry the document whole, or say only that it changed when it is too large to announce', () => {
  fc.assert(
    fc.property(renditions, editions, (rendition, edition) => {
      const document = encodeDocument(rendition, edition)
      const news = openNews(encodeNews(document))
      const fits =
        document.length <= ANNOUNCED_DOCUMENT_LIMIT && rendition.tuples.length <= ANNOUNCED_TUPLES_LIMIT
      if (fits) expect(news).toEqual(openDocument(document))
      else expect(news).toBe('changed')
    }),
    { numRuns: 300 },
  )
})

test('A document of exactly the announced size is announced; one byte or one tuple more is not', () => {
  const edition = { epoch: 1, version: 1, publishedAt: 1 }
  const tuples = (count: number) => Array.from({ length: count }, () => ({ id: 'i', status: {} }))
  const ofLength = (length: number) => {
    // Notes of a tuple hold 500 characters each, so four tuples take the bulk and the last note the rest.
    const bulk = Array.from({ length: 4 }, () => ({ id: 'i', status: { note: 'n'.repeat(400) } }))
    const frame = encodeDocument({ name: '', note: 'n'.repeat(200), tuples: bulk }, edition).length - 200
    const document = encodeDocument({ name: '', note: 'n'.repeat(length - frame), tuples: bulk }, edition)
    expect(document).toHaveLength(length)
    return document
  }
  expect(openNews(encodeNews(ofLength(ANNOUNCED_DOCUMENT_LIMIT)))).not.toBe('changed')
  expect(openNews(encodeNews(ofLength(ANNOUNCED_DOCUMENT_LIMIT + 1)))).toBe('changed')
  const withTuples = (count: number) =>
    openNews(encodeNews(encodeDocument({ name: '', tuples: tuples(count) }, edition)))
  expect(withTuples(ANNOUNCED_TUPLES_LIMIT)).not.toBe('changed')
  expect(withTuples(ANNOUNCED_TUPLES_LIMIT + 1)).toBe('changed')
})

test('The largest message fits a frame, with every other field at its longest', () => {
  const longest = {
    kind: 'message' as const,
    id: messageIdFromBytes(new Uint8Array(16).fill(255)),
    to: '字'.repeat(512),
    sentAt: Number.MAX_SAFE_INTEGER,
    contentType: '字'.repeat(127),
    body: new Uint8Array(BODY_LIMIT).fill(255),
    thread: '字'.repeat(64),
    replyTo: messageIdFromBytes(new Uint8Array(16)),
    expiresIn: Number.MAX_SAFE_INTEGER,
    untilOpen: true,
    introduction: '字'.repeat(256),
    amends: { by: 'unreact' as const, id: messageIdFromBytes(new Uint8Array(16)) },
  }
  for (const frame of [encodeMessageFrame(longest), encodeSignedFrame(longest, alice)]) {
    expect(frame.length).toBeLessThanOrEqual(FRAME_LIMIT)
    expect(openMessageFrame(frame, alice.peerId)).toEqual(longest)
  }
})

test('Half a surrogate pair is no text: it travels as the replacement character', () => {
  const frame = { kind: 'subscribe' as const, byPerson: true, name: 'a\ud800b', visibility: 'named' as const }
  expect(openPresenceFrame(encodePresenceFrame(frame))).toEqual({ ...frame, name: 'a\ufffdb' })
})

test('A message id is any 16 bytes, and one text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const id = messageIdFromBytes(bytes)
      expect(messageIdToBytes(id)).toEqual(bytes)
      expect(parseMessageId(id.toUpperCase())).toBe(id)
    }),
  )
})

test('Frames keep their borders however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 200 }),
      (frames, step) => {
        const stream = framed(frames)
        const reader = frameReader()
        const read: Uint8Array[] = []
        for (let at = 0; at < stream.length; at += step)
          for (const frame of reader.read(stream.subarray(at, at + step))) read.push(new Uint8Array(frame))
        expect(read).toEqual(frames)
      },
    ),
  )
})

test('A document is for people: what a future date cannot say is left out', () => {
  const far = encodeDocument(
    { name: 'Bob', until: 8_640_000_000_000_001, tuples: [] },
    { epoch: 0, version: 0, publishedAt: 0 },
  )
  expect(readable(openDocument(far))).toEqual({ name: 'Bob', tuples: [] })
})
