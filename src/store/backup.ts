/**
 * A backup of a home: its key and its store, whole, under a passphrase (backup-file.ts). What is sealed is
 *
 *     length of the manifest   4   big-endian
 *     manifest                     JSON in UTF-8: when it was made, the key, how long the store is
 *     store                        an SQLite file without a log, as VACUUM INTO leaves it
 *
 * The rules, the contacts and everything else that is known lie in the store. A home's secret and socket are not in
 * it: another home makes its own. Nor are drafts: what was sent since would come back as if it had not been.
 */
import { randomBytes } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { Worker } from 'node:worker_threads'
import { NighError } from '../errors.ts'
import { type Cost, isBackup, mustProtect, sealed } from './backup-file.ts'
import { homePaths } from './home.ts'
import { storeTrouble } from './trouble.ts'

/** What a backup says of itself, inside the seal. */
export interface Manifest {
  /** Wall ms. What was received later is not in it. */
  madeAt: number
  key: Uint8Array
  storeBytes: number
}

export interface BackupOptions {
  /** Absolute path of the backup. An older backup there is replaced, anything else is not. */
  file: string
  passphrase: string
  /** The store that is open. */
  store: string
  /** Folder of the home, where the copy lies for a moment. */
  home: string
  key: Uint8Array
  now: number
  cost?: Cost
  /** Gives up, and leaves nothing. */
  signal?: AbortSignal
}

/** Resolves with the length of the backup, which is then whole and on the disk. */
export async function writeBackup(options: BackupOptions): Promise<number> {
  const { file, passphrase, store, home, key, now, signal } = options
  mustProtect(passphrase)
  if (!isAbsolute(file))
    throw new NighError('usage', `The path of a backup must be absolute, and ${file} is not.`)
  await mustBeElsewhere(file, home)
  await mustBeReplaceable(file)
  const copy = homePaths(home).copyFile
  await rm(copy, { force: true })
  try {
    await vacuumInto(store, copy)
    mustGoOn(signal)
    const { size } = await stat(copy)
    const content = contentOf({ madeAt: now, key, storeBytes: size }, copy)
    const chance = (bytes: number): Uint8Array => randomBytes(bytes)
    const { cost } = options
    return await writeWhole(
      file,
      sealed(content, { passphrase, chance, ...(cost === undefined ? {} : { cost }) }),
      signal,
    )
  } finally {
    await rm(copy, { force: true })
  }
}

async function* contentOf(manifest: Manifest, copy: string): AsyncGenerator<Uint8Array> {
  const { madeAt, key, storeBytes } = manifest
  const text = Buffer.from(
    JSON.stringify({
      madeAt: new Date(madeAt).toISOString(),
      key: Buffer.from(key).toString('hex'),
      storeBytes,
    }),
  )
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  yield length
  yield text
  yield* createReadStream(copy)
}

/**
 * The store as one consistent file, without what was deleted from it. In a thread of its own: a large store takes
 * seconds, and beats must not wait for it. A second connection of the same process sees every commit before it began.
 */
async function vacuumInto(store: string, copy: string): Promise<void> {
  // Made first, for its mode: SQLite takes an empty file for a new one.
  await (await openExclusively(copy)).close()
  const worker = new Worker(VACUUM, { eval: true, workerData: { store, copy } })
  try {
    await new Promise<void>((resolve, reject) => {
      worker.once('message', ({ errcode, message }: { errcode?: number; message?: string }) =>
        message === undefined
          ? resolve()
          : reject(storeTrouble(Object.assign(new Error(message), { errcode }), copy)),
      )
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error('the copying thread ended')))
    })
  } finally {
    await worker.terminate()
  }
}

/** The thread, as text: a file of its own would have to be found again beside a bundle. */
const VACUUM = `
const { DatabaseSync } = require('node:sqlite')
const { parentPort, workerData } = require('node:worker_threads')
try {
  const sqlite = new DatabaseSync(workerData.store, { readOnly: true })
  try {
    sqlite.prepare('VACUUM INTO ?').run(workerData.copy)
  } finally {
    sqlite.close()
  }
  parentPort.postMessage({})
} catch ({ errcode, message }) {
  parentPort.postMessage({ errcode, message })
}
`

/** Whole under another name first, synced, then renamed: at no moment is there half a backup, or none where one was. */
async function writeWhole(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`
  let length = 0
  try {
    const target = await openExclusively(draft)
    try {
      for await (const piece of bytes) {
        mustGoOn(signal)
        await target.writeFile(piece)
        length += piece.length
      }
      await target.sync()
    } finally {
      await target.close()
    }
    mustGoOn(signal)
    await rename(draft, file)
    await syncFolder(dirname(file))
    return length
  } catch (cause) {
    throw fileTrouble(cause, file, 'written')
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * A backup in the home is lost with the home. And nothing in there may be opened but by SQLite: to close a file again
 * would drop this process's locks on it.
 */
async function mustBeElsewhere(file: string, home: string): Promise<void> {
  const inside = `${await realpath(home)}${sep}`
  const target = await realpath(file).catch(async () =>
    join(await realpath(dirname(file)).catch(() => ''), '.'),
  )
  if (!`${target}${sep}`.startsWith(inside)) return
  throw new NighError(
    'usage',
    `${file} lies in the home itself, and would be lost with it. Choose another folder.`,
  )
}

async function mustBeReplaceable(file: string): Promise<void> {
  let before: FileHandle
  try {
    before = await open(file, 'r')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return
    throw fileTrouble(cause, file, 'written')
  }
  try {
    const { buffer, bytesRead } = await before.read(Buffer.alloc(16), 0, 16, 0)
    if (isBackup(buffer.subarray(0, bytesRead))) return
  } catch (cause) {
    throw fileTrouble(cause, file, 'written')
  } finally {
    await before.close()
  }
  throw new NighError(
    'file-exists',
    `${file} exists and is no backup, so it was not replaced. Choose another name.`,
  )
}

/** 0600, and never over what is there. */
const openExclusively = (path: string): Promise<FileHandle> =>
  open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)

/** Makes the new name itself durable. Windows cannot open a folder, and needs not. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Throws `aborted` once the person has given up. */
export function mustGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new NighError('aborted', 'Given up before it was done: everything is as it was before.')
}

/** What the system says of a file that the person named, said to the person. */
export function fileTrouble(cause: unknown, file: string, done: 'read' | 'written'): NighError {
  if (cause instanceof NighError) return cause
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new NighError(
      'store-full',
      `The disk that holds ${file} is full, so nothing was written. Free some space and try again.`,
      { cause },
    )
  const obstacle =
    code === 'ENOENT'
      ? done === 'read'
        ? 'There is no such file.'
        : 'There is no such folder.'
      : code === 'EISDIR'
        ? 'It is a folder.'
        : `Check its owner and permissions (${code ?? 'no reason was given'}).`
  return new NighError('file-unusable', `${file} could not be ${done}. ${obstacle}`, { cause })
}

export function codeOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined
  return typeof cause.code === 'string' ? cause.code : undefined
}
