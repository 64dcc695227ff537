/**
 * Network namespaces by name, and the programs that act in them. The maker's process id is in every name, so that a
 * later run sweeps away what a killed one left behind.
 */
import { type ChildProcess, execFile, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const PREFIX = 'nighlab'
const WHERE = '/run/netns'
/** iproute2 and iptables live there, and not every PATH says so. */
const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }

/** Namespaces of one world, all gone with it. */
export interface Namespaces {
  /** Makes one; resolves with its name, unique on this machine. */
  add(what: string): Promise<string>
  remove(): Promise<void>
}

export function namespaces(): Namespaces {
  sweep()
  const world = `${PREFIX}-${process.pid}-${randomBytes(3).toString('hex')}`
  const made = new Set<string>()
  const atExit = (): void => {
    for (const name of made) raze(name)
  }
  process.once('exit', atExit)
  return {
    async add(what) {
      const name = `${world}-${what}`
      made.add(name)
      await exec('ip', ['netns', 'add', name], { env })
      await within(name, 'ip', 'link', 'set', 'lo', 'up')
      return name
    },
    async remove() {
      await Promise.all([...made].map((name) => exec('ip', ['netns', 'del', name], { env })))
      made.clear()
      process.off('exit', atExit)
    },
  }
}

/** Runs a program of the system inside a namespace; resolves with what it printed, rejects with what it complained of. */
export async function within(name: string, program: string, ...args: string[]): Promise<string> {
  const { stdout } = await exec('nsenter', [`--net=${WHERE}/${name}`, program, ...args], { env })
  return stdout
}

/** Starts a program inside a namespace; its process id is the child's own. */
export function startWithin(
  name: string,
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  return spawn('nsenter', [`--net=${WHERE}/${name}`, program, ...args], { env, ...options })
}

/** Ends `child` and waits for its end; also a stopped one ends. */
export function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}

/** What runs left behind whose process is no more. */
function sweep(): void {
  let names: string[] = []
  try {
    names = readdirSync(WHERE)
  } catch {
    return // no namespace was ever made here
  }
  for (const name of names) {
    const [prefix, pid] = name.split('-')
    if (prefix === PREFIX && !isAlive(Number(pid))) raze(name)
  }
}

/** A namespace and whatever still runs in it: deleting its name alone would leave both. */
function raze(name: string): void {
  const ip = (...args: string[]) =>
    spawnSync('ip', ['netns', ...args, name], { env, encoding: 'utf8' }).stdout.split('\n')
  for (const pid of ip('pids')) if (pid !== '' && isAlive(Number(pid))) process.kill(Number(pid), 'SIGKILL')
  ip('del')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
