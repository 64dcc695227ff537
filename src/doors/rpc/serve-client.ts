/**
 * One client that has proved itself: its requests answered by the Agent, its streams of events, and what ends
 * when it goes. Nothing here decides; it carries.
 */
import * as v from 'valibot'
import type { Agent } from '../../agent.ts'
import { NighError } from '../../errors.ts'
import { DOOR_VERSION, enter, METHODS, SINCE } from './doorway.ts'
import { failureOf, misuse } from './failure.ts'
import { LINE_AFTER_PROOF } from './handshake.ts'
import { JsonLineReader, JsonLineWriter } from './json-lines.ts'
import { type CancellationToken, createMessageConnection, ErrorCodes } from './json-rpc.ts'
import type { Wire } from './wire.ts'

/** Streams of events one client may have open. One is usual. */
const STREAMS_LIMIT = 8
/** Requests one client may have unanswered. Enough for a script that pipelines a hundred sends. */
const REQUESTS_LIMIT = 256
/** A client that reads nothing for this long is hung up on, ms. A guess: a stopped pager should not end at once. */
export const STALL_MS = 30_000
/** Bytes that may wait for a client before its events wait too. */
const WAITING_LIMIT = 256 * 1024

export interface Serving {
  agent: Agent
  /** What is being run in the process that holds the home. */
  running: 'up' | 'command'
  /** A client that reads nothing for this long is hung up on, ms. */
  stallMs: number
  /** What may be asked; all that an Agent answers, where it is absent. */
  methods?: readonly string[]
  /** Ends the peer, as `nigh down` asks. Absent: this door does not. */
  end?(): Promise<void>
  /** Lets go of the home for `to`; resolves when its lock is free. */
  handOver?(to: Successor): Promise<void>
}

/** Who has the home after a hand-over: an `up` that asked for it, or the first command that takes it. */
export type Successor = 'up' | 'anyone'

/** One client inside. */
export interface Client {
  /** When it had its last answer (performance.now()); infinity while it waits for one. */
  readonly quietSince: number
  /** Tells it to come again, to `to`. Resolves when the word is on its way. */
  handedOver(to: Successor): Promise<void>
}

const HELLO = v.strictObject({ version: v.pipe(v.number(), v.integer()), since: SINCE })
const OPEN = v.strictObject({ since: SINCE })
const CLOSE = v.strictObject({ id: v.pipe(v.number(), v.integer()) })

/** Serves until the wire ends. */
export function serveClient(wire: Wire, serving: Serving): Client {
  const { agent, running, stallMs } = serving
  wire.limit(LINE_AFTER_PROOF)
  const connection = createMessageConnection(new JsonLineReader(wire), new JsonLineWriter(wire))
  const gone = new AbortController()
  const streams = new Map<number, AbortController>()
  let greeted: 'not yet' | 'same version' | 'other version' = 'not yet'
  let unanswered = 0
  let answeredAt = performance.now()
  let lastStream = 0
  /** The home is handed over: what is still being answered is asked again of the next. */
  let leaving = false

  const flow = () => flowing(wire, stallMs)

  const openEvents = (since: number | undefined): number => {
    if (streams.size >= STREAMS_LIMIT) throw misuse('Too many streams of events are open. Close one first.')
    lastStream += 1
    const id = lastStream
    const stop = new AbortController()
    streams.set(id, stop)
    const tell = async () => {
      let failure: object | undefined
      try {
        const signal = AbortSignal.any([stop.signal, gone.signal])
        for await (const event of agent.events(since === undefined ? {} : { since }, { signal })) {
          if (signal.aborted) break
          await connection.sendNotification('events/event', { id, event })
          await flow()
        }
      } catch (cause) {
        failure = failureOf(cause).toJson()
      }
      streams.delete(id)
      if (gone.signal.aborted || stop.signal.aborted) return
      await connection.sendNotification('events/end', {
        id,
        ...(failure === undefined ? {} : { error: failure }),
      })
    }
    // After the answer that names the stream.
    setImmediate(() => tell().catch(() => wire.destroy()))
    return id
  }

  const greet = (params: unknown) => {
    const { version, since } = enter(HELLO, params)
    greeted = version === DOOR_VERSION ? 'same version' : 'other version'
    const answer = { version: DOOR_VERSION, running }
    return since === undefined || greeted === 'other version'
      ? answer
      : { ...answer, events: openEvents(since) }
  }

  const answer = async (name: string, params: unknown, signal: AbortSignal): Promise<unknown> => {
    if (name === 'hello') return greet(params)
    if (greeted === 'not yet') throw misuse('Say hello first.', ErrorCodes.InvalidRequest)
    if (name === 'close') {
      if (serving.end === undefined)
        throw new NighError('refused', 'This door does not end the peer. To let go of it, use detach().')
      await serving.end()
      return {}
    }
    if (name === 'handover') {
      const { handOver } = serving
      if (running !== 'command' || handOver === undefined)
        throw misuse('This home is not borrowed: an up holds it.')
      // The answer would be the last word to a wire that ends: that it ends is the answer.
      setImmediate(() => handOver('up').catch(() => wire.destroy()))
      return {}
    }
    if (greeted === 'other version') {
      throw misuse(
        'The running Nigh is of another version. End it with: nigh down',
        ErrorCodes.InvalidRequest,
      )
    }
    if (name === 'events/open') return { id: openEvents(enter(OPEN, params).since) }
    if (name === 'events/close') {
      streams.get(enter(CLOSE, params).id)?.abort()
      return {}
    }
    const method = METHODS.get(name)
    if (method === undefined)
      throw misuse(`There is no method ${name.slice(0, 64)}.`, ErrorCodes.MethodNotFound)
    if (serving.methods?.includes(name) === false)
      throw new NighError('refused', `This door does not answer ${name}.`)
    return method(agent, params, { signal })
  }

  connection.onRequest(async (name: string, params: unknown, token: CancellationToken) => {
    if (unanswered >= REQUESTS_LIMIT) throw misuse('Too many requests at once. Wait for answers first.')
    unanswered += 1
    const given = new AbortController()
    const cancelling = token.onCancellationRequested(() => given.abort())
    if (token.isCancellationRequested) given.abort()
    try {
      const answered = await answer(name, params, AbortSignal.any([given.signal, gone.signal]))
      if (leaving && name !== 'handover') throw handedOver()
      return answered
    } catch (cause) {
      throw failureOf(leaving ? handedOver() : cause)
    } finally {
      cancelling.dispose()
      unanswered -= 1
      answeredAt = performance.now()
      await flow()
    }
  })

  wire.onClose(() => {
    gone.abort()
    connection.dispose()
  })
  connection.listen()
  return {
    get quietSince() {
      return unanswered > 0 ? Number.POSITIVE_INFINITY : answeredAt
    },
    handedOver: async (to) => {
      leaving = true
      if (greeted === 'same version') await connection.sendNotification('handover', { to }).catch(() => {})
    },
  }
}

function handedOver(): NighError {
  return new NighError('closed', 'The running Nigh handed the home over before it answered. Try again.')
}

/**
 * Resolves at once while little waits to be read by the client, else when it has read; a client that does not
 * is hung up on, so it costs at most what waits now.
 */
async function flowing(wire: Wire, stallMs: number): Promise<void> {
  if (wire.closed || wire.waiting <= WAITING_LIMIT) return
  const stalled = setTimeout(() => wire.destroy(), stallMs)
  await wire.drained()
  clearTimeout(stalled)
}
