/** A program in a terminal of its own (script of util-linux makes it), driven by keys and timed by what it writes. */
import { spawn } from 'node:child_process'

export interface Pty {
  /** All that was written so far. */
  written(): string
  /** Resolves with the time (performance.now()) at which all of it, as far as it had come, satisfied `wanted`. */
  until(wanted: (written: string) => boolean, what: string): Promise<number>
  /** Presses a key: ms until the first answer, and bytes of all of it until it is quiet. */
  key(text: string): Promise<{ ms: number; bytes: number }>
  /** Presses it without waiting. */
  press(text: string): void
  end(signal?: NodeJS.Signals): Promise<void>
}

/** Nothing takes so long, ms. */
const PATIENCE_MS = 60_000
/** After so long without a byte an answer is complete, ms. */
const QUIET_MS = 60

export function pty(
  command: readonly string[],
  { columns, rows, env }: { columns: number; rows: number; env: NodeJS.ProcessEnv },
): Pty {
  const line = `stty cols ${columns} rows ${rows}; exec ${command.map((word) => `'${word}'`).join(' ')}`
  const child = spawn('script', ['-qfec', line, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let all = ''
  const listeners = new Set<(chunk: string) => void>()
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    all += chunk
    for (const listener of [...listeners]) listener(chunk)
  })
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()))

  return {
    written: () => all,
    press: (text) => void child.stdin.write(text),
    until: (wanted, what) =>
      new Promise((resolve, reject) => {
        const over = (): void => {
          clearTimeout(timer)
          listeners.delete(look)
        }
        const look = (): void => {
          if (!wanted(all)) return
          over()
          resolve(performance.now())
        }
        const timer = setTimeout(() => {
          over()
          reject(
            new Error(`${what} was never written: no figure. The end of what was:\n${all.slice(-2_000)}`),
          )
        }, PATIENCE_MS)
        listeners.add(look)
        look()
      }),
    key: (text) =>
      new Promise((resolve, reject) => {
        let ms: number | undefined
        let bytes = 0
        let quiet: NodeJS.Timeout | undefined
        const timer = setTimeout(() => reject(new Error('A key had no answer: no figure.')), PATIENCE_MS)
        const hear = (chunk: string): void => {
          ms ??= performance.now() - begun
          bytes += Buffer.byteLength(chunk)
          clearTimeout(quiet)
          quiet = setTimeout(() => {
            listeners.delete(hear)
            clearTimeout(timer)
            resolve({ ms: ms ?? 0, bytes })
          }, QUIET_MS)
        }
        listeners.add(hear)
        const begun = performance.now()
        child.stdin.write(text)
      }),
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      child.stdin.end()
      await gone
    },
  }
}

/** Without the escapes of a terminal: what a person reads. */
export function read(written: string): string {
  return written.replace(/\u001b\[[\d;?]*[A-Za-z]/g, '')
}
