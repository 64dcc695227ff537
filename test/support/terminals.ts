/**
 * Terminals: the real command line in processes of its own, one data folder and one mesh per world, on loopback
 * multicast only. A test reads what a script would read: JSON lines and exit codes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Finished, follow, isOnline, type Running, toItsEnd } from './running.ts'

export { came, isOnline, type Line, lineOf, presenceOf, type Running } from './running.ts'

const BIN = fileURLToPath(new URL('../../bin/nigh.js', import.meta.url))

export interface Terminals extends AsyncDisposable {
  readonly data: string
  /** What its processes have in their environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  home(name: string): string
  /** `nigh <args> --as <name> --json`, to its end. */
  run(name: string, ...args: string[]): Promise<Finished>
  /** `nigh up --as <name> --json`, until it is online. */
  up(name: string, ...args: string[]): Promise<Running>
  start(name: string, ...args: string[]): Running
}

/** `more` is what the environment of one person's processes has besides. */
export function terminals(
  more: (name: string, home: string) => Record<string, string> = () => ({}),
): Terminals {
  const data = mkdtempSync(join(tmpdir(), 'nigh-'))
  const mesh = `test-${randomBytes(4).toString('hex')}`
  const env = { ...process.env, XDG_DATA_HOME: data, NIGH_INTERFACE: 'lo', NIGH_MESH: mesh, NO_COLOR: '1' }
  const running = new Set<ChildProcess>()

  const home = (name: string): string => join(data, 'nigh', 'homes', name)

  const launch = (name: string, args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [BIN, ...args, '--as', name, '--json'], {
      env: { ...env, ...more(name, home(name)) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    child.on('exit', () => running.delete(child))
    return child
  }

  const start = (name: string, ...args: string[]): Running => follow(name, launch(name, args))

  return {
    data,
    env,
    home,
    start,
    async up(name, ...args) {
      const peer = start(name, 'up', ...args)
      await peer.line('being online', isOnline)
      return peer
    },
    run: (name, ...args) => toItsEnd(launch(name, args)),
    async [Symbol.asyncDispose]() {
      const ended = [...running].map((child) => new Promise((resolve) => child.on('exit', resolve)))
      for (const child of running) child.kill('SIGKILL')
      await Promise.all(ended)
      rmSync(data, { recursive: true, force: true })
    },
  }
}
