/**
 * Everything that happens, told to whoever listens, in order. Stored events carry the journal's rising number and can
 * be replayed; presence cannot: a snapshot replaces it.
 */
import { isStored } from '../agent/events.ts'
import { hearing } from '../agent/listening.ts'
import type { Agent, AgentEvent, CallOptions, EventOf, Sighting } from '../agent.ts'
import type { JournalEntry, Store } from '../ports.ts'

export interface EventHub {
  tell(event: AgentEvent): void
  /** As `tell`, for an event that the journal holds under `seq`: made only if somebody listens. */
  news(kind: StoredKind, seq: number, event: () => AgentEvent): void
  /** For parts of the house: every event of that kind as it is told. */
  onTold<Kind extends AgentEvent['event']>(kind: Kind, listener: (event: EventOf<Kind>) => void): void
  /** See Agent.events. */
  events(query: { since?: number }, options: CallOptions): AsyncIterable<AgentEvent>
  /** See Agent.on. */
  readonly on: Agent['on']
  /** Ends every iteration after an `offline`. */
  close(): void
}

/** Kinds that take a number of their own in the journal. */
export type StoredKind = 'message' | 'outcome' | 'request' | 'amended'

/** A listener that reads this far behind is let go: it can come again with `since`. */
const BEHIND_LIMIT = 10_000
/** Entries read from the journal at once. */
const REPLAY_AT_ONCE = 500
/** Warnings kept for who listens later: most come while a peer starts, before anybody does. A guess. */
const WARNINGS_KEPT = 8

export function createEventHub(
  store: Pick<Store, 'journal'>,
  parts: {
    wall: () => number
    people: () => Sighting[]
    /** The event that a journal entry stands for, as it was; none where what it is about is gone. */
    replayed(entry: JournalEntry): AgentEvent | undefined
  },
): EventHub {
  const listeners = new Set<(event: AgentEvent | undefined) => void>()
  const inHouse = new Map<AgentEvent['event'], ((event: AgentEvent) => void)[]>()
  const warnings: AgentEvent[] = []
  let closed = false
  /** The last stored number told: presence events carry it. */
  let last = 0

  const at = (): string => new Date(parts.wall()).toISOString()
  const offline = (): AgentEvent => ({ event: 'offline', at: at(), seq: last })

  async function* replay(since: number): AsyncGenerator<AgentEvent> {
    for (let from = since; ; ) {
      const entries = await store.journal.since(from, REPLAY_AT_ONCE)
      for (const entry of entries) {
        const event = parts.replayed(entry)
        if (event !== undefined) yield event
        from = entry.seq
      }
      if (entries.length < REPLAY_AT_ONCE) return
    }
  }

  async function* live(
    since: number | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<AgentEvent> {
    const queue = createQueue(signal)
    listeners.add(queue.push)
    const before = [...warnings]
    if (closed) {
      queue.push(offline())
      queue.push(undefined)
    }
    try {
      let seq = await store.journal.last()
      if (since !== undefined) {
        for await (const event of replay(since)) {
          if (signal?.aborted === true) return
          seq = Math.max(seq, event.seq)
          yield event
        }
      }
      if (signal?.aborted === true) return
      yield { event: 'snapshot', at: at(), seq, people: parts.people() }
      for (const warning of before) yield { ...warning, seq }
      for await (const event of queue) {
        if (!isStored(event)) yield { ...event, seq: Math.max(seq, event.seq) }
        // What was replayed already may also have been told while we replayed.
        else if (event.seq > seq) yield event
      }
    } finally {
      listeners.delete(queue.push)
    }
  }

  const spread = (event: AgentEvent): void => {
    for (const hear of inHouse.get(event.event) ?? []) hear(event)
    for (const listener of listeners) listener(event)
  }

  return {
    news(kind, seq, make) {
      last = Math.max(last, seq)
      if (listeners.size > 0 || inHouse.has(kind)) spread(make())
    },
    tell(event) {
      if (isStored(event)) last = Math.max(last, event.seq)
      const told = isStored(event) ? event : { ...event, seq: last }
      if (event.event === 'warning')
        warnings.splice(0, warnings.length, ...[...warnings, event].slice(-WARNINGS_KEPT))
      spread(told)
    },
    onTold(kind, listener) {
      const heard = (event: AgentEvent): void => listener(event as EventOf<typeof kind>)
      inHouse.set(kind, [...(inHouse.get(kind) ?? []), heard])
    },
    events: ({ since }, { signal }) => live(since, signal),
    on(kind, listener, { signal } = {}) {
      if (signal?.aborted) return () => {}
      const hear = hearing(kind, listener)
      const stop = (): void => {
        listeners.delete(hear)
        signal?.removeEventListener('abort', stop)
      }
      listeners.add(hear)
      signal?.addEventListener('abort', stop, { once: true })
      return stop
    },
    close() {
      if (closed) return
      closed = true
      for (const listener of listeners) {
        listener(offline())
        listener(undefined)
      }
    },
  }
}

/** Events waiting for one listener; `undefined` ends it. */
function createQueue(signal: AbortSignal | undefined): AsyncIterable<AgentEvent> & {
  push(event: AgentEvent | undefined): void
} {
  const waiting: (AgentEvent | undefined)[] = []
  let wake: (() => void) | undefined
  const push = (event: AgentEvent | undefined): void => {
    if (waiting.length > BEHIND_LIMIT) return // it was let go
    waiting.push(waiting.length === BEHIND_LIMIT ? undefined : event)
    wake?.()
  }
  return {
    push,
    async *[Symbol.asyncIterator]() {
      const stop = (): void => push(undefined)
      signal?.addEventListener('abort', stop, { once: true })
      if (signal?.aborted === true) return
      try {
        for (;;) {
          if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve))
          wake = undefined
          for (const event of waiting.splice(0)) {
            if (event === undefined) return
            yield event
          }
        }
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
  }
}
