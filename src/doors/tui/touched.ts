/** A key is more than what it does: somebody is here, and sees what came while nobody looked. */
import { keysTold } from './at-the-keys.ts'
import { shownRead } from './happened.ts'
import type { Key } from './key.ts'
import { isLooking } from './looking.ts'
import { pressed } from './pressed.ts'
import { answers, type Changed, openWith, type State, talkWith } from './state.ts'

export function touched(before: State, key: Key, now: number): Changed {
  const wasLooking = isLooking({ ...before, now })
  const [state, asks] = keysTold(pressed({ ...before, keyAt: now }, key, now))
  const who = openWith(state)
  if (wasLooking || !answers(state) || who === undefined || talkWith(state, who).bottom !== undefined)
    return [state, asks]
  const [read, more] = shownRead(state, who)
  return [read, [...asks, ...more]]
}
