/**
 * Frames on a stream: a varint length, then that many bytes. A stream's chunks are no frames (they are split
 * and merged on the way), so the cut is made here; and the length is the first thing a stranger gets to say,
 * so nothing beyond FRAME_LIMIT is ever waited for.
 */
import { LengthPrefixedDecoder } from '@libp2p/utils'
import { FRAME_LIMIT } from '../envelope/protocol.ts'

/** Bytes of a varint below 2^21, which FRAME_LIMIT is. */
const PREFIX_LIMIT = 3
/** What one paused stream may have granted (STREAM_WINDOW) and one frame on top: more cannot come. */
const BUFFER_LIMIT = 4 * 1024 * 1024
/** Bytes a stream may have under way to a reader who is slow; what a paused channel costs in memory. */
export const STREAM_WINDOW = 1024 * 1024

type Chunk = Parameters<LengthPrefixedDecoder['decode']>[0]

/** Cuts chunks into frames. Whoever stops in the middle finds the rest with `rest()`. */
export interface FrameReader {
  /** Throws on a length beyond FRAME_LIMIT. */
  read(chunk: Chunk): Iterable<Uint8Array>
  rest(): Iterable<Uint8Array>
}

export function frameReader(): FrameReader {
  const decoder = new LengthPrefixedDecoder({
    maxDataLength: FRAME_LIMIT,
    maxBufferSize: BUFFER_LIMIT,
    lengthDecoder: decodeLength,
  })
  function* read(chunk: Chunk): Iterable<Uint8Array> {
    for (const frame of decoder.decode(chunk)) yield frame.subarray()
  }
  return { read, rest: () => read(new Uint8Array(0)) }
}

/** All `frames` with their lengths, as the bytes of one write; copies. */
export function framed(frames: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const frame of frames) length += prefixLength(frame.byteLength) + frame.byteLength
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (const frame of frames) {
    let rest = frame.byteLength
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    bytes.set(frame, at)
    at += frame.byteLength
  }
  return bytes
}

function prefixLength(length: number): number {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : PREFIX_LIMIT
}

interface Readable {
  readonly byteLength: number
  get(index: number): number
}

/**
 * The decoder takes RangeError for "not all here yet", and anything else for a peer that is wrong. It hears so at the
 * end of every chunk: made anew each time, with its stack, it would cost more than to cut the frame.
 */
const NOT_YET = new RangeError('the length is not all here yet')

function decodeLength(bytes: Uint8Array | Readable): number {
  let length = 0
  for (let index = 0; index < PREFIX_LIMIT; index++) {
    if (index >= bytes.byteLength) throw NOT_YET
    const byte = bytes instanceof Uint8Array ? (bytes[index] ?? 0) : bytes.get(index)
    length |= (byte & 0x7f) << (7 * index)
    if (byte < 0x80) {
      if (byte === 0 && index > 0) throw new Error('a length in more bytes than it needs')
      return length
    }
  }
  throw new Error('a length beyond every frame')
}
