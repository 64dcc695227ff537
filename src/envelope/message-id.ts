/** An INSTANT MESSAGE's id: 16 bytes on the wire, a UUID for people and scripts. */
import type { MessageId } from '../principal/ids.ts'
import { exactly } from './opening.ts'
import { MESSAGE_ID_BYTES } from './protocol.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** `text` as a message id, if it is a UUID in any case. */
export function parseMessageId(text: string): MessageId | undefined {
  const lower = text.toLowerCase()
  return UUID.test(lower) ? (lower as MessageId) : undefined
}

/** The 16 bytes of an id. Throws a TypeError for what is none. */
export function messageIdToBytes(id: MessageId): Uint8Array {
  const bytes = uuidBytes(id)
  if (bytes === undefined) throw new TypeError('a message id is a UUID')
  return bytes
}

/** Throws `malformed-frame` unless there are exactly 16 bytes; any 16 bytes are an id. */
export function messageIdFromBytes(bytes: Uint8Array): MessageId {
  return uuidText(exactly(bytes, MESSAGE_ID_BYTES, 'message id'))
}

/** Where the 16 bytes and the dashes of a UUID's text stand (RFC 9562 4). */
const UUID_LENGTH = 36
const UUID_DASHES = [8, 13, 18, 23]
const UUID_BYTES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]
const DASH = 0x2d

/** Value of each hex digit by its character code; NONE for all others. */
const NONE = 0xff
const NIBBLES = new Uint8Array(128).fill(NONE)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  NIBBLES[digit.charCodeAt(0)] = value
  NIBBLES[digit.toUpperCase().charCodeAt(0)] = value
}

/**
 * The bytes of a UUID's text in any case; undefined for any other text. Digit by digit, because this runs several
 * times for every message: a pattern and a Buffer cost 2 µs, a fifth of keeping it.
 */
export function uuidBytes(text: string): Uint8Array | undefined {
  if (text.length !== UUID_LENGTH || UUID_DASHES.some((at) => text.charCodeAt(at) !== DASH)) return undefined
  const bytes = new Uint8Array(UUID_BYTES.length)
  let index = 0
  for (const at of UUID_BYTES) {
    const high = NIBBLES[text.charCodeAt(at)] ?? NONE
    const low = NIBBLES[text.charCodeAt(at + 1)] ?? NONE
    if (high === NONE || low === NONE) return undefined
    bytes[index++] = (high << 4) | low
  }
  return bytes
}

/** The text of 16 bytes. */
export function uuidText(bytes: Uint8Array): MessageId {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as MessageId
}
