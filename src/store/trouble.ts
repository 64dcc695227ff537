/**
 * What SQLite says, said to a person. The engine answers with numbers; whoever reads the sentence needs to know
 * which file, and what to do now.
 */
import { NighError } from '../errors.ts'

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); `errcode` carries extended ones above the low byte. */
const PERMISSION = 3
const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const DISK_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26
/** SQLITE_IOERR_SHMSIZE: the shared index beside the log does not fit on the disk. */
const NO_ROOM_FOR_INDEX = 4874

/** SQLITE_READONLY_ROLLBACK: a transaction was cut off, and only a writer can undo it. */
const HALF_WRITTEN = 776

/** `cause` as a NighError that names `path`; what is one already passes through. */
export function storeTrouble(cause: unknown, path: string): NighError {
  if (cause instanceof NighError) return cause
  switch (resultCode(cause)) {
    case FULL:
      return new NighError(
        'store-full',
        `The disk that holds ${path} is full, so nothing more can be kept. What was kept before is safe. Free some space and try again.`,
        { cause },
      )
    case CORRUPT:
    case NOT_A_DATABASE:
      return storeDamaged(path, 'It cannot be read as a database.', cause)
    case PERMISSION:
    case READ_ONLY:
    case CANNOT_OPEN:
      return new NighError(
        'home-unreadable',
        `${path} cannot be opened for writing. Check that its folder exists, that both belong to you, and that the disk is not read-only.`,
        { cause },
      )
    case DISK_ERROR:
      return new NighError(
        'home-unreadable',
        `The disk answered with an error while ${path} was read or written. Check the disk, then start again.`,
        { cause },
      )
    case BUSY:
    case LOCKED:
      return new NighError(
        'home-in-use',
        `Another process is using ${path}. End it with \`nigh down\`, or wait until it is done.`,
        { cause },
      )
    default:
      return new NighError('unexpected', `The store ${path} failed: ${sentenceOf(cause)}`, { cause })
  }
}

/** A file that is not a sound store. It is never written to: what is in it may still be saved. */
export function storeDamaged(path: string, finding: string, cause?: unknown): NighError {
  return new NighError(
    'store-damaged',
    `${path} is damaged or not a store of Nigh. ${finding} It was left as it is: restore a backup, or move the file away to begin with an empty store.`,
    cause === undefined ? {} : { cause },
  )
}

/** The primary result code of an SQLite error, 0 for anything else. */
export function resultCode(cause: unknown): number {
  if (typeof cause !== 'object' || cause === null || !('errcode' in cause)) return 0
  if (cause.errcode === NO_ROOM_FOR_INDEX) return FULL
  return typeof cause.errcode === 'number' ? cause.errcode & 0xff : 0
}

/** True for SQLite's "somebody else holds the lock". */
export function isBusy(cause: unknown): boolean {
  const code = resultCode(cause)
  return code === BUSY || code === LOCKED
}

/** True for a file that SQLite cannot read as a sound database. */
export function isDamage(cause: unknown): boolean {
  const code = resultCode(cause)
  return code === CORRUPT || code === NOT_A_DATABASE
}

/** True for a file that a reader cannot read before a writer has undone what was cut off. */
export function isHalfWritten(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'errcode' in cause && cause.errcode === HALF_WRITTEN
}

function sentenceOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
