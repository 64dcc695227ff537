/**
 * Whether somebody is at the keys of this computer, as presence says it (RFC 4480 user-input): pure arithmetic over
 * what the system tells. Away is told by itself, and so is being back (nobody should have to remember).
 */
import type { UserInput } from '../agent.ts'

/** Without input for this long somebody counts as idle, seconds. Five minutes: reading a page is not being away. */
export const IDLE_AFTER_SECONDS = 300

export interface AtTheKeys {
  /** Since the last key or move, seconds. */
  idleSeconds: number
  /** The screen is locked: nobody can be at the keys. */
  locked: boolean
  /** Wall time, ms. */
  now: number
}

/** What to show now where `shown` is shown, or nothing where that is still true. */
export function userInputNow(
  shown: UserInput['state'] | undefined,
  { idleSeconds, locked, now }: AtTheKeys,
  thresholdSeconds: number = IDLE_AFTER_SECONDS,
): UserInput | undefined {
  const isIdle = locked || idleSeconds >= thresholdSeconds
  if ((shown ?? 'active') === (isIdle ? 'idle' : 'active')) return undefined
  if (!isIdle) return { state: 'active' }
  const since = new Date(now - Math.max(0, idleSeconds) * 1000).toISOString()
  return { state: 'idle', since, thresholdSeconds }
}
