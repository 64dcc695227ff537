/** A key as the screen understands it, out of what the terminal sent: it sends chunks, and a chunk may hold several keys. */

export type KeyName =
  | 'text'
  | 'paste'
  | 'enter'
  | 'newline'
  | 'escape'
  | 'tab'
  | 'backtab'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageup'
  | 'pagedown'
  | 'home'
  | 'end'
  | 'backspace'
  | 'delete'

export interface Key {
  name: KeyName
  /** What was typed or pasted; with `ctrl` or `alt` the one letter. */
  text: string
  ctrl: boolean
  alt: boolean
}

/** What ink tells of a key. */
export interface InkKey {
  upArrow: boolean
  downArrow: boolean
  leftArrow: boolean
  rightArrow: boolean
  pageDown: boolean
  pageUp: boolean
  home: boolean
  end: boolean
  return: boolean
  escape: boolean
  ctrl: boolean
  shift: boolean
  tab: boolean
  backspace: boolean
  delete: boolean
  meta: boolean
  eventType?: 'press' | 'repeat' | 'release'
}

const NAMED: readonly [keyof InkKey, KeyName][] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
]

export function keysOf(input: string, key: InkKey): Key[] {
  if (key.eventType === 'release') return []
  const { ctrl } = key
  const named = NAMED.find(([flag]) => key[flag] === true)
  if (named !== undefined) {
    // Alt-Enter: the usual way to begin a new line where Enter sends.
    if (named[1] === 'enter' && key.meta) return [{ ...press('newline'), alt: true }]
    return [{ name: named[1], text: '', ctrl, alt: key.meta && named[1] !== 'escape' }]
  }
  if (key.tab) return [press(key.shift ? 'backtab' : 'tab')]
  if (ctrl || key.meta)
    return input === '' ? [] : [{ name: 'text', text: input.toLowerCase(), ctrl, alt: key.meta }]
  return keysIn(input)
}

export function pasteOf(text: string): Key {
  return { name: 'paste', text, ctrl: false, alt: false }
}

/** Control characters within a chunk are keys of their own: who types fast, or a script, sends them together. */
function keysIn(input: string): Key[] {
  const keys: Key[] = []
  for (const part of input.split(/([\u0000-\u001f\u007f])/)) {
    if (part === '') continue
    const code = part.length === 1 ? part.charCodeAt(0) : 0x20
    if (code >= 0x20 && code !== 0x7f) keys.push({ ...press('text'), text: part })
    else if (part === '\r') keys.push(press('enter'))
    else if (part === '\n') keys.push(press('newline'))
    else if (part === '\t') keys.push(press('tab'))
    else if (part === '\u001b') keys.push(press('escape'))
    else if (part === '\u007f' || part === '\b') keys.push(press('backspace'))
    else if (code >= 1 && code <= 26)
      keys.push({ ...press('text'), text: String.fromCharCode(code + 96), ctrl: true })
  }
  return keys
}

function press(name: KeyName): Key {
  return { name, text: '', ctrl: false, alt: false }
}
