/** What keys do to a text that is being typed: those of readline, and the arrows. */
import { type Cut, cut, type Field, type Move, moved, textOf, typed } from './field.ts'
import type { Key } from './key.ts'

/** A key in a text: the same field, if it means nothing there. */
export function edit(field: Field, key: Key): Field {
  if (key.name === 'paste' || (key.name === 'text' && !key.ctrl && !key.alt)) return typed(field, key.text)
  if (key.name === 'newline') return typed(field, '\n')
  const move = MOVES[wordOf(key)]
  if (move !== undefined) return moved(field, move)
  if (key.name === 'up' || key.name === 'down') return vertically(field, key.name)
  const what = CUTS[wordOf(key)]
  return what === undefined ? field : cut(field, what)
}

const MOVES: Readonly<Record<string, Move>> = {
  left: 'left',
  right: 'right',
  'ctrl left': 'wordLeft',
  'ctrl right': 'wordRight',
  'alt left': 'wordLeft',
  'alt right': 'wordRight',
  'alt b': 'wordLeft',
  'alt f': 'wordRight',
  home: 'home',
  end: 'end',
  'ctrl a': 'home',
  'ctrl e': 'end',
  'ctrl b': 'left',
  'ctrl f': 'right',
}

const CUTS: Readonly<Record<string, Cut>> = {
  backspace: 'back',
  delete: 'forward',
  'ctrl d': 'forward',
  'ctrl h': 'back',
  'ctrl w': 'word',
  'alt backspace': 'word',
  'ctrl u': 'toStart',
  'ctrl k': 'toEnd',
}

function wordOf({ name, text, ctrl, alt }: Key): string {
  return `${ctrl ? 'ctrl ' : ''}${alt ? 'alt ' : ''}${name === 'text' ? text : name}`
}

/** To the same column, as far as it goes, of the line above or below. */
function vertically(field: Field, to: 'up' | 'down'): Field {
  const text = textOf(field)
  const start = field.before.lastIndexOf('\n') + 1
  const column = field.before.length - start
  const lineStart =
    to === 'up' ? text.lastIndexOf('\n', start - 2) + 1 : text.indexOf('\n', field.before.length) + 1
  if (to === 'up' ? start === 0 : lineStart === 0) return field
  const end = text.indexOf('\n', lineStart)
  const at = Math.min(lineStart + column, end < 0 ? text.length : end)
  return { before: text.slice(0, at), after: text.slice(at) }
}
