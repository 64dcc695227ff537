/** Who speaks is known from the channel (fault M3), a signature is its author's (fault M10), and ids stay at home (M12). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { file_channel, MessageFrameSchema } from '../../src/envelope/generated/channel_pb.ts'
import { file_message, LetterSchema } from '../../src/envelope/generated/message_pb.ts'
import { file_presence } from '../../src/envelope/generated/presence_pb.ts'
import { encodeMessageFrame, encodeSignedFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import { messageIdFromBytes } from '../../src/envelope/message-id.ts'
import { DOMAIN_LETTER } from '../../src/envelope/protocol.ts'
import type { Principal } from '../../src/principal/principal.ts'
import { person } from '../principal/people.ts'
import { letters } from './arbitraries.ts'
import { alice, bob, hexOf, type SignedLetter } from './wire.ts'

const carol = await person('carol')
const MALFORMED = expect.objectContaining({ code: 'malformed-frame' })
const message: SignedLetter = {
  kind: 'message',
  id: messageIdFromBytes(new Uint8Array(16).fill(7)),
  to: `im:${bob.peerId}`,
  sentAt: 1,
  contentType: 'text/plain',
  body: new TextEncoder().encode('hello'),
  untilOpen: false,
}

/** The frame, after `change` had its way with what it decodes to. */
function changed(frame: Uint8Array, change: (envelope: EnvelopeWire) => void): Uint8Array {
  const decoded = fromBinary(MessageFrameSchema, frame)
  if (decoded.kind.case !== 'envelope') throw new Error('no envelope')
  change(decoded.kind.value)
  return toBinary(MessageFrameSchema, decoded)
}
type EnvelopeWire = Extract<
  ReturnType<typeof create<typeof MessageFrameSchema>>['kind'],
  { case: 'envelope' }
>['value']

function signedPartOf(envelope: EnvelopeWire) {
  if (envelope.wrapping.case !== 'signed') throw new Error('not signed')
  return envelope.wrapping.value
}

describe('Who speaks (fault M3)', () => {
  const inTheNameOf = (name: string) =>
    changed(encodeMessageFrame(message), ({ wrapping }) => {
      if (wrapping.case === 'plain' && wrapping.value.content.case === 'message')
        wrapping.value.content.value.from = name
    })

  test('A message may say nothing of its sender, or the truth', () => {
    expect(openMessageFrame(inTheNameOf(''), alice.peerId)).toEqual(message)
    expect(openMessageFrame(inTheNameOf(alice.peerId), alice.peerId)).toEqual(message)
  })

  test('Carol cannot write in the name of Alice', () => {
    expect(() => openMessageFrame(inTheNameOf(alice.peerId), carol.peerId)).toThrow(MALFORMED)
    expect(() => openMessageFrame(inTheNameOf('Alice'), alice.peerId)).toThrow(MALFORMED)
  })

  test('What is read never says who sent it: that is the channel’s to say', () => {
    fc.assert(
      fc.property(letters, (letter) => {
        const read = openMessageFrame(encodeMessageFrame(letter), alice.peerId)
        expect(read).not.toHaveProperty('from')
        expect(openMessageFrame(encodeMessageFrame(letter), carol.peerId)).toEqual(read)
      }),
      { numRuns: 50 },
    )
  })
})

