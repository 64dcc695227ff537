/** The real surroundings of `nigh`, and the one place where its process ends. */
import { userInfo } from 'node:os'
import envPaths from 'env-paths'
import { connectAgent } from '../rpc/connect-agent.ts'
import { harmless } from './harmless.ts'
import { runNigh } from './run.ts'
import type { Surroundings } from './surroundings.ts'

const interruption = new AbortController()
let listening = false
/** Nobody reads what we say any more. */
let unread = false

function interrupt(): void {
  if (interruption.signal.aborted) process.exit(130)
  interruption.abort()
}

/** Who reads our output went away: that is no failure, and a follower takes it as Ctrl-C. */
function outputEnded(cause: NodeJS.ErrnoException): void {
  // EIO: the terminal was closed.
  if (cause.code !== 'EPIPE' && cause.code !== 'EIO') return unexpected(cause)
  if (!listening) process.exit(0)
  unread = true
  interruption.abort()
}

function unexpected(cause: unknown): void {
  const message = cause instanceof Error ? cause.message : String(cause)
  process.stderr.write(`nigh: Something went wrong that Nigh does not know: ${harmless(message)}\n`)
  process.exit(1)
}

const around: Surroundings = {
  env: process.env,
  // Only who reads it wakes it.
  get stdin() {
    return process.stdin
  },
  stdout: {
    isTTY: process.stdout.isTTY,
    columns: process.stdout.columns,
    write: (text) => {
      if (process.stdout.writable) process.stdout.write(text)
    },
  },
  stderr: process.stderr,
  terminal: () =>
    process.stdin.isTTY && process.stdout.isTTY
      ? { stdin: process.stdin, stdout: process.stdout }
      : undefined,
  now: () => new Date(),
  dataFolder: () => envPaths('nigh', { suffix: '' }).data,
  osUser: () => {
    try {
      return userInfo().username || 'someone'
    } catch {
      return 'someone' // an account without an entry, as in some containers
    }
  },
  connect: connectAgent,
  openPeer: async ({ network, ...options }) =>
    (await import('../../peer/create.ts')).createPeer({ ...options, start: network }),
  edit: async (file) => (await import('./editor.ts')).editFile(file, process.env),
  restore: async (asked, options) => (await import('../../peer/backups.ts')).restorePeer(asked, options),
  browse: async (file) => (await import('./browse.ts')).openInBrowser(file),
  ask: async (question) => (await import('./ask.ts')).ask(question),
  askSecretly: async (question) => (await import('./ask.ts')).askSecretly(question),
  interrupted: () => {
    if (!listening) {
      listening = true
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt)
      // A closed window says so twice, by its shell and by the kernel: that is no impatience.
      process.on('SIGHUP', () => interruption.abort())
    }
    return interruption.signal
  },
}

process.stdout.on('error', outputEnded)
process.stderr.on('error', outputEnded)
process.on('uncaughtException', unexpected)
process.on('unhandledRejection', unexpected)

const code = await runNigh(process.argv.slice(2), around)
process.exitCode = code
// All is said and closed. A network library's timers would keep the process for another half second.
process.stdout.write('', (cause) => {
  if (cause) unread = true
  process.stderr.write('', () => process.exit(unread ? 0 : code))
})
