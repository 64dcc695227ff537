/** What is asked for every message of a batch is worked out once, and never survives the turn in which it was true. */
import { expect, test } from 'vitest'
import { perTurn } from '../../src/service/per-turn.ts'

test('two askers of one turn share the answer; whoever waited, however shortly, is answered anew', async () => {
  let mood = 'open'
  const asked: string[] = []
  const seenBy = perTurn((who: string) => {
    asked.push(who)
    return { mood }
  })
  expect([seenBy('alice').mood, seenBy('bob').mood, seenBy('alice').mood]).toEqual(['open', 'open', 'open'])
  expect(asked).toEqual(['alice', 'bob'])
  mood = 'closed'
  await undefined
  expect(seenBy('alice').mood).toBe('closed')
  mood = 'open'
  expect(seenBy('alice').mood).toBe('closed')
  await Promise.resolve()
  expect(seenBy('alice').mood).toBe('open')
})
