/**
 * The preload script, bundled as CommonJS for sandboxed windows with context isolation. It asks the main process for a
 * port, speaks with the peer over it, and gives the window one narrow function per question. In a window that main
 * does not welcome it gets no port, and every question waits.
 */
import type { ContextBridge, IpcRenderer, IpcRendererEvent } from 'electron'
import { everyMethod } from '../../agent/methods.ts'
import type { AgentEvent, CallOptions } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { connectPort } from '../rpc/connect-port.ts'
import { lastingAgent } from '../rpc/lasting-agent.ts'
import {
  type Answer,
  ASK_PORT,
  type Failure,
  failureOf,
  GIVE_PORT,
  IN_WINDOW,
  type NighBridge,
  NO_PORT,
} from './bridge.ts'

// Inside a preload script `require` knows this one module. Its types are not its value: outside of Electron there is none.
declare const require: (name: 'electron') => { contextBridge: ContextBridge; ipcRenderer: IpcRenderer }
const { contextBridge, ipcRenderer } = require('electron')

/** Main answers within this time or is busy starting, ms; then it is asked again. */
const PORT_WITHIN_MS = 5_000

function askForPort(): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const give = (event: IpcRendererEvent): void => {
      over()
      const [port] = event.ports
      if (port === undefined) reject(new NighError('closed', 'The peer is not there.'))
      else resolve(port)
    }
    const refuse = (): void => {
      over()
      reject(new NighError('refused', 'This window may not speak with the peer.'))
    }
    const over = (): void => {
      clearTimeout(late)
      ipcRenderer.removeListener(GIVE_PORT, give)
      ipcRenderer.removeListener(NO_PORT, refuse)
    }
    const late = setTimeout(refuse, PORT_WITHIN_MS)
    ipcRenderer.on(GIVE_PORT, give)
    ipcRenderer.on(NO_PORT, refuse)
    ipcRenderer.send(ASK_PORT)
  })
}

const agent = lastingAgent(async () => connectPort(await askForPort()))

const answering = async <Value>(question: Promise<Value>): Promise<Answer<Value>> => {
  try {
    return { value: await question }
  } catch (cause) {
    return { failure: failureOf(cause) }
  }
}

/** Questions that may be given up, by their numbers. */
const open = new Map<number, AbortController>()

const questions = everyMethod((method) => async (asked?: object, call?: number) => {
  const ask = agent[method] as (asked?: object, options?: CallOptions) => Promise<unknown>
  if (typeof call !== 'number') return answering(ask(asked))
  const over = new AbortController()
  open.set(call, over)
  try {
    return await answering(ask(asked, { signal: over.signal }))
  } finally {
    open.delete(call)
  }
}) as unknown as Pick<NighBridge, keyof ReturnType<typeof everyMethod>>

const giveUp = (call: number): void => open.get(call)?.abort()

const follow = (
  since: number | undefined,
  hear: (event: AgentEvent) => void,
  ended: (failure?: Failure) => void,
): (() => void) => {
  const over = new AbortController()
  const tell = async (): Promise<void> => {
    const stream = agent.events(typeof since === 'number' ? { since } : {}, { signal: over.signal })
    for await (const event of stream) hear(event)
  }
  tell().then(
    () => ended(),
    (cause) => ended(failureOf(cause)),
  )
  return () => over.abort()
}

const onConnected = (listener: (connected: boolean) => void): (() => void) => {
  listener(agent.connected)
  return agent.onConnected(listener)
}

const bridge: NighBridge = { ...questions, giveUp, follow, onConnected }
contextBridge.exposeInMainWorld(IN_WINDOW, bridge)
