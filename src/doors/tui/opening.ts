/** Somebody is looked at, or their conversation is opened. */
import { isMine, keyOf } from '../../agent/said.ts'
import type { PeerId } from '../../principal/ids.ts'
import { looked, shownRead } from './happened.ts'
import { type Changed, type State, said, talkWith, withTalk } from './state.ts'

export function selected(state: State, who: PeerId | undefined): Changed {
  if (who === undefined || who === state.selected) return [state, []]
  const next: State = {
    ...state,
    selected: who,
    ...(state.focus === 'messages' ? { focus: 'writing' as const } : {}),
  }
  return next.focus === 'people' ? looked(next) : talk(next)
}

/** The conversation is opened: what it holds is read, and keys are written to it. */
export function talk(state: State): Changed {
  const who = state.selected
  if (who === undefined) return [said(state, 'Nobody is selected. a adds somebody by address or card.'), []]
  const first = talkWith(state, who).said.find((each) => !isMine(each) && each.unread)
  const next = withTalk({ ...state, focus: 'writing' }, who, {
    newFrom: first === undefined ? undefined : keyOf(first),
    picked: undefined,
  })
  const [read, asks] = shownRead(next, who)
  const [done, more] = looked(read)
  return [done, [...asks, ...more]]
}
