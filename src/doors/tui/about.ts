/** What is done to a message that is picked: answered, edited, reacted to, deleted. The draft says what it is about until it leaves. */

import { quoteOf } from '../../agent/quote.ts'
import { isMine, keyOf, type Said } from '../../agent/said.ts'
import type { PeerId } from '../../principal/ids.ts'
import { edit } from './editing.ts'
import { EMPTY, fieldWith, isEmpty, messageOf, textOf } from './field.ts'
import type { Key } from './key.ts'
import { type Changed, type Panel, type State, said, talkWith, withTalk } from './state.ts'

/** One key for each while nothing else is typed: what people react with most, and what every terminal draws two cells wide. */
export const REACTIONS: readonly string[] = ['👍', '👎', '🎉', '😂', '😮', '🙏']

/** The keys of a picked message; undefined for any other. */
export function aboutPressed(state: State, who: PeerId, picked: Said, letter: string): Changed | undefined {
  switch (letter) {
    case 'a':
      return picked.deleted === undefined ? [about(state, who, 'answer', picked), []] : gone(state)
    case 'e':
      return editing(state, who, picked)
    case '+':
      return reacting(state, who, picked)
    case 'x':
      return [{ ...state, panel: { kind: 'erase', who, key: keyOf(picked), forBoth: forBoth(picked) } }, []]
    default:
      return undefined
  }
}

const forBoth = (picked: Said): boolean =>
  isMine(picked) && picked.deleted === undefined && picked.outcome !== 'failure'

const gone = (state: State): Changed => [said(state, 'That message was deleted.'), []]

function about(state: State, who: PeerId, as: 'answer' | 'edit', picked: Said): State {
  const { draft, about: other } = talkWith(state, who)
  const before = other?.as === 'edit' ? other.before : draft
  const next = as === 'edit' ? fieldWith(picked.text ?? '') : before
  return {
    ...withTalk(state, who, {
      picked: undefined,
      bottom: undefined,
      about: { as, key: keyOf(picked), id: picked.id, words: quoteOf(picked.text ?? ''), before },
      draft: next,
    }),
    focus: 'writing',
  }
}

function editing(state: State, who: PeerId, picked: Said): Changed {
  if (!isMine(picked)) return [said(state, 'Only a message of yours can be edited.'), []]
  if (picked.deleted !== undefined) return gone(state)
  if (picked.outcome === 'failure')
    return [said(state, 'They never got that message: there is nothing to edit. Send it anew.'), []]
  return [about(state, who, 'edit', picked), []]
}

function reacting(state: State, who: PeerId, picked: Said): Changed {
  if (isMine(picked)) return [said(state, 'Only the other one can react to a message of yours.'), []]
  if (picked.deleted !== undefined) return gone(state)
  return [{ ...state, panel: { kind: 'react', who, key: keyOf(picked), field: EMPTY } }, []]
}

/** What the draft is about is left; an edit gives back what was being written before. */
export function aboutLeft(state: State, who: PeerId): State {
  const { about } = talkWith(state, who)
  if (about === undefined) return state
  return withTalk(state, who, { about: undefined, ...(about.as === 'edit' ? { draft: about.before } : {}) })
}

/** The draft leaves as what it is. */
export function aboutSent(state: State, who: PeerId): Changed | undefined {
  const { about, draft } = talkWith(state, who)
  const to = state.people.get(who)?.who
  const text = messageOf(draft)
  if (about === undefined || to === undefined) return undefined
  if (text.trim() === '') return [state, []]
  const next = withTalk(state, who, {
    about: undefined,
    draft: about.as === 'edit' ? about.before : EMPTY,
    bottom: undefined,
    below: 0,
  })
  if (about.as === 'edit') return [next, [{ ask: 'edit', who, id: about.id, key: about.key, text }]]
  return [next, [{ ask: 'send', to, text, answers: { id: about.id, words: about.words } }]]
}

export function reactPressed(state: State, panel: Extract<Panel, { kind: 'react' }>, key: Key): Changed {
  const id = idOf(panel.key)
  const { panel: _, ...closed } = state
  const react = (reaction: string | null): Changed => [closed, [{ ask: 'react', id, reaction }]]
  if (key.name === 'enter') {
    const typed = textOf(panel.field).trim()
    return react(typed === '' ? null : typed)
  }
  const quick = isEmpty(panel.field) && key.name === 'text' ? REACTIONS[Number(key.text) - 1] : undefined
  if (quick !== undefined) return react(quick)
  if (key.name === 'newline') return [state, []]
  return [{ ...state, panel: { ...panel, field: edit(panel.field, key) } }, []]
}

export function erasePressed(state: State, panel: Extract<Panel, { kind: 'erase' }>, key: Key): Changed {
  const { panel: _, ...closed } = state
  const letter = key.name === 'text' && !key.ctrl && !key.alt ? key.text.toLowerCase() : ''
  if (letter === 'b' && panel.forBoth) return [closed, [{ ask: 'erase', id: idOf(panel.key) }]]
  if (letter === 'h')
    return [closed, [{ ask: 'forget', who: panel.who, key: panel.key, id: idOf(panel.key) }]]
  return [key.name === 'text' ? closed : state, []]
}

const idOf = (key: string): Said['id'] => key.slice(key.indexOf(' ') + 1) as Said['id']
