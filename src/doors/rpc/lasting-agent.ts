/**
 * An Agent that outlives its wire: where a wire ends it connects anew, and events go on behind the last one that was
 * told. For windows and pages, whose program may restart and whose host may sleep. Runs in pages.
 */
import { isStored } from '../../agent/events.ts'
import { listening } from '../../agent/listening.ts'
import { everyMethod, type Method } from '../../agent/methods.ts'
import type { Agent, AgentEvent, CallOptions } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import type { Unsubscribe } from '../../ports.ts'
import type { RemoteAgent } from './remote-agent.ts'
import { ending } from './wire.ts'

/** Waits between tries to connect, ms: at once, then twice as long each time up to the second. Guesses. */
const TRY_FIRST_MS = 50
const TRY_LAST_MS = 5_000

export interface LastingAgent extends Agent {
  /** A wire is up. */
  readonly connected: boolean
  /** Called with each change of `connected`. */
  onConnected(listener: (connected: boolean) => void): () => void
  /** Lets go for good; the peer goes on. Idempotent. */
  detach(): void
}

/**
 * The Agent that `connect` leads to, again and again. What is asked while no wire is up waits for one (or for its
 * signal); what was asked and not answered when a wire ended rejects with `closed`: it may have been done. `events` is
 * one stream over all wires: each begins with a `snapshot`, and nothing stored is lost or told twice.
 */
export function lastingAgent(connect: () => Promise<RemoteAgent>): LastingAgent {
  const left = ending()
  const told = new Set<(connected: boolean) => void>()
  let remote: RemoteAgent | undefined
  let next: Promise<RemoteAgent> | undefined

  const tell = (connected: boolean): void => {
    for (const listener of [...told]) listener(connected)
  }

  const keepTrying = async (): Promise<RemoteAgent> => {
    for (let patience = TRY_FIRST_MS; ; patience = Math.min(2 * patience, TRY_LAST_MS)) {
      if (left.over) throw gone()
      try {
        return await connect()
      } catch {
        await pause(patience * (0.5 + Math.random() / 2), left.onEnd)
      }
    }
  }

  /** The Agent at the end of a wire that is up. */
  const reach = (): Promise<RemoteAgent> => {
    if (left.over) return Promise.reject(gone())
    next ??= keepTrying().then((found) => {
      if (left.over) {
        found.detach()
        throw gone()
      }
      remote = found
      found.onEnd(() => {
        remote = undefined
        next = undefined
        tell(false)
        if (!left.over) reach().catch(() => {})
      })
      if (remote !== undefined) tell(true)
      return found
    })
    return next
  }

  async function* events(
    query: { since?: number } = {},
    options: CallOptions = {},
  ): AsyncGenerator<AgentEvent, void> {
    const { signal } = options
    const isOver = (): boolean => left.over || signal?.aborted === true
    let since = query.since
    while (!isOver()) {
      let closing = false
      try {
        const far = await within(reach(), signal)
        for await (const event of far.events(since === undefined ? {} : { since }, options)) {
          // Only these: presence may bear a number before the message of that number is told.
          if (isStored(event) || event.event === 'snapshot') since = Math.max(since ?? 0, event.seq)
          closing = event.event === 'offline'
          yield event
        }
        // A peer that closes may keep the wire for a while; it has nothing more to tell.
        if (closing && !isOver()) await within(ended(far, left.onEnd), signal)
      } catch (cause) {
        if (isOver()) return
        if (!(cause instanceof NighError && cause.code === 'closed')) throw cause
      }
    }
  }

  reach().catch(() => {})

  const call =
    (method: Method | 'close') =>
    async (asked?: never, options?: CallOptions): Promise<unknown> => {
      const far = await within(reach(), options?.signal)
      const ask = far[method] as (asked?: never, options?: CallOptions) => Promise<unknown>
      return ask(asked, options)
    }

  return {
    ...everyMethod(call),
    events,
    on: listening(events),
    close: async () => void (await call('close')()),
    get connected() {
      return remote !== undefined
    },
    onConnected(listener) {
      told.add(listener)
      return () => void told.delete(listener)
    },
    detach() {
      left.end()
      remote?.detach()
    },
  }
}

function gone(): NighError {
  return new NighError('closed', 'This window has let go of its Nigh.')
}

/** Resolves after `ms`, or at the end. */
function pause(ms: number, onEnd: (listener: () => void) => Unsubscribe): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      forget()
      resolve()
    }
    const timer = setTimeout(done, ms)
    let forget: Unsubscribe = () => {}
    forget = onEnd(done)
  })
}

/** Resolves when `far` has ended, or at the end of all. */
function ended(far: RemoteAgent, onEnd: (listener: () => void) => Unsubscribe): Promise<void> {
  return new Promise((resolve) => {
    let listening: Unsubscribe[] = []
    const done = (): void => {
      for (const forget of listening) forget()
      resolve()
    }
    listening = [far.onEnd(done), onEnd(done)]
  })
}

/** As `work`, or `aborted` at once when the signal is. */
function within<Answer>(work: Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new NighError('aborted', 'Given up before it was answered.'))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
