/**
 * What crosses from the preload script to a window: narrow functions and plain data. The bridge of Electron copies; an
 * Error would lose its code on the way, so an answer says which of the two it is.
 */
import type { Method } from '../../agent/methods.ts'
import type { Agent, AgentEvent } from '../../agent.ts'
import { asNighError, type ErrorCode, NighError } from '../../errors.ts'

/** A NighError as plain data. */
export interface Failure {
  code: ErrorCode
  message: string
  choices?: readonly string[]
}

/** A failure, to be sent. */
export function failureOf(cause: unknown): Failure {
  const { code, message, choices } = asNighError(cause)
  return { code, message, ...(choices === undefined ? {} : { choices }) }
}

/** What was sent, as the failure it was there. */
export function nighErrorOf({ code, message, choices }: Failure): NighError {
  return new NighError(code, message, choices === undefined ? {} : { choices })
}

/** What came of a question. */
export type Answer<Value> = { value: Value } | { failure: Failure }

/**
 * One function per question of the Agent: what it may be asked, and nothing else. Signals do not cross: a question that
 * may be given up bears a number.
 */
export type Questions = {
  [Name in Method]: (
    asked?: Parameters<Agent[Name]>[0],
    call?: number,
  ) => Promise<Answer<Awaited<ReturnType<Agent[Name]>>>>
}

/** What goes on, other than a question. */
export interface Following {
  /** Gives up waiting for the question of this number. */
  giveUp(call: number): void
  /**
   * Calls `hear` with every event from now on (with `since`: behind that one), beginning with a snapshot; over restarts of
   * the peer each stored event once. `ended` is called when there will be no more. The result stops it.
   */
  follow(
    since: number | undefined,
    hear: (event: AgentEvent) => void,
    ended: (failure?: Failure) => void,
  ): () => void
  /** Calls `listener` with whether the peer can be asked now, and whenever that changes. The result stops it. */
  onConnected(listener: (connected: boolean) => void): () => void
}

/** `window.nigh` in a window whose preload script is Nigh's. */
export type NighBridge = Questions & Following

/** The names under which main and preload speak; nothing else of `ipcRenderer` reaches a window. */
export const ASK_PORT = 'nigh:ask-port'
export const GIVE_PORT = 'nigh:give-port'
export const NO_PORT = 'nigh:no-port'

/** The name in the window. */
export const IN_WINDOW = 'nigh'
