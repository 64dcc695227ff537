/**
 * How values lie in columns. SQLite would take a lone surrogate silently and give back an integer beyond 2^53
 * with a throw, so everything is made sound on the way in, here and nowhere else.
 */
import { uuidBytes, uuidText } from '../envelope/message-id.ts'
import { NighError } from '../errors.ts'
import type { MessageId } from '../principal/ids.ts'

/** The farthest instant a Date can say, both ways (ECMA-262 21.4.1.1); well within 2^53. */
const FARTHEST_WALL = 8.64e15

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

/** A row number as a bound, open at both infinities: what was imported from before has numbers below 1. */
export const rowNumber = (seq: number): number =>
  Math.trunc(Math.min(Math.max(seq, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER))

export const flag = (value: boolean): number => (value ? 1 : 0)

/** A message id as 16 bytes: a third of the string's size in a row and in its index. */
export function idBytes(id: MessageId): Uint8Array {
  const bytes = idBytesOf(id)
  if (bytes === undefined) throw new NighError('usage', 'A message id is a UUID, and this is none.')
  return bytes
}

/** As `idBytes`, for look-ups: what is no UUID names no row. */
export const idBytesOf = uuidBytes

export const optionalIdBytes = (id: MessageId | undefined): Uint8Array | null =>
  id === undefined ? null : idBytes(id)

export const idOf = uuidText
