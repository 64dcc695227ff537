/**
 * One peer, two windows: the peer runs here, a window is a worker thread that was given a MessagePort, as a page of
 * Electron or a browser would be. The window reads, writes and goes on where its wire was cut.
 *
 *     node examples/two-windows.js [HOME]
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createPeer } from 'nigh'
import { connectPort, lastingAgent } from 'nigh/client'
import { servePort } from 'nigh/door'

if (isMainThread) await program(process.argv[2] ?? './windows')
else await window()

async function program(home) {
  const peer = await createPeer({ home, name: 'Ada' })
  const worker = new Worker(new URL(import.meta.url))
  // A window that asks is given a port; one that is reloaded asks again.
  worker.on('message', () => {
    const { port1, port2 } = new MessageChannel()
    servePort(peer, port1)
    worker.postMessage(port2, [port2])
  })
  worker.once('exit', () => peer.close())
}

async function window() {
  const agent = lastingAgent(async () => {
    parentPort.postMessage('a port, please')
    const port = await new Promise((resolve) => parentPort.once('message', resolve))
    return connectPort(port)
  })
  const { name } = await agent.whoami()
  await agent.status({ note: 'from a window' })
  const { note } = await agent.status()
  console.log(`${name}: ${note}`)
  agent.detach()
  parentPort.close()
}
