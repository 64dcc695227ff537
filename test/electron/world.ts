/** What the exam of Nigh in Electron needs of a program: one in the stand-in, or one in Electron itself. */
import type { Method } from '../../src/agent/methods.ts'
import type { Answer } from '../../src/doors/electron/bridge.ts'

export interface ExamWindow {
  /** The names that the preload script put into the window's world. */
  exposed(): Promise<string[]>
  /** The names of `window.nigh`, and whether each is a function. */
  bridge(): Promise<[name: string, isFunction: boolean][]>
  /** `window.nigh[method](asked)`. */
  ask(method: Method, asked?: object): Promise<Answer<unknown>>
  /** Whether `window.nigh` has told that it is connected. */
  connected(): Promise<boolean>
  /** The first event of a stream. */
  firstEvent(): Promise<{ event: string }>
}

export interface ExamProgram {
  readonly userData: string
  /** A window on a page of this kind of origin. */
  window(page: 'ours' | 'foreign' | 'ours in a frame'): Promise<ExamWindow>
  /** The peer of the main process. */
  state(): Promise<string>
  peer(method: Method, asked?: object): Promise<unknown>
  power(event: 'suspend' | 'resume' | 'lock-screen' | 'unlock-screen'): Promise<void>
  /** How often a window has asked for a port. */
  asked(): Promise<number>
  quit(): Promise<void>
  hasQuit(): Promise<boolean>
  /** Ends it, whatever it is doing. */
  end(): Promise<void>
}

/** Starts a program, with a new folder or with this one. */
export type Begin = (options?: { userData?: string }) => Promise<ExamProgram>
