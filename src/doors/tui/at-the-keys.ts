/**
 * What the screen tells of its keys: idle after a while without one, and active with the first. The status that the
 * person set is another thing, and stays as it is.
 */
import type { UserInput } from '../../agent.ts'
import { userInputNow } from '../user-input.ts'
import { answers, type Changed } from './state.ts'

/** What was told counts for 150 s, ms. */
const TELL_EVERY_MS = 60_000
/** Others see when I left the keys no closer than this, ms: they want to know whether to wait. */
const GRAIN_MS = 60_000

/** Told when it has become another, and every minute, so that it goes on counting. */
export function keysTold([state, asks]: Changed): Changed {
  const { self, now, keyAt, keysAre } = state
  if (self === undefined || !answers(state)) return [state, asks]
  if (self.awayAfterMs === undefined) {
    if (keysAre === undefined) return [state, asks]
    const { keysAre: _, ...rest } = state
    return [rest, [...asks, { ask: 'keys', input: null }]]
  }
  const input = inputNow(keyAt, now, self.awayAfterMs)
  if (keysAre?.state === input.state && Math.abs(now - keysAre.at) < TELL_EVERY_MS) return [state, asks]
  return [{ ...state, keysAre: { state: input.state, at: now } }, [...asks, { ask: 'keys', input }]]
}

function inputNow(keyAt: number, now: number, awayAfterMs: number): UserInput {
  if (now - keyAt < awayAfterMs) return { state: 'active' }
  const since = Math.floor(keyAt / GRAIN_MS) * GRAIN_MS
  const keys = { idleSeconds: (now - since) / 1_000, locked: false, now }
  return userInputNow('active', keys, awayAfterMs / 1_000) ?? { state: 'active' }
}
