/** A newer peer says more than we know: what it adds is kept where it must travel on, and passed over elsewhere. */
import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MessageFrameSchema, PresenceFrameSchema } from '../../src/envelope/generated/channel_pb.ts'
import {
  AnnouncedSchema,
  type PresenceInformation,
  PresenceInformationSchema,
} from '../../src/envelope/generated/presence_pb.ts'
import { encodeMessageFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import { messageIdFromBytes } from '../../src/envelope/message-id.ts'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import {
  encodeDocument,
  encodeNews,
  openDocument,
  openNews,
  readable,
  reencodeDocument,
} from '../../src/envelope/presence-information.ts'
import { editions, renditions } from './arbitraries.ts'
import { alice } from './wire.ts'

type Unknown = NonNullable<Message['$unknown']>

/** Fields that no format here has, of every wire type that is in use. */
const unknownFields: fc.Arbitrary<Unknown> = fc.array(
  fc
    .record({ no: fc.integer({ min: 100, max: 2 ** 29 - 1 }), bytes: fc.uint8Array({ maxLength: 20 }) })
    .chain(({ no, bytes }) =>
      fc.constantFrom(
        { no, wireType: 0, data: Uint8Array.of(0x96, 0x01) },
        { no, wireType: 1, data: new Uint8Array(8).fill(bytes.length) },
        { no, wireType: 2, data: Uint8Array.of(bytes.length, ...bytes) },
        { no, wireType: 5, data: new Uint8Array(4).fill(bytes.length) },
      ),
    ),
  { minLength: 1, maxLength: 3 },
)

/** A document with unknown fields at every level it has. */
const futureDocuments = fc
  .tuple(renditions, editions, fc.infiniteStream(unknownFields))
  .map(([rendition, edition, additions]) => {
    const document = fromBinary(PresenceInformationSchema, encodeDocument(rendition, edition))
    for (const level of levelsOf(document)) {
      const { value } = additions.next()
      if (value !== undefined) level.$unknown = value
    }
    return toBinary(PresenceInformationSchema, document)
  })

function levelsOf(document: PresenceInformation): Message[] {
  const statuses = document.tuples.flatMap(({ status }) => (status === undefined ? [] : [status]))
  const inputs = [document, ...statuses].flatMap(({ userInput }) =>
    userInput === undefined ? [] : [userInput],
  )
  return [
    document,
    ...inputs,
    ...document.notes,
    ...document.markup,
    ...document.tuples,
    ...document.tuples.flatMap(({ notes, markup }) => [...notes, ...markup]),
    ...statuses,
    ...statuses.flatMap(({ markup }) => markup),
  ]
}

describe('PRESENCE INFORMATION of the future', () => {
  test('keeps what it says at every level when it is opened and encoded again (scene 6)', () => {
    fc.assert(
      fc.property(futureDocuments, (bytes) => {
        const document = openDocument(bytes)
        for (const level of levelsOf(document)) expect(level.$unknown?.length).toBeGreaterThan(0)
        expect(reencodeDocument(document)).toEqual(bytes)
      }),
      { numRuns: 200 },
    )
  })

  test('keeps it when it is announced too', () => {
    fc.assert(
      fc.property(futureDocuments, (bytes) => {
        const news = openNews(encodeNews(bytes))
        if (news !== 'changed') expect(reencodeDocument(news)).toEqual(bytes)
      }),
      { numRuns: 100 },
    )
  })

  test('keeps it in its place among the tuples it belongs to, wherever the newer peer wrote it', () => {
    // tuple { unknown 15: "in", id: "im", status { unknown 15: "st", basic: open } }, before it unknown 15: "out"
    const status = [0x7a, 2, 0x73, 0x74, 0x08, 1]
    const tuple = [0x7a, 2, 0x69, 0x6e, 0x0a, 2, 0x69, 0x6d, 0x12, status.length, ...status]
    const bytes = Uint8Array.of(0x7a, 3, 0x6f, 0x75, 0x74, 0x12, tuple.length, ...tuple)
    const document = openDocument(bytes)
    expect(readable(document)).toEqual({ name: '', tuples: [{ id: 'im', status: { basic: 'open' } }] })
    const again = openDocument(reencodeDocument(document))
    const dataOf = (message: Message | undefined) =>
      message?.$unknown?.map(({ data }) => Buffer.from(data).toString())
    expect(dataOf(again)).toEqual(['\u0003out'])
    expect(dataOf(again.tuples[0])).toEqual(['\u0002in'])
    expect(dataOf(again.tuples[0]?.status)).toEqual(['\u0002st'])
  })

  test('with a basic value nobody knows has none, and keeps it', () => {
    const bytes = Uint8Array.of(0x12, 4, 0x12, 2, 0x08, 9)
    expect(readable(openDocument(bytes)).tuples).toEqual([{ id: '', status: {} }])
    expect(reencodeDocument(openDocument(bytes))).toEqual(bytes)
  })
})

describe('A frame of the future', () => {
  const next = (frame: readonly number[]) => Uint8Array.from(frame)

  test('is unknown, not malformed, on either channel', () => {
    const kind15 = next([0x7a, 2, 0x08, 1])
    expect(openPresenceFrame(kind15)).toEqual({ kind: 'unknown' })
    expect(openMessageFrame(kind15, alice.peerId)).toEqual({ kind: 'unknown' })
    expect(openPresenceFrame(next([]))).toEqual({ kind: 'unknown' })
  })

  test('is unknown when only its wrapping or its letter is new', () => {
    const wrapping9 = next([0x12, 2, 0x4a, 0])
    const letter15 = next([0x12, 4, 0x0a, 2, 0x7a, 0])
    for (const frame of [wrapping9, letter15])
      expect(openMessageFrame(frame, alice.peerId)).toEqual({ kind: 'unknown' })
  })

  test('with a field more than we know is the frame we know', () => {
    const cancel = encodePresenceFrame({ kind: 'cancel' })
    expect(openPresenceFrame(next([...cancel, 0x7a, 1, 0x21]))).toEqual({ kind: 'cancel' })
    expect(openPresenceFrame(next([0x32, 3, 0x7a, 1, 0x21]))).toEqual({ kind: 'cancel' })
  })

  test('about news we cannot read says: changed, so we ask', () => {
    expect(openNews(next([0x7a, 0]))).toBe('changed')
    expect(openNews(toBinary(AnnouncedSchema, create(AnnouncedSchema)))).toBe('changed')
  })
})

describe('A number of the future', () => {
  const id = messageIdFromBytes(new Uint8Array(16))
  const presence = (kind: Parameters<typeof create<typeof PresenceFrameSchema>>[1]) =>
    openPresenceFrame(toBinary(PresenceFrameSchema, create(PresenceFrameSchema, kind)))
  const ours = (frame: Parameters<typeof encodeMessageFrame>[0], field: number) => {
    // The encoded frame, then the same letter's field once more with the number 99: the last one counts.
    const decoded = fromBinary(MessageFrameSchema, encodeMessageFrame(frame))
    const envelope = decoded.kind.case === 'envelope' ? decoded.kind.value.wrapping : undefined
    const letter = envelope?.case === 'plain' ? envelope.value.content.value : undefined
    if (letter === undefined) throw new Error('no letter')
    letter.$unknown = [{ no: field, wireType: 0, data: Uint8Array.of(99) }]
    return openMessageFrame(toBinary(MessageFrameSchema, decoded), alice.peerId)
  }

  test('tells no state of a subscription; an event that is new leaves the state', () => {
    expect(presence({ kind: { case: 'state', value: { status: 99 as never, event: 1 } } })).toEqual({
      kind: 'unknown',
    })
    expect(presence({ kind: { case: 'state', value: { status: 1, event: 99 as never } } })).toEqual({
      kind: 'state',
      status: 'pending',
      event: 'subscribe',
    })
  })

  test('of visibility hides, and of a goodbye is a plain leaving', () => {
    expect(presence({ kind: { case: 'subscribe', value: { visibility: 99 as never } } })).toMatchObject({
      visibility: 'unlisted',
    })
    expect(presence({ kind: { case: 'goodbye', value: { why: 99 as never } } })).toEqual({
      kind: 'goodbye',
      why: 'leaving',
    })
  })

  test('settles nothing as a disposition or an answer to a recall, and is no reason', () => {
    const receipt = { kind: 'receipt' as const, ids: [id], inbox: '', disposition: 'failed' as const, at: 0 }
    expect(ours({ ...receipt, reason: 'closed' }, 3)).toEqual({ kind: 'unknown' })
    expect(ours({ ...receipt, reason: 'closed' }, 4)).toEqual(receipt)
    expect(ours({ kind: 'recall-answer', id, inbox: '', recalled: 'kept' }, 3)).toEqual({ kind: 'unknown' })
  })

  test('of an amendment is a message, which says by itself what it means', () => {
    const body = new TextEncoder().encode('(A message was translated.)')
    const message = {
      kind: 'message' as const,
      id,
      to: '',
      sentAt: 0,
      contentType: 'text/plain',
      body,
      untilOpen: false,
    }
    expect(ours({ ...message, amends: { by: 'edit', id } }, 12)).toEqual(message)
  })
})
