/** An Agent whose calls are answered behind a socket. The same interface, so nobody who holds one can tell. */
import type { Socket } from 'node:net'
import { createMessageConnection } from 'vscode-jsonrpc/node'
import type { Agent, CallOptions } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import type { Unsubscribe } from '../../ports.ts'
import { asking } from './asking.ts'
import { ANSWER_LIMIT, JsonLineReader, JsonLineWriter } from './json-lines.ts'
import type { Lines } from './lines.ts'
import { remoteEvents } from './remote-events.ts'

/** Version of the door spoken here; the far end answers another one with how to end it. */
const DOOR_VERSION = 1

/** `close()` ends the running peer itself (that is what `nigh down` does); `detach()` only lets go of it. */
export interface RemoteAgent extends Agent {
  /** What the process at the far end is: `nigh up` (or a screen), or a command that borrowed the home. */
  readonly running: 'up' | 'command'
  /** Who has the home next, once the far end has said that it hands it over. */
  readonly successor: 'up' | 'anyone' | undefined
  /** Asks a command that borrowed the home to let go of it for an `up`. */
  handOver(): Promise<void>
  /** Lets go. Idempotent. */
  detach(): void
  /** Called once when the far end is gone or `detach` was called; at once if that was before. */
  onEnd(listener: () => void): Unsubscribe
}

/** Greets over a socket whose other side has proved itself. Rejects when it does not answer as a door does. */
export async function remoteAgent(socket: Socket, lines: Lines): Promise<RemoteAgent> {
  lines.limit(ANSWER_LIMIT)
  const connection = createMessageConnection(new JsonLineReader(socket, lines), new JsonLineWriter(socket))
  const ask = asking(connection, socket)
  const events = remoteEvents(connection, socket, ask)
  let successor: RemoteAgent['successor']
  connection.onNotification('handover', ({ to }: { to?: unknown }) => {
    successor = to === 'up' ? 'up' : 'anyone'
  })
  // A connection does not reject what is unanswered when its socket ends; this does.
  socket.once('close', () => connection.dispose())
  connection.listen()

  const hello = (await ask('hello', { version: DOOR_VERSION })) as { running?: unknown }
  // The far end has proved to be this home's Nigh: what its Agent answers is passed on as it is.
  const call = (method: string) => async (params?: object, options?: CallOptions) =>
    (await ask(method, params ?? {}, options)) as never

  return {
    running: hello.running === 'command' ? 'command' : 'up',
    get successor() {
      return successor
    },
    handOver: () => untilGone(ask('handover', {})),
    whoami: call('whoami'),
    me: call('me'),
    who: call('who'),
    status: call('status'),
    tuples: call('tuples'),
    publishTuple: call('publishTuple'),
    withdrawTuple: call('withdrawTuple'),
    send: call('send'),
    recall: call('recall'),
    outbox: call('outbox'),
    inbox: call('inbox'),
    search: call('search'),
    importMessages: call('importMessages'),
    deleteMessages: call('deleteMessages'),
    retention: call('retention'),
    markRead: call('markRead'),
    composing: async (asked) => void (await ask('composing', asked)),
    requests: call('requests'),
    accept: call('accept'),
    refuse: call('refuse'),
    fetch: call('fetch'),
    watch: call('watch'),
    unwatch: call('unwatch'),
    subscriptions: call('subscriptions'),
    watchers: call('watchers'),
    watchersOf: call('watchersOf'),
    watchersVisible: call('watchersVisible'),
    contacts: call('contacts'),
    addContact: call('addContact'),
    renameContact: call('renameContact'),
    removeContact: call('removeContact'),
    verifyContact: call('verifyContact'),
    rules: call('rules'),
    // An empty document is a document, and not the question which one is in force.
    deliveryRules: (change) => call('deliveryRules')(change === undefined ? {} : { change }),
    // An empty document is a document, as above.
    accessRules: (change) => call('accessRules')(change === undefined ? {} : { change }),
    personRule: call('personRule'),
    strangers: call('strangers'),
    visibilityRules: (change) => call('visibilityRules')(change === undefined ? {} : { change }),
    explain: call('explain'),
    diagnose: call('diagnose'),
    backup: call('backup'),
    events,
    close: () => untilGone(ask('close', {})),
    detach: () => {
      socket.end()
      socket.destroy()
    },
    onEnd: (listener) => {
      if (socket.closed) {
        listener()
        return () => {}
      }
      socket.once('close', listener)
      return () => void socket.off('close', listener)
    },
  }
}

/** Gone before it could answer is what was asked for. */
async function untilGone(answer: Promise<unknown>): Promise<void> {
  try {
    await answer
  } catch (cause) {
    if (!(cause instanceof NighError && cause.code === 'closed')) throw cause
  }
}
