/** A way back from far up a conversation that is not a page at a time. */
import { expect, test } from 'vitest'
import { came, desk, from, heard, page, person, sighting } from './desk.ts'

const bob = person('bob')

function reading() {
  const alice = desk()
  const said = Array.from({ length: 100 }, (_, at) => from(bob, `line ${at}`, { unread: false }))
  alice.happen(came(sighting(bob)), page(bob, said))
  return alice
}

test.each(['ctrl-end', 'alt-end'] as const)(
  '%s leads to the newest, and what came meanwhile is read',
  (key) => {
    const alice = reading()
    alice.press('enter', ...Array.from({ length: 4 }, () => 'pageup' as const))
    alice.happen(heard(from(bob, 'news')))
    expect(alice.text()).toContain('1 new below: PgDn, Ctrl-End')
    alice.type('half a')
    alice.asks()
    alice.press(key)
    expect(alice.text()).toContain('bob: news')
    expect(alice.text()).toContain('half a')
    expect(alice.text()).not.toContain('Ctrl-End')
    expect(alice.asks().map(({ ask }) => ask)).toEqual(['read'])
  },
)

test('from a message that was picked or found, and among people', () => {
  const alice = reading()
  alice.press('enter', ...Array.from({ length: 40 }, () => 'up' as const))
  expect(alice.state.focus).toBe('messages')
  alice.press('ctrl-end')
  expect(alice.state.focus).toBe('writing')
  expect(alice.text()).toContain('line 99')
  alice.press('escape', 'pageup', 'pageup', 'ctrl-end')
  expect(alice.text()).toContain('line 99')
  expect(alice.state.focus).toBe('people')
})
