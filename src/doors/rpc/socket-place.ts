/**
 * Where the socket of a home lies. In the home, which only its owner may enter; where that path is too long for
 * a socket address, in a runtime folder that must be ours alone. `HOME/socket` holds the path, one line.
 */
import { createHash } from 'node:crypto'
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { NighError } from '../../errors.ts'
import { SECRET_BYTES } from './proof-bytes.ts'

/** Longest path, in bytes: `sun_path` holds 104 on macOS and 108 on Linux, its end included. */
export const SOCKET_PATH_LIMIT = 100

/** The socket's path for `home`; makes the runtime folder where one is needed. */
export async function chooseSocketPath(home: string, secret: Uint8Array): Promise<string> {
  // A pipe's name is visible to everyone and may be taken first: it must not be guessable.
  if (process.platform === 'win32') return `\\\\.\\pipe\\nigh-${digest(secret)}`
  const inside = join(resolve(home), 'door.sock')
  if (Buffer.byteLength(inside) <= SOCKET_PATH_LIMIT) return inside
  return join(await runtimeFolder(), `${digest(resolve(home))}.sock`)
}

/** Writes `HOME/socket`, whole or not at all. */
export async function tellSocketPath(home: string, path: string): Promise<void> {
  const draft = join(home, `socket.${process.pid}`)
  await writeFile(draft, `${path}\n`, { mode: 0o600 })
  await rename(draft, join(home, 'socket'))
}

/** Removes `HOME/socket`. Only for the holder of the home. */
export async function untellSocketPath(home: string): Promise<void> {
  await rm(join(home, 'socket'), { force: true })
}

/** What a client needs: the path and the secret; nothing where either cannot be read or makes no sense. */
export async function readDoor(home: string): Promise<{ path: string; secret: Uint8Array } | undefined> {
  try {
    const [told, secret] = await Promise.all([
      readFile(join(home, 'socket'), 'utf8'),
      readFile(join(home, 'secret')),
    ])
    const path = told.split('\n', 1)[0] ?? ''
    if (path === '' || path.length > 4096 || secret.length !== SECRET_BYTES) return undefined
    return { path, secret }
  } catch {
    return undefined
  }
}

async function runtimeFolder(): Promise<string> {
  const own = process.getuid?.() ?? 0
  const base = process.env.XDG_RUNTIME_DIR
  const folder = base ? join(base, 'nigh') : join(tmpdir(), `nigh-${own}`)
  // Not `recursive`: below a folder that is not there, as /proc/nowhere, Node then tries for ever.
  await mkdir(folder, { mode: 0o700 }).catch(() => {})
  // Somebody else may have made it first, or put a link there: then it is theirs, and we stay out.
  const found = await lstat(folder).catch(() => undefined)
  if (found === undefined) {
    throw new NighError(
      'home-unreadable',
      `Nigh wanted to put its socket into ${folder}, but that folder cannot be made. Check XDG_RUNTIME_DIR, or use a home with a shorter path.`,
    )
  }
  if (!found.isDirectory() || found.uid !== own || (found.mode & 0o077) !== 0) {
    throw new NighError(
      'home-unreadable',
      `Nigh wanted to put its socket into ${folder}, but that folder is not yours alone. Remove it, or use a home with a shorter path.`,
    )
  }
  return folder
}

function digest(of: string | Uint8Array): string {
  return createHash('sha256').update('nigh door place').update(of).digest('hex').slice(0, 16)
}
