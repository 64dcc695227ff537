/** A key changes the state. Everywhere the same keys do the same; letters are commands only where nothing is typed. */
import { isMine, keyOf } from '../../agent/said.ts'
import type { PeerId } from '../../principal/ids.ts'
import { aboutLeft, aboutPressed, aboutSent } from './about.ts'
import { edit } from './editing.ts'
import { EMPTY, type Field, isEmpty, messageOf, textOf } from './field.ts'
import { olderAsked, shownRead } from './happened.ts'
import type { Key } from './key.ts'
import { messageRows, regions } from './layout.ts'
import { selected, talk } from './opening.ts'
import { opened, panelPressed } from './panel-keys.ts'
import { type Changed, openWith, type State, said, talkWith, withTalk } from './state.ts'
import { readingOf, revealing, scrolled } from './talk-rows.ts'

export function pressed(before: State, key: Key, now: number): Changed {
  const { notice: _, ...quiet } = before
  const state: State = { ...quiet, now }
  if (key.ctrl && key.text === 'c') return [state, [{ ask: 'quit' }]]
  if (key.ctrl && key.text === 'z') return [state, [{ ask: 'suspend' }]]
  if (key.ctrl && key.text === 'l') return [state, [{ ask: 'redraw' }]]
  if (key.alt && key.name === 'text' && !isWordKey(state, key)) return escaped(state, key)
  if (key.alt && key.name === 'newline' && (state.panel !== undefined || state.focus !== 'writing'))
    return escaped(state, { ...key, name: 'enter' })
  if (state.panel !== undefined) return panelPressed(state, state.panel, key)
  return anywhere(state, key) ?? FOCUSED[state.focus](state, key)
}

/** Where a text is typed, Alt moves by words. */
function isWordKey({ panel, focus }: State, { text }: Key): boolean {
  return (panel !== undefined || focus !== 'people') && (text === 'b' || text === 'f')
}

/** Esc and then another key, typed fast or through a slow line, arrive as Alt with that key. */
function escaped(state: State, key: Key): Changed {
  const [shut, asks] = pressed(state, { name: 'escape', text: '', ctrl: false, alt: false }, state.now)
  const [next, more] = pressed(shut, { ...key, alt: false }, state.now)
  return [next, [...asks, ...more]]
}

const FOCUSED: Readonly<Record<State['focus'], (state: State, key: Key) => Changed>> = {
  people: peoplePressed,
  writing: writingPressed,
  messages: messagesPressed,
}

function anywhere(state: State, key: Key): Changed | undefined {
  if (key.ctrl && key.name === 'text') {
    if (key.text === 's') return opened(state, 'status')
    if (key.text === 'r') return opened(state, 'requests')
    if (key.text === 'n') return stepped(state, 1)
    if (key.text === 'p') return stepped(state, -1)
    if (key.text === 'g') return opened(state, 'search')
  }
  if (key.alt && key.name === 'down') return stepped(state, 1)
  if (key.alt && key.name === 'up') return stepped(state, -1)
  if (key.name === 'pageup') return scroll(state, -1)
  if (key.name === 'pagedown') return scroll(state, 1)
  if (key.name === 'end' && (key.ctrl || key.alt)) return toNewest(state)
  if (key.name === 'tab' || key.name === 'backtab')
    return state.focus === 'people' ? talk(state) : [{ ...state, focus: 'people' }, []]
  return undefined
}

function peoplePressed(state: State, key: Key): Changed {
  if (key.name === 'down') return stepped(state, 1)
  if (key.name === 'up') return stepped(state, -1)
  if (key.name === 'home') return selected(state, state.order[0])
  if (key.name === 'end') return selected(state, state.order.at(-1))
  if (key.name === 'enter' || key.name === 'right') return talk(state)
  if (key.name === 'paste') return opened(state, 'add', key.text)
  if (key.name !== 'text' || key.ctrl || key.alt) return [state, []]
  switch (key.text) {
    case 'j':
      return stepped(state, 1)
    case 'k':
      return stepped(state, -1)
    case 'u':
      return selected(state, nextUnread(state))
    case '?':
      return opened(state, 'help')
    case '/':
      return opened(state, 'search')
    case 'a':
      return opened(state, 'add')
    case 'm':
      return opened(state, 'card')
    case 'r':
      return opened(state, 'requests')
    case 's':
      return opened(state, 'status')
    case 'w':
      return opened(state, 'watchers')
    case 'v':
      return opened(state, 'verify')
    case 'b':
      return opened(state, 'rule')
    case 'n':
      return opened(state, 'rename')
    case 'c':
      return asContact(state)
    case 'd':
      return opened(state, 'doctor')
    case 'q':
      return [state, [{ ask: 'quit' }]]
    case 'h':
      return state.peer === 'lost' ? [state, [{ ask: 'run here' }]] : opened(state, 'help')
    default:
      return [said(state, 'No such key here. ? shows all keys, Enter talks to who is selected.'), []]
  }
}

function asContact(state: State): Changed {
  const who = state.selected === undefined ? undefined : state.people.get(state.selected)?.who
  if (who === undefined) return [state, []]
  if (who.relation === 'contact')
    return [said(state, 'They are a contact already. n gives them another name.'), []]
  return [state, [{ ask: 'add', who: who.peerId }]]
}

