/** Starting other processes, hearing their lines and ending them by their id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./child.ts', import.meta.url))

export interface Child {
  /** Lines heard and not yet taken. */
  readonly lines: string[]
  /** The next line; `undefined` at its end. */
  line(): Promise<string | undefined>
  go(): void
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts one that waits for `go`. */
export async function child(
  deed: 'lock' | 'key' | 'keep' | 'talk',
  dir: string,
  env: Record<string, string> = {},
): Promise<Child> {
  const started: ChildProcess = spawn(process.execPath, [script, deed, dir], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = once(started, 'exit')
  const lines: string[] = []
  let ended = false
  let wake: () => void = () => {}
  if (started.stdout !== null)
    createInterface(started.stdout)
      .on('line', (line) => {
        lines.push(line)
        wake()
      })
      .on('close', () => {
        ended = true
        wake()
      })
  async function line(): Promise<string | undefined> {
    while (lines.length === 0 && !ended)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    return lines.shift()
  }
  await line()
  return {
    lines,
    line,
    go: () => started.stdin?.write('go\n'),
    async kill() {
      started.kill('SIGKILL')
      await gone
      while (!ended)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    },
  }
}
