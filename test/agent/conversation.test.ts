/** What is said appears once, at its place, whatever way it comes, and only goes forwards. */
import { describe, expect, test } from 'vitest'
import {
  amended,
  type Conversation,
  fared,
  glimpsed,
  gone,
  heard,
  listed,
  NOTHING_SAID,
  oldestOf,
  unsaid,
  wereRead,
} from '../../src/agent/conversation.ts'
import { keyOf, type Said, UNNUMBERED } from '../../src/agent/said.ts'
import type { Message, Outcome } from '../../src/agent.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { MESSAGE, OUTCOME } from '../support/fake-agent.ts'

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
/** As an event tells it. */
const textless = ({ text: _, ...outcome }: Outcome): Outcome => outcome
const keys = ({ said }: Conversation): string[] => said.map(keyOf)
const whole = (rows: readonly Said[], asOf: number) => ({ rows, asOf, whole: true })
const part = (rows: readonly Said[], asOf: number) => ({ rows, asOf, whole: false })

describe('A page that was read before what was told meanwhile', () => {
  test('what an event told first stands in its place, once, whatever is listed after it', () => {
    const all = [1, 2, 3, 4].map((seq) => theirs(`w${seq}`, seq))
    for (const first of all) {
      const glimpse = glimpsed(heard(NOTHING_SAID, first), { rows: all, asOf: 0 })
      expect(keys(glimpse)).toEqual(all.map(keyOf))
      expect(keys(listed(glimpse, whole(all, 4)))).toEqual(all.map(keyOf))
      const paged = listed(heard(NOTHING_SAID, first), whole(all.slice(0, 2), 0))
      expect(keys(all.reduce(heard, paged))).toEqual(all.map(keyOf))
    }
  })
  test('takes back neither an outcome nor that something was read', () => {
    const here = listed(NOTHING_SAID, whole([theirs('a', 1, { unread: false }), mine('b', 2)], 2))
    const before = [theirs('a', 1, { unread: true }), owed('b', 2)]
    const after = [{ unread: false }, { state: 'settled', outcome: 'success' }]
    expect(listed(here, whole(before, 2)).said).toMatchObject(after)
    // And one that is newer brings both on.
    expect(listed(listed(NOTHING_SAID, whole(before, 2)), whole(here.said, 2)).said).toMatchObject(after)
  })
  test('takes back no change; one that was read after it is as it is', () => {
    const [before, edited] = [theirs('a', 1, { text: 'tea' }), theirs('a', 1, { text: 'coffee' })]
    const here = amended(heard(NOTHING_SAID, before), edited, 5)
    const answer = theirs('b', 2, { replyTo: before.id, quoted: 'tea' })
    expect(listed(here, whole([before, answer], 4)).said).toMatchObject([
      { text: 'coffee' },
      { quoted: 'coffee' },
    ])
    expect(listed(here, whole([before, answer], 5)).said).toEqual([before, answer])
  })
  test('knows what was told of a message that was not here', () => {
    const [a, b] = [theirs('a', 1), owed('b', 2)]
    const told = fared(wereRead(NOTHING_SAID, ['a']), textless(mine('b', 4)))
    const here = amended(told, { ...a, reaction: '👍' }, 5)
    expect(listed(here, whole([a, b], 3)).said).toMatchObject([
      { unread: false, reaction: '👍' },
      { outcome: 'success', disposition: 'delivered' },
    ])
  })
  test('brings nothing back that was deleted here; what it should hold and does not was deleted elsewhere', () => {
    const all = [theirs('a', 1), theirs('b', 2), theirs('c', 3)]
    const here = gone(listed(NOTHING_SAID, whole(all, 3)), 'they b')
    expect(keys(listed(here, whole(all, 3)))).toEqual(['they a', 'they c'])
    expect(keys(heard(here, theirs('b', 2)))).toEqual(['they a', 'they c'])
    expect(keys(listed(here, whole([theirs('a', 1)], 3)))).toEqual(['they a'])
    expect(keys(listed(here, whole([theirs('a', 1)], 2)))).toEqual(['they a', 'they c'])
  })
})

