/**
 * How far the store was synced: a line beside it, written over after each commit that reached the disk. What SQLite
 * finds less of is missing, and it would not say so: it passes over a damaged log from the first bad frame on, takes
 * a log that was cut or deleted for one that never was, and an emptied file for a new one.
 *
 * The line itself is never synced, which makes it free and costs nothing in truth: it is written after the fsync it
 * tells of, so whichever line a power cut leaves, an older one or none, what it says was on the disk. It may tell
 * too little, never too much; what was committed without an fsync (`note`) is not in it. A killed process leaves the newest line.
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

/** Always of one length, so that it is written over in place, and fits on a full disk. */
const LINE = /^nigh mark 1 ([0-9a-f]{16}) ([0-9]{10}) ([0-9]{16}) ([0-9a-f]{8})\n$/

/** From here on `PRAGMA wal_checkpoint(NOOP)` looks without moving anything; before, it would move the log. */
const NOOP_SINCE = 3_051_000

export const markFile = (path: string): string => `${path}-mark`

/** The mark beside the store at `path`, if there is a whole one. */
export function readMark(path: string): Mark | undefined {
  let line: string
  try {
    line = readFileSync(markFile(path), 'latin1')
  } catch {
    return undefined // none, or not for us: nothing can be said, as before there were marks
  }
  const [, salts = '', frames, number, sum] = LINE.exec(line) ?? []
  if (sum !== sumOf(line.slice(0, -10))) return undefined
  return { salts, frames: Number(frames), number: Number(number) }
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
  let salts: Salts = NONE
  let before: Log = { log: 0, checkpointed: 0 }

  const look = (): Mark | undefined => {
    const now = looks ? (database.one<Log>('PRAGMA wal_checkpoint(NOOP)') ?? EMPTY) : EMPTY
    if (looks && now.log === 0) return undefined // a commit that changed nothing
    // Once it was moved into the file, the log begins anew with the next commit.
    if (now.log > 0 && (salts === NONE || now.log <= before.log || before.checkpointed > 0))
      salts = saltsOf(`${database.path}-wal`) ?? NONE
    before = now
    return { salts, frames: now.log, number: numbers.last() }
  }
  let closed = false
  database.afterSync(() => {
    try {
      const mark = look()
      if (mark !== undefined) write(file, mark)
    } catch {
      // The commit stands, and the older line is as true as before. A line written in part has no right sum, and counts as none.
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

function write(file: number, { salts, frames, number }: Mark): void {
  const line = `nigh mark 1 ${salts} ${String(frames).padStart(10, '0')} ${String(number).padStart(16, '0')}`
  writeSync(file, `${line} ${sumOf(line)}\n`, 0, 'latin1')
}

/** Against a torn line only. */
const sumOf = (line: string): string => crc32(line).toString(16).padStart(8, '0')

function libraryVersion(database: Database): number {
  const version = database.one<{ version: string }>('SELECT sqlite_version() AS version')?.version ?? ''
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major * 1_000_000 + minor * 1_000 + patch
}
