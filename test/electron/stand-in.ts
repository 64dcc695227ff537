/**
 * A strict stand-in for Electron: main process, sandboxed windows with isolated worlds, a keychain and a power monitor.
 * What crosses between processes is cloned as Electron clones it, what crosses into a window's world is plain or refused,
 * and a preload script finds nothing of Node. It promises less than Electron, never more.
 */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { NighBridge } from '../../src/doors/electron/bridge.ts'
import type { ElectronWithUtility } from '../../src/doors/electron/main.ts'
import { mainPort, type PortMain, REAL } from './ports.ts'
import { utilityBundle } from './utility-bundle.ts'

export interface StandInOptions {
  userData: string
  preload: string
  /** What the keychain says of itself. */
  keychain?: 'none' | 'basic_text' | 'gnome_libsecret'
  /** Another instance of the program runs. */
  isSecond?: boolean
}

export interface UtilityStandIn {
  /** What anybody on this machine could read of it: arguments and environment. */
  readonly shown: unknown
  /** What main said to it. */
  readonly heard: unknown[]
  /** It ends at once, in the middle of whatever it does. */
  crash(): void
}

export interface StandInWindow {
  /** `window.nigh`. */
  bridge: NighBridge
  /** The names that were put into the window's world. */
  exposed: string[]
  /** Its ports are lost. */
  close(): void
  /** Somebody closes it: its ports are lost, and its preload script asks for no others. */
  shut(): void
}

export interface StandIn {
  readonly electron: ElectronWithUtility
  /** Utility processes, oldest first. */
  readonly utilities: UtilityStandIn[]
  readonly program: {
    /** It has quit. */
    quit: boolean
    /** Somebody starts it again. */
    secondInstance(): void
  }
  power(event: 'suspend' | 'resume' | 'lock-screen' | 'unlock-screen'): void
  /** Nobody has touched a key for so long. */
  idle(seconds: number): void
  quit(): void
  window(place: { origin: string; inFrame?: boolean }): StandInWindow
}

export function standIn(options: StandInOptions): StandIn {
  const { userData, preload, keychain = 'gnome_libsecret', isSecond = false } = options
  const app = new EventEmitter()
  const ipcMain = new EventEmitter()
  const powerMonitor = new EventEmitter()
  const program = { quit: false, secondInstance: () => app.emit('second-instance', {}, [], userData) }
  const utilities: UtilityStandIn[] = []
  let idleSeconds = 0

  const quit = (): void => {
    let prevented = false
    app.emit('before-quit', { preventDefault: () => (prevented = true) })
    if (!prevented) program.quit = true
  }

  /** Not a secret, and not the text: enough to see which of the two lies on the disk. */
  const turned = (text: string): string =>
    [...text].map((char) => String.fromCharCode(char.charCodeAt(0) ^ 7)).join('')
  const electron = {
    app: Object.assign(app, {
      requestSingleInstanceLock: () => !isSecond,
      whenReady: async () => {},
      getPath: () => userData,
      quit,
    }),
    ipcMain,
    powerMonitor: Object.assign(powerMonitor, { getSystemIdleTime: () => idleSeconds }),
    safeStorage: {
      isAsyncEncryptionAvailable: async () => keychain !== 'none',
      getSelectedStorageBackend: () => (keychain === 'none' ? 'unknown' : keychain),
      encryptStringAsync: async (text: string) => Buffer.from(`sealed ${turned(text)}`),
      decryptStringAsync: async (sealed: Buffer) => {
        const text = sealed.toString()
        if (!text.startsWith('sealed ')) throw new Error('Error while decrypting the ciphertext')
        return { result: turned(text.slice('sealed '.length)), shouldReEncrypt: false }
      },
    },
    utilityProcess: {
      fork(path: string, args: string[] = [], given: object = {}) {
        const { child, shown } = forked(path, args, given)
        utilities.push(shown)
        return child
      },
    },
    MessageChannelMain: class {
      readonly port1: PortMain
      readonly port2: PortMain
      constructor() {
        const { port1, port2 } = new MessageChannel()
        this.port1 = mainPort(port1)
        this.port2 = mainPort(port2)
      }
    },
  } as unknown as ElectronWithUtility

  return {
    electron,
    utilities,
    program,
    power: (event) => void powerMonitor.emit(event),
    idle(seconds) {
      idleSeconds = seconds
    },
    quit,
    window({ origin, inFrame = false }) {
      const { world, close, shut } = openWindow(ipcMain, preload, { origin, parent: inFrame ? {} : null })
      return { bridge: world.nigh as NighBridge, exposed: Object.keys(world), close, shut }
    },
  }
}

const bundle = await utilityBundle()
const OURS = fileURLToPath(new URL('../../src/doors/electron/utility.ts', import.meta.url))

