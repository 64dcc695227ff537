/**
 * How far the store was synced: 32 bytes beside it, written over after each commit that reached the disk. What SQLite
 * finds less of is missing, and it would not say so: it passes over a damaged log from the first bad frame on, takes
 * a log that was cut or deleted for one that never was, and an emptied file for a new one.
 *
 * The mark itself is never synced, which makes it cheap (some 8 µs) and no less true: it is written after the fsync it
 * tells of, so whichever mark a power cut leaves, an older one or none, what it says was on the disk. It may tell too
 * little, never too much; what was committed without an fsync (`note`) is not in it. A killed process leaves the newest.
 */
import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Database, IN_MEMORY } from './database.ts'
import { type Salts, saltsOf, soundFrames } from './log.ts'
import type { Numbers } from './numbers.ts'

export interface Mark {
  /** Which filling of the log. */
  salts: Salts
  /** Its frames up to the last synced commit. */
  frames: number
  /** The last number in that commit (numbers.ts): holds also after the log was moved into the file. */
  number: number
}

/**
 * Magic and version, salts (8 bytes), frames (4), number (8), and a sum against a torn write (4). Always of one
 * length, so that it is written over in place, and fits on a full disk.
 */
const MAGIC = 'NIGHMRK1'
const SALTS_AT = 8
const FRAMES_AT = 16
const NUMBER_AT = 20
const SUM_AT = 28
const MARK_BYTES = 32

/** From here on `PRAGMA wal_checkpoint(NOOP)` looks without moving anything; before, it would move the log. */
const NOOP_SINCE = 3_051_000

export const markFile = (path: string): string => `${path}-mark`

/** The mark beside the store at `path`, if there is a whole one. */
export function readMark(path: string): Mark | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(markFile(path))
  } catch {
    return undefined // none, or not for us: nothing can be said, as before there were marks
  }
  if (bytes.length !== MARK_BYTES || bytes.toString('latin1', 0, SALTS_AT) !== MAGIC) return undefined
  if (bytes.readUInt32BE(SUM_AT) !== sumOf(bytes)) return undefined
  return {
    salts: bytes.toString('hex', SALTS_AT, FRAMES_AT),
    frames: bytes.readUInt32BE(FRAMES_AT),
    number: Number(bytes.readBigUInt64BE(NUMBER_AT)),
  }
}

/** Where the log still is the one that the mark tells of: whether it is sound as far as it was synced. */
export function logIsWhole(path: string, { salts, frames }: Mark): boolean {
  const log = `${path}-wal`
  return saltsOf(log) !== salts || soundFrames(log, frames) === frames
}

/** The store was moved away, and another one begins in its place. */
export function forgetMark(path: string): void {
  try {
    rmSync(markFile(path), { force: true })
  } catch {
    // Where nothing can be deleted, no other store can be made either: that is said in a moment.
  }
}

/** Keeps the mark beside `database` from now on; the answer closes its file. */
export function keepMark(database: Database, numbers: Pick<Numbers, 'last'>): () => void {
  if (database.path === IN_MEMORY) return () => {}
  const file = openedMark(database.path)
  if (file === undefined) return () => {}
  const looks = libraryVersion(database) >= NOOP_SINCE
  const bytes = Buffer.alloc(MARK_BYTES)
  bytes.write(MAGIC, 'latin1')
  let salts: Salts = NONE
  let before: Log = { log: 0, checkpointed: 0 }

  const mark = (): void => {
    const now = looks ? (database.one<Log>('PRAGMA wal_checkpoint(NOOP)') ?? EMPTY) : EMPTY
    if (looks && now.log === 0) return // a commit that changed nothing
    // Once it was moved into the file, the log begins anew with the next commit.
    if (now.log > 0 && (salts === NONE || now.log <= before.log || before.checkpointed > 0)) {
      salts = saltsOf(`${database.path}-wal`) ?? NONE
      bytes.write(salts, SALTS_AT, 'hex')
    }
    before = now
    bytes.writeUInt32BE(now.log, FRAMES_AT)
    bytes.writeBigUInt64BE(BigInt(numbers.last()), NUMBER_AT)
    bytes.writeUInt32BE(sumOf(bytes), SUM_AT)
    writeSync(file, bytes, 0, MARK_BYTES, 0)
  }

  let closed = false
  database.afterSync(() => {
    try {
      mark()
    } catch {
      // The commit stands, and the older mark is as true as before. One written in part has no right sum, and counts as none.
    }
  })
  return () => {
    if (!closed) closeSync(file)
    closed = true
  }
}

/** Frames in the log, and how many of them were moved into the file. */
interface Log {
  log: number
  checkpointed: number
}

const EMPTY: Log = { log: 0, checkpointed: 0 }
/** No log has been seen yet, or there is no telling. */
const NONE: Salts = '0'.repeat(16)

function openedMark(path: string): number | undefined {
  try {
    return openSync(markFile(path), constants.O_RDWR | constants.O_CREAT, 0o600)
  } catch {
    return undefined // a full disk, perhaps: without a mark the store is as safe, and only its damage less visible
  }
}

const sumOf = (bytes: Buffer): number => crc32(bytes.subarray(0, SUM_AT))

function libraryVersion(database: Database): number {
  const version = database.one<{ version: string }>('SELECT sqlite_version() AS version')?.version ?? ''
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major * 1_000_000 + minor * 1_000 + patch
}