describe('A change', () => {
  const before = [
    theirs('a', 1, { text: 'tea' }),
    mine('b', 2, { replyTo: 'a' as MessageId, quoted: 'tea' }),
    theirs('c', 3),
  ]
  const conversation = listed(NOTHING_SAID, whole(before, 3))

  test('is seen where the message stands, and in what answers it', () => {
    const edited = theirs('a', 1, { text: 'coffee', edited: MESSAGE.at, reaction: '👍' })
    expect(amended(conversation, edited, 4).said).toEqual([
      edited,
      { ...before[1], quoted: 'coffee' },
      before[2],
    ])
    const deleted = theirs('a', 1, { text: '', deleted: MESSAGE.at, unread: false })
    const { said } = amended(conversation, deleted, 4)
    expect(said[0]).toEqual(deleted)
    expect(said[1]).not.toHaveProperty('quoted')
  })

  test('of a message that is not here changes nothing; mine and theirs of one id are two', () => {
    expect(amended(conversation, mine('a', 9, { text: 'x' }), 9).said[0]).toEqual(before[0])
    expect(amended(conversation, theirs('z', 9), 9).said).toEqual(before)
  })

  test('stays when the message goes on its way', () => {
    const changed = { ...owed('b', 2), edited: MESSAGE.at, waits: 'turn' as const }
    const { said } = fared(listed(NOTHING_SAID, whole([changed], 2)), textless(mine('b', 4)))
    expect(said[0]).toMatchObject({ edited: MESSAGE.at, text: 'hello', outcome: 'success', seq: 2 })
    expect(said[0]).not.toHaveProperty('waits')
  })

  test('of what a deleted message answered brings no words back into it', () => {
    const deleted = { ...theirs('d', 4, { text: '', deleted: MESSAGE.at }), replyTo: 'a' as MessageId }
    const { said } = amended(heard(conversation, deleted), { ...before[0], reaction: '👍' } as Message, 5)
    expect(said.at(-1)).toEqual(deleted)
  })

  test('that was overtaken by the next is no news', () => {
    const [first, second] = [theirs('c', 3, { text: 'one' }), theirs('c', 3, { text: 'two' })]
    expect(amended(amended(conversation, second, 5), first, 4).said[2]).toEqual(second)
  })
})

describe('Each message once', () => {
  test('told by an event and again by a replay', () => {
    const once = heard(NOTHING_SAID, theirs('a', 1))
    expect(keys(heard(once, theirs('a', 1)))).toEqual(['they a'])
  })
  test('two people may choose the same id: one is theirs, one is mine', () => {
    expect(keys(heard(heard(NOTHING_SAID, theirs('a', 1)), mine('a', 2)))).toEqual(['they a', 'me a'])
  })
  test('what was read is not unread again by a replay', () => {
    const read = heard(NOTHING_SAID, theirs('a', 1, { unread: false }))
    expect(heard(read, theirs('a', 1, { unread: true })).said).toMatchObject([{ unread: false }])
  })
  test('a request that was accepted is a message, at the place where it came', () => {
    const held = listed(NOTHING_SAID, whole([theirs('a', 1, { disposition: 'held' }), mine('b', 2)], 2))
    const accepted = heard(held, theirs('a', 3, { text: 'as edited meanwhile' }))
    expect(keys(accepted)).toEqual(['they a', 'me b'])
    expect(accepted.said[0]).toMatchObject({ disposition: 'accepted', text: 'as edited meanwhile', seq: 1 })
    expect(listed(accepted, whole(held.said, 2)).said[0]).toMatchObject({ disposition: 'accepted' })
  })
  test('what came while the page was on its way stays behind it', () => {
    const before = heard(NOTHING_SAID, theirs('c', 3))
    const after = listed(before, whole([theirs('a', 1), theirs('b', 2)], 2))
    expect(keys(after)).toEqual(['they a', 'they b', 'they c'])
  })
  test('what the peer has not taken yet stays behind all, and goes to its place when it has', () => {
    const saying = heard(heard(NOTHING_SAID, owed('x', UNNUMBERED)), theirs('a', 2))
    expect(keys(saying)).toEqual(['they a', 'me x'])
    expect(keys(listed(saying, whole([theirs('a', 2)], 2)))).toEqual(['they a', 'me x'])
    expect(keys(fared(saying, textless(owed('x', 1))))).toEqual(['me x', 'they a'])
    expect(keys(unsaid(saying, 'me x'))).toEqual(['they a'])
  })
})

