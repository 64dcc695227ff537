/** An Agent whose calls are answered behind a wire. The same interface, so nobody who holds one can tell. */
import { listening } from '../../agent/listening.ts'
import { everyMethod, type Method, paramsOf } from '../../agent/methods.ts'
import type { Agent, CallOptions } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { asking } from './asking.ts'
import { ANSWER_LIMIT, JsonLineReader, JsonLineWriter } from './json-lines.ts'
import { createMessageConnection } from './json-rpc.ts'
import { remoteEvents } from './remote-events.ts'
import type { Wire } from './wire.ts'

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
  onEnd(listener: () => void): () => void
}

/**
 * Greets over a wire whose other side has proved itself. Rejects when it does not answer as a door does; given up, the wire
 * has ended.
 */
export async function remoteAgent(wire: Wire, options: CallOptions = {}): Promise<RemoteAgent> {
  wire.limit(ANSWER_LIMIT)
  const connection = createMessageConnection(new JsonLineReader(wire), new JsonLineWriter(wire))
  const ask = asking(connection, wire)
  const events = remoteEvents(connection, wire, ask)
  let successor: RemoteAgent['successor']
  connection.onNotification('handover', ({ to }: { to?: unknown }) => {
    successor = to === 'up' ? 'up' : 'anyone'
  })
  // A connection does not reject what is unanswered when its wire ends; this does.
  wire.onClose(() => connection.dispose())
  connection.listen()

  const hello = (await unlessGivenUp(wire, ask('hello', { version: DOOR_VERSION }), options)) as {
    running?: unknown
  }
  // The far end has proved to be this home's Nigh: what its Agent answers is passed on as it is.
  const call = (method: Method) => async (asked?: object, options?: CallOptions) =>
    (await ask(method, paramsOf(method, asked) as object, options)) as never

  return {
    running: hello.running === 'command' ? 'command' : 'up',
    get successor() {
      return successor
    },
    handOver: () => untilGone(ask('handover', {})),
    ...everyMethod(call),
    atTheKeys: async (told) => void (await ask('atTheKeys', told)),
    composing: async (asked) => void (await ask('composing', asked)),
    events,
    on: listening(events),
    close: () => untilGone(ask('close', {})),
    detach: () => {
      wire.end()
      wire.destroy()
    },
    onEnd: wire.onClose,
  }
}

/** As `work`, which needs `wire`. When the signal is aborted, the wire ends and this rejects with `aborted`. */
export async function unlessGivenUp<Done>(
  wire: Pick<Wire, 'destroy'>,
  work: Promise<Done>,
  { signal }: CallOptions,
): Promise<Done> {
  const giveUp = (): void => wire.destroy()
  if (signal?.aborted) giveUp()
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return await work
  } catch (cause) {
    throw signal?.aborted ? new NighError('aborted', 'Given up before Nigh answered.') : cause
  } finally {
    signal?.removeEventListener('abort', giveUp)
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
