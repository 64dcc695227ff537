/** Events from the far end as an async iterable: opened when iteration begins, closed when it ends. */
import type { Agent, AgentEvent } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import type { Ask } from './asking.ts'
import { nighErrorOf } from './failure.ts'
import { type MessageConnection, ResponseError } from './json-rpc.ts'
import type { Wire } from './wire.ts'

/** Events that may wait for a slow reader here; beyond, the stream ends and may be taken up again by `since`. */
const WAITING_LIMIT = 10_000

interface FailureOnWire {
  code: number
  message: string
  data?: unknown
}

/** One stream: what came and was not read, who waits for more, and how it ended. */
interface Stream {
  waiting: AgentEvent[]
  wake: () => void
  ended: boolean
  failure: NighError | undefined
}

export function remoteEvents(connection: MessageConnection, wire: Wire, ask: Ask): Agent['events'] {
  const streams = new Map<number, Stream>()

  const end = (id: number, failure?: NighError) => {
    const stream = streams.get(id)
    if (stream === undefined) return
    streams.delete(id)
    stream.ended = true
    stream.failure = failure
    stream.wake()
  }

  connection.onNotification('events/event', ({ id, event }: { id: number; event: AgentEvent }) => {
    const stream = streams.get(id)
    if (stream === undefined) return
    if (stream.waiting.length >= WAITING_LIMIT) {
      ask('events/close', { id }).catch(() => {})
      return end(
        id,
        new NighError('closed', 'Too many events waited to be read. Begin again where you stopped.'),
      )
    }
    stream.waiting.push(event)
    stream.wake()
  })
  connection.onNotification('events/end', ({ id, error }: { id: number; error?: FailureOnWire }) => {
    end(id, error && nighErrorOf(new ResponseError(error.code, error.message, error.data)))
  })
  wire.onClose(() => {
    for (const id of [...streams.keys()]) end(id)
  })

  return async function* events(query = {}, { signal } = {}) {
    if (signal?.aborted) return
    const { id } = (await ask('events/open', query)) as { id: number }
    const stream: Stream = { waiting: [], wake: () => {}, ended: wire.closed, failure: undefined }
    if (!stream.ended) streams.set(id, stream)
    const stop = () => end(id)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    try {
      while (!signal?.aborted) {
        const next = stream.waiting.shift()
        if (next !== undefined) yield next
        else if (stream.ended) break
        else await new Promise<void>((resolve) => Object.assign(stream, { wake: resolve }))
      }
      if (stream.failure !== undefined) throw stream.failure
    } finally {
      signal?.removeEventListener('abort', stop)
      streams.delete(id)
      if (!wire.closed) ask('events/close', { id }).catch(() => {})
    }
  }
}
