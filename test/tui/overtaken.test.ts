/** A page of a conversation that was read before something was told, and comes after it. */
import { expect, test } from 'vitest'
import { NO_TALK } from '../../src/doors/tui/state.ts'
import { newest } from '../../src/doors/tui/talk.ts'
import { from, person, to } from './desk.ts'

const bob = person('bob')

test('takes back neither an outcome nor that something was read', () => {
  const read = from(bob, 'Lunch?', { unread: false })
  const delivered = to(bob, 'At noon', { state: 'settled', outcome: 'success' })
  const page = [
    { ...read, unread: true },
    { ...delivered, state: 'sent' as const, outcome: 'indeterminate' as const },
  ]
  const talk = { said: [read, delivered], loaded: 'asked' as const, older: 'perhaps' as const }
  const { said } = newest({ ...NO_TALK, ...talk }, page)
  expect(said).toMatchObject([{ unread: false }, { state: 'settled', outcome: 'success' }])
  // And a newer one brings both on.
  expect(newest({ ...NO_TALK, ...talk, said: page }, [read, delivered]).said).toEqual([read, delivered])
})
