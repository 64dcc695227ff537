/**
 * The life of a peer: it rests, runs, sleeps, runs again and closes. Each time it runs it is joined anew, on the same
 * store, as after a restart; whoever holds it and listens to it goes on with the next one.
 */
import { isStored } from '../agent/events.ts'
import { checkListener } from '../agent/listening.ts'
import { everyMethod, type Method } from '../agent/methods.ts'
import type { Agent, AgentEvent, CallOptions, EventKind, EventOf } from '../agent.ts'
import { NighError } from '../errors.ts'
import type { Joined } from '../peer.ts'
import { ask, eventsAsked } from './asked.ts'

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
    /**
     * `signal`: nobody waits for it any more, and it leaves nothing running. `hearAt` is given its `on` before anything can
     * be told: what comes while it starts is heard as well.
     */
    run(signal: AbortSignal, hearAt: (on: Agent['on']) => void): Promise<Joined>
    /** When all is over. */
    release(): Promise<void>
  },
  start: boolean,
): Promise<Lifetime> {
  let state: PeerState = start ? 'running' : 'resting'
  let current: Joined | undefined
  /** Aborted when `current` goes: who waits there for something would wait for nothing. */
  let leaving = new AbortController()
  /** Changes of state take their turns. */
  let turn: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined
  const refused = Promise.withResolvers<NighError>()
  const kept = new Set<(on: Agent['on']) => void>()
  /** Where they listen now. */
  let heardAt: Agent['on'] | undefined
  /** Of those that ended because the peer started, or were given up: that they go offline is no news. */
  const replaced = new WeakSet<Agent['on']>()

  const hearAt = (on: Agent['on']): void => {
    if (on === heardAt) return
    heardAt = on
    for (const listen of kept) listen(on)
  }

  /** Rejects when closing waits no longer for a start. */
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => {})

  const run = async (): Promise<Joined> => {
    const waiting = new AbortController()
    const running = make.run(waiting.signal, hearAt)
    try {
      return await inTime(Promise.race([running, over.promise]), START_WITHIN_MS, () => {
        throw new NighError('unexpected', 'The network did not come up within 30 s. Try again.')
      })
    } catch (cause) {
      waiting.abort(cause)
      if (heardAt !== undefined) replaced.add(heardAt)
      running.then((late) => late.close()).catch(() => {})
      throw cause
    }
  }
  const end = (ended: Joined, how: 'close' | 'sleep', ms = END_WITHIN_MS): Promise<void> =>
    inTime(ended[how](), ms, () => ended.letGo())

  const become = (joined: Joined, next: PeerState): void => {
    leaving = new AbortController()
    current = joined
    state = next
    void joined.refused.then(refused.resolve)
    hearAt(joined.on)
  }

  /** Nobody is asked any more until somebody else acts; whoever waits is answered how things stand. */
  const leave = (): Joined | undefined => {
    const left = current
    current = undefined
    leaving.abort()
    return left
  }

  const taking = <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }

  const begin = async (): Promise<void> => {
    if (closing !== undefined) throw isClosed()
    if (state === 'running') return
    const before = { joined: leave(), state }
    if (before.joined !== undefined) replaced.add(before.joined.on)
    if (before.joined !== undefined) await end(before.joined, 'close')
    try {
      become(await run(), 'running')
    } catch (cause) {
      if (closing === undefined) become(await make.rest(), before.state)
      throw cause
    }
  }

  const suspend = async (): Promise<void> => {
    if (closing !== undefined || state !== 'running') return
    const running = leave()
    if (running === undefined) return
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
    async (asked?: unknown, options?: unknown): Promise<unknown> => {
      const joined = current ?? (await acting())
      return ask({ agent: joined, leaving: leaving.signal }, method, asked, options)
    }

  async function* events(
    query: { since?: number } = {},
    given: CallOptions = {},
  ): AsyncGenerator<AgentEvent, void> {
    const [{ since: asked }, options] = eventsAsked(query, given)
    let since = asked
    while (state !== 'closed' && options.signal?.aborted !== true) {
      const joined = current ?? (await acting().catch(() => undefined))
      if (joined === undefined) return
      let over = false
      for await (const event of joined.events(since === undefined ? {} : { since }, options)) {
        if (isStored(event) || event.event === 'snapshot') since = Math.max(since ?? 0, event.seq)
        over = event.event === 'offline'
        if (!over || !replaced.has(joined.on)) yield event
      }
      // It ended by itself. Otherwise another one goes on, or a reader that was too slow goes on behind what it has read.
      if (over && joined === current) return
    }
  }

  const on = <Kind extends EventKind>(
    kind: Kind,
    listener: (event: EventOf<Kind>) => void,
    { signal }: CallOptions = {},
  ): (() => void) => {
    let forget = (): void => {}
    checkListener(kind, listener)
    if (signal?.aborted || state === 'closed') return forget
    const listen = (on: Agent['on']): void => {
      forget = on(kind, (event) => {
        if (kind !== 'offline' || !replaced.has(on)) listener(event)
      })
    }
    const stop = (): void => {
      kept.delete(listen)
      forget()
      signal?.removeEventListener('abort', stop)
    }
    kept.add(listen)
    signal?.addEventListener('abort', stop, { once: true })
    if (heardAt !== undefined) listen(heardAt)
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
        const last = leave()
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
