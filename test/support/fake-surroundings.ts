/** Surroundings of a command with nothing real in them: fake agents, screens that are strings. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Agent } from '../../src/agent.ts'
import { runNigh } from '../../src/doors/cli/run.ts'
import type { OpenedPeer, PeerOptions, Surroundings } from '../../src/doors/cli/surroundings.ts'
import { connectAgent, type RemoteAgent } from '../../src/doors/rpc/connect-agent.ts'
import { lineOf } from './running.ts'

export interface Grounds {
  env?: Record<string, string>
  stdin?: string | Uint8Array
  /** The running peer of every home, if any. */
  running?: Agent
  /** `up` unless told otherwise. */
  runs?: 'up' | 'command'
  /** Opened in this process. */
  open?: (options: PeerOptions) => Promise<OpenedPeer>
  /** What the editor makes of a text; each time it is opened. */
  edit?: (text: string) => string
  /** What becomes of opening a file in a browser. */
  browse?: (file: string) => Promise<boolean>
  /** What is typed in answer to questions, in order. */
  answers?: string[]
  /** Typed unseen in answer to questions, in order; with them stdin is a terminal. */
  secrets?: string[]
  restore?: Surroundings['restore']
  now?: string
  tty?: boolean
  data?: string
}

export interface Ran {
  code: number
  out: string
  err: string
  /** stdout's lines as JSON. */
  lines(): Record<string, unknown>[]
}

export interface Running extends Omit<Ran, 'code'> {
  /** Ctrl-C. */
  interrupt(): void
  done: Promise<number>
}

/** Starts `nigh` with these arguments. */
export function startNigh(argv: readonly string[], grounds: Grounds = {}): Running {
  const interruption = new AbortController()
  const screens = { out: '', err: '' }
  const around: Surroundings = {
    env: grounds.env ?? {},
    stdin: Object.assign(bytesOf(grounds.stdin ?? ''), { isTTY: grounds.secrets !== undefined }),
    stdout: {
      isTTY: grounds.tty ?? false,
      write: (text) => {
        screens.out += text
      },
    },
    stderr: {
      write: (text) => {
        screens.err += text
      },
    },
    terminal: () => undefined,
    now: () => new Date(grounds.now ?? '2026-11-22T12:00:00.000Z'),
    dataFolder: () => grounds.data ?? '/data/nigh',
    osUser: () => 'ada',
    // What is opened in this process is found behind its real door.
    connect: async (folder) =>
      grounds.running === undefined
        ? grounds.open && connectAgent(folder)
        : near(grounds.running, grounds.runs ?? 'up'),
    openPeer: (options) => {
      if (grounds.open === undefined) throw new Error('no peer was expected to be opened')
      return grounds.open(options)
    },
    edit: async (file) => {
      writeFileSync(file, grounds.edit?.(readFileSync(file, 'utf8')) ?? readFileSync(file))
    },
    browse: async (file) => (await grounds.browse?.(file)) ?? false,
    ask: async () => grounds.answers?.shift(),
    askSecretly: async () => grounds.secrets?.shift(),
    restore: (asked, options) => {
      if (grounds.restore === undefined) throw new Error('nothing was expected to be restored')
      return grounds.restore(asked, options)
    },
    interrupted: () => interruption.signal,
  }
  return {
    get out() {
      return screens.out
    },
    get err() {
      return screens.err
    },
    lines: () => linesOf(screens.out),
    interrupt: () => interruption.abort(),
    done: runNigh(argv, around),
  }
}

/** Runs `nigh` to its end. */
export async function nigh(argv: readonly string[], grounds: Grounds = {}): Promise<Ran> {
  const running = startNigh(argv, grounds)
  const code = await running.done
  return { code, out: running.out, err: running.err, lines: running.lines }
}

function linesOf(out: string): Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map(lineOf)
}

function near(agent: Agent, running: 'up' | 'command'): RemoteAgent {
  const ends = new Set<() => void>()
  return {
    ...(Object.fromEntries(
      Object.keys(agent).map((name) => [name, agent[name as keyof Agent]]),
    ) as unknown as Agent),
    running,
    successor: undefined,
    handOver: async () => {},
    detach: () => {},
    close: async () => {
      await agent.close()
      for (const end of ends) end()
    },
    onEnd: (listener) => {
      ends.add(listener)
      return () => ends.delete(listener)
    },
  }
}

async function* bytesOf(input: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof input === 'string' ? new TextEncoder().encode(input) : input
}
