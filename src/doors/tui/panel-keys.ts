/** Keys while a panel is open. Esc always closes it and leaves all as it was. */

import { keyOf, otherOf, type Said } from '../../agent/said.ts'
import type { Person } from '../../agent.ts'
import { harmless } from '../cli/harmless.ts'
import { isProofOf } from '../cli/proof-of.ts'
import { erasePressed, reactPressed } from './about.ts'
import { edit } from './editing.ts'
import { EMPTY, type Field, fieldWith, textOf } from './field.ts'
import type { Key } from './key.ts'
import { selected, talk } from './opening.ts'
import { called } from './people.ts'
import { type Ask, type Changed, type Panel, type State, said, withTalk } from './state.ts'

/** What people do most often; RFC 4480 has more, and `nigh status --activity` takes any. */
export const ACTIVITIES: readonly string[] = [
  'busy',
  'meeting',
  'on-the-phone',
  'away',
  'meal',
  'working',
  'travel',
]

/** Opens a panel about who is selected, or about everything. */
export function opened(state: State, kind: Panel['kind'], text = ''): Changed {
  const who = state.selected
  switch (kind) {
    case 'help':
      return [{ ...state, panel: { kind, top: 0 } }, []]
    case 'requests':
      return [{ ...state, panel: { kind, index: 0 } }, [{ ask: 'requests' }]]
    case 'watchers':
      return [{ ...state, panel: { kind, top: 0 } }, [{ ask: 'watchers' }]]
    case 'status': {
      const { basic, note = '', activities } = state.status ?? { basic: 'open' as const, activities: [] }
      return [{ ...state, panel: { kind, field: fieldWith(note), basic, activities } }, []]
    }
    case 'add':
      return [{ ...state, panel: { kind, field: fieldWith(oneLine(text)), asked: false } }, []]
    case 'card':
      return [{ ...state, panel: { kind, codes: [] } }, [{ ask: 'card' }]]
    case 'doctor': {
      const about = who === undefined ? {} : { who }
      return [{ ...state, panel: { kind, ...about } }, [{ ask: 'diagnose', ...about }]]
    }
    case 'search':
      return [{ ...state, panel: { kind, field: EMPTY, found: [], asked: '', index: 0 } }, []]
    default:
      break
  }
  if (who === undefined) return [said(state, 'Nobody is selected. a adds somebody by address or card.'), []]
  const person = state.people.get(who)?.who
  if (kind === 'rule') return [{ ...state, panel: { kind, who } }, []]
  if (person?.relation !== 'contact')
    return [said(state, `${nameIn(state, who)} is no contact yet. c adds them; then this works.`), []]
  if (kind === 'rename')
    return [{ ...state, panel: { kind, who, field: fieldWith(person.petname ?? person.name) } }, []]
  if (kind === 'verify') return [{ ...state, panel: { kind, who, codes: [] } }, [{ ask: 'words', who }]]
  return [state, []]
}

export function panelPressed(state: State, panel: Panel, key: Key): Changed {
  if (key.name === 'escape') return [shut(state), []]
  switch (panel.kind) {
    case 'help':
    case 'watchers':
      return [scrolledPanel(state, panel, key), []]
    case 'card':
    case 'doctor':
      return [key.name === 'text' ? shut(state) : state, []]
    case 'requests':
      return requestPressed(state, panel, key)
    case 'status':
      return statusPressed(state, panel, key)
    case 'add':
      return addPressed(state, panel, key)
    case 'verify':
      return verifyPressed(state, panel, key)
    case 'rule':
      return rulePressed(state, panel, key)
    case 'rename':
      return renamePressed(state, panel, key)
    case 'search':
      return searchPressed(state, panel, key)
    case 'details':
      return detailsPressed(state, panel, key)
    case 'react':
      return reactPressed(state, panel, key)
    case 'erase':
      return erasePressed(state, panel, key)
  }
}

function shut(state: State): State {
  const { panel: _, ...rest } = state
  return rest
}

function isTyped(key: Key, letter: string): boolean {
  return key.name === 'text' && !key.ctrl && !key.alt && key.text.toLowerCase() === letter
}

