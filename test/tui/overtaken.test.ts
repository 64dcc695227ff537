/** Answers of the Agent and events come by different ways: on the screen neither takes back what the other told. */
import { expect, test } from 'vitest'
import { indexOf } from '../../src/agent/said.ts'
import type { Outcome } from '../../src/agent.ts'
import { came, type Desk, desk, from, heard, NOON, page, person, sighting, to } from './desk.ts'

const bob = person('bob')
const said = (alice: Desk) => alice.state.talks.get(bob.peerId)?.said
const at = new Date(NOON).toISOString()

test('A page that was read before something was told takes back neither an outcome nor that something was read', () => {
  const alice = desk()
  const read = from(bob, 'Lunch?', { unread: false })
  const delivered = to(bob, 'At noon')
  alice.happen(came(sighting(bob)), page(bob, [read, delivered]))
  const { disposition: _, ...sent } = delivered
  const before = { ...sent, state: 'sent' as const, outcome: 'indeterminate' as const }
  alice.happen(page(bob, [{ ...read, unread: true }, before]))
  expect(said(alice)).toMatchObject([{ unread: false }, { state: 'settled', outcome: 'success' }])
})

test('What is told while the first page is on its way is in it, though it was read before', () => {
  const alice = desk()
  alice.happen(came(sighting(bob)))
  expect(alice.asks()).toEqual([{ ask: 'page', who: bob.peerId }])
  const theirs = from(bob, 'Lunch?')
  const { text: _, ...mine } = to(bob, 'At noon')
  alice.happen(
    { event: 'read', at, seq: mine.seq, who: bob, ids: [theirs.id] },
    { event: 'outcome', ...mine, seq: mine.seq + 2 },
    {
      event: 'amended',
      at,
      seq: mine.seq + 3,
      by: 'edit',
      message: { ...theirs, text: 'Dinner?', edited: at },
    },
  )
  const owed: Outcome = { ...to(bob, ''), ...mine, text: 'At noon', state: 'owed', outcome: 'indeterminate' }
  delete owed.disposition
  alice.happen(page(bob, [theirs, owed]))
  expect(said(alice)).toMatchObject([
    { text: 'Dinner?', unread: false },
    { text: 'At noon', outcome: 'success', disposition: 'delivered' },
  ])
})

test('What was sent at another door while a page was on its way is asked for behind it', () => {
  const alice = desk()
  alice.happen(came(sighting(bob)))
  alice.asks()
  const { text: _, ...elsewhere } = to(bob, 'From the command line')
  alice.happen({ event: 'outcome', ...elsewhere }, page(bob, []))
  expect(alice.asks()).toEqual([{ ask: 'page', who: bob.peerId }])
  const { seq } = elsewhere
  alice.happen(page(bob, [{ ...elsewhere, text: 'From the command line' }], { asOf: seq }))
  expect(said(alice)).toMatchObject([{ text: 'From the command line' }])
  expect(alice.asks()).toEqual([])
})

test('What is said while Alice goes back to an old message is behind it', () => {
  const alice = desk()
  const [old, late] = [from(bob, 'an old one', { unread: false }), from(bob, 'meanwhile')]
  alice.happen(came(sighting(bob)), page(bob, []), heard(late))
  const key = `they ${old.id}`
  alice.happen({ event: 'reached', who: bob.peerId, key, listing: { rows: [old], asOf: 0, whole: true } })
  expect(said(alice)?.map(({ text }) => text)).toEqual(['an old one', 'meanwhile'])
  expect(indexOf(said(alice) ?? [], key)).toBe(0)
})
