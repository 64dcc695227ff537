/** One question to the far end and its answer, or a NighError; giving up cancels there, too. */
import type { CallOptions } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { nighErrorOf } from './failure.ts'
import { CancellationTokenSource, type MessageConnection } from './json-rpc.ts'
import type { Wire } from './wire.ts'

/** After giving up, the far end may still say how things stand for this long, ms. */
const LAST_WORD_MS = 1_000

/** Asks one method at the far end. */
export type Ask = (method: string, params: object, options?: CallOptions) => Promise<unknown>

export function asking(connection: MessageConnection, wire: Wire): Ask {
  return async (method, params, { signal } = {}) => {
    if (signal?.aborted) throw aborted()
    if (wire.closed) throw nighErrorOf(undefined)
    const cancelling = new CancellationTokenSource()
    const answer = connection.sendRequest(method, params, cancelling.token)
    if (signal === undefined) return answer.catch(rethrow)

    return new Promise((resolve, reject) => {
      let lastWord: ReturnType<typeof setTimeout> | undefined
      const giveUp = () => {
        cancelling.cancel()
        lastWord = setTimeout(() => reject(aborted()), LAST_WORD_MS)
      }
      const done = () => {
        clearTimeout(lastWord)
        signal.removeEventListener('abort', giveUp)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      answer.then(
        (result) => {
          done()
          resolve(result)
        },
        (cause) => {
          done()
          reject(nighErrorOf(cause))
        },
      )
    })
  }
}

function rethrow(cause: unknown): never {
  throw nighErrorOf(cause)
}

function aborted(): NighError {
  return new NighError('aborted', 'Given up before it was answered.')
}