function scrolledPanel(state: State, panel: Extract<Panel, { top: number }>, key: Key): State {
  const page = Math.max(1, state.size.rows - 4)
  const by = { up: -1, down: 1, pageup: -page, pagedown: page, home: -1e6, end: 1e6 }[key.name as 'up'] ?? 0
  if (by === 0) return key.name === 'text' ? shut(state) : state
  // The view knows how far it goes.
  return { ...state, panel: { ...panel, top: Math.max(0, panel.top + by) } }
}

function requestPressed(state: State, panel: Extract<Panel, { kind: 'requests' }>, key: Key): Changed {
  const last = state.requests.length - 1
  if (key.name === 'down' || isTyped(key, 'j'))
    return [{ ...state, panel: { ...panel, index: Math.min(last, panel.index + 1) } }, []]
  if (key.name === 'up' || isTyped(key, 'k'))
    return [{ ...state, panel: { ...panel, index: Math.max(0, panel.index - 1) } }, []]
  const who = state.requests[panel.index]?.who.peerId
  if (who === undefined) return [key.name === 'text' ? shut(state) : state, []]
  if (isTyped(key, 'a')) return [state, [{ ask: 'answer', who, answer: 'accept' }]]
  if (isTyped(key, 'c')) return [state, [{ ask: 'answer', who, answer: 'contact' }]]
  if (isTyped(key, 'x')) return [state, [{ ask: 'answer', who, answer: 'refuse' }]]
  return [state, []]
}

function statusPressed(state: State, panel: Extract<Panel, { kind: 'status' }>, key: Key): Changed {
  if (key.name === 'tab' || key.name === 'backtab')
    return [{ ...state, panel: { ...panel, basic: panel.basic === 'open' ? 'closed' : 'open' } }, []]
  if (key.name === 'up' || key.name === 'down') {
    const all = ['', ...ACTIVITIES]
    const at = Math.max(0, all.indexOf(panel.activities[0] ?? ''))
    const next = all[(at + (key.name === 'down' ? 1 : all.length - 1)) % all.length] ?? ''
    return [{ ...state, panel: { ...panel, activities: next === '' ? [] : [next] } }, []]
  }
  if (key.name === 'enter') {
    const note = textOf(panel.field).trim()
    const change = { basic: panel.basic, activities: [...panel.activities], note: note === '' ? null : note }
    return [shut(state), [{ ask: 'status', change }]]
  }
  return [{ ...state, panel: { ...panel, field: onOneLine(panel.field, key) } }, []]
}

function addPressed(state: State, panel: Extract<Panel, { kind: 'add' }>, key: Key): Changed {
  if (key.name !== 'enter')
    return [{ ...state, panel: { ...panel, asked: false, field: onOneLine(panel.field, key) } }, []]
  const who = textOf(panel.field).trim()
  if (who === '' || panel.asked) return [state, []]
  return [{ ...state, panel: { ...panel, asked: true } }, [{ ask: 'add', who }]]
}

function renamePressed(state: State, panel: Extract<Panel, { kind: 'rename' }>, key: Key): Changed {
  if (key.name !== 'enter') return [{ ...state, panel: { ...panel, field: onOneLine(panel.field, key) } }, []]
  const name = textOf(panel.field).trim()
  return name === '' ? [state, []] : [state, [{ ask: 'rename', who: panel.who, name }]]
}

function onOneLine(field: Field, key: Key): Field {
  if (key.name === 'newline') return field
  return edit(field, key.name === 'paste' ? { ...key, text: oneLine(key.text) } : key)
}

/** A card is copied with the line breaks of the screen it was shown on, and has no blanks of its own. */
function oneLine(text: string): string {
  const trimmed = text.trim()
  return trimmed.replace(/\s+/g, /^nigh:/i.test(trimmed) ? '' : ' ')
}

function verifyPressed(state: State, panel: Extract<Panel, { kind: 'verify' }>, key: Key): Changed {
  const { who, words } = panel
  const name = nameIn(state, who)
  const mark = (verified: boolean): readonly Ask[] => [{ ask: 'verify', who, verified }]
  if (words === undefined) return [state, []]
  if (isTyped(key, 'y')) return [state, mark(true)]
  if (isTyped(key, 'n'))
    return [
      said(
        shut(state),
        `${name} is not verified. If their words differ from what you see, somebody may stand between you, or it is another ${name}: ask them in person.`,
        'warning',
      ),
      state.people.get(who)?.who.verified === true ? mark(false) : [],
    ]
  if (key.name === 'paste') {
    if (isProofOf(key.text, { peerId: who, words })) return [state, mark(true)]
    return [
      said(state, `That is not what ${name} must show: neither their card nor their safety words.`, 'failed'),
      [],
    ]
  }
  return [state, []]
}