/** A process of its own, as far as anybody in it can tell: a thread that shares nothing and ends alone. */
function forked(path: string, args: string[], given: object): { child: EventEmitter; shown: UtilityStandIn } {
  const heard: unknown[] = []
  // Its own entry file, as it is built; an embedder's own is read as it is.
  const entry = path === OURS ? bundle.utility : path
  const worker = new Worker(bundle.world, { workerData: entry, argv: args })
  const child = Object.assign(new EventEmitter(), {
    postMessage(message: unknown, transfer: PortMain[] = []) {
      heard.push(structuredClone(message))
      const ports = transfer.map((port) => port[REAL]())
      worker.postMessage({ message, ports }, ports)
    },
    kill() {
      void worker.terminate()
      return true
    },
  })
  worker.on('message', (message) => child.emit('message', message))
  worker.on('exit', (code) => child.emit('exit', code))
  // What nobody caught ends a process, and main is told its code.
  worker.on('error', () => {})
  return { child, shown: { shown: { args, given, env: process.env }, heard, crash: () => void child.kill() } }
}

/** The frame of a window, as main knows it, and what the window's side may do: send, and hear. */
export interface Frame {
  send(channel: string, ...message: unknown[]): void
}

/** `hear` is told what main sends to the frame, cloned, with the ports that came along. */
export function frameOf(
  ipcMain: Pick<EventEmitter, 'emit'>,
  place: { origin: string; parent: object | null },
  hear: (channel: string, ports: MessagePort[], ...message: unknown[]) => void,
): Frame {
  const frame = {
    ...place,
    postMessage(channel: string, message: unknown, transfer: PortMain[] = []) {
      const cloned = structuredClone(message)
      const ports = transfer.map((port) => port[REAL]())
      queueMicrotask(() => hear(channel, ports, cloned))
    },
  }
  const reply = (channel: string, ...message: unknown[]): void => {
    const cloned = structuredClone(message)
    queueMicrotask(() => hear(channel, [], ...cloned))
  }
  return {
    send(channel, ...message) {
      const cloned = structuredClone(message)
      queueMicrotask(() => ipcMain.emit(channel, { senderFrame: frame, reply }, ...cloned))
    },
  }
}

/** A window: its frame for main, and its preload script in a sandbox of its own. */
function openWindow(
  ipcMain: EventEmitter,
  preload: string,
  place: { origin: string; parent: object | null },
) {
  const ipcRenderer = new EventEmitter()
  const world: Record<string, unknown> = {}
  const ports = new Set<MessagePort>()
  let isShut = false
  const frame = frameOf(ipcMain, place, (channel, given, ...message) => {
    for (const port of given) ports.add(port)
    ipcRenderer.emit(channel, { ports: given }, ...message)
  })
  const rendererSide = {
    send(channel: string, ...message: unknown[]) {
      if (!isShut) frame.send(channel, ...message)
    },
    on: ipcRenderer.on.bind(ipcRenderer),
    removeListener: ipcRenderer.removeListener.bind(ipcRenderer),
  }
  const contextBridge = {
    exposeInMainWorld(name: string, api: unknown) {
      world[name] = crossed(api)
    },
  }
  const module = { exports: {} }
  // All that a sandboxed preload script has of ours; Node's own is not among it.
  runInNewContext(readFileSync(join(preload), 'utf8'), {
    require(name: string) {
      if (name === 'electron') return { contextBridge, ipcRenderer: rendererSide }
      throw new Error(`module not found: ${name}`)
    },
    module,
    exports: module.exports,
    AbortController,
    AbortSignal,
    TextDecoder,
    TextEncoder,
    clearInterval,
    clearTimeout,
    console,
    crypto,
    queueMicrotask,
    setInterval,
    setTimeout,
  })
  const close = (): void => {
    for (const port of ports) port.close()
  }
  return {
    world,
    close,
    shut() {
      isShut = true
      close()
    },
  }
}

/**
 * As the context bridge passes things on: plain data is copied, functions and promises are wrapped, and anything else is
 * refused here, where Electron would drop a prototype in silence.
 */
function crossed(value: unknown, depth = 0): unknown {
  if (depth > 50) throw new Error('too deep for the bridge')
  if (typeof value === 'function')
    return (...given: unknown[]) => {
      const answer = value(...given.map((each) => crossed(each, depth + 1)))
      return crossed(answer, depth + 1)
    }
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'symbol') throw new Error('a symbol does not cross the bridge')
    return value
  }
  const kind = Object.prototype.toString.call(value)
  if (kind === '[object Promise]')
    return (value as Promise<unknown>).then(
      (answer) => crossed(answer, depth + 1),
      (cause) => {
        throw new Error(`a failure crossed the bridge as an exception and lost its code: ${cause}`)
      },
    )
  if (Array.isArray(value)) return value.map((each) => crossed(each, depth + 1))
  const made = (value as { constructor?: { name?: string } }).constructor
  if (kind !== '[object Object]' || made?.name !== 'Object' || Object.getOwnPropertySymbols(value).length > 0)
    throw new Error(`${made?.name ?? kind} does not cross the bridge`)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, crossed(each, depth + 1)]))
}
