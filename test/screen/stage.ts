/**
 * A stage: terminals of tmux, in each a shell in which somebody runs the real `nigh`, all on a mesh of their own: on
 * loopback, or each on a host of the lab. A test presses keys and reads the screen, as a person does; it waits for what it reads and never for time.
 */
import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { NEEDS } from '../support/told-at-the-end.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** Two cores that others share: what has not come by then will not come, ms. */
const PATIENCE_MS = 40_000
const LOOK_EVERY_MS = 50

export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** Marks the name of a scene that is left out, so that the end of the run says so. */
export const needsTmux = hasTmux ? '' : `${NEEDS}tmux]`

export interface Size {
  columns: number
  rows: number
}

export interface NighOptions {
  size?: Size
  args?: string
  env?: Record<string, string>
  /** It is the window's own program: nobody could continue it. */
  alone?: boolean
}

export interface Terminal {
  /** What is on the screen now, without colours. */
  text(): Promise<string>
  /** Resolves with the screen as soon as it shows this; rejects with what it shows instead. */
  shows(wanted: RegExp | string, what?: string): Promise<string>
  /** Resolves when the screen no longer shows this. */
  hides(unwanted: RegExp | string): Promise<string>
  /** Keys by tmux's names: `Enter`, `C-c`, `M-Enter`, `PPage`. */
  press(...keys: string[]): Promise<void>
  /** Letters as they are. */
  type(text: string): Promise<void>
  /** As a terminal pastes, in brackets where the program asks for them. */
  paste(text: string): Promise<void>
  resize(size: Size): Promise<void>
  /** Runs a line in the shell, without waiting for its end. */
  line(command: string): Promise<void>
  /** The process that the shell runs now. */
  pid(): Promise<number>
  /** The window is closed. */
  close(): Promise<void>
  /** The screen with its colours, as escapes. */
  coloured(): Promise<string>
  /** All that the terminal is sent from now on, as it was sent, escapes and all. */
  record(): Promise<() => string>
  /** Whether the alternate screen is on, and the cursor shown. */
  modes(): Promise<{ alternate: boolean; cursor: boolean }>
}

export interface Stage extends AsyncDisposable {
  /** A shell in a terminal, in which `nigh --as name` was typed. */
  nigh(name: string, options?: NighOptions): Promise<Terminal>
  /** Where somebody's home lies. */
  home(name: string): string
  /** A command to its end, in no terminal. */
  run(name: string, ...args: string[]): Promise<string>
}

/** With `hosts`, the network namespace in which each of these people runs `nigh`; everybody else is on loopback. */
export async function stage(hosts: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const socket = `nigh-${randomBytes(4).toString('hex')}`
  const data = mkdtempSync(join(tmpdir(), 'nigh-stage-'))
  const env: Record<string, string> = {
    XDG_DATA_HOME: data,
    XDG_CACHE_HOME: join(data, 'cache'),
    NIGH_INTERFACE: 'lo',
    NIGH_MESH: `stage-${socket.slice(5)}`,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    PS1: '% ',
    PATH: process.env.PATH ?? '',
    HOME: data,
    TERM: 'tmux-256color',
  }
  const tmux = async (...args: string[]): Promise<string> =>
    (
      await run('tmux', ['-L', socket, '-f', '/dev/null', ...args], {
        env: { ...env, TERM: 'xterm-256color' },
      })
    ).stdout
  const programOf = (name: string): [string, ...string[]] => {
    const nigh = [process.execPath, join(ROOT, 'bin/nigh.js')] as const
    const namespace = hosts[name]
    return namespace === undefined ? [...nigh] : ['nsenter', `--net=/run/netns/${namespace}`, ...nigh]
  }
  /** The environment stands before the command: tmux has a mind of its own about TERM. */
  const nighLine = (name: string, args: string, more: Record<string, string>): string =>
    [
      ...Object.entries(more).map(([key, value]) => `${key}='${value.replaceAll("'", `'\\''`)}'`),
      ...(hosts[name] === undefined ? [] : ['NIGH_INTERFACE=']),
      `${programOf(name).join(' ')} --as ${name} ${args}`.trimEnd(),
    ].join(' ')
  let count = 0

  const open = async ({ columns, rows }: Size, program: readonly string[]): Promise<Terminal> => {
    const name = `t${count++}`
    const set = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`])
    await tmux('new-session', '-d', '-s', name, '-x', String(columns), '-y', String(rows), ...set, ...program)
    return terminalOf(name, tmux, data)
  }

  return {
    home: (name) => join(data, 'nigh', 'homes', name),
    async nigh(name, { size = { columns: 80, rows: 24 }, args = '', env: more = {}, alone = false } = {}) {
      const line = nighLine(name, args, more)
      if (alone) return open(size, ['sh', '-c', `exec env ${line}`])
      const terminal = await open(size, ['bash', '--norc', '--noprofile'])
      await terminal.shows('%')
      await terminal.line(line)
      return terminal
    },
    async run(name, ...args) {
      const [program, ...before] = programOf(name)
      const { stdout } = await run(program, [...before, '--as', name, ...args], {
        env: hosts[name] === undefined ? env : { ...env, NIGH_INTERFACE: '' },
      })
      return stdout
    },
    async [Symbol.asyncDispose]() {
      // tmux tells its shells, and they what they run, that the terminal is gone.
      await tmux('kill-server').catch(() => {})
      for (let tries = 0; tries < 100; tries++) {
        try {
          rmSync(data, { recursive: true, force: true })
          return
        } catch {
          await after(LOOK_EVERY_MS) // somebody still writes a last word there
        }
      }
    },
  }
}

