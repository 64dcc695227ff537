/**
 * How values lie in columns. SQLite would take a lone surrogate silently and give back an integer beyond 2^53
 * with a throw, so everything is made sound on the way in, here and nowhere else.
 */
import { NighError } from '../errors.ts'
import type { MessageId } from '../principal/ids.ts'

/** The farthest instant a Date can say, both ways (ECMA-262 21.4.1.1); well within 2^53. */
const FARTHEST_WALL = 8.64e15

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

/** Text as UTF-8 can carry it: lone surrogates become U+FFFD. */
export const text = (value: string): string => value.toWellFormed()

export const optionalText = (value: string | undefined): string | null =>
  value === undefined ? null : value.toWellFormed()

/** Wall ms as a whole number that a Date can show. Many are claims of others: a wild one is clamped, never trusted, never fatal. */
export function wall(ms: number): number {
  if (Number.isNaN(ms)) return 0
  return Math.trunc(Math.min(Math.max(ms, -FARTHEST_WALL), FARTHEST_WALL)) + 0
}

export const optionalWall = (ms: number | undefined): number | null => (ms === undefined ? null : wall(ms))

/** A limit from a caller as rows at most. */
export const rowsAtMost = (limit: number): number =>
  Number.isNaN(limit) ? 0 : Math.trunc(Math.min(Math.max(limit, 0), Number.MAX_SAFE_INTEGER))

/** A row number as a bound, open at infinity. */
export const rowNumber = (seq: number): number =>
  Math.trunc(Math.min(Math.max(seq, -1), Number.MAX_SAFE_INTEGER))

export const flag = (value: boolean): number => (value ? 1 : 0)

/** A message id as 16 bytes: a third of the string's size in a row and in its index. */
export function idBytes(id: MessageId): Uint8Array {
  const bytes = idBytesOf(id)
  if (bytes === undefined) throw new NighError('usage', 'A message id is a UUID, and this is none.')
  return bytes
}

/**
 * As `idBytes`, for look-ups: what is no UUID names no row. Digit by digit, because this runs for every message:
 * a pattern and a Buffer cost 2 µs, a fifth of keeping it.
 */
export function idBytesOf(id: string): Uint8Array | undefined {
  if (id.length !== UUID_LENGTH || UUID_DASHES.some((at) => id.charCodeAt(at) !== DASH)) return undefined
  const bytes = new Uint8Array(UUID_BYTES.length)
  let index = 0
  for (const at of UUID_BYTES) {
    const high = NIBBLES[id.charCodeAt(at)] ?? NONE
    const low = NIBBLES[id.charCodeAt(at + 1)] ?? NONE
    if (high === NONE || low === NONE) return undefined
    bytes[index++] = (high << 4) | low
  }
  return bytes
}

export const optionalIdBytes = (id: MessageId | undefined): Uint8Array | null =>
  id === undefined ? null : idBytes(id)

export function idOf(bytes: Uint8Array): MessageId {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as MessageId
}
