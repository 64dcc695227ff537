/**
 * Nigh in the main process of a program made with Electron: the peer, its key in the keychain, its sleep and idleness
 * from the system, and a port for each window that may speak with it.
 *
 * @packageDocumentation
 */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { App, IpcMain, IpcMainEvent, MessageChannelMain, PowerMonitor, WebFrameMain } from 'electron'
import { NighError } from '../../errors.ts'
import type { Peer, PeerOptions } from '../../peer/create.ts'
import { servePort } from '../rpc/serve-port.ts'
import { IDLE_AFTER_SECONDS, userInputNow } from '../user-input.ts'
import { ASK_PORT, GIVE_PORT, NO_PORT } from './bridge.ts'
import { type Keychain, protects, safeKeys } from './safe-keys.ts'

export { PAGE_ORIGIN, PAGE_SCHEME, pageResponse } from './page.ts'

/** What is used of Electron. Pass the module: `import * as electron from 'electron'`. */
export interface ElectronMain {
  app: Pick<App, 'requestSingleInstanceLock' | 'whenReady' | 'getPath' | 'quit' | 'on' | 'removeListener'>
  ipcMain: Pick<IpcMain, 'on' | 'removeListener'>
  powerMonitor: Pick<PowerMonitor, 'on' | 'removeListener' | 'getSystemIdleTime'>
  safeStorage: Keychain
  MessageChannelMain: typeof MessageChannelMain
}

export interface NighInMainOptions
  extends Pick<PeerOptions, 'name' | 'mesh' | 'port' | 'interfaces' | 'without' | 'store'> {
  /**
   * Whose windows may speak with the peer: origins as `WebFrameMain.origin` has them, `app://my-app` or `file://`. Only a
   * window's own page, never a frame in it.
   */
  origins: readonly string[]
  /** Default: `nigh` in the program's `userData`. */
  home?: string
  /** Seconds without a key or a move until others see that I am idle; 0: never. Default 300. */
  idleAfterSeconds?: number
  /** Told what nothing can be done about: a keychain that protects nothing. */
  onWarning?(warning: { code: string; message: string }): void
  /** The program was started again: show its window. */
  onSecondInstance?(): void
}

export interface NighInMain {
  readonly peer: Peer
  /** Goodbye, and every window lets go. Quitting the program does it, too. Idempotent. */
  close(): Promise<void>
}

/** How often it is looked whether somebody is at the keys, ms. */
const LOOK_EVERY_MS = 15_000

/**
 * Starts the peer of this program. Undefined where the program runs already: this one quits, and that one is told. Call it
 * first thing, before the app is ready. Rejects as `createPeer` does.
 */
export async function nighInMain(
  electron: ElectronMain,
  options: NighInMainOptions,
): Promise<NighInMain | undefined> {
  const { app } = electron
  // Two programs must not hold one home (fault C2); the second one says so to the first.
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return undefined
  }
  const { onSecondInstance } = options
  if (onSecondInstance !== undefined) app.on('second-instance', () => onSecondInstance())
  await app.whenReady()

  const peer = await openPeer(electron, options)
  const stopServing = servePorts(electron, peer, options.origins)
  const stopWatching = watchPower(electron, peer, options.idleAfterSeconds ?? IDLE_AFTER_SECONDS)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      stopWatching()
      await peer.close()
      stopServing()
    })()
    return closing
  }
  quitAfterGoodbye(app, close)
  return { peer, close }
}

async function openPeer({ app, safeStorage }: ElectronMain, options: NighInMainOptions): Promise<Peer> {
  const { home = join(app.getPath('userData'), 'nigh'), onWarning } = options
  const keyStore = await keyStoreFor(home, safeStorage, onWarning)
  const { name, mesh, port, interfaces, without, store } = options
  const { createPeer } = await import('../../peer/create.ts')
  return createPeer({
    home,
    ...(keyStore === undefined ? {} : { keyStore }),
    ...(name === undefined ? {} : { name }),
    ...(mesh === undefined ? {} : { mesh }),
    ...(port === undefined ? {} : { port }),
    ...(interfaces === undefined ? {} : { interfaces }),
    ...(without === undefined ? {} : { without }),
    ...(store === undefined ? {} : { store }),
  })
}

/** The keychain, or where it protects nothing a file that only this user can read, and a warning. */
async function keyStoreFor(
  home: string,
  keychain: Keychain,
  onWarning: NighInMainOptions['onWarning'],
): Promise<PeerOptions['keyStore']> {
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

/** A port for each window that may have one. Whoever shows a page of others in a frame does not give it the peer. */
function servePorts({ ipcMain, MessageChannelMain }: ElectronMain, peer: Peer, origins: readonly string[]) {
  const served = new Set<() => void>()
  const give = (event: IpcMainEvent): void => {
    const frame = event.senderFrame
    if (frame === null || !isWelcome(frame, origins)) {
      event.reply(NO_PORT)
      return
    }
    const { port1, port2 } = new MessageChannelMain()
    const stop = servePort(peer, port1)
    served.add(stop)
    port1.on('close', () => served.delete(stop))
    frame.postMessage(GIVE_PORT, null, [port2])
  }
  ipcMain.on(ASK_PORT, give)
  return () => {
    ipcMain.removeListener(ASK_PORT, give)
    for (const stop of served) stop()
  }
}

/** The page of the window itself, and of an origin that was named. */
function isWelcome(frame: Pick<WebFrameMain, 'parent' | 'origin'>, origins: readonly string[]): boolean {
  return frame.parent === null && origins.includes(frame.origin)
}

/** Sleep, wake, lock and idleness, told to the peer. */
function watchPower({ powerMonitor }: ElectronMain, peer: Peer, idleAfterSeconds: number): () => void {
  let locked = false
  let shown: 'active' | 'idle' | undefined
  const inBackground = (work: Promise<unknown>): void => {
    // A peer that is closing has nothing to show.
    work.catch(() => {})
  }
  const look = (): void => {
    if (idleAfterSeconds <= 0 || peer.state === 'closed') return
    const idleSeconds = powerMonitor.getSystemIdleTime()
    const input = userInputNow(shown, { idleSeconds, locked, now: Date.now() }, idleAfterSeconds)
    if (input === undefined) return
    shown = input.state
    inBackground(peer.status({ userInput: input }))
  }
  const lock = (): void => {
    locked = true
    look()
  }
  const unlock = (): void => {
    locked = false
    look()
  }
  const suspend = (): void => inBackground(peer.suspend())
  const resume = (): void => {
    inBackground(peer.resume())
    look()
  }
  powerMonitor.on('suspend', suspend)
  powerMonitor.on('resume', resume)
  powerMonitor.on('lock-screen', lock)
  powerMonitor.on('unlock-screen', unlock)
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    powerMonitor.removeListener('suspend', suspend)
    powerMonitor.removeListener('resume', resume)
    powerMonitor.removeListener('lock-screen', lock)
    powerMonitor.removeListener('unlock-screen', unlock)
  }
}

/** Quitting waits for the goodbye, which is bounded (`Peer.close`), and then goes on. */
function quitAfterGoodbye(app: ElectronMain['app'], close: () => Promise<void>): void {
  let said = false
  app.on('before-quit', (event) => {
    if (said) return
    event.preventDefault()
    const goOn = (): void => {
      said = true
      app.quit()
    }
    // A goodbye that fails keeps nobody from quitting.
    close().then(goOn, goOn)
  })
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
