/**
 * Files that are written once and never again: a home's key and its secret. Either the whole file is there or none,
 * also after a crash, and of two processes that make it at the same moment both end up with the same one.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { NighError } from '../errors.ts'

/** Read bound: a key or a secret is far smaller. */
const FILE_LIMIT = 4096

const OWNER_ONLY = 0o600

/** What is in the file now, whoever wrote it. */
export interface Once {
  bytes: Uint8Array
  /** This call wrote it. */
  created: boolean
  /** Others could read it; now they cannot. */
  loosePermissions: boolean
}

/** Reads `path`, or first writes what `make` gives, 0600 and durable. Throws `home-unreadable` or `store-full`. */
export function writtenOnce(path: string, make: () => Uint8Array): Once {
  const before = readIfThere(path)
  if (before !== undefined) return { ...before, created: false }
  const created = place(path, make())
  const now = readIfThere(path)
  if (now === undefined) throw unusable(path, undefined)
  return { ...now, created }
}

/** Whole under another name first, then linked: a link never replaces what is there. False if somebody was faster. */
function place(path: string, bytes: Uint8Array): boolean {
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`
  try {
    writeDurably(draft, bytes)
    const first = name(draft, path)
    syncFolder(dirname(path))
    return first
  } catch (cause) {
    throw unusable(path, cause)
  } finally {
    rmSync(draft, { force: true })
  }
}

function name(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    if (!LINKLESS.has(codeOf(cause) ?? '')) throw cause
  }
  // exFAT and some network folders know no links: not atomic there, but still never over an existing file.
  try {
    copyFileSync(draft, path, constants.COPYFILE_EXCL)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw cause
  }
}

const LINKLESS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', OWNER_ONLY)
  try {
    let written = 0
    while (written < bytes.length) written += writeSync(file, bytes, written)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Makes the new name itself durable. Windows cannot open a folder, and needs not. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function readIfThere(path: string): { bytes: Uint8Array; loosePermissions: boolean } | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw unusable(path, cause)
  }
  try {
    const loosePermissions = process.platform !== 'win32' && (fstatSync(file).mode & 0o077) !== 0
    if (loosePermissions) fchmodSync(file, OWNER_ONLY)
    const room = Buffer.alloc(FILE_LIMIT)
    return { bytes: Uint8Array.from(room.subarray(0, readSync(file, room))), loosePermissions }
  } catch (cause) {
    throw unusable(path, cause)
  } finally {
    closeSync(file)
  }
}

function unusable(path: string, cause: unknown): NighError {
  if (codeOf(cause) === 'ENOSPC')
    return new NighError(
      'store-full',
      `The disk that holds ${path} is full. Free some space and try again.`,
      { cause },
    )
  return new NighError(
    'home-unreadable',
    `${path} could not be read or written. Check that it and its folder belong to you and that the disk is not read-only.`,
    { cause },
  )
}

function codeOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined
  return typeof cause.code === 'string' ? cause.code : undefined
}