function writingPressed(state: State, key: Key): Changed {
  const who = openWith(state)
  if (who === undefined) return [{ ...state, focus: 'people' }, []]
  const { draft } = talkWith(state, who)
  if (key.name === 'escape') {
    const left = aboutLeft(state, who)
    return [left === state ? { ...state, focus: 'people' } : left, []]
  }
  if (key.name === 'enter') return aboutSent(state, who) ?? send(state, who, draft)
  // From the first line upwards are the messages.
  if (key.name === 'up' && !draft.before.includes('\n')) return pick(state, who, -1)
  const edited = edit(draft, key)
  if (edited === draft) return [state, []]
  const state_ = isEmpty(edited) ? ('idle' as const) : ('active' as const)
  const types = textOf(edited) !== textOf(draft)
  const next = withTalk(state, who, { draft: edited })
  return [next, types ? [{ ask: 'composing', to: who, state: state_ }] : []]
}

function send(state: State, who: PeerId, draft: Field): Changed {
  const text = messageOf(draft)
  const to = state.people.get(who)?.who
  if (text.trim() === '' || to === undefined) return [state, []]
  return [withTalk(state, who, { draft: EMPTY, bottom: undefined, below: 0 }), [{ ask: 'send', to, text }]]
}

function messagesPressed(state: State, key: Key): Changed {
  const who = openWith(state)
  if (who === undefined) return [{ ...state, focus: 'people' }, []]
  const talk = talkWith(state, who)
  const picked = talk.said.find((each) => keyOf(each) === talk.picked)
  if (key.name === 'up') return pick(state, who, -1)
  if (key.name === 'down') return pick(state, who, 1)
  if (key.name === 'escape') return [unpicked(state, who), []]
  if (picked === undefined) return [unpicked(state, who), []]
  if (key.name === 'enter') return [{ ...state, panel: { kind: 'details', who, key: keyOf(picked) } }, []]
  if (key.name === 'text' && !key.ctrl && !key.alt) {
    if (key.text === 'r') {
      if (isMine(picked)) return [unpicked(state, who), [{ ask: 'recall', id: picked.id }]]
      return [said(state, 'Only a message of yours can be recalled.'), []]
    }
    const changed = aboutPressed(state, who, picked, key.text)
    if (changed !== undefined) return changed
    if (key.text === 'd') return [{ ...state, panel: { kind: 'details', who, key: keyOf(picked) } }, []]
  }
  // Whoever types on means the draft.
  return writingPressed(unpicked(state, who), key)
}

function unpicked(state: State, who: PeerId): State {
  return { ...withTalk(state, who, { picked: undefined }), focus: 'writing' }
}

/** The message above or below the one that is picked; the last, where none is. Below the last is the draft. */
function pick(state: State, who: PeerId, by: -1 | 1): Changed {
  const talk = talkWith(state, who)
  const at = talk.said.findIndex((each) => keyOf(each) === talk.picked)
  const to = at < 0 ? talk.said.length - 1 : at + by
  if (to >= talk.said.length) return [unpicked(withTalk(state, who, { bottom: undefined }), who), []]
  const target = talk.said[to]
  if (target === undefined) return olderAsked(state, who)
  const key = keyOf(target)
  const next: State = { ...withTalk(state, who, { picked: key }), focus: 'messages' }
  const place = revealing(reading(next, who), key, messageRows(next))
  if (place === undefined) return to < 5 ? olderAsked(next, who) : [next, []]
  const bottom = place === 'end' ? undefined : anchor(next, who, place)
  return to < 5 ? olderAsked(withTalk(next, who, { bottom }), who) : [withTalk(next, who, { bottom }), []]
}

function scroll(state: State, pages: -1 | 1): Changed {
  const who = state.selected
  if (who === undefined) return [state, []]
  const height = messageRows(state)
  // A line stays, so that the eye finds where it was.
  const place = scrolled(reading(state, who), pages * Math.max(1, height - 1), height)
  if (place === undefined) return atEnd(state, who)
  const next = withTalk(state, who, { bottom: anchor(state, who, place) })
  return pages < 0 && place.index < 3 * height ? olderAsked(next, who) : [next, []]
}

function toNewest(state: State): Changed {
  const who = state.selected
  if (who === undefined) return [state, []]
  return atEnd(state.focus === 'messages' ? unpicked(state, who) : state, who)
}

function atEnd(state: State, who: PeerId): Changed {
  const next = withTalk(state, who, { bottom: undefined, below: 0 })
  return openWith(next) === who ? shownRead(next, who) : [next, []]
}

function anchor(state: State, who: PeerId, { index, row }: { index: number; row: number }) {
  const at = talkWith(state, who).said[index]
  return at === undefined ? undefined : { key: keyOf(at), row }
}

function reading(state: State, who: PeerId) {
  return readingOf(state, who, regions(state.size).text)
}

function stepped(state: State, by: -1 | 1): Changed {
  const at = state.selected === undefined ? -1 : state.order.indexOf(state.selected)
  return selected(state, state.order[Math.max(0, Math.min(state.order.length - 1, at + by))])
}

function nextUnread(state: State): PeerId | undefined {
  const from = state.selected === undefined ? -1 : state.order.indexOf(state.selected)
  const around = [...state.order.slice(from + 1), ...state.order.slice(0, from + 1)]
  return around.find((peer) => (state.people.get(peer)?.unread ?? 0) > 0)
}
