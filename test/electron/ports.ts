/** Message ports as Electron's main and utility processes have them: events of Node, and a clone of what comes. */
import { EventEmitter } from 'node:events'
import type { MessagePort } from 'node:worker_threads'

/** The port behind it, once: whoever has sent it away has it no longer. */
export const REAL = Symbol('the port behind it')

export interface PortMain extends EventEmitter {
  [REAL](): MessagePort
}

export function mainPort(port: MessagePort): PortMain {
  let sent = false
  const here = (): MessagePort => {
    if (sent) throw new Error('this port was transferred to another process')
    return port
  }
  const main = Object.assign(new EventEmitter(), {
    [REAL]() {
      const given = here()
      sent = true
      return given
    },
    postMessage: (message: unknown) => here().postMessage(message),
    start() {
      // Only now: listening to it would begin to deliver, and what is delivered cannot be sent away.
      here().on('message', (data) => main.emit('message', { data, ports: [] }))
      here().on('close', () => main.emit('close'))
    },
    close: () => here().close(),
  })
  return main
}
