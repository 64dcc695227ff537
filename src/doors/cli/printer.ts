/** Where words go: people's text and JSON lines to stdout, diagnostics to stderr. Only one of the first two is ever printed. */
import { asNighError } from '../../errors.ts'
import { harmless, harmlessJson } from './harmless.ts'
import type { Surroundings } from './surroundings.ts'

/** One JSON line: every line has `event` and `at`. */
export interface Line {
  event: string
  /** RFC 3339 UTC with milliseconds. */
  at: string
}

export interface Printer {
  readonly json: boolean
  /** Colours may be used. */
  readonly colour: boolean
  /** With --json the line, otherwise the text (already harmless). */
  print<AnyLine extends Line>(line: AnyLine, text: () => string | undefined): void
  /** For people only, already harmless. */
  say(text: string): void
  /** On stderr, for people; with --json as well. Already harmless. */
  note(text: string): void
  /** Something to know that ends nothing: on stderr, and with --json a line. */
  warn(warning: { code: string; message: string; at?: string; seq?: number }): void
  /** A failure: the sentence on stderr and, with --json, the last line on stdout. */
  fail(cause: unknown): void
  dim(text: string): string
  bold(text: string): string
}

export function printer(around: Surroundings, json: boolean): Printer {
  const colour = !json && around.stdout.isTTY === true && !around.env.NO_COLOR && around.env.TERM !== 'dumb'
  const out = (text: string) => around.stdout.write(`${text}\n`)
  const note = (text: string) => around.stderr.write(`${text}\n`)
  const printLine = <AnyLine extends Line>(line: AnyLine) => out(harmlessJson(line))
  return {
    json,
    colour,
    note,
    say: (text) => {
      if (!json) out(text)
    },
    print: (line, text) => {
      if (json) return printLine(line)
      const said = text()
      if (said !== undefined) out(said)
    },
    warn: ({ code, message, at = around.now().toISOString(), ...rest }) => {
      note(`nigh: ${harmless(message)}`)
      if (json) printLine({ event: 'warning', at, code, message, ...rest })
    },
    fail: (cause) => {
      const { code, message, choices } = asNighError(cause)
      note(`nigh: ${harmless(message)}`)
      if (choices !== undefined) for (const choice of choices) note(`  ${harmless(choice)}`)
      if (!json) return
      const at = around.now().toISOString()
      printLine({ event: 'error', at, code, message, ...(choices === undefined ? {} : { choices }) })
    },
    dim: (text) => (colour ? `\u001b[2m${text}\u001b[22m` : text),
    bold: (text) => (colour ? `\u001b[1m${text}\u001b[22m` : text),
  }
}