function rulePressed(state: State, { who }: Extract<Panel, { kind: 'rule' }>, key: Key): Changed {
  if (isTyped(key, 'b')) return [state, [{ ask: 'rule', who, then: 'block' }]]
  if (isTyped(key, 'p')) return [state, [{ ask: 'rule', who, then: 'polite-block' }]]
  if (isTyped(key, 'h')) return [state, [{ ask: 'rule', who, then: 'hide' }]]
  if (isTyped(key, 'u')) return [state, [{ ask: 'rule', who, then: 'unblock' }]]
  if (isTyped(key, 'x') && state.people.get(who)?.who.relation === 'contact')
    return [state, [{ ask: 'remove', who }]]
  return [state, []]
}

function searchPressed(state: State, panel: Extract<Panel, { kind: 'search' }>, key: Key): Changed {
  const results = matches(state, panel)
  if (key.name === 'up') return [{ ...state, panel: { ...panel, index: Math.max(0, panel.index - 1) } }, []]
  if (key.name === 'down')
    return [
      { ...state, panel: { ...panel, index: Math.max(0, Math.min(results.length - 1, panel.index + 1)) } },
      [],
    ]
  if (key.name === 'enter') {
    const result = results[panel.index]
    return result === undefined ? [state, []] : chosen(shut(state), result)
  }
  const field = onOneLine(panel.field, key)
  const words = textOf(field).trim()
  if (words === panel.asked) return [{ ...state, panel: { ...panel, field } }, []]
  const next: Panel = { ...panel, field, asked: words, index: 0, found: words === '' ? [] : panel.found }
  return [{ ...state, panel: next }, words === '' ? [] : [{ ask: 'search', words }]]
}

/** What a search leads to: somebody, or a message with them. */
export interface Match {
  who: Person
  found?: Said
}

/** People by their names, then messages, the newest first. */
export function matches(state: State, { field, found }: Extract<Panel, { kind: 'search' }>): Match[] {
  const words = textOf(field).trim().toLowerCase()
  if (words === '') return []
  const people = state.order.flatMap((peer) => {
    const who = state.people.get(peer)?.who
    return who?.name.toLowerCase().includes(words) ? [{ who }] : []
  })
  return [...people, ...found.map((each) => ({ who: otherOf(each), found: each }))]
}

function chosen(state: State, { who, found }: Match): Changed {
  const known = state.people.has(who.peerId)
  const [next, asks] = known
    ? selected({ ...state, focus: 'people' }, who.peerId)
    : [state, [] as readonly Ask[]]
  if (!known)
    return [said(state, `${harmless(who.name)} is not listed now. a adds them by their address.`), []]
  const [open, more] = talk(next)
  if (found === undefined) return [open, [...asks, ...more]]
  const key = keyOf(found)
  const loaded = open.talks.get(who.peerId)?.said.some((each) => keyOf(each) === key) ?? false
  const focused: State = { ...open, focus: 'messages' }
  if (loaded)
    return [
      withTalk(focused, who.peerId, { picked: key, bottom: { key, row: Number.MAX_SAFE_INTEGER } }),
      [...asks, ...more],
    ]
  return [focused, [...asks, ...more, { ask: 'reach', who: who.peerId, key, id: found.id }]]
}

function detailsPressed(state: State, { key }: Extract<Panel, { kind: 'details' }>, pressed: Key): Changed {
  if (isTyped(pressed, 'r') && key.startsWith('me ')) {
    const at = state.selected === undefined ? undefined : state.talks.get(state.selected)
    const message = at?.said.find((each) => keyOf(each) === key)
    return message === undefined ? [shut(state), []] : [shut(state), [{ ask: 'recall', id: message.id }]]
  }
  return [pressed.name === 'text' || pressed.name === 'enter' ? shut(state) : state, []]
}

function nameIn(state: State, who: string): string {
  const someone = [...state.people.values()].find((each) => each.who.peerId === who)
  return someone === undefined ? 'They' : called(state, someone.who)
}
