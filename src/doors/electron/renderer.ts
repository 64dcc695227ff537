/**
 * Nigh in a window of Electron: the Agent behind `window.nigh`. Plain code for a page: it needs neither Node nor
 * Electron, only the preload script of Nigh.
 */
import { listening } from '../../agent/listening.ts'
import { everyMethod } from '../../agent/methods.ts'
import type { Agent, CallOptions } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { type Answer, type NighBridge, nighErrorOf } from './bridge.ts'
import { windowEvents } from './window-events.ts'

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

  const events: Agent['events'] = (query = {}, { signal } = {}) => windowEvents(bridge, query.since, signal)
  let calls = 0
  return {
    ...everyMethod((method) => async (asked?: never, { signal }: CallOptions = {}) => {
      const ask = bridge[method] as (asked?: never, call?: number) => Promise<Answer<unknown>>
      if (signal === undefined) return answerOf(await ask(asked))
      if (signal.aborted) throw new NighError('aborted', 'Given up before it was asked.')
      calls += 1
      const call = calls
      const giveUp = (): void => bridge.giveUp(call)
      signal.addEventListener('abort', giveUp, { once: true })
      try {
        return answerOf(await ask(asked, call))
      } finally {
        signal.removeEventListener('abort', giveUp)
      }
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

function answerOf<Value>(answer: Answer<Value>): Value {
  if ('failure' in answer) throw nighErrorOf(answer.failure)
  return answer.value
}
