/** Quotas of announcements: so many a second and a burst, per name. A name nobody used for a while is whole again. */
import { QUOTA_BURST, QUOTA_PER_SECOND } from './protocol.ts'

export interface Quotas {
  /** Takes `cost`, one by default, from the quota of `name` if it is left there. `now` is monotonic ms. */
  spend(name: string, now: number, cost?: number): boolean
}

const WHOLE_AFTER_MS = (QUOTA_BURST / QUOTA_PER_SECOND) * 1000

export function createQuotas(): Quotas {
  /** In order of last use. Whoever hangs up and comes back finds its quota as it left it. */
  const quotas = new Map<string, { left: number; at: number }>()
  return {
    spend(name, now, cost = 1) {
      const quota = quotas.get(name) ?? { left: QUOTA_BURST, at: now }
      const left = Math.min(QUOTA_BURST, quota.left + ((now - quota.at) / 1000) * QUOTA_PER_SECOND)
      quotas.delete(name)
      quotas.set(name, { left: left >= cost ? left - cost : left, at: now })
      for (const [idle, { at }] of quotas) {
        if (now - at < WHOLE_AFTER_MS) break
        quotas.delete(idle)
      }
      return left >= cost
    },
  }
}
