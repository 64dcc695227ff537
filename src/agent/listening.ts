/** Listeners over a stream of events: one stream for all of them, open while there is any. */
import type { Agent, AgentEvent, EventKind, EventOf } from '../agent.ts'
import { NighError } from '../errors.ts'
import { EVENT_KINDS } from './events.ts'

/** `on` for an Agent whose `events` are these. */
export function listening(events: Agent['events']): Agent['on'] {
  const listeners = new Set<(event: AgentEvent) => void>()
  let open: AbortController | undefined

  const listen = async (stream: AbortController): Promise<void> => {
    try {
      for await (const event of events({}, { signal: stream.signal }))
        for (const hear of [...listeners]) hear(event)
    } catch {
      // The stream is lost with its wire, whose end tells.
    } finally {
      if (open === stream) open = undefined
    }
  }

  return (kind, listener, { signal } = {}) => {
    if (signal?.aborted) return () => {}
    const hear = hearing(kind, listener)
    const stop = (): void => {
      signal?.removeEventListener('abort', stop)
      listeners.delete(hear)
      if (listeners.size > 0) return
      open?.abort()
      open = undefined
    }
    signal?.addEventListener('abort', stop, { once: true })
    listeners.add(hear)
    if (open === undefined) {
      open = new AbortController()
      void listen(open)
    }
    return stop
  }
}

/** Throws `usage` where there is no such kind of event, or nobody to tell: nothing would ever be heard. */
export function checkListener(kind: EventKind, listener: unknown): void {
  if (!EVENT_KINDS.includes(kind))
    throw new NighError(
      'usage',
      `There is no event ${JSON.stringify(kind)} to listen to. There are: ${EVENT_KINDS.join(', ')}.`,
    )
  if (typeof listener !== 'function')
    throw new NighError('usage', `What is to be told of ${JSON.stringify(kind)} is no function.`)
}

/**
 * Hears every event and tells `listener` of its kind. What the listener throws is its owner's: it surfaces as uncaught.
 * Throws `usage` as `checkListener` does.
 */
export function hearing<Kind extends EventKind>(
  kind: Kind,
  listener: (event: EventOf<Kind>) => void,
): (event: AgentEvent | undefined) => void {
  checkListener(kind, listener)
  return (event) => {
    if (event?.event !== kind) return
    try {
      listener(event as EventOf<Kind>)
    } catch (cause) {
      queueMicrotask(() => {
        throw cause
      })
    }
  }
}
