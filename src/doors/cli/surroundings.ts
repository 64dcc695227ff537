/** All that a command touches outside itself, so that it can be called as a function as well as from a shell. */
import type { Log } from '../../agent/log.ts'
import type { Agent, CallOptions, Person } from '../../agent.ts'
import type { NighError } from '../../errors.ts'
import type { RemoteAgent } from '../rpc/connect-agent.ts'

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>
  stdin: AsyncIterable<Uint8Array> & { isTTY?: boolean }
  stdout: Screen
  stderr: Screen
  /** Where a screen can be shown and keys are pressed: both ends are a terminal. */
  terminal(): RealTerminal | undefined
  now(): Date
  /** The platform's folder for data of Nigh. */
  dataFolder(): string
  osUser(): string
  /** Finds the running peer of a home. */
  connect(home: string): Promise<RemoteAgent | undefined>
  /** Opens a peer in this process. Rejects with `home-in-use` when another process holds the home. */
  openPeer(options: PeerOptions): Promise<OpenedPeer>
  /** Makes a home from a backup. */
  restore(
    asked: { home: string; file: string; passphrase: string },
    options: CallOptions,
  ): Promise<RestoredHome>
  /** Opens a file in the person's editor; resolves when it ended. */
  edit(file: string): Promise<void>
  /** Opens a file in the person's browser; whether that could be tried. */
  browse(file: string): Promise<boolean>
  /** A line typed in answer to a question; undefined where nobody can be asked. */
  ask(question: string): Promise<string | undefined>
  /** As `ask`, but nothing of the answer is seen. */
  askSecretly(question: string): Promise<string | undefined>
  /** Aborted at the first SIGINT, SIGTERM or SIGHUP from the first call on; a second SIGINT or SIGTERM ends the process with 130. */
  interrupted(): AbortSignal
}

export interface RealTerminal {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

export interface Screen {
  write(text: string): void
  isTTY?: boolean
  /** Characters in a line of a terminal. */
  columns?: number
}

/** What was restored, and from when. */
export interface RestoredHome {
  who: Person
  home: string
  /** RFC 3339: messages received later are not in it. */
  madeAt: string
  unsettled: number
}

/** A peer in this process: an Agent, and the secret that its door proves. */
export interface OpenedPeer extends Agent {
  readonly secret: Uint8Array
  /** Resolves where another home with this key was here first: the peer has closed by itself. */
  readonly refused?: Promise<NighError>
}

/** What a peer needs to be opened. Without `network` it rests: it acts on the store and meets nobody. */
export interface PeerOptions {
  home: string
  create: boolean
  name?: string
  mesh?: string
  network: boolean
  /** Here for one command: it asks and writes, and is listed nowhere. */
  visiting?: boolean
  port?: number
  interfaces?: string[]
  log?: Log
}
