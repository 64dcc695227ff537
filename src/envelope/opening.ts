/**
 * Bytes from outside are unknown until opened: bounded before they are decoded, decoded, bounded again.
 * Everything that is not as it should be is one error, `malformed-frame`, which costs the sender its channel.
 */
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf'
import { NighError } from '../errors.ts'

/** Decodes at most `limit` bytes. Unknown fields are kept in the message and written back by its encoder. */
export function open<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  limit: number,
): MessageShape<Desc> {
  if (bytes.length > limit)
    throw malformed(`${schema.name} of ${bytes.length} bytes, at most ${limit} allowed`)
  try {
    return fromBinary(schema, bytes)
  } catch (cause) {
    throw malformed(`${schema.name} cannot be decoded`, cause)
  }
}

/** An error about what came from outside; never contains any of it. */
export function malformed(what: string, cause?: unknown): NighError {
  return new NighError('malformed-frame', `A peer sent something malformed: ${what}.`, { cause })
}

/** `value` as a number; beyond 2^53 it is a lie about time or count. */
export function safeNumber(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`${what} out of range`)
  return Number(value)
}

/** `bytes` if it has exactly `length`. */
export function exactly(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length !== length) throw malformed(`${what} of ${bytes.length} bytes, ${length} expected`)
  return bytes
}

/** `text` if it has at most `limit` UTF-16 units. */
export function atMost(text: string, limit: number, what: string): string {
  if (text.length > limit) throw malformed(`${what} of ${text.length} characters, at most ${limit} allowed`)
  return text
}

/** A table of words and wire numbers, turned round; numbers of the future have no word. */
export function byNumber<Word extends string>(words: Record<Word, number>): Partial<Record<number, Word>> {
  return Object.fromEntries(Object.entries(words).map(([word, number]) => [number, word]))
}
