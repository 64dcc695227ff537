/** The question and the answer of a FETCH: what may be in them, and that nothing from outside does harm. */
import { create, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeFetchAnswer,
  encodeFetchRequest,
  openFetchAnswer,
  openFetchRequest,
} from '../../src/envelope/fetch-frame.ts'
import { FetchAnswerSchema, FetchRequestSchema } from '../../src/envelope/generated/channel_pb.ts'
import {
  DOCUMENT_LIMIT,
  FRAME_LIMIT,
  NAME_LIMIT,
  QUESTION_LIMIT,
  SHOWN_WATCHERS_LIMIT,
} from '../../src/envelope/protocol.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const malformed = expect.objectContaining({ code: 'malformed-frame' })

describe('the question', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: NAME_LIMIT }),
        fc.constantFrom('named', 'pseudonym', 'unlisted'),
        (name, visibility) => {
          const request = { name: name.toWellFormed(), visibility }
          expect(openFetchRequest(encodeFetchRequest(request))).toEqual(request)
        },
      ),
    )
  })

  test('is bounded as a whole and in its name; a visibility of the future is the most careful one', () => {
    expect(() => openFetchRequest(new Uint8Array(QUESTION_LIMIT + 1))).toThrow(malformed)
    const long = encodeFetchRequest({ name: 'n'.repeat(NAME_LIMIT * 4 + 1), visibility: 'named' })
    expect(() => openFetchRequest(long)).toThrow(malformed)
    const future = toBinary(FetchRequestSchema, create(FetchRequestSchema, { visibility: 9 as never }))
    expect(openFetchRequest(future).visibility).toBe('unlisted')
    const asked = toBinary(FetchRequestSchema, create(FetchRequestSchema, { asked: 9 as never }))
    expect(openFetchRequest(asked).asked).toBe('unknown')
  })
})

describe('the answer', () => {
  test('with too large a document is malformed; a state or a kind of the future is no answer', () => {
    const document = (length: number) =>
      encodeFetchAnswer({ kind: 'document', document: new Uint8Array(length) })
    expect(openFetchAnswer(document(DOCUMENT_LIMIT))).toMatchObject({ kind: 'document' })
    expect(() => openFetchAnswer(document(DOCUMENT_LIMIT + 1))).toThrow(malformed)
    expect(openFetchAnswer(new Uint8Array())).toEqual({ kind: 'unknown' })
    const state = { case: 'state', value: { status: 9 as never } } as const
    expect(openFetchAnswer(toBinary(FetchAnswerSchema, create(FetchAnswerSchema, { kind: state })))).toEqual({
      kind: 'unknown',
    })
  })

  test('with watchers is bounded in their number and names; means of the future are left out', () => {
    const watchers = (count: number, name = 'n'): Uint8Array =>
      encodeFetchAnswer({
        kind: 'watchers',
        watchers: Array.from({ length: count }, () => ({ name, via: 'fetch' })),
      })
    expect(openFetchAnswer(watchers(SHOWN_WATCHERS_LIMIT))).toMatchObject({ kind: 'watchers' })
    expect(() => openFetchAnswer(watchers(SHOWN_WATCHERS_LIMIT + 1))).toThrow(malformed)
    expect(() => openFetchAnswer(watchers(1, 'n'.repeat(NAME_LIMIT * 4 + 1)))).toThrow(malformed)
    const wire = (watcher: object) =>
      toBinary(
        FetchAnswerSchema,
        create(FetchAnswerSchema, { kind: { case: 'watchers', value: { watchers: [watcher] } } }),
      )
    expect(openFetchAnswer(wire({ means: 9 }))).toEqual({ kind: 'watchers', watchers: [] })
    expect(() => openFetchAnswer(wire({ peer: 'nobody', means: 1 }))).toThrow(malformed)
    // The longest there may be still fit one frame.
    const longest = { peer: 'x'.repeat(64), name: '\u{10ffff}'.repeat(NAME_LIMIT), via: 'subscribe' as const }
    const full = encodeFetchAnswer({
      kind: 'watchers',
      watchers: Array.from({ length: SHOWN_WATCHERS_LIMIT }, () => ({
        ...longest,
        peer: longest.peer as PeerId,
        state: { status: 'terminated' as const, event: 'deactivated' as const },
      })),
    })
    expect(full.length).toBeLessThan(FRAME_LIMIT)
  })

  test('of any bytes is read, or malformed, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const open of [openFetchAnswer, openFetchRequest]) {
          try {
            open(bytes)
          } catch (cause) {
            expect(cause).toEqual(malformed)
          }
        }
      }),
    )
  })
})
