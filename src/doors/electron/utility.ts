/**
 * The entry file of a process that is the peer's alone (Electron's `utilityProcess`). Its parent gives it the key, the ports
 * of those whom it serves, and word of sleep; nothing comes by arguments or environment.
 */
import type { MessagePortMain } from 'electron'
import type { Peer } from '../../peer/create.ts'
import { servePort } from '../rpc/serve-port.ts'
import { failureOf } from './bridge.ts'
import type { Asked, Told } from './utility-words.ts'

const { parentPort } = process
let peer: Peer | undefined

const tell = (told: Told): void => parentPort.postMessage(told)
const tellState = (): void => {
  if (peer !== undefined) tell({ state: peer.state })
}

async function start({ options, key }: Extract<Asked, { ask: 'start' }>): Promise<void> {
  const { createPeer } = await import('../../peer/create.ts')
  // It was made and kept by the parent: here nothing is saved.
  const keyStore = key && { load: async () => key, save: async () => {} }
  peer = await createPeer({ ...options, ...(keyStore === undefined ? {} : { keyStore }) })
}

async function heed(asked: Asked, port: MessagePortMain | undefined): Promise<void> {
  if (asked.ask === 'start') await start(asked)
  else if (asked.ask === 'serve' && peer !== undefined && port !== undefined) servePort(peer, port)
  else if (asked.ask === 'suspend') await peer?.suspend()
  else if (asked.ask === 'resume') await peer?.resume()
  else if (asked.ask === 'close') {
    await peer?.close()
    process.exit()
  }
  if (asked.ask !== 'serve') tellState()
}

parentPort.on('message', ({ data, ports: [port] }) => {
  heed(data as Asked, port).catch((cause) => tell({ failure: failureOf(cause) }))
})
