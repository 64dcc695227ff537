/**
 * SQLite's write-ahead log, read from outside (https://sqlite.org/fileformat2.html#the_write_ahead_log). SQLite takes
 * a frame whose checksum is wrong for the torn end of a log, and passes over it and all behind it without a word.
 * After a power cut that is right: what no fsync had reached may lie there in parts, in any order, later frames
 * whole and earlier ones not. So a log by itself never tells damage from a torn end; only who knows how far it was
 * synced (mark.ts) can, and asks here whether all of that is still sound.
 */
import { closeSync, openSync, readSync } from 'node:fs'

/** 32 bytes, then frames of 24 bytes and a page each. */
const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
/** The magic's last bit says in which order of bytes the checksum takes its words. */
const MAGIC = 0x377f0682
/** Sizes of pages that SQLite knows; another one is no log. */
const PAGE_SIZE_LIMIT = 65_536
/** Read at once: some 250 frames of the usual page. */
const CHUNK_BYTES = 1 << 20

/** Salts name one filling of the log: they change each time it begins anew. As 16 hex digits. */
export type Salts = string

/** The salts of the log at `path`; `undefined` where there is none, or its header is no sound one. */
export function saltsOf(path: string): Salts | undefined {
  return withLog(path, (file) => headerOf(file)?.salts)
}

/**
 * How many frames from the beginning carry the header's salts and a right checksum, `most` at most. SQLite reads
 * exactly these, up to the last commit among them.
 */
export function soundFrames(path: string, most: number): number {
  return (
    withLog(path, (file) => {
      const header = headerOf(file)
      return header === undefined ? 0 : framesOf(file, header, most)
    }) ?? 0
  )
}

interface Header {
  salts: Salts
  frameBytes: number
  /** True where words are taken with the low byte first. */
  little: boolean
  sum: Sum
}

/** The two running sums: each frame goes on from those of the frame before. */
type Sum = readonly [number, number]

function headerOf(file: number): Header | undefined {
  const bytes = Buffer.alloc(HEADER_BYTES)
  if (readSync(file, bytes, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined
  const magic = bytes.readUInt32BE(0)
  const page = bytes.readUInt32BE(8)
  if ((magic & ~1) !== MAGIC || page < 512 || page > PAGE_SIZE_LIMIT) return undefined
  const little = (magic & 1) === 0
  const sum = added([0, 0], bytes.subarray(0, 24), little)
  if (!tells(bytes.subarray(24), sum)) return undefined
  return { salts: bytes.toString('hex', 16, 24), frameBytes: FRAME_HEADER_BYTES + page, little, sum }
}

function framesOf(file: number, { salts, frameBytes, little, sum: first }: Header, most: number): number {
  const atOnce = Math.max(1, Math.floor(CHUNK_BYTES / frameBytes))
  const chunk = Buffer.alloc(atOnce * frameBytes)
  let sum = first
  for (let frames = 0; frames < most; ) {
    const length = readSync(file, chunk, 0, chunk.length, HEADER_BYTES + frames * frameBytes)
    const whole = Math.min(Math.floor(length / frameBytes), most - frames)
    if (whole === 0) return frames
    for (let index = 0; index < whole; index += 1) {
      const frame = chunk.subarray(index * frameBytes, (index + 1) * frameBytes)
      if (frame.toString('hex', 8, 16) !== salts) return frames
      sum = added(added(sum, frame.subarray(0, 8), little), frame.subarray(FRAME_HEADER_BYTES), little)
      if (!tells(frame.subarray(16, 24), sum)) return frames
      frames += 1
    }
  }
  return most
}

/** Words two by two, modulo 2^32, as SQLite sums them. */
function added([one, other]: Sum, bytes: Buffer, little: boolean): Sum {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let first = one
  let second = other
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, little) + second) >>> 0
    second = (second + view.getUint32(at + 4, little) + first) >>> 0
  }
  return [first, second]
}

/** Sums are written with the high byte first, whatever the words are. */
const tells = (bytes: Buffer, [first, second]: Sum): boolean =>
  bytes.readUInt32BE(0) === first && bytes.readUInt32BE(4) === second

/** Its descriptor may be closed at any time: SQLite's locks lie on the file itself and on its index, not on the log. */
function withLog<Found>(path: string, look: (file: number) => Found): Found | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    return look(file)
  } finally {
    closeSync(file)
  }
}
