/**
 * The events of a window. The bridge does not wait for whoever reads them: one who falls too far behind is cut off, reads
 * what waits, and goes on behind that by the cursor, so a window that stalls costs so much and no more.
 */
import { isStored } from '../../agent/events.ts'
import type { AgentEvent } from '../../agent.ts'
import { type Failure, type NighBridge, nighErrorOf } from './bridge.ts'

/** Events that may wait in a window for a slow reader. As many as wait at the other doors. */
const WAITING_LIMIT = 10_000

export async function* windowEvents(
  bridge: Pick<NighBridge, 'follow'>,
  since: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<AgentEvent, void> {
  if (signal?.aborted) return
  let from = since
  for (let goesOn = true; goesOn; ) {
    let cut = false as boolean
    const waiting: AgentEvent[] = []
    let end = undefined as { failure?: Failure } | undefined
    let wake = (): void => {}
    const hear = (event: AgentEvent): void => {
      if (end !== undefined) return
      waiting.push(event)
      if (waiting.length >= WAITING_LIMIT) {
        cut = true
        end = {}
        queueMicrotask(() => stop())
      }
      wake()
    }
    const stop = bridge.follow(from, hear, (failure) => {
      end ??= failure === undefined ? {} : { failure }
      wake()
    })
    const giveUp = (): void => wake()
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      while (signal?.aborted !== true) {
        const next = waiting.shift()
        if (next !== undefined) {
          if (isStored(next) || next.event === 'snapshot') from = Math.max(from ?? 0, next.seq)
          yield next
        } else if (end !== undefined) break
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
      if (end?.failure !== undefined) throw nighErrorOf(end.failure)
      goesOn = cut && signal?.aborted !== true
    } finally {
      signal?.removeEventListener('abort', giveUp)
      stop()
    }
  }
}
