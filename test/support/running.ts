/** A command in a process of its own, read as a script reads it: JSON lines and an exit code. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { complaintAbout } from '../../src/doors/cli/schema/lines.ts'

/** Nothing on loopback takes this long; a test that waits so long has failed. */
const PATIENCE_MS = 15_000

// biome-ignore lint/suspicious/noExplicitAny: lines are read as a script reads them, field by field
export type Line = Record<string, any>

export interface Finished {
  code: number | null
  lines: Line[]
  stdout: string
  stderr: string
}

/** A command that goes on running. */
export interface Running {
  readonly pid: number
  readonly lines: Line[]
  /** The first line, old or new, that satisfies `wanted`; rejects with what came instead. */
  line(what: string, wanted: (line: Line) => boolean, patienceMs?: number): Promise<Line>
  /** The first such line after those that came so far. */
  next(what: string, wanted: (line: Line) => boolean, patienceMs?: number): Promise<Line>
  signal(signal: NodeJS.Signals): void
  readonly exit: Promise<number | null>
}

/** Follows `child`; `name` is who it speaks for, in what a test says when it fails. */
export function follow(name: string, child: ChildProcess): Running {
  const lines: Line[] = []
  const wake = new Set<() => void>()
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(lineOf(line))
      for (const look of wake) look()
    })
  const exit = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))

  const await_ = (
    what: string,
    wanted: (line: Line) => boolean,
    from: number,
    patienceMs = PATIENCE_MS,
  ): Promise<Line> =>
    new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer)
        wake.delete(look)
      }
      const look = (): void => {
        const found = lines.slice(from).find(wanted)
        if (found === undefined) return
        over()
        resolve(found)
      }
      const fail = (why: string): void => {
        over()
        reject(
          new Error(
            `${name} waited for ${what}: ${why}. It said:\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n${stderr}`,
          ),
        )
      }
      const timer = setTimeout(() => fail('it never came'), patienceMs)
      wake.add(look)
      void exit.then((code) => setImmediate(() => wake.has(look) && fail(`the process ended with ${code}`)))
      look()
    })

  return {
    pid: child.pid ?? 0,
    lines,
    line: (what, wanted, patienceMs) => await_(what, wanted, 0, patienceMs),
    next: (what, wanted, patienceMs) => await_(what, wanted, lines.length, patienceMs),
    signal: (signal) => void child.kill(signal),
    exit,
  }
}

/** Everything `child` said, once it has ended. */
export function toItsEnd(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on('close', (code) => {
      const lines = stdout.split('\n').filter((line) => line !== '')
      resolve({ code, stdout, stderr, lines: lines.map(lineOf) })
    })
  })
}

/** A line that was printed, which is what `nigh schema` says of it: every test that reads lines holds them against it. */
export function lineOf(text: string): Line {
  const line = JSON.parse(text) as Line
  const complaint = complaintAbout(line)
  if (complaint !== undefined) throw new Error(`Not a line of the schema: ${complaint}\n${text}`)
  return line
}

export const isOnline = (line: Line): boolean => line.event === 'online'

/** `came` of somebody by name, in a line of `up`. */
export const came = (name: string): ((line: Line) => boolean) => presenceOf(name, 'came')

export const presenceOf =
  (name: string, change: string) =>
  (line: Line): boolean =>
    line.event === 'presence' && line.change === change && line.who.name === name
