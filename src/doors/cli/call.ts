/** One call of one command: what was typed, where it goes, and how its words come out. */
import type { Command } from 'commander'
import type { Printer } from './printer.ts'
import type { Surroundings } from './surroundings.ts'
import type { ChosenHome } from './which-home.ts'

/** Options that every command understands, before or after its name. */
export interface Globals {
  as?: string
  home?: string
  mesh?: string
  json?: boolean
  /** ms */
  wait?: number
  /** `false` with --no-start. */
  start?: boolean
  interface?: string[]
}

export interface Call<Options = Record<string, never>> {
  words: readonly (string | undefined)[]
  options: Options
  globals: Globals
  home: ChosenHome
  print: Printer
  around: Surroundings
  /** The command line as a whole, for what walks through it. */
  declared: Command
}

/** The part of a command that acts; resolves with the exit code. Loaded only when its command is called. */
export type Run<Options> = (call: Call<Options>) => Promise<number>
