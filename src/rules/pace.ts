/**
 * How much each SENDER wrote within the last minute, in bounded memory: sixty seconds per sender, and no more senders
 * than are remembered. Whoever wrote least lately is forgotten first, and begins again at nothing; that helps nobody
 * who could not use a fresh key as well.
 */
import type { PeerId } from '../principal/ids.ts'

export interface Pace {
  /** One more from `peer`, at monotonic ms `now`; how many there are within the last minute, this one included. */
  note(peer: PeerId, now: number): number
  /** How many there are, and nothing is counted. */
  within(peer: PeerId, now: number): number
  /** The one noted at `at` was no new one after all. */
  takeBack(peer: PeerId, at: number): void
}

const SECONDS = 60
/** Of all contacts, and of as many strangers as one has on a busy day. A guess; each takes less than half a kilobyte. */
const SENDERS_LIMIT = 1_000

interface Minute {
  /** The second that was written last. */
  second: number
  counts: Uint32Array
}

export function createPace(sendersLimit = SENDERS_LIMIT): Pace {
  /** The one who wrote last stands last. */
  const minutes = new Map<PeerId, Minute>()

  return {
    note(peer, now) {
      const second = Math.floor(now / 1_000)
      const minute = minutes.get(peer) ?? { second, counts: new Uint32Array(SECONDS) }
      minutes.delete(peer)
      minutes.set(peer, minute)
      if (minutes.size > sendersLimit) {
        const [oldest] = minutes.keys()
        if (oldest !== undefined) minutes.delete(oldest)
      }
      advance(minute, second)
      const place = second % SECONDS
      minute.counts[place] = (minute.counts[place] ?? 0) + 1
      return sum(minute.counts)
    },

    within(peer, now) {
      const minute = minutes.get(peer)
      if (minute === undefined) return 0
      advance(minute, Math.floor(now / 1_000))
      return sum(minute.counts)
    },

    takeBack(peer, at) {
      const minute = minutes.get(peer)
      const second = Math.floor(at / 1_000)
      // What is a minute old counts nothing any more.
      if (minute === undefined || minute.second - second >= SECONDS) return
      const place = second % SECONDS
      minute.counts[place] = Math.max(0, (minute.counts[place] ?? 0) - 1)
    },
  }
}

/** Seconds that passed since count nothing any more. */
function advance(minute: Minute, second: number): void {
  const passed = Math.min(SECONDS, second - minute.second)
  for (let each = 1; each <= passed; each += 1) minute.counts[(minute.second + each) % SECONDS] = 0
  minute.second = Math.max(minute.second, second)
}

function sum(counts: Uint32Array): number {
  return counts.reduce((all, count) => all + count, 0)
}