function terminalOf(name: string, tmux: (...args: string[]) => Promise<string>, data: string): Terminal {
  const text = (): Promise<string> => tmux('capture-pane', '-p', '-t', name)
  const until = async (isSo: (screen: string) => boolean, what: string): Promise<string> => {
    const giveUp = performance.now() + PATIENCE_MS
    for (;;) {
      const screen = await text()
      if (isSo(screen)) return screen
      if (performance.now() > giveUp) throw new Error(`The screen never ${what}. It is:\n${screen}`)
      await after(LOOK_EVERY_MS)
    }
  }
  const has = (screen: string, wanted: RegExp | string): boolean =>
    typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)
  return {
    text,
    coloured: () => tmux('capture-pane', '-p', '-e', '-N', '-t', name),
    shows: (wanted) => until((screen) => has(screen, wanted), `showed ${wanted}`),
    hides: (unwanted) => until((screen) => !has(screen, unwanted), `hid ${unwanted}`),
    press: async (...keys) => void (await tmux('send-keys', '-t', name, ...keys)),
    type: async (typed) => void (await tmux('send-keys', '-t', name, '-l', typed)),
    async paste(pasted) {
      await tmux('set-buffer', '-b', name, pasted)
      await tmux('paste-buffer', '-p', '-r', '-b', name, '-t', name)
    },
    resize: async ({ columns, rows }) =>
      void (await tmux('resize-window', '-t', name, '-x', String(columns), '-y', String(rows))),
    async line(command) {
      await tmux('send-keys', '-t', name, '-l', command)
      await tmux('send-keys', '-t', name, 'Enter')
    },
    async pid() {
      const shell = (await tmux('display-message', '-p', '-t', name, '#{pane_pid}')).trim()
      const { stdout } = await run('ps', ['--ppid', shell, '-o', 'pid=', '--no-headers'])
      return Number(stdout.trim().split('\n')[0])
    },
    close: async () => void (await tmux('kill-session', '-t', name)),
    async record() {
      const file = join(data, `${name}.record`)
      await tmux('pipe-pane', '-t', name, `cat > ${file}`)
      return () => (existsSync(file) ? readFileSync(file, 'latin1') : '')
    },
    async modes() {
      const [alternate, cursor] = (
        await tmux('display-message', '-p', '-t', name, '#{alternate_on} #{cursor_flag}')
      )
        .trim()
        .split(' ')
      return { alternate: alternate === '1', cursor: cursor === '1' }
    },
  }
}
