/**
 * A desk: the real command line in processes of its own, as a person meets it when something is wrong. Any bytes on
 * stdin, any user, any folder; what came is read as text, byte for byte, and as JSON lines.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { follow, isOnline, type Line, lineOf, type Running } from '../support/running.ts'

const BIN = fileURLToPath(new URL('../../bin/nigh.js', import.meta.url))

export interface Asked {
  /** Whose home; `alice` unless told otherwise. */
  as?: string
  /** All of stdin; without it stdin is empty. */
  stdin?: string | Uint8Array
  /** For people instead of programs. */
  plain?: boolean
  env?: Record<string, string>
  /** What runs the command, as `setpriv …`: comes before node. */
  through?: readonly string[]
}

export interface Answered {
  code: number | null
  stdout: string
  stderr: string
  /** stdout as JSON lines; throws where it is none. */
  lines(): Line[]
}

export interface Desk extends AsyncDisposable {
  /** Holds everything of this desk. */
  readonly folder: string
  readonly mesh: string
  home(name: string): string
  /** Runs `nigh <words>` to its end. */
  nigh(words: readonly string[], asked?: Asked): Promise<Answered>
  /** Starts `nigh <words>`, which must print JSON lines. */
  start(words: readonly string[], asked?: Asked): Running
  up(name: string, words?: readonly string[], asked?: Asked): Promise<Running>
  /** Starts it without reading anything. */
  spawn(words: readonly string[], asked?: Asked): ChildProcess
  /** Starts a line of bash, which ends with the desk. */
  shell(script: string, env?: Record<string, string>): ChildProcess
  /** The program and its arguments, for a shell. */
  shellWords(words: readonly string[]): string
  readonly env: NodeJS.ProcessEnv
}

export function desk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'nigh-bad-'))
  chmodSync(folder, 0o755)
  const mesh = `bad-${randomBytes(4).toString('hex')}`
  const env = {
    ...process.env,
    XDG_DATA_HOME: folder,
    XDG_RUNTIME_DIR: '',
    NIGH_INTERFACE: 'lo',
    NIGH_MESH: mesh,
    NO_COLOR: '1',
  }
  const running = new Set<ChildProcess>()

  const launch = (words: readonly string[], asked: Asked = {}): ChildProcess => {
    const { as = 'alice', stdin, plain = false, through = [], env: more = {} } = asked
    const chosen = words.some((word) => word === '--as' || word === '--home') ? [] : ['--as', as]
    const [program = '', ...args] = [...through, process.execPath, BIN]
    const child = spawn(program, [...args, ...(plain ? [] : ['--json']), ...chosen, ...words], {
      env: { ...env, ...more },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    running.add(child)
    child.on('exit', () => running.delete(child))
    child.stdin?.on('error', () => {}) // it need not read to the end
    child.stdin?.end(stdin)
    return child
  }

  const shell = (script: string, more: Record<string, string> = {}): ChildProcess => {
    const child = spawn('bash', ['-c', script], {
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    child.on('exit', () => running.delete(child))
    return child
  }

  const start = (words: readonly string[], asked: Asked = {}): Running =>
    follow(asked.as ?? 'alice', launch(words, asked))

  return {
    folder,
    mesh,
    env,
    home: (name) => join(folder, 'nigh', 'homes', name),
    start,
    spawn: launch,
    shell,
    nigh: (words, asked) => read(launch(words, asked)),
    async up(name, words = [], asked = {}) {
      const peer = start(['up', ...words], { as: name, ...asked })
      await peer.line('being online', isOnline)
      return peer
    },
    shellWords: (words) =>
      [process.execPath, BIN, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' '),
    async [Symbol.asyncDispose]() {
      const ended = [...running].map((child) => new Promise((resolve) => child.on('exit', resolve)))
      for (const child of running) child.kill('SIGKILL')
      await Promise.all(ended)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Everything `child` says, as text. */
export function read(child: ChildProcess): Promise<Answered> {
  return new Promise((resolve) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('close', (code) => {
      const stdout = Buffer.concat(out).toString()
      const lines = () =>
        stdout
          .split('\n')
          .filter((line) => line !== '')
          .map(lineOf)
      resolve({ code, stdout, stderr: Buffer.concat(err).toString(), lines })
    })
  })
}

const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

export const isHarmless = (text: string): boolean => !CONTROL.test(text)

/** Longest sentence a person reads to its end; a home's path is within it. */
const SENTENCE_LIMIT = 600

/**
 * How every failure looks: this exit code; with --json an error line, the last on stdout; on stderr the same
 * sentence, which `says` what stood in the way or what to do. A sentence ends with a full stop, or with the command
 * to type next, which is left without one so that it can be copied.
 */
export function expectRefusal(
  answered: Answered,
  { exit, code, says }: { exit: number; code: string; says: RegExp },
): void {
  expect({ exit: answered.code, stderr: answered.stderr }).toEqual({
    exit,
    stderr: expect.stringMatching(says),
  })
  const sentence = answered.stderr.split('\n').find((line) => line.startsWith('nigh: ')) ?? ''
  expect(sentence).toMatch(/(\.|: nigh .*|by the end of the id:)$/)
  expect(sentence.length).toBeLessThan(SENTENCE_LIMIT)
  expect(isHarmless(answered.stderr)).toBe(true)
  expect(answered.stderr).not.toMatch(/^\s+at |Error:|node:|\.[jt]s:\d/m)
  if (!answered.stdout.startsWith('{') && answered.stdout !== '') return
  const line = answered.lines().at(-1)
  expect(line).toMatchObject({ event: 'error', code, at: expect.stringMatching(/^\d{4}-.*Z$/) })
  expect(answered.stderr).toContain(`nigh: ${line?.message.replace(/\p{Cc}/gu, shown)}`)
}

const shown = (char: string): string => `\\u{${char.charCodeAt(0).toString(16)}}`

/** A test that only root can run, and where these `programs` are; left out aloud elsewhere, because green would be a lie. */
export function asRoot(
  name: string,
  run: () => Promise<void>,
  seconds = 20,
  programs: readonly string[] = [],
): void {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0
  const missing = [...(isRoot ? [] : ['root on Linux']), ...programs.filter((program) => !isThere(program))]
  const needs = missing.join(', ')
  if (missing.length > 0) console.warn(`left out, needs ${needs}: ${name}`)
  const title = missing.length === 0 ? name : `${name} [needs ${needs}]`
  test.skipIf(missing.length > 0)(title, { timeout: seconds * 1_000 }, run)
}

/** Not every PATH has the programs of an administrator. */
function isThere(program: string): boolean {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }
  return spawnSync(program, ['--version'], { env, stdio: 'ignore' }).error === undefined
}

/** Nobody special: who owns nothing. */
export const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
