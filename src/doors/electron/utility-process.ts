/**
 * The peer in a process of its own (Electron's `utilityProcess`): main gives windows their ports and stays out of what is
 * said. A process that ends by itself is started again, and windows go on.
 */
import { fileURLToPath } from 'node:url'
import type { MessagePortMain, UtilityProcess, utilityProcess } from 'electron'
import { asNighError, NighError } from '../../errors.ts'
import type { PeerState } from '../../peer/create.ts'
import { connectPort } from '../rpc/connect-port.ts'
import { type LastingAgent, lastingAgent } from '../rpc/lasting-agent.ts'
import { IDLE_AFTER_SECONDS } from '../user-input.ts'
import { nighErrorOf } from './bridge.ts'
import type { ElectronMain, NighInMainOptions } from './main.ts'
import { checkOrigins } from './origins.ts'
import { watchPower } from './power.ts'
import { homeOf, isFirst, quitAfterGoodbye } from './program.ts'
import { endsInARow, restartAfterMs } from './restart.ts'
import { keyStoreFor } from './safe-keys.ts'
import type { Asked, Told } from './utility-words.ts'
import { givePorts } from './windows.ts'

/** A peer is up within 30 s or says why not; the process around it has some more, ms. A guess. */
const UP_WITHIN_MS = 40_000
/** A goodbye has 5 s, and the process around it one more, ms. */
const GONE_WITHIN_MS = 6_000

/** What is used of Electron where the peer has a process of its own. */
export interface ElectronWithUtility extends ElectronMain {
  /** Starts it. */
  utilityProcess: Pick<typeof utilityProcess, 'fork'>
}

/** A peer in a process of its own. */
export interface NighInUtility {
  /** The peer, for the main process: it goes on over restarts, see `connected`. It does not end it: `close` rejects. */
  readonly agent: LastingAgent
  /** `resting`: its process starts, or ended by itself and is started again. */
  readonly state: PeerState
  /** Goodbye, and its process ends, within 6 s. Quitting the program does it, too. Idempotent. */
  close(): Promise<void>
}

/**
 * As `nighInMain`, with the peer in a process of its own: what main does does not hold it up, and what it does does not
 * hold up main. Rejects as `createPeer` does, and with `unexpected` where the process ends before its peer is up.
 */
export async function nighInUtility(
  electron: ElectronWithUtility,
  options: Omit<NighInMainOptions, 'store'>,
): Promise<NighInUtility | undefined> {
  const { app, safeStorage, powerMonitor, MessageChannelMain } = electron
  checkOrigins(options?.origins)
  if (!(await isFirst(app, options.onSecondInstance))) return undefined

  const { home = homeOf(app), origins: _, idleAfterSeconds, onWarning, onSecondInstance, ...own } = options
  const keyStore = await keyStoreFor(home, safeStorage, onWarning)
  let state: PeerState = 'resting'
  /** It has a process, whatever that does. */
  let child: UtilityProcess | undefined
  /** Resolves when it can be asked. */
  let up = Promise.withResolvers<void>()
  let again: NodeJS.Timeout | undefined
  let closing: Promise<void> | undefined
  let ends = 0

  const say = (asked: Asked, ports: MessagePortMain[] = []): void => child?.postMessage(asked, ports)
  const serve = (port: MessagePortMain): boolean => {
    if (child === undefined || state === 'resting') return false
    say({ ask: 'serve' }, [port])
    return true
  }

  /** From the keychain each time: main does not keep it. */
  const key = async (): Promise<Uint8Array | undefined> => {
    const kept = await keyStore?.load()
    if (keyStore === undefined || kept !== undefined) return kept
    const { makeKey } = await import('../../principal/principal.ts')
    const made = await makeKey()
    await keyStore.save(made)
    return made
  }

  /** Resolves when the peer is up. */
  const start = async (): Promise<void> => {
    const given = await key()
    if (closing !== undefined) throw new NighError('closed', 'This peer is closed. Make another one.')
    const started = electron.utilityProcess.fork(utilityPath(), [], { serviceName: 'Nigh' })
    child = started
    const coming = Promise.withResolvers<void>()
    const late = setTimeout(() => {
      coming.reject(new NighError('unexpected', 'The process of the peer did not come up. Try again.'))
      started.kill()
    }, UP_WITHIN_MS)
    let since: number | undefined
    started.on('message', (told: Told) => {
      if ('failure' in told) {
        coming.reject(nighErrorOf(told.failure))
        if (since === undefined) started.kill()
        return
      }
      if (closing === undefined) state = told.state
      since ??= performance.now()
      coming.resolve()
      up.resolve()
      if (state === 'running') power.anew()
    })
    started.once('exit', (code) => {
      clearTimeout(late)
      child = undefined
      if (state !== 'closed') state = 'resting'
      const how = `The process of the peer ended by itself (code ${code})`
      coming.reject(new NighError('unexpected', `${how} before it was up.`))
      if (since === undefined) return
      up = Promise.withResolvers()
      startAgain(performance.now() - since, `${how}.`)
    })
    say({ ask: 'start', options: { ...own, home }, ...(given === undefined ? {} : { key: given }) })
    await coming.promise.finally(() => clearTimeout(late))
  }

  const startAgain = (ranMs: number, message: string): void => {
    if (closing !== undefined) return
    ends = endsInARow(ends, ranMs)
    const wait = restartAfterMs(ends)
    onWarning?.({ code: 'peer-ended', message: `${message} It is started again in ${wait / 1000} s.` })
    again = setTimeout(() => start().catch((cause) => startAgain(0, asNighError(cause).message)), wait)
  }

  const agent = lastingAgent(async () => {
    await up.promise
    const { port1, port2 } = new MessageChannelMain()
    if (!serve(port1)) throw new NighError('no-peer', 'The process of the peer is not up.')
    return connectPort(port2)
  })
  const power = watchPower(
    powerMonitor,
    {
      status: agent.status,
      suspend: async () => say({ ask: 'suspend' }),
      resume: async () => say({ ask: 'resume' }),
    },
    idleAfterSeconds ?? IDLE_AFTER_SECONDS,
  )
  const stopGiving = givePorts(electron, options, serve)

  const close = (): Promise<void> => {
    closing ??= (async () => {
      state = 'closed'
      power.stop()
      stopGiving()
      clearTimeout(again)
      await ended(child, () => say({ ask: 'close' }))
      agent.detach()
      up.resolve()
    })()
    return closing
  }
  try {
    await start()
  } catch (cause) {
    await close()
    throw cause
  }
  quitAfterGoodbye(app, close)
  return {
    agent,
    get state() {
      return state
    },
    close,
  }
}

/** Asks a process to end, and ends it where that takes too long. */
async function ended(child: UtilityProcess | undefined, ask: () => void): Promise<void> {
  if (child === undefined) return
  await new Promise<void>((resolve) => {
    const late = setTimeout(() => {
      child.kill()
      resolve()
    }, GONE_WITHIN_MS)
    child.once('exit', () => {
      clearTimeout(late)
      resolve()
    })
    ask()
  })
}

/** The entry file of the process: beside this one, built or as it is written. */
function utilityPath(): string {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`./utility.${ending}`, import.meta.url))
}
