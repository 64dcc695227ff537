/**
 * Nigh in a window of Electron: the Agent behind `window.nigh`. Plain code for a page: it needs neither Node nor
 * Electron, only the preload script of Nigh.
 */
import { listening } from '../../agent/listening.ts'
import { everyMethod } from '../../agent/methods.ts'
import type { Agent, AgentEvent } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { type Answer, type Failure, type NighBridge, nighErrorOf } from './bridge.ts'

export type { Answer, Failure, Following, NighBridge, Questions } from './bridge.ts'

declare global {
  interface Window {
    /** There in windows whose preload script is Nigh's. */
    readonly nigh?: NighBridge
  }
}

/** An Agent that goes on over restarts of its peer: see `connected`. It does not end the peer: `close` rejects. */
export interface WindowAgent extends Agent {
  /** The peer can be asked now. */
  readonly connected: boolean
  /** Called with each change of `connected`. */
  onConnected(listener: (connected: boolean) => void): () => void
}

/** The Agent of this window. Throws `no-peer` where there is no preload script of Nigh. */
export function nighInWindow(bridge: NighBridge | undefined = window.nigh): WindowAgent {
  if (bridge === undefined)
    throw new NighError(
      'no-peer',
      'This window has no Nigh: give it the preload script of nigh/electron/preload.',
    )
  let connected = false
  const told = new Set<(connected: boolean) => void>()
  bridge.onConnected((now) => {
    connected = now
    for (const listener of [...told]) listener(now)
  })

  const events: Agent['events'] = (query = {}, { signal } = {}) => eventsOf(bridge, query.since, signal)
  return {
    ...everyMethod((method) => async (asked?: never) => {
      const ask = bridge[method] as (asked?: never) => Promise<Answer<unknown>>
      return answerOf(await ask(asked))
    }),
    events,
    on: listening(events),
    close: () =>
      Promise.reject(new NighError('refused', 'A window does not end the peer. Quit the program to end it.')),
    get connected() {
      return connected
    },
    onConnected(listener) {
      told.add(listener)
      return () => void told.delete(listener)
    },
  }
}

async function* eventsOf(
  bridge: NighBridge,
  since: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<AgentEvent, void> {
  if (signal?.aborted) return
  const waiting: AgentEvent[] = []
  let over = false
  let failure: Failure | undefined
  let wake = (): void => {}
  const stop = bridge.follow(
    since,
    (event) => {
      waiting.push(event)
      wake()
    },
    (cause) => {
      over = true
      failure = cause
      wake()
    },
  )
  const giveUp = (): void => wake()
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    while (signal?.aborted !== true) {
      const next = waiting.shift()
      if (next !== undefined) yield next
      else if (failure !== undefined) throw nighErrorOf(failure)
      else if (over) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    signal?.removeEventListener('abort', giveUp)
    stop()
  }
}

function answerOf<Value>(answer: Answer<Value>): Value {
  if ('failure' in answer) throw nighErrorOf(answer.failure)
  return answer.value
}
