/**
 * Judges foreign announcements on the carrier, cheapest question first (fault P10, P11):
 * shape → counter → quota → signature. Only a verified signature writes the table of counters; a quota is per
 * neighbour because keys are free. `reject` is for what no honest relay forwards, `ignore` for everything
 * that depends on what we happened to see before.
 */
import type { Verdict } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { isSignedAnnouncement, readAnnouncement } from './announcement.ts'
import { COUNTERS_FOR_MS, COUNTERS_LIMIT, QUOTA_BURST, QUOTA_PER_SECOND } from './protocol.ts'

export interface Validator {
  /** `now` is monotonic ms. */
  judge(announcement: Uint8Array, neighbour: PeerId, now: number): Verdict
}

/** A quota that was not touched for this long is whole again, and nothing to remember. */
const QUOTA_WHOLE_AFTER_MS = (QUOTA_BURST / QUOTA_PER_SECOND) * 1000

/** `verify` is asked last, because it is the dear one. */
export function createValidator({ verify = isSignedAnnouncement } = {}): Validator {
  /** Highest verified counter per announcer; insertion order is order of last use. */
  const counters = new Map<string, { highest: number; usedAt: number }>()
  /** In order of last use. A neighbour that hangs up and comes back finds its quota as it left it. */
  const quotas = new Map<PeerId, { left: number; at: number }>()

  const spend = (neighbour: PeerId, now: number): boolean => {
    const quota = quotas.get(neighbour) ?? { left: QUOTA_BURST, at: now }
    const left = Math.min(QUOTA_BURST, quota.left + ((now - quota.at) / 1000) * QUOTA_PER_SECOND)
    quotas.delete(neighbour)
    quotas.set(neighbour, { left: left >= 1 ? left - 1 : left, at: now })
    for (const [idle, { at }] of quotas) {
      if (now - at < QUOTA_WHOLE_AFTER_MS) break
      quotas.delete(idle)
    }
    return left >= 1
  }

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
      const seen = counters.get(header.announcer)
      if (seen !== undefined && header.counter <= seen.highest) return 'ignore'
      if (!spend(neighbour, now)) return 'ignore'
      if (!verify(announcement, header)) return 'reject'
      remember(header.announcer, header.counter, now)
      return 'accept'
    },
  }
}
