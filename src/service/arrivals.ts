/**
 * Arrivals: what came and was not decided yet. One serial writer takes together what arrived together; whoever sends
 * faster than it can be kept is not read meanwhile (fault M11), and a full disk is waited out (fault M17).
 */
import type { InstantMessage, Recall } from '../envelope/message-frame.ts'
import { RECEIPT_IDS_LIMIT } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { Channel } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { House } from './house.ts'

/** One thing that waits for the serial writer. */
export interface Arrival {
  peer: PeerId
  /** Monotonic ms. */
  at: number
  channel: Channel
  letter: ({ kind: 'message' } & InstantMessage) | ({ kind: 'recall' } & Recall)
  /** Once it was counted: when, and how many its sender wrote within the minute. */
  counted?: { at: number; inLastMinute: number }
  /** Counted among the requests of its address, once, however often it has to be kept. */
  knocked?: boolean
}

/** Decided together in one commit, and told in one receipt, at most. */
const BATCH = RECEIPT_IDS_LIMIT
/** Arrivals that wait for the writer; beyond it the channel is not read (fault M11). */
const WAITING_LIMIT = 2 * BATCH
/** While the disk is full it is tried again after this, and each time after twice as long. A guess. */
const FULL_FROM_MS = 500
const FULL_TO_MS = 30_000

/** `keep` takes one batch at a time, in the order of arrival; what it rejects with is the batch's trouble. */
export function createArrivals(
  house: House,
  keep: (batch: readonly Arrival[]) => Promise<void>,
): (arrival: Arrival) => void {
  const { clock, agenda } = house
  const arrivals: Arrival[] = []
  const paused = new Set<Channel>()
  let writing = false

  const write = async (): Promise<void> => {
    try {
      // What came in one read of the socket is one batch; what comes while it is kept is the next.
      await undefined
      while (arrivals.length > 0) {
        const batch = arrivals.splice(0, BATCH)
        if (arrivals.length < BATCH) resumeAll()
        await keepInTime(batch).catch(() => keepEach(batch))
      }
    } finally {
      writing = false
    }
  }

  /** A full disk is waited out, links and presence go on; who gave up meanwhile still owes, and sends again. */
  const keepInTime = async (batch: readonly Arrival[]): Promise<void> => {
    for (let patience = FULL_FROM_MS; ; patience = Math.min(2 * patience, FULL_TO_MS)) {
      try {
        await keep(batch.filter(({ channel }) => !channel.closed))
        if (patience > FULL_FROM_MS) house.mended('store-full')
        return
      } catch (cause) {
        if (!(cause instanceof NighError) || cause.code !== 'store-full') throw cause
        house.warn(cause.code, `Messages wait with their senders. ${cause.message}`)
        await new Promise<void>((resolve) => agenda.at('disk full', clock.monotonic() + patience, resolve))
      }
    }
  }

  /** One of them cannot be kept: that is its sender's loss, and nobody else's. What is kept already is answered again. */
  const keepEach = async (batch: readonly Arrival[]): Promise<void> => {
    for (const arrival of batch) await keepInTime([arrival]).catch((cause: unknown) => refuse(arrival, cause))
  }

  const resumeAll = (): void => {
    const waiting = [...paused]
    paused.clear() // before: resume() delivers at once, and that may pause again
    for (const channel of waiting) channel.resume()
  }

  /**
   * The store could not keep it: say nothing, so that the sender goes on owing it, and tell the person. Asked to
   * send again at once, what will keep nothing until it is mended would only be asked for ever.
   */
  const refuse = ({ channel }: Arrival, cause: unknown): void => {
    const code = cause instanceof NighError ? cause.code : 'unexpected'
    if (code !== 'store-damaged') channel.close()
    house.warn(
      code,
      `A message could not be kept and was not acknowledged: ${String(cause instanceof Error ? cause.message : cause)}`,
    )
  }

  return (arrival) => {
    arrivals.push(arrival)
    if (arrivals.length >= WAITING_LIMIT) {
      paused.add(arrival.channel)
      arrival.channel.pause()
    }
    if (writing) return
    writing = true
    house.inBackground(write())
  }
}
