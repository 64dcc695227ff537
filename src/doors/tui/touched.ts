/** A key is more than what it does: somebody is here, and sees what came while nobody looked. */
import { answers, shownRead } from './happened.ts'
import type { Key } from './key.ts'
import { isLooking } from './looking.ts'
import { pressed } from './pressed.ts'
import { type Changed, openWith, type State, talkWith } from './state.ts'

export function touched(before: State, key: Key, now: number): Changed {
  const [state, asks] = pressed({ ...before, keyAt: now }, key, now)
  if (isLooking({ ...before, now }) || !answers(state)) return [state, asks]
  const who = openWith(state)
  if (who === undefined || talkWith(state, who).bottom !== undefined) return [state, asks]
  const [read, more] = shownRead(state, who)
  return [read, [...asks, ...more]]
}
