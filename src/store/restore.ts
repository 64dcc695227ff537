/**
 * A home from a backup. It is made beside its place and moved there when it is whole, so a wrong passphrase, a damaged
 * file, a full disk or a killed process leave nothing; and never over a home that is there, because a lost key is a
 * lost person.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { NighError } from '../errors.ts'
import { codeOf, fileTrouble, type Manifest, mustGoOn, syncFolder } from './backup.ts'
import { damaged, opened } from './backup-file.ts'
import { homeKey, homePaths } from './home.ts'
import { lastNumber } from './numbers.ts'
import { openedDatabase } from './store.ts'
import { storeTrouble } from './trouble.ts'

/** A date, a key and a length: what is longer is none of ours. */
const MANIFEST_LIMIT = 4096

/**
 * Numbers left out after a restore: what came after the backup had numbers, too, and whoever goes on reading from one
 * of them must not find something else under it. More than anybody receives between two backups. A guess.
 */
const SKIPPED = 10_000_000

export interface Restored {
  /** Wall ms of the backup: what was received later is not in it. */
  madeAt: number
  key: Uint8Array
  /** Messages of which it is not known how they ended. */
  unsettled: number
}

/** Makes home `dir` from the backup in `file`. Throws `home-exists` and what reading and writing may meet. */
export async function restoreHome(
  dir: string,
  { file, passphrase, signal }: { file: string; passphrase: string; signal?: AbortSignal },
): Promise<Restored> {
  const home = homePaths(dir).dir
  await mustBeFree(home)
  const draft = join(dirname(home), `.${basename(home)}.${randomBytes(4).toString('hex')}.part`)
  try {
    await mkdir(dirname(home), { recursive: true, mode: 0o700 })
    await mkdir(draft, { mode: 0o700 })
    const paths = homePaths(draft)
    const { madeAt, key } = await unpack(file, passphrase, paths.storeFile, signal)
    homeKey(draft, () => key)
    const unsettled = await unsettle(paths.storeFile)
    await syncFolder(draft)
    mustGoOn(signal)
    await place(draft, home)
    return { madeAt, key, unsettled }
  } catch (cause) {
    throw fileTrouble(cause, home, 'written')
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** An empty folder may have been made for it. */
async function mustBeFree(home: string): Promise<void> {
  try {
    if ((await readdir(home)).length === 0) return
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return
    if (codeOf(cause) !== 'ENOTDIR') throw fileTrouble(cause, home, 'read')
  }
  throw homeExists(home)
}

function homeExists(home: string): NighError {
  return new NighError(
    'home-exists',
    `There is something at ${home} already, and a restore replaces nothing. Choose another place with --as or --home, or move that away first.`,
  )
}

/** A rename takes the place of an empty folder, and of nothing else. */
async function place(draft: string, home: string): Promise<void> {
  try {
    await rename(draft, home)
  } catch (cause) {
    if (codeOf(cause) === 'ENOTEMPTY' || codeOf(cause) === 'EEXIST') throw homeExists(home)
    throw cause
  }
  await syncFolder(dirname(home))
}

/** Writes the store that is in the backup to `storeFile`; resolves with the rest. */
async function unpack(
  file: string,
  passphrase: string,
  storeFile: string,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const target = await open(storeFile, 'wx', 0o600)
  try {
    let head: Buffer = Buffer.alloc(0)
    let manifest: Manifest | undefined
    let written = 0
    for await (const piece of opened(bytesOf(file), { passphrase, file })) {
      mustGoOn(signal)
      let body: Uint8Array = piece
      if (manifest === undefined) {
        head = Buffer.concat([head, piece])
        const found = manifestIn(head, file)
        if (found === undefined) continue
        manifest = found.manifest
        body = head.subarray(found.end)
      }
      await target.writeFile(body)
      written += body.length
    }
    if (manifest === undefined || written !== manifest.storeBytes) throw damaged(file)
    await target.sync()
    return manifest
  } finally {
    await target.close()
  }
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file)
  } catch (cause) {
    throw fileTrouble(cause, file, 'read')
  }
}

function manifestIn(head: Buffer, file: string): { manifest: Manifest; end: number } | undefined {
  if (head.length < 4) return undefined
  const end = 4 + head.readUInt32BE()
  if (end > MANIFEST_LIMIT) throw damaged(file)
  if (head.length < end) return undefined
  const { madeAt, key, storeBytes } = parsed(head.toString('utf8', 4, end))
  const isWhole =
    typeof madeAt === 'string' &&
    !Number.isNaN(Date.parse(madeAt)) &&
    typeof key === 'string' &&
    /^([0-9a-f]{2})+$/.test(key) &&
    typeof storeBytes === 'number'
  if (!isWhole) throw damaged(file)
  return {
    manifest: { madeAt: Date.parse(madeAt), key: Uint8Array.from(Buffer.from(key, 'hex')), storeBytes },
    end,
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

/**
 * How the unsettled ended may have been told since the backup was made, and whoever was told of a failure must not
 * have the message delivered after all (fault M1): none is sent again. Their inboxes are asked instead, as for a recall:
 * what they have is a success, and what they do not have they will never take.
 */
async function unsettle(storeFile: string): Promise<number> {
  const database = await openedDatabase(storeFile)
  try {
    return await database.write(() => {
      const last = lastNumber(database)
      database.run("INSERT INTO journal (seq, at, kind) VALUES (?, 0, 'gap')", last + SKIPPED)
      const { changes } = database.run(
        "UPDATE outbox SET state = 'sent', outcome = 'indeterminate', reason = NULL, recall = 'recalled' WHERE state <> 'settled'",
      )
      return changes
    })
  } catch (cause) {
    throw storeTrouble(cause, storeFile)
  } finally {
    await database.close()
  }
}
