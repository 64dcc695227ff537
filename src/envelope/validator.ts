/**
 * Judges foreign announcements on the carrier, cheapest question first (fault P10, P11):
 * shape → counter → quota → signature. Only a verified signature writes the table of counters; quotas are per neighbour
 * and per network, because keys are free. The keys that those we watch gave us are not: nobody else can sign with them,
 * so they have a share that no flood takes from them. `reject` is for what no honest relay forwards, `ignore` for everything
 * that depends on what we happened to see before.
 */
import type { Verdict } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { isSignedAnnouncement, readAnnouncement } from './announcement.ts'
import { COUNTERS_FOR_MS, COUNTERS_LIMIT, OVER_FORGIVEN_PER_SECOND, OVER_LIMIT } from './protocol.ts'
import { createQuotas } from './quotas.ts'

export interface Validator {
  /** `now` is monotonic ms. */
  judge(announcement: Uint8Array, neighbour: PeerId, now: number): Verdict
}

export interface ValidatorOptions {
  /** Asked last, because it is the dear one. */
  verify?: typeof isSignedAnnouncement
  /** Whose quota a neighbour spends: its own, or one that it shares with others of its network. */
  sourceOf?: (neighbour: PeerId) => string
  /** The announcement key (hex) is of a grant that we hold. */
  isAwaited?: (announcer: string) => boolean
  /** The neighbour stays over its quota, which no honest relay does: told again and again while it goes on. */
  staysOver?: (neighbour: PeerId) => void
}

export function createValidator({
  verify = isSignedAnnouncement,
  sourceOf = (neighbour) => neighbour,
  isAwaited = () => false,
  staysOver = () => {},
}: ValidatorOptions = {}): Validator {
  /** Highest verified counter per announcer; insertion order is order of last use. */
  const counters = new Map<string, { highest: number; usedAt: number }>()
  const bySource = createQuotas()
  const byNeighbour = createQuotas()
  const passedOn = createQuotas()
  /** In order of the last time over. */
  const overs = new Map<PeerId, { count: number; at: number }>()

  const noteOver = (neighbour: PeerId, now: number): void => {
    const over = overs.get(neighbour) ?? { count: 0, at: now }
    const count = Math.max(0, over.count - ((now - over.at) / 1000) * OVER_FORGIVEN_PER_SECOND) + 1
    overs.delete(neighbour)
    overs.set(neighbour, { count, at: now })
    for (const [idle, { at }] of overs) {
      if ((now - at) / 1000 < OVER_LIMIT / OVER_FORGIVEN_PER_SECOND) break
      overs.delete(idle)
    }
    if (count > OVER_LIMIT) staysOver(neighbour)
  }

  /**
   * Half a quota for what strangers say and half for those we watch: what we pass on in all is never more than a
   * neighbour takes from us, so whoever stays over a quota is no honest relay.
   */
  const passes = (whose: 'strangers' | 'watched', now: number): boolean => passedOn.spend(whose, now, 2)

  const remember = (announcer: string, highest: number, now: number): void => {
    counters.delete(announcer)
    counters.set(announcer, { highest, usedAt: now })
    for (const [oldest, { usedAt }] of counters) {
      if (counters.size <= COUNTERS_LIMIT && now - usedAt < COUNTERS_FOR_MS) break
      counters.delete(oldest)
    }
  }

  return {
    judge(announcement, neighbour, now) {
      const header = readAnnouncement(announcement)
      if (header === undefined) return 'reject'
      const { announcer, counter } = header
      const seen = counters.get(announcer)
      if (seen !== undefined && counter <= seen.highest) return 'ignore'
      if (!byNeighbour.spend(neighbour, now)) {
        noteOver(neighbour, now)
        return 'ignore'
      }
      const isWatched = isAwaited(announcer)
      if (!isWatched && !bySource.spend(sourceOf(neighbour), now)) return 'ignore'
      if (!verify(announcement, header)) return 'reject'
      if (!(isWatched && passes('watched', now)) && !passes('strangers', now)) return 'ignore'
      remember(announcer, counter, now)
      return 'accept'
    },
  }
}
