/**
 * What a utility process of the stand-in finds before its entry file is read: a thread of its own, in which nothing is
 * shared with main, `process.parentPort`, and no `electron`.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { mainPort } from './ports.ts'

type Listener = (event: { data: unknown; ports: ReturnType<typeof mainPort>[] }) => void

Object.assign(process, {
  parentPort: {
    on(type: string, listener: Listener) {
      if (type !== 'message') throw new Error(`parentPort tells of messages, not of ${type}`)
      // What was said before waits until somebody listens.
      parentPort?.on('message', ({ message, ports }: { message: unknown; ports: MessagePort[] }) =>
        listener({ data: message, ports: ports.map(mainPort) }),
      )
    },
    postMessage: (message: unknown) => parentPort?.postMessage(message),
  },
})
await import(workerData as string)
