/** Messages that were answered, edited, reacted to or deleted, on the screen, and the keys that do it. */
import { describe, expect, test } from 'vitest'
import type { Message, Outcome } from '../../src/agent.ts'
import { draftsOf } from '../../src/doors/tui/state.ts'
import { came, type Desk, desk, from, heard, NOON, page, person, sighting, to } from './desk.ts'

const bob = person('bob')
const AT = new Date(NOON).toISOString()

/** Bob's conversation is open and the last of these is picked. */
function picking(...said: (Message | Outcome)[]): Desk {
  const alice = desk({ columns: 100, rows: 30 })
  alice.happen(came(sighting(bob)), page(bob, said))
  alice.press('enter', 'up')
  alice.asks()
  return alice
}

const amended = (message: Message | Outcome) => ({
  event: 'amended' as const,
  at: AT,
  seq: 99,
  by: 'edit' as const,
  message,
})

describe('what was done to a message shows', () => {
  test('an answer has what it answers above it, an edit and a reaction stand below', () => {
    const asked = to(bob, 'Lunch at one?', { edited: AT, reaction: '👍' })
    const answer = from(bob, 'Yes', { replyTo: asked.id, quoted: 'Lunch at one?', unread: false })
    const later = from(bob, 'Hm', { replyTo: asked.id, unread: false, reaction: 'ok' })
    const alice = picking(asked, answer, later)
    expect(alice.text()).toMatch(/you: Lunch at one\?.*\n.*└ edited · bob: 👍/)
    expect(alice.text()).toMatch(/↳ Lunch at one\?.*\n.*bob: Yes/)
    expect(alice.text()).toMatch(/↳ an earlier message.*\n.*bob: Hm.*\n.*└ you: ok/)
  })

  test('a deleted one says so; nothing of others can pose as a mark or move the cursor', () => {
    const gone = from(bob, '', { deleted: AT, unread: false })
    const sly = from(bob, 'x', {
      replyTo: gone.id,
      quoted: '\u001b[2J\u202e evil',
      reaction: '\u001b]0;x\u0007',
      unread: false,
    })
    const alice = picking(gone, sly)
    expect(alice.text()).toContain('bob: (deleted)')
    expect(alice.text()).not.toMatch(/[\u001b\u0007\u202e]/)
  })

  test('a change that comes is seen where the message stands; one of what is not loaded changes nothing', () => {
    const mine = to(bob, 'tea')
    const alice = picking(mine)
    alice.happen(amended({ ...mine, text: 'coffee', edited: AT, amending: true }))
    expect(alice.text()).toMatch(/you: coffee.*\n.*└ edited · on its way/)
    alice.happen(amended({ ...mine, text: 'coffee', edited: AT }))
    expect(alice.text()).toMatch(/└ edited *$/m)
    // How the message itself fares goes on beside it.
    const { text: _, ...bare } = mine
    alice.happen({ event: 'outcome', ...bare, disposition: 'displayed', seq: 100 })
    expect(alice.text()).toMatch(/✓✓ +you: coffee.*\n.*└ edited/)
    // And so does what answers it.
    alice.happen(heard(from(bob, 'With milk?', { replyTo: mine.id, quoted: 'coffee', unread: false })))
    alice.happen(amended({ ...mine, text: 'water', edited: AT }))
    expect(alice.text()).toMatch(/↳ water.*\n.*bob: With milk/)
    alice.happen(amended({ ...mine, text: '', deleted: AT }))
    expect(alice.text()).toMatch(/↳ an earlier message.*\n.*bob: With milk/)
    const before = alice.text()
    alice.happen(amended(to(bob, 'never seen')))
    expect(alice.text()).toBe(before)
  })
})

test('what is deleted before it was read is not unread, and calls nobody', () => {
  const alice = desk({ columns: 100, rows: 30 })
  const [carol, first] = [person('carol'), from(bob, 'oops')]
  alice.happen(came(sighting(bob), sighting(carol)), page(bob, [first]))
  alice.happen(
    { event: 'message', ...from(carol, 'psst') },
    { event: 'message', ...from(carol, '', { deleted: AT, unread: false }) },
  )
  expect(alice.state.people.get(carol.peerId)?.unread).toBe(1)
  alice.happen(page(carol, [from(carol, 'psst')]))
  const [psst] = alice.state.talks.get(carol.peerId)?.said ?? []
  if (psst !== undefined) alice.happen(amended({ ...psst, text: '', deleted: AT, unread: false } as Message))
  expect(alice.state.people.get(carol.peerId)?.unread).toBe(0)
  // What is not loaded may have been read or not: the inbox knows.
  const dave = person('dave')
  const twice = [from(dave, 'one'), from(dave, 'two')] as const
  alice.happen(...twice.map((each) => ({ event: 'message' as const, ...each })))
  alice.asks()
  alice.happen(amended({ ...twice[0], text: '', deleted: AT, unread: false }))
  expect(alice.asks()).toEqual([{ ask: 'unread', who: dave.peerId }])
  alice.happen({ event: 'unread', who: dave.peerId, count: 1 })
  expect(alice.state.people.get(dave.peerId)?.unread).toBe(1)
})

