/**
 * JSON-RPC, for Node and for pages alike. The library has an entry for each, which differ in the streams they bring;
 * ours are Wires, so it gets here the little that remains.
 */
import { RAL } from 'vscode-jsonrpc'

const none = (): never => {
  throw new Error('Nigh speaks over wires, not over streams')
}

/** A page has no setImmediate, and its timers are late. */
const soon: (run: () => void) => unknown =
  (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate ?? queueMicrotask

RAL.install({
  crypto: { randomUUID: () => crypto.randomUUID() },
  applicationJson: {
    encoder: { name: 'application/json', encode: none },
    decoder: { name: 'application/json', decode: none },
  },
  messageBuffer: { create: none },
  console,
  timer: {
    setTimeout(run, ms, ...given) {
      const timer = setTimeout(run, ms, ...given)
      return { dispose: () => clearTimeout(timer) }
    },
    setImmediate(run, ...given) {
      let off = false
      soon(() => off || run(...given))
      const dispose = () => {
        off = true
      }
      return { dispose }
    },
    setInterval(run, ms, ...given) {
      const timer = setInterval(run, ms, ...given)
      return { dispose: () => clearInterval(timer) }
    },
  },
})

export {
  AbstractMessageReader,
  AbstractMessageWriter,
  type CancellationToken,
  CancellationTokenSource,
  createMessageConnection,
  type DataCallback,
  Disposable,
  ErrorCodes,
  Message,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc'
