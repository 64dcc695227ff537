/** What was read at another door, a page or a command, is not unread on the screen. */
import { expect, test } from 'vitest'
import { came, desk, from, NOON, page, person, sighting } from './desk.ts'

const bob = person('bob')
const carol = person('carol')

test('What Alice read on her page is unread on her screen no longer, and what came since still is', () => {
  const alice = desk({ columns: 100, rows: 30 })
  alice.happen(came(sighting(bob), sighting(carol)))
  const [one, two, later] = [from(carol, 'one'), from(carol, 'two'), from(carol, 'later')]
  const unread = () => alice.state.people.get(carol.peerId)?.unread
  const read = (...ids: (typeof one)['id'][]) =>
    alice.happen({ event: 'read', at: new Date(NOON).toISOString(), seq: 9, who: carol, ids })
  alice.happen({ event: 'message', ...one }, { event: 'message', ...two })
  expect(unread()).toBe(2)
  expect(alice.text()).toContain('2 unread')

  read(one.id, two.id)
  expect(unread()).toBe(0)
  expect(alice.text()).not.toContain('unread')

  // Where the conversation is loaded, it is known of each what it is: nothing is taken off twice.
  alice.happen(
    page(
      carol,
      [one, two].map((said) => ({ ...said, unread: false })),
    ),
  )
  alice.happen({ event: 'message', ...later })
  read(one.id, two.id)
  expect(unread()).toBe(1)
  read(later.id)
  expect(unread()).toBe(0)
})
