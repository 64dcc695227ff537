/**
 * Where the socket of a home lies. In the home, which only its owner may enter; where that path is too long for
 * a socket address, in a runtime folder that must be ours alone. `HOME/socket` holds the path, one line. Read and written
 * at once: `fs/promises` takes longer to load than all of this, and a command has nothing else to do meanwhile.
 */
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { NighError } from '../../errors.ts'
import { SECRET_BYTES } from './proof-bytes.ts'

/** Longest path, in bytes: `sun_path` holds 104 on macOS and 108 on Linux, its end included. */
export const SOCKET_PATH_LIMIT = 100

/** The socket's path for `home`; makes the runtime folder where one is needed. */
export function chooseSocketPath(home: string, secret: Uint8Array): string {
  // A pipe's name is visible to everyone and may be taken first: it must not be guessable.
  if (process.platform === 'win32') return `\\\\.\\pipe\\nigh-${digest(secret)}`
  const inside = join(resolve(home), 'door.sock')
  if (Buffer.byteLength(inside) <= SOCKET_PATH_LIMIT) return inside
  return join(runtimeFolder(), `${digest(resolve(home))}.sock`)
}

/** Writes `HOME/socket`, whole or not at all. */
export function tellSocketPath(home: string, path: string): void {
  const draft = join(home, `socket.${process.pid}`)
  writeFileSync(draft, `${path}\n`, { mode: 0o600 })
  renameSync(draft, join(home, 'socket'))
}

/** Removes `HOME/socket`. Only for the holder of the home. */
export function untellSocketPath(home: string): void {
  rmSync(join(home, 'socket'), { force: true })
}

/** What a client needs: the path and the secret; nothing where either cannot be read or makes no sense. */
export function readDoor(home: string): { path: string; secret: Uint8Array } | undefined {
  try {
    const secret = readFileSync(join(home, 'secret'))
    const path = readFileSync(join(home, 'socket'), 'utf8').split('\n', 1)[0] ?? ''
    if (path === '' || path.length > 4096 || secret.length !== SECRET_BYTES) return undefined
    return { path, secret }
  } catch {
    return undefined
  }
}

function runtimeFolder(): string {
  const own = process.getuid?.() ?? 0
  const base = process.env.XDG_RUNTIME_DIR
  const folder = base ? join(base, 'nigh') : join(tmpdir(), `nigh-${own}`)
  // Not `recursive`: below a folder that is not there, as /proc/nowhere, Node then tries for ever.
  ifPossible(() => mkdirSync(folder, { mode: 0o700 }))
  // Somebody else may have made it first, or put a link there: then it is theirs, and we stay out.
  const found = ifPossible(() => lstatSync(folder))
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

function ifPossible<Answer>(look: () => Answer): Answer | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

function digest(of: string | Uint8Array): string {
  return createHash('sha256').update('nigh door place').update(of).digest('hex').slice(0, 16)
}