describe('by keys', () => {
  test('a answers: the draft says what it is about, Enter sends it, Esc leaves that', () => {
    const question = from(bob, 'Lunch?\nAt one?', { unread: false })
    const alice = picking(question)
    alice.type('a')
    expect(alice.text()).toContain('↳ you answer: Lunch? At one?')
    alice.type('Yes')
    alice.press('escape')
    expect(alice.text()).not.toContain('you answer')
    expect(alice.text()).toContain('› Yes')
    alice.press('up')
    alice.type('a')
    alice.type('!')
    alice.asks()
    alice.press('enter')
    const answers = { id: question.id, words: 'Lunch? At one?' }
    expect(alice.asks()).toEqual([{ ask: 'send', to: bob, text: 'Yes!', answers }])
    alice.happen({ event: 'sending', to: bob, id: question.id, text: 'Yes!', answers })
    expect(alice.text()).toMatch(/↳ Lunch\? At one\?.*\n.*you: Yes!/)
  })

  test('e edits mine: the text stands to be changed, and the draft of before comes back', () => {
    const mine = to(bob, 'The door is opne')
    const alice = picking(mine)
    alice.press('down')
    alice.type('half a th')
    alice.press('up')
    alice.type('e')
    expect(alice.text()).toContain('↳ you edit: The door is opne')
    expect([...draftsOf(alice.state).values()]).toEqual(['half a th'])
    alice.press('backspace', 'backspace')
    alice.type('en')
    alice.asks()
    alice.press('enter')
    const [ask] = alice.asks()
    expect(ask).toMatchObject({ ask: 'edit', id: mine.id, text: 'The door is open' })
    expect(alice.text()).toContain('› half a th')
    // It could not be asked at all: the words are not lost.
    if (ask !== undefined) alice.happen({ event: 'failed', sentence: 'The disk is full.', of: ask })
    expect(alice.text()).toContain('› The door is open')
    // Nor do they become a message of their own.
    expect(alice.text()).toContain('↳ you edit: The door is opne')
    alice.asks()
    alice.press('enter')
    expect(alice.asks()).toMatchObject([{ ask: 'edit', id: mine.id, text: 'The door is open' }])
    expect(alice.text()).toContain('› half a th')
  })

  test('Esc leaves the edit, and the message, as it was', () => {
    const alice = picking(to(bob, 'as it is'))
    alice.type('e')
    alice.type(' not')
    alice.press('escape')
    expect(alice.text()).toContain('a message to bob')
    expect(alice.asks().filter(({ ask }) => ask !== 'composing')).toEqual([])
  })

  test('theirs cannot be edited, mine not reacted to, and what is gone neither', () => {
    const alice = picking(from(bob, 'theirs', { unread: false }))
    alice.type('e')
    expect(alice.text()).toContain('Only a message of yours can be edited.')
    const other = picking(to(bob, 'mine'))
    other.type('+')
    expect(other.text()).toContain('Only the other one can react')
    const failed = picking(to(bob, 'lost', { outcome: 'failure', reason: 'closed' }))
    failed.type('e')
    expect(failed.text()).toContain('They never got that message')
    const gone = picking(from(bob, '', { deleted: AT, unread: false }))
    for (const key of ['a', '+']) {
      gone.type(key)
      expect(gone.text()).toContain('That message was deleted.')
    }
    expect([alice, other, failed, gone].flatMap((each) => each.asks())).toEqual([])
  })

  test('+ reacts: by a number, by what is typed, or takes it back', () => {
    const theirs = from(bob, 'Done!', { unread: false })
    const alice = picking(theirs)
    alice.type('+')
    expect(alice.text()).toContain('1 👍')
    alice.type('3')
    expect(alice.asks()).toEqual([{ ask: 'react', id: theirs.id, reaction: '🎉' }])
    alice.type('+')
    alice.type('w00t 1')
    alice.press('enter')
    expect(alice.asks()).toEqual([{ ask: 'react', id: theirs.id, reaction: 'w00t 1' }])
    alice.type('+')
    alice.press('enter')
    expect(alice.asks()).toEqual([{ ask: 'react', id: theirs.id, reaction: null }])
    alice.type('+')
    alice.press('escape')
    expect(alice.asks()).toEqual([])
  })

  test('x asks first: for both, where it is mine, or here', () => {
    const [theirs, mine] = [from(bob, 'theirs', { unread: false }), to(bob, 'mine')]
    const alice = picking(theirs, mine)
    alice.type('x')
    expect(alice.text()).toContain('for both')
    alice.press('escape')
    expect(alice.asks()).toEqual([])
    alice.type('x')
    alice.type('b')
    expect(alice.asks()).toEqual([{ ask: 'erase', id: mine.id }])
    alice.press('up')
    alice.type('x')
    expect(alice.text()).not.toContain('for both')
    alice.type('b')
    expect(alice.asks()).toEqual([])
    alice.type('x')
    alice.type('h')
    const key = `they ${theirs.id}`
    expect(alice.asks()).toEqual([{ ask: 'forget', who: bob.peerId, key, id: theirs.id }])
    alice.happen({ event: 'forgotten', who: bob.peerId, key })
    expect(alice.text()).not.toContain('theirs')
    expect(alice.state.focus).toBe('writing')
  })

  test('what the other one has not, or not any more, goes here alone', () => {
    for (const changed of [{ deleted: AT }, { outcome: 'failure' as const, reason: 'closed' as const }]) {
      const mine = to(bob, 'mine', changed)
      const alice = picking(mine)
      alice.type('x')
      expect(alice.text()).not.toMatch(/for both|the other side/)
      expect(alice.text()).toContain(changed.deleted === undefined ? 'mine' : '(deleted)')
      alice.type('h')
      expect(alice.asks()).toMatchObject([{ ask: 'forget', id: mine.id }])
    }
  })

  test('the foot and the help name the keys', () => {
    const alice = picking(to(bob, 'mine'))
    expect(alice.rows().at(-1)).toMatch(/a answer.*\+ react.*e edit.*x delete/)
    alice.press('escape', 'escape')
    alice.type('?')
    for (let pages = 0; pages < 3 && !alice.text().includes('With a message picked'); pages++)
      alice.press('pagedown')
    expect(alice.text()).toContain('With a message picked')
  })
})
