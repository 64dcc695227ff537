/** Whether the window has the keys: told by the terminal, between the keys, and never taken for one. */
import { describe, expect, test } from 'vitest'
import { happened } from '../../src/doors/tui/happened.ts'
import { LOOKS_FOR_MS } from '../../src/doors/tui/looking.ts'
import { beginning, type State } from '../../src/doors/tui/state.ts'
import { focused, touched } from '../../src/doors/tui/touched.ts'
import { FOCUS_OFF, FOCUS_ON, focusIn, windowFocus } from '../../src/doors/tui/window-focus.ts'
import { RULES, SELF, STATUS } from '../support/fake-agent.ts'
import { came, from, heard, NOON, page, person, sighting } from './desk.ts'

const bob = person('bob')
const IN = '\u001b[I'
const OUT = '\u001b[O'

describe('what the terminal tells', () => {
  test.each([
    [[IN], [true]],
    [['a', OUT, 'b'], [false]],
    [[`x${OUT}y${IN}`], [false, true]],
    [['\u001b', '[O'], [false]],
    [['\u001b[', 'I'], [true]],
    [['\u001b', '\u001b[I'], [true]],
    [['[I', '\u001b[A', '\u001b[1;2O', '\u001bOI'], []],
  ])('%j', (chunks, told) => {
    const all: boolean[] = []
    const hear = focusIn((isHere) => all.push(isHere))
    for (const chunk of chunks) hear(chunk)
    expect(all).toEqual(told)
  })

  test('is asked for while the screen is shown, and the keys are read as before', () => {
    const chunks = ['a', OUT, null]
    const read = (): string | null => chunks.shift() ?? null
    const stdin = { read }
    let written = ''
    const told: boolean[] = []
    const stdout = { write: (text: string) => (written += text) }
    const focus = windowFocus({ stdin, stdout }, (isHere) => told.push(isHere))
    focus.begin()
    expect([stdin.read(), stdin.read(), stdin.read()]).toEqual(['a', OUT, null])
    expect(told).toEqual([false])
    focus.pause()
    focus.begin()
    focus.end()
    focus.end()
    expect(written).toBe(FOCUS_ON + FOCUS_OFF + FOCUS_ON + FOCUS_OFF)
    expect(stdin.read).toBe(read)
  })
})

describe('Alice has Bob’s conversation open', () => {
  const open = (): State => {
    const found = { self: SELF, status: STATUS, rules: RULES, known: [], requests: [] }
    let state = beginning({ columns: 80, rows: 24 }, NOON, '')
    for (const each of [
      { event: 'started', as: 'own', found: { ...found, unread: new Map(), personRules: new Map() } },
      came(sighting(bob)),
      page(bob, []),
    ] as const)
      [state] = happened(state, each, NOON)
    return touched(state, { name: 'enter', text: '', ctrl: false, alt: false }, NOON)[0]
  }

  test('and works in another window: a message rings, and is read when she is back', () => {
    const [away] = focused(open(), false, NOON + 1)
    const hello = from(bob, 'hello')
    const [got, asks] = happened(away, heard(hello), NOON + 2)
    expect(asks.map(({ ask }) => ask)).toEqual(['call'])
    expect(got.people.get(bob.peerId)?.unread).toBe(1)
    const [back, more] = focused(got, true, NOON + 3)
    expect(more).toContainEqual({ ask: 'read', ids: [hello.id] })
    expect(back.people.get(bob.peerId)?.unread).toBe(0)
    const again = from(bob, 'again')
    expect(happened(back, heard(again), NOON + 4)[1]).toEqual([{ ask: 'read', ids: [again.id] }])
  })

  test('a key is proof enough that the window has them', () => {
    const [away] = focused(open(), false, NOON + 1)
    const [back] = touched(away, { name: 'left', text: '', ctrl: false, alt: false }, NOON + 2)
    const hello = from(bob, 'hello')
    expect(happened(back, heard(hello), NOON + 3)[1]).toEqual([{ ask: 'read', ids: [hello.id] }])
  })

  test('and comes back after a while: that counts as a key does', () => {
    const later = NOON + 2 * LOOKS_FOR_MS
    const [got] = happened(open(), heard(from(bob, 'hello')), later)
    expect(got.people.get(bob.peerId)?.unread).toBe(1)
    const [back] = focused(got, true, later + 1)
    expect(back.people.get(bob.peerId)?.unread).toBe(0)
    expect(back.keyAt).toBe(later + 1)
  })
})