describe('Pages', () => {
  test('an older page goes before, without what both hold', () => {
    const before = listed(NOTHING_SAID, part([theirs('c', 3)], 3))
    const after = listed(before, { ...whole([theirs('b', 2)], 3), before: 'c' })
    expect(keys(after)).toEqual(['they b', 'they c'])
    expect([before.from, after.from]).toEqual([3, Number.NEGATIVE_INFINITY])
  })
  test('a page that does not join what is here replaces it: there is no hole in the middle', () => {
    const before = listed(NOTHING_SAID, whole([theirs('a', 1), theirs('b', 2)], 2))
    const after = listed(before, part([theirs('y', 60), theirs('z', 61)], 61))
    expect(keys(after)).toEqual(['they y', 'they z'])
    expect(after.from).toBe(60)
    // An older one that was asked for before that joins nothing any more.
    expect(listed(after, { ...whole([], 2), before: 'a' })).toBe(after)
  })
  test('a page that overlaps what is here leaves what is older in its place', () => {
    const before = listed(NOTHING_SAID, whole([theirs('a', 1), theirs('b', 2)], 2))
    const after = listed(before, part([theirs('b', 2), theirs('c', 3)], 3))
    expect(keys(after)).toEqual(['they a', 'they b', 'they c'])
    expect(after.from).toBe(Number.NEGATIVE_INFINITY)
  })
  test('what is missing between some that were only glimpsed comes with what is older', () => {
    const glimpse = glimpsed(NOTHING_SAID, { rows: [mine('a', 1), theirs('d', 4), theirs('e', 5)], asOf: 5 })
    const newest = listed(glimpse, part([theirs('d', 4), theirs('e', 5)], 5))
    expect(keys(newest)).toEqual(['me a', 'they d', 'they e'])
    expect(oldestOf(newest)?.id).toBe('d')
    const older = listed(newest, { ...part([theirs('b', 2), theirs('c', 3)], 5), before: 'd' })
    expect(keys(older)).toEqual(['me a', 'they b', 'they c', 'they d', 'they e'])
  })
  test('imported messages have numbers below one, and places as all have', () => {
    const newest = listed(NOTHING_SAID, part([theirs('c', 0), theirs('d', 1)], 1))
    expect(oldestOf(newest)?.id).toBe('c')
    const older = listed(newest, { ...whole([theirs('a', -2), theirs('b', -1)], 1), before: 'c' })
    expect(keys(older)).toEqual(['they a', 'they b', 'they c', 'they d'])
  })
})

describe('How a message of mine fares', () => {
  test('keeps the text, which events do not carry', () => {
    const conversation = fared(
      heard(NOTHING_SAID, { ...owed('a', 1), text: 'Lunch?' }),
      textless(mine('a', 2)),
    )
    expect(conversation.said).toMatchObject([{ text: 'Lunch?', disposition: 'delivered' }])
  })
  test('of one that was said at another door the text is missing, until a listing that knows of it', () => {
    const elsewhere = textless(mine('a', 2))
    const told = fared(NOTHING_SAID, elsewhere)
    expect(told.missing).toEqual([{ key: 'me a', seq: 2 }])
    expect(listed(told, whole([], 1)).missing).toEqual(told.missing)
    expect(listed(told, whole([mine('a', 2)], 2)).missing).toEqual([])
  })
  test('of one that is older than all that is loaded nothing is missing', () => {
    const conversation = listed(NOTHING_SAID, part([theirs('b', 5)], 5))
    const old = { ...textless(mine('a', 6)), sentAt: '2020-01-01T12:00:00.000Z' }
    expect(fared(conversation, old).missing).toEqual([])
    expect(fared(listed(NOTHING_SAID, whole([theirs('b', 5)], 5)), old).missing).toHaveLength(1)
  })
  test('a page that lacks what is missing ends before it: there is no hole in the middle', () => {
    const before = fared(listed(NOTHING_SAID, whole([], 0)), textless(mine('a', 1)))
    const said = [theirs('b', 2), theirs('c', 3)].reduce(heard, before)
    const after = listed(said, part([theirs('b', 2), theirs('c', 3)], 3))
    expect(after.from).toBe(2)
    expect(keys(listed(after, { ...whole([mine('a', 1)], 3), before: 'b' }))).toEqual([
      'me a',
      'they b',
      'they c',
    ])
  })
})
