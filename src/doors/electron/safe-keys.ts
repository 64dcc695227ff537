/**
 * The key of a home under the protection of the system's keychain (Electron's `safeStorage`, its asynchronous form): on
 * the disk lies only what this user's session can open.
 */
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SafeStorage } from 'electron'
import { NighError } from '../../errors.ts'
import type { KeyStore } from '../../ports.ts'
import type { NighInMainOptions } from './main.ts'

/** The system's keychain, as Electron gives it. */
export type Keychain = Pick<
  SafeStorage,
  'encryptStringAsync' | 'decryptStringAsync' | 'isAsyncEncryptionAvailable'
> &
  Partial<Pick<SafeStorage, 'getSelectedStorageBackend'>>

/** Whether what the keychain seals is protected: on a Linux desktop without a keyring it is only disguised. */
async function protects(keychain: Keychain): Promise<boolean> {
  if (!(await keychain.isAsyncEncryptionAvailable())) return false
  return keychain.getSelectedStorageBackend?.() !== 'basic_text'
}

/** The keychain, or where it protects nothing a file that only this user can read (undefined), and a warning. */
export async function keyStoreFor(
  home: string,
  keychain: Keychain,
  onWarning: NighInMainOptions['onWarning'],
): Promise<KeyStore | undefined> {
  const sealed = join(home, 'key.sealed')
  const isSafe = await protects(keychain)
  if (existsSync(sealed)) return safeKeys(keychain, sealed)
  if (isSafe && !existsSync(join(home, 'key'))) {
    await mkdir(home, { recursive: true, mode: 0o700 })
    return safeKeys(keychain, sealed)
  }
  if (!isSafe)
    onWarning?.({
      code: 'key-unprotected',
      message:
        'This session has no keychain that protects anything, so the key lies in a file that only you can read. A keyring (GNOME Keyring, KWallet) would seal it.',
    })
  return undefined
}

/** Keeps the key in `file`, sealed. `load` rejects with `home-unreadable` where it is there and cannot be opened. */
function safeKeys(keychain: Keychain, file: string): KeyStore {
  const write = async (key: Uint8Array): Promise<void> => {
    const sealed = await keychain.encryptStringAsync(Buffer.from(key).toString('hex'))
    const draft = `${file}.${process.pid}`
    await rm(draft, { force: true })
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(sealed)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  }

  return {
    async load() {
      const sealed = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return undefined
        throw unreadable(file, cause)
      })
      if (sealed === undefined) return undefined
      const opened = await keychain.decryptStringAsync(sealed).catch((cause: unknown) => {
        throw unreadable(file, cause)
      })
      if (!/^(?:[0-9a-f]{2})+$/.test(opened.result)) throw unreadable(file)
      const key = Uint8Array.from(Buffer.from(opened.result, 'hex'))
      // The system has changed its own key, and asks for this.
      if (opened.shouldReEncrypt) await write(key)
      return key
    },
    save: write,
  }
}

function unreadable(file: string, cause?: unknown): NighError {
  return new NighError(
    'home-unreadable',
    `The key in ${file} could not be opened, and was left as it is. Unlock the keychain of this session and start again; on another machine or as another user it cannot be opened.`,
    cause === undefined ? {} : { cause },
  )
}
