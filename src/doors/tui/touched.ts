/** A key is more than what it does: somebody is here, and sees what came while nobody looked. */
import { keysTold } from './at-the-keys.ts'
import { shownRead } from './happened.ts'
import type { Key } from './key.ts'
import { isLooking } from './looking.ts'
import { pressed } from './pressed.ts'
import { type Ask, answers, type Changed, openWith, type State, said, talkWith } from './state.ts'

export function touched(before: State, key: Key, now: number): Changed {
  return seen(before, now, done(here(before, now), key, now))
}

/** The window has the keys, or another one has them. Whoever comes back to it is here as with a key. */
export function focused(before: State, isHere: boolean, now: number): Changed {
  if (!isHere) return [{ ...before, now, elsewhere: true }, []]
  return seen(before, now, [here(before, now), []])
}

function here({ elsewhere: _, ...before }: State, now: number): State {
  return { ...before, now, keyAt: now }
}

function seen(before: State, now: number, changed: Changed): Changed {
  const wasLooking = isLooking({ ...before, now })
  const [state, asks] = keysTold(changed)
  const who = openWith(state)
  if (wasLooking || !answers(state) || who === undefined || talkWith(state, who).bottom !== undefined)
    return [state, asks]
  const [read, more] = shownRead(state, who)
  return [read, [...asks, ...more]]
}

/** Without an Agent to ask, a key that asks it something changes nothing: what was typed is not lost, no panel closes as if it were done. */
function done(before: State, key: Key, now: number): Changed {
  const [state, asks] = pressed(before, key, now)
  if (answers(before) || asks.every(({ ask }) => UNASKED.has(ask))) return [state, asks]
  const why = before.peer === 'lost' ? 'your Nigh does not run now' : 'your Nigh is still starting'
  return [said({ ...before, now }, `Not done: ${why}. What you typed is kept.`, 'failed'), []]
}

/** What the screen does alone, or goes on well without. */
const UNASKED: ReadonlySet<Ask['ask']> = new Set([
  'page',
  'read',
  'composing',
  'search',
  'run here',
  'suspend',
  'redraw',
  'quit',
])