describe('A signed letter (fault M10)', () => {
  /** A letter signed with Alice's domain string or another, in the name of anybody. */
  const signedBy = (author: Principal, parts: { signer?: string; domain?: string } = {}) => {
    const { signer = author.peerId, domain = DOMAIN_LETTER } = parts
    return changed(encodeSignedFrame(message, author), (envelope) => {
      const signed = signedPartOf(envelope)
      signed.signer = signer
      signed.signature = author.sign(Buffer.concat([Buffer.from(domain), signed.letter]))
    })
  }

  test('is read from its author', () => {
    expect(openMessageFrame(signedBy(alice), alice.peerId)).toEqual(message)
  })

  test('of another peer is malformed, whoever brings it', () => {
    expect(() => openMessageFrame(signedBy(alice), carol.peerId)).toThrow(MALFORMED)
    expect(() => openMessageFrame(signedBy(carol, { signer: alice.peerId }), alice.peerId)).toThrow(MALFORMED)
    expect(() => openMessageFrame(signedBy(carol, { signer: alice.peerId }), carol.peerId)).toThrow(MALFORMED)
  })

  test('under another domain string is malformed: no signature passes for another kind', () => {
    for (const domain of ['', 'nigh announcement 1', 'nigh letter 2'])
      expect(() => openMessageFrame(signedBy(alice, { domain }), alice.peerId), domain).toThrow(MALFORMED)
  })

  test('with one byte changed, cut off or added is malformed', () => {
    fc.assert(
      fc.property(
        letters,
        fc.constantFrom('letter' as const, 'signature' as const),
        fc.constantFrom('change', 'cut', 'add'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (letter, part, how, where, by) => {
          const frame = changed(encodeSignedFrame(letter, alice), (envelope) => {
            const signed = signedPartOf(envelope)
            const at = where % signed[part].length
            const bytes = Uint8Array.from(signed[part])
            if (how === 'change') bytes[at] = (bytes[at] ?? 0) ^ by
            signed[part] =
              how === 'cut' ? bytes.subarray(0, at) : how === 'add' ? Uint8Array.of(...bytes, by) : bytes
          })
          expect(() => openMessageFrame(frame, alice.peerId)).toThrow(MALFORMED)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('names somebody else as sender in vain, though the signature is right', () => {
    const value = { id: new Uint8Array(16), from: bob.peerId }
    const letter = toBinary(LetterSchema, create(LetterSchema, { content: { case: 'message', value } }))
    const frame = changed(encodeSignedFrame(message, alice), (envelope) => {
      const signed = signedPartOf(envelope)
      signed.letter = letter
      signed.signature = alice.sign(Buffer.concat([Buffer.from(DOMAIN_LETTER), letter]))
    })
    expect(() => openMessageFrame(frame, alice.peerId)).toThrow(/in the name of somebody else/)
  })
})

describe('Ids (fault M12)', () => {
  test('No frame has room for the id of another conversation', () => {
    const bytesFields = [file_channel, file_message, file_presence]
      .flatMap((file) => file.messages)
      .flatMap((desc) => desc.fields.map((field) => ({ desc, field })))
      .filter(({ field }) => 'scalar' in field && field.scalar === 12)
      .map(({ desc, field }) => `${desc.name}.${field.name}`)
    // A field that is added here has to say whose id it may hold, if it holds one at all.
    expect(bytesFields.sort()).toEqual(
      [
        ...['InstantMessage.id', 'Receipt.ids', 'Recall.id', 'RecallAnswer.id'], // the one message it is about
        'InstantMessage.reply_to', // a message of the same conversation
        'InstantMessage.amends', // likewise
        ...['Hello.instance', 'Hello.mesh'],
        'FetchAnswer.document',
        ...['Grant.document', 'Grant.binding', 'ViewKey.key', 'ViewKey.announcer'],
        ...['Signed.letter', 'Signed.signature', 'Sealed.ephemeral_key', 'Sealed.content'],
        ...['InstantMessage.body', 'Markup.content'],
      ].sort(),
    )
  })

  test('All that is said of one message names that message alone', () => {
    const mine = message.id
    const others = 'ab'.repeat(16)
    const inbox = `im:${bob.peerId}`
    const said: SignedLetter[] = [
      message,
      { kind: 'receipt', ids: [mine], inbox, disposition: 'delivered', at: 1 },
      { kind: 'recall', id: mine, inbox },
      { kind: 'recall-answer', id: mine, inbox, recalled: 'kept' },
    ]
    for (const letter of said) {
      for (const frame of [encodeMessageFrame(letter), encodeSignedFrame(letter, alice)]) {
        expect(hexOf(frame).split(mine.replaceAll('-', ''))).toHaveLength(2)
        expect(hexOf(frame)).not.toContain(others)
      }
    }
  })
})
