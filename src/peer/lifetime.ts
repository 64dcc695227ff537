/**
 * The life of a peer: it rests, runs, sleeps, runs again and closes. Each time it runs it is joined anew, on the same
 * store, as after a restart; whoever holds it and listens to it goes on with the next one.
 */
import { isStored } from '../agent/events.ts'
import { everyMethod, type Method } from '../agent/methods.ts'
import type { Agent, AgentEvent, CallOptions, EventKind, EventOf } from '../agent.ts'
import { NighError } from '../errors.ts'
import type { Joined } from '../peer.ts'

/**
 * `resting`: it acts on its store and meets nobody. `running`. `suspended`: as resting, until `resume`. `closed`: for
 * good.
 */
export type PeerState = 'resting' | 'running' | 'suspended' | 'closed'

export interface Lifetime extends Agent {
  readonly state: PeerState
  /**
   * Resolves within some seconds of a start where another home with this key was here first (`identity-twice`): this one
   * has ended then, and is to be closed. Otherwise never.
   */
  readonly refused: Promise<NighError>
  start(): Promise<void>
  suspend(): Promise<void>
  resume(): Promise<void>
}

/** A network that is not up after this long has failed, ms: libp2p needs 0.1 s, a machine that swaps some more. A guess. */
const START_WITHIN_MS = 30_000
/** Goodbyes have this long to leave, ms: the mesh gives them less, and nobody quits a program for longer. A guess. */
const END_WITHIN_MS = 5_000

export async function lifetime(
  make: {
    rest(): Promise<Joined>
    /** `signal`: nobody waits for it any more, and it leaves nothing running. */
    run(signal: AbortSignal): Promise<Joined>
    /** When all is over. */
    release(): Promise<void>
  },
  start: boolean,
): Promise<Lifetime> {
  let state: PeerState = start ? 'running' : 'resting'
  let current: Joined | undefined
  /** Changes of state take their turns. */
  let turn: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined
  const refused = Promise.withResolvers<NighError>()
  /** Those that ended because the peer started: that it goes offline would be no news. */
  const replaced = new WeakSet<Joined>()
  const kept = new Set<(joined: Joined) => void>()

  /** Rejects when closing waits no longer for a start. */
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => {})

  const run = async (): Promise<Joined> => {
    const waiting = new AbortController()
    const running = make.run(waiting.signal)
    try {
      return await inTime(Promise.race([running, over.promise]), START_WITHIN_MS, () => {
        throw new NighError('unexpected', 'The network did not come up within 30 s. Try again.')
      })
    } catch (cause) {
      waiting.abort(cause)
      running.then((late) => late.close()).catch(() => {})
      throw cause
    }
  }
  const end = (ended: Joined, how: 'close' | 'sleep', ms = END_WITHIN_MS): Promise<void> =>
    inTime(ended[how](), ms, () => ended.letGo())

  const become = (joined: Joined, next: PeerState): void => {
    current = joined
    state = next
    void joined.refused.then(refused.resolve)
    for (const listen of kept) listen(joined)
  }

  const taking = <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }

  const begin = async (): Promise<void> => {
    if (closing !== undefined) throw isClosed()
    if (state === 'running') return
    const before = { joined: current, state }
    if (before.joined !== undefined) replaced.add(before.joined)
    current = undefined
    if (before.joined !== undefined) await end(before.joined, 'close')
    try {
      become(await run(), 'running')
    } catch (cause) {
      if (closing === undefined) become(await make.rest(), before.state)
      throw cause
    }
  }

  const suspend = async (): Promise<void> => {
    if (closing !== undefined || state !== 'running' || current === undefined) return
    const running = current
    current = undefined
    await end(running, 'sleep')
    if (closing === undefined) become(await make.rest(), 'suspended')
  }

  /** Whoever acts now: at once where nothing changes. */
  const acting = async (): Promise<Joined> => {
    while (current === undefined && state !== 'closed') await turn
    if (current === undefined) throw isClosed()
    return current
  }
  const call =
    (method: Method) =>
    async (asked?: never, options?: CallOptions): Promise<unknown> => {
      const joined = current ?? (await acting())
      return (joined[method] as (asked?: never, options?: CallOptions) => unknown)(asked, options)
    }

  async function* events(
    query: { since?: number } = {},
    options: CallOptions = {},
  ): AsyncGenerator<AgentEvent, void> {
    let since = query.since
    while (state !== 'closed' && options.signal?.aborted !== true) {
      const joined = current ?? (await acting().catch(() => undefined))
      if (joined === undefined) return
      for await (const event of joined.events(since === undefined ? {} : { since }, options)) {
        if (isStored(event) || event.event === 'snapshot') since = Math.max(since ?? 0, event.seq)
        if (event.event !== 'offline' || !replaced.has(joined)) yield event
      }
      // Still the same one: it let go of a reader that was too slow.
      if (joined === current) return
    }
  }

  const on = <Kind extends EventKind>(
    kind: Kind,
    listener: (event: EventOf<Kind>) => void,
    { signal }: CallOptions = {},
  ): (() => void) => {
    let forget = (): void => {}
    if (signal?.aborted || state === 'closed') return forget
    const listen = (joined: Joined): void => {
      forget = joined.on(kind, (event) => {
        if (kind !== 'offline' || !replaced.has(joined)) listener(event)
      })
    }
    const stop = (): void => {
      kept.delete(listen)
      forget()
      signal?.removeEventListener('abort', stop)
    }
    kept.add(listen)
    signal?.addEventListener('abort', stop, { once: true })
    if (current !== undefined) listen(current)
    return stop
  }

  become(await (start ? run() : make.rest()), state)

  return {
    ...everyMethod(call),
    events,
    on,
    get state() {
      return state
    },
    refused: refused.promise,
    start: () => taking(begin),
    suspend: () => taking(suspend),
    resume: () => taking(async () => (state === 'suspended' ? begin() : undefined)),
    close() {
      closing ??= (async () => {
        // What is under way and the goodbye share the time.
        const until = performance.now() + END_WITHIN_MS
        await inTime(turn, END_WITHIN_MS, () => over.reject(isClosed()))
        const last = current
        current = undefined
        state = 'closed'
        try {
          if (last !== undefined) await end(last, 'close', until - performance.now())
        } finally {
          kept.clear()
          await make.release()
        }
      })()
      return closing
    },
  }
}

function isClosed(): NighError {
  return new NighError('closed', 'This peer is closed. Make another one.')
}

/** As `work`, or what `late` makes of it where it takes longer than `ms`. */
async function inTime<Answer>(work: Promise<Answer>, ms: number, late: () => Answer): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<Answer>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(late())
      } catch (cause) {
        reject(cause)
      }
    }, ms)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}
