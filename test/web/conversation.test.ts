/** What is said appears once, whatever way it comes, and only forwards. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyOf, type Said } from '../../src/agent/said.ts'
import type { Message, Outcome } from '../../src/agent.ts'
import {
  type Conversation,
  changed,
  fresh,
  keep,
  noteOutcome,
  unreadIn,
} from '../../src/doors/web/page/state/conversation.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { MESSAGE, OUTCOME } from '../support/fake-agent.ts'

const NONE: Conversation = { said: [], loaded: false, whole: false }
const theirs = (id: string, seq: number, fields: Partial<Message> = {}): Message => ({
  ...MESSAGE,
  id: id as MessageId,
  seq,
  ...fields,
})
const mine = (id: string, seq: number, fields: Partial<Outcome> = {}): Outcome => ({
  ...OUTCOME,
  id: id as MessageId,
  seq,
  ...fields,
})
const owed = (id: string, seq: number): Outcome => {
  const { disposition: _, ...outcome } = mine(id, seq, { outcome: 'indeterminate', state: 'owed' })
  return outcome
}
const keys = ({ said }: Conversation): string[] => said.map(keyOf)

describe('A page that was read before what was told meanwhile', () => {
  test('what an event told first stands in its place, once, whatever is listed after it', () => {
    const all = [1, 2, 3, 4].map((seq) => theirs(`w${seq}`, seq))
    for (const first of all) {
      const listed = all.reduce(fresh, fresh(NONE, first))
      expect(keys(listed)).toEqual(all.map(keyOf))
      expect(keys(keep(listed, { rows: all, whole: true, older: false }))).toEqual(all.map(keyOf))
      const paged = keep(fresh(NONE, first), { rows: all.slice(0, 2), whole: true, older: false })
      expect(keys(all.reduce(fresh, paged))).toEqual(all.map(keyOf))
    }
  })
  test('takes back neither an outcome nor that something was read', () => {
    const here: Conversation = {
      said: [theirs('a', 1, { unread: false }), mine('b', 2)],
      loaded: true,
      whole: true,
    }
    const rows = [theirs('a', 1, { unread: true }), owed('b', 2)]
    const { said } = keep(here, { rows, whole: true, older: false })
    expect(said).toMatchObject([{ unread: false }, { state: 'settled', outcome: 'success' }])
    // And one that is newer brings both on.
    const later = keep(
      { ...here, said: rows },
      { rows: [theirs('a', 1, { unread: false }), mine('b', 2)], whole: true, older: false },
    )
    expect(later.said).toMatchObject([{ unread: false }, { state: 'settled', outcome: 'success' }])
  })
})

describe('A change', () => {
  const before = [
    theirs('a', 1, { text: 'tea' }),
    mine('b', 2, { replyTo: 'a' as MessageId, quoted: 'tea' }),
    theirs('c', 3),
  ]
  const conversation: Conversation = { said: before, loaded: true, whole: true }

  test('is seen where the message stands, and in what answers it', () => {
    const edited = theirs('a', 1, { text: 'coffee', edited: MESSAGE.at, reaction: '👍' })
    expect(changed(conversation, edited).said).toEqual([
      edited,
      { ...before[1], quoted: 'coffee' },
      before[2],
    ])
    const deleted = theirs('a', 1, { text: '', deleted: MESSAGE.at, unread: false })
    const { said } = changed(conversation, deleted)
    expect(said[0]).toEqual(deleted)
    expect(said[1]).not.toHaveProperty('quoted')
    expect(unreadIn({ ...conversation, said })).toEqual(['c'])
  })

  test('of a message that is not here changes nothing; mine and theirs of one id are two', () => {
    expect(changed(conversation, mine('a', 9, { text: 'x' })).said[0]).toEqual(before[0])
    expect(changed(conversation, theirs('z', 9)).said).toEqual(before)
  })

  test('stays when the message goes on its way', () => {
    const { said } = noteOutcome(
      { ...conversation, said: [{ ...owed('b', 2), edited: MESSAGE.at, waits: 'turn' }] },
      mine('b', 4),
    )
    expect(said[0]).toMatchObject({ edited: MESSAGE.at, text: 'hello', outcome: 'success' })
    expect(said[0]).not.toHaveProperty('waits')
  })
})

describe('Each message once', () => {
  test('told by an event and again by a replay', () => {
    const once = fresh(NONE, theirs('a', 1))
    expect(keys(fresh(once, theirs('a', 1)))).toEqual(['they a'])
  })
  test('two people may choose the same id: one is theirs, one is mine', () => {
    expect(keys(fresh(fresh(NONE, theirs('a', 1)), mine('a', 2)))).toEqual(['they a', 'me a'])
  })
  test('what was read is not unread again by a replay', () => {
    const read = fresh(NONE, theirs('a', 1, { unread: false }))
    expect(unreadIn(fresh(read, theirs('a', 1, { unread: true })))).toEqual([])
  })
  test('the page that comes after an event holds it as well', () => {
    const before = fresh(fresh(NONE, theirs('a', 1)), theirs('b', 2))
    const after = keep(before, { rows: [theirs('a', 1), theirs('b', 2)], whole: true, older: false })
    expect(keys(after)).toEqual(['they a', 'they b'])
    expect(after).toMatchObject({ loaded: true, whole: true })
  })
  test('what came while the page was on its way stays behind it', () => {
    const before = fresh(NONE, theirs('c', 3))
    const after = keep(before, { rows: [theirs('a', 1), theirs('b', 2)], whole: true, older: false })
    expect(keys(after)).toEqual(['they a', 'they b', 'they c'])
  })
  test('what the peer has not taken yet stays behind the page', () => {
    const before = fresh(NONE, owed('x', 0))
    expect(keys(keep(before, { rows: [theirs('a', 1)], whole: true, older: false }))).toEqual([
      'they a',
      'me x',
    ])
  })
  test('an older page goes before, without what both hold', () => {
    const before = keep(NONE, { rows: [theirs('c', 3)], whole: false, older: false })
    const after = keep(before, { rows: [theirs('b', 2), theirs('c', 3)], whole: true, older: true })
    expect(keys(after)).toEqual(['they b', 'they c'])
    expect(after.whole).toBe(true)
  })
  test('a page that does not join what is here replaces it: there is no hole in the middle', () => {
    const before = keep(NONE, { rows: [theirs('a', 1), theirs('b', 2)], whole: true, older: false })
    const after = keep(before, { rows: [theirs('y', 60), theirs('z', 61)], whole: false, older: false })
    expect(keys(after)).toEqual(['they y', 'they z'])
    expect(after.whole).toBe(false)
  })
  test('a page that overlaps what is here leaves what is older in its place', () => {
    const before = keep(NONE, { rows: [theirs('a', 1), theirs('b', 2)], whole: true, older: false })
    const after = keep(before, { rows: [theirs('b', 2), theirs('c', 3)], whole: false, older: false })
    expect(keys(after)).toEqual(['they a', 'they b', 'they c'])
    expect(after.whole).toBe(true)
  })

  test('in whatever order answers, events, replays and pages come, nothing is lost, doubled or out of order', () => {
    const history: Said[] = [theirs('a', 1), mine('b', 2), theirs('c', 3), theirs('d', 4), mine('e', 5)]
    const events = history.map((said) => ({
      at: said.seq,
      conversation: (so: Conversation) => fresh(so, said),
    }))
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: history.length }), { maxLength: 8 }),
        fc.integer({ min: 0, max: history.length }),
        (pagesAfter, replayedFrom) => {
          let conversation = NONE
          let told = 0
          for (const pageAfter of [...pagesAfter, history.length]) {
            // Events come in order; a link that was lost tells some of them again.
            for (const { conversation: next } of events.slice(
              Math.min(told, replayedFrom),
              Math.max(told, pageAfter),
            ))
              conversation = next(conversation)
            told = Math.max(told, pageAfter)
            conversation = keep(conversation, { rows: history.slice(0, told), whole: true, older: false })
          }
          expect(keys(conversation)).toEqual(history.map(keyOf))
        },
      ),
    )
  })
})

describe('An outcome only moves forwards', () => {
  const table: [before: Outcome, after: Outcome, shown: string][] = [
    [owed('a', 1), mine('a', 2, { disposition: 'held' }), 'held'],
    [mine('a', 2, { disposition: 'held' }), mine('a', 3, { disposition: 'delivered' }), 'delivered'],
    [mine('a', 3, { disposition: 'displayed' }), mine('a', 2, { disposition: 'delivered' }), 'displayed'],
    [mine('a', 2, { disposition: 'delivered' }), owed('a', 1), 'delivered'],
  ]
  test.each(table)('%#', (before, after, shown) => {
    const conversation = noteOutcome(fresh(NONE, before), after)
    expect(conversation.said).toMatchObject([{ disposition: shown }])
  })
  test('it keeps the text, which events do not carry', () => {
    const { text: _, ...told } = mine('a', 2)
    const conversation = noteOutcome(fresh(NONE, { ...owed('a', 1), text: 'Lunch?' }), told)
    expect(conversation.said).toMatchObject([{ text: 'Lunch?', disposition: 'delivered' }])
  })
  test('of a message said at another door it asks for the page', () => {
    const { text: _, ...told } = mine('a', 2)
    expect(noteOutcome(NONE, told).stale).toBe(true)
    expect(
      keep(noteOutcome(NONE, told), { rows: [mine('a', 2)], whole: true, older: false }).stale,
    ).toBeUndefined()
  })
})
