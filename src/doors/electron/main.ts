/**
 * Nigh in a program made with Electron, seen from its main process: the peer (here, or in a process of its own), its key
 * in the keychain, its sleep and idleness from the system, and a port for each window that may speak with it.
 *
 * @packageDocumentation
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { App, IpcMain, MessageChannelMain, MessagePortMain, PowerMonitor } from 'electron'
import { NighError } from '../../errors.ts'
import type { Peer, PeerOptions } from '../../peer/create.ts'
import { servePort } from '../rpc/serve-port.ts'
import { IDLE_AFTER_SECONDS } from '../user-input.ts'
import { checkOrigins } from './origins.ts'
import { watchPower } from './power.ts'
import { homeOf, isFirst, quitAfterGoodbye } from './program.ts'
import { type Keychain, keyStoreFor } from './safe-keys.ts'
import { givePorts } from './windows.ts'

export { PAGE_ORIGIN, PAGE_SCHEME, pageResponse } from './page.ts'
export type { Keychain } from './safe-keys.ts'
export { type ElectronWithUtility, type NighInUtility, nighInUtility } from './utility-process.ts'

/** What is used of Electron. Pass the module: `import * as electron from 'electron'`. */
export interface ElectronMain {
  /** The program's life: one instance, ready, quit. */
  app: Pick<App, 'requestSingleInstanceLock' | 'whenReady' | 'getPath' | 'quit' | 'on' | 'removeListener'>
  /** Windows ask for a port. */
  ipcMain: Pick<IpcMain, 'on' | 'removeListener'>
  /** Sleep, lock and idleness. */
  powerMonitor: Pick<PowerMonitor, 'on' | 'removeListener' | 'getSystemIdleTime'>
  /** Seals the key. */
  safeStorage: Keychain
  /** A channel for each window. */
  MessageChannelMain: typeof MessageChannelMain
}

/**
 * What ends nothing and should be known: a keychain that protects nothing (`key-unprotected`), a process of the peer that
 * ended and is started again (`peer-ended`), a page that asked for the peer and may not have it (`window-refused`: each
 * origin once).
 */
export interface NighInMainWarning {
  /** Stable. */
  code: 'key-unprotected' | 'peer-ended' | 'window-refused'
  /** A sentence for the person, or for whoever makes the program. */
  message: string
}

/** How Nigh is in this program. Only `origins` has to be said. */
export interface NighInMainOptions
  extends Pick<PeerOptions, 'name' | 'mesh' | 'port' | 'interfaces' | 'without' | 'store'> {
  /**
   * Whose windows may speak with the peer: origins as `WebFrameMain.origin` has them, `app://my-app` or `file://`, without
   * a slash behind. Only a window's own page, never a frame in it; who is turned away is told to `onWarning`.
   */
  origins: readonly string[]
  /** Default: `nigh` in the program's `userData`. */
  home?: string
  /** Seconds without a key or a move until others see that I am idle; 0: never. Default 300. */
  idleAfterSeconds?: number
  /** Told what ends nothing and should be known. */
  onWarning?(warning: NighInMainWarning): void
  /** The program was started again: show its window. */
  onSecondInstance?(): void
}

/** A peer in the main process. */
export interface NighInMain {
  /** The peer, as `createPeer` makes it. */
  readonly peer: Peer
  /** Goodbye, and every window lets go. Quitting the program does it, too. Idempotent. */
  close(): Promise<void>
}

/**
 * Starts the peer of this program, in its main process. Undefined where the program runs already: this one quits, and
 * that one is told. Call it first thing, before the app is ready. Rejects as `createPeer` does.
 */
export async function nighInMain(
  electron: ElectronMain,
  options: NighInMainOptions,
): Promise<NighInMain | undefined> {
  const { app, safeStorage, powerMonitor } = electron
  checkOrigins(options?.origins)
  if (!(await isFirst(app, options.onSecondInstance))) return undefined

  const { home = homeOf(app), origins: _, idleAfterSeconds, onWarning, onSecondInstance, ...own } = options
  const keyStore = await keyStoreFor(home, safeStorage, onWarning)
  const { createPeer } = await import('../../peer/create.ts')
  const peer = await createPeer({ ...own, home, ...(keyStore === undefined ? {} : { keyStore }) })

  const served = new Set<() => void>()
  const stopGiving = givePorts(electron, options, (port: MessagePortMain) => {
    const stop = servePort(peer, port)
    served.add(stop)
    port.on('close', () => served.delete(stop))
  })
  const power = watchPower(powerMonitor, peer, idleAfterSeconds ?? IDLE_AFTER_SECONDS)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      power.stop()
      await peer.close()
      stopGiving()
      for (const stop of served) stop()
    })()
    return closing
  }
  quitAfterGoodbye(app, close)
  return { peer, close }
}

/** Where the preload script lies, for `webPreferences.preload`: CommonJS, for sandboxed windows. */
export function preloadPath(): string {
  // From the package, and from its sources.
  for (const path of ['../../electron/preload.cjs', '../../../dist/electron/preload.cjs']) {
    const file = fileURLToPath(new URL(path, import.meta.url))
    if (existsSync(file)) return file
  }
  throw new NighError(
    'unexpected',
    'The preload script is missing from this installation. In a checkout: npm run build',
  )
}
