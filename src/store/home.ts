/**
 * A home on the disk: the folder, its lock, its secret and its key. One process per home, because two that share a
 * key are two presentities for one principal (fault C2); and nothing here is ever overwritten, because a lost key
 * is a lost person.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NighError } from '../errors.ts'
import { writtenOnce } from './once.ts'
import { isBusy, isDamage, storeTrouble } from './trouble.ts'

/** Where the things of a home lie. */
export interface HomePaths {
  /** Absolute. */
  readonly dir: string
  readonly keyFile: string
  readonly secretFile: string
  /** Holds the path of the socket as one line; it is not the socket itself. */
  readonly socketFile: string
  readonly lockFile: string
  readonly storeFile: string
  /** Where the store lies a second time while a backup is made. */
  readonly copyFile: string
}

export interface Home extends HomePaths {
  /** This call made the folder. */
  readonly created: boolean
  /** Others may look into the folder. Key and secret are 0600 all the same, but it is worth a warning. */
  readonly loosePermissions: boolean
}

/** Proof of being the same user, shared by all processes of a home: 32 random bytes. */
const SECRET_BYTES = 32

/**
 * Opens home `dir`; with `create` the folder is made (0700) where it is absent. Without it a folder that holds no
 * key is no home either: a typo must not mint an identity. (Where the key lies `elsewhere`, whoever has it says.)
 * Throws `no-home` or `home-unreadable`.
 */
export function openHome(
  dir: string,
  { create, elsewhere = false }: { create: boolean; elsewhere?: boolean },
): Home {
  const paths = homePaths(dir)
  const absent = isAbsent(paths.dir)
  if (absent && create) makeFolder(paths.dir)
  if (absent && !create) throw noHome(paths.dir)
  const mode = inspect(paths.dir)
  if (!create && !elsewhere && isAbsent(paths.keyFile)) throw noHome(paths.dir)
  return { ...paths, created: absent, loosePermissions: process.platform !== 'win32' && (mode & 0o077) !== 0 }
}

/** The paths of home `dir`, whether it exists or not. */
export function homePaths(dir: string): HomePaths {
  const path = resolve(dir)
  return {
    dir: path,
    keyFile: join(path, 'key'),
    secretFile: join(path, 'secret'),
    socketFile: join(path, 'socket'),
    lockFile: join(path, 'lock.db'),
    storeFile: join(path, 'nigh.db'),
    copyFile: join(path, 'backup.db'),
  }
}

export interface HomeLock {
  /** Idempotent. The end of the process, kill -9 included, does the same: the kernel frees the lock. */
  release(): void
}

/**
 * Takes home `dir` for this process, at once or not at all: throws `home-in-use` if somebody holds it. The lock is
 * SQLite's exclusive one on an empty database, as Node has no flock and a pid file lies after a crash. Nothing else
 * may open `lock.db` in this process: closing any descriptor of a file drops its POSIX locks. Not for network folders.
 */
export function lockHome(dir: string): HomeLock {
  const { lockFile } = homePaths(dir)
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock?.close()
    if (isDamage(cause))
      throw new NighError(
        'home-unreadable',
        `The lock ${lockFile} is damaged. It holds nothing but the lock itself: delete this one file, and start again.`,
        { cause },
      )
    if (!isBusy(cause)) throw storeTrouble(cause, lockFile)
    throw new NighError(
      'home-in-use',
      `The home ${homePaths(dir).dir} is in use by another process. End it with \`nigh down\`, or choose another home with --as.`,
      { cause },
    )
  }
  const taken = lock
  held.add(taken)
  return {
    release: () => {
      held.delete(taken)
      if (taken.isOpen) taken.close()
    },
  }
}

/** Locks of this process. Whoever lets go of what `lockHome` gave has not released it: collected as garbage, it would be. */
const held = new Set<DatabaseSync>()

/** Takes away what a backup left that was killed in the middle. Only for the holder of the home. */
export function forgetCopy(dir: string): void {
  rmSync(homePaths(dir).copyFile, { force: true })
}

/** The home's secret, made at first use. Throws `home-unreadable`, also where the file is not what was once written. */
export function homeSecret(dir: string): Uint8Array {
  const { secretFile } = homePaths(dir)
  const { bytes } = writtenOnce(secretFile, () => randomBytes(SECRET_BYTES))
  if (bytes.length === SECRET_BYTES) return bytes
  throw new NighError(
    'home-unreadable',
    `${secretFile} is damaged: it should hold ${SECRET_BYTES} bytes. End the running peer if there is one, delete the file, and the next start makes a new one.`,
  )
}

export interface HomeKey {
  /** The bytes that `make` once gave. */
  key: Uint8Array
  created: boolean
  /** The file was readable by others and is not any more. Worth a warning: the key may have been copied. */
  loosePermissions: boolean
}

/**
 * The home's key, made by `make` at first use and then never replaced. The file is one line with a checksum, so
 * that a truncated one is told from a key. Throws `home-unreadable`; no message ever shows the key.
 */
export function homeKey(dir: string, make: () => Uint8Array): HomeKey {
  const { keyFile } = homePaths(dir)
  const { bytes, created, loosePermissions } = writtenOnce(keyFile, () => keyLine(make()))
  const key = keyOf(bytes)
  if (key !== undefined) return { key, created, loosePermissions }
  throw new NighError(
    'home-unreadable',
    `The key file ${keyFile} is damaged and was left as it is: it is this identity, and nobody can make it again. Restore it from a backup; only if there is none, move the home away and begin anew.`,
  )
}

const KEY_LINE = /^nigh key 1 ((?:[0-9a-f]{2})+) ([0-9a-f]{16})\n$/

function keyLine(key: Uint8Array): Uint8Array {
  return Buffer.from(`nigh key 1 ${Buffer.from(key).toString('hex')} ${checksum(key)}\n`)
}

function keyOf(line: Uint8Array): Uint8Array | undefined {
  const [, hex = '', sum] = KEY_LINE.exec(Buffer.from(line).toString('latin1')) ?? []
  const key = Uint8Array.from(Buffer.from(hex, 'hex'))
  return key.length > 0 && checksum(key) === sum ? key : undefined
}

/** Against a torn or hand-edited file only. It is 64 bits of a hash of 256 secret bits, in the same file. */
const checksum = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 16)

/** Not there, as far as can be seen; what may not be looked at is there. */
function isAbsent(path: string): boolean {
  try {
    statSync(path)
    return false
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    return code === 'ENOENT' || code === 'ENOTDIR'
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw unreadable(path, 'could not be made', cause)
  }
}

/** The folder's mode. Root may use anybody's home, as in a container; everybody else only their own. */
function inspect(path: string): number {
  let folder: ReturnType<typeof statSync>
  try {
    folder = statSync(path)
  } catch (cause) {
    throw unreadable(path, 'could not be read', cause)
  }
  if (!folder.isDirectory()) throw unreadable(path, 'is no folder')
  const user = process.getuid?.() ?? 0
  if (user !== 0 && folder.uid !== user) throw unreadable(path, 'belongs to another user')
  if (user !== 0 && (folder.mode & 0o700) !== 0o700)
    throw unreadable(path, 'may not be read and written by you')
  return folder.mode
}

export function noHome(path: string): NighError {
  return new NighError(
    'no-home',
    `There is no home at ${path}. Make one with \`nigh up\`, or check --as and --home.`,
  )
}

function unreadable(path: string, obstacle: string, cause?: unknown): NighError {
  return new NighError(
    'home-unreadable',
    `The home ${path} ${obstacle}. Check its owner and permissions, or choose another place with --home.`,
    cause === undefined ? {} : { cause },
  )
}
