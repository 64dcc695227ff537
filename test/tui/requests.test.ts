/** Who knocks, on the screen: seen where their conversation is, and once answered, their conversation is what is next. */
import { describe, expect, test } from 'vitest'
import { came, desk, from, heard, NOON, page, person, sighting, to } from './desk.ts'

const bob = person('bob', { relation: 'near' })
const carol = person('carol', { relation: 'near' })
const at = new Date(NOON).toISOString()
const knock = (who: typeof bob) => ({ who, kind: 'message' as const, text: 'May I?', at })

describe('somebody knocks', () => {
  test('above what is written to them stands that they do: their words are not in the conversation', () => {
    const alice = desk()
    alice.happen(came(sighting(bob), sighting(carol)), { event: 'requests', requests: [knock(bob)] })
    expect(alice.text()).toContain('they knock: r')
    alice.press('enter')
    expect(alice.text()).toContain('they knock: Ctrl-R')
    alice.press('escape', 'down')
    expect(alice.text()).not.toContain('they knock')
  })

  test('the last one answered closes the list and shows who was accepted', () => {
    const alice = desk()
    alice.happen(came(sighting(bob), sighting(carol)), {
      event: 'requests',
      requests: [knock(carol), knock(bob)],
    })
    alice.type('r')
    alice.happen({ event: 'requests', requests: [knock(bob)] })
    expect(alice.text()).toContain('Who knocks')
    const asked = from(carol, 'May I?')
    alice.happen(
      { event: 'requests', requests: [] },
      { event: 'accepted', who: carol, listing: { rows: [asked], asOf: 0, whole: true }, messages: 1 },
    )
    expect(alice.state.panel).toBeUndefined()
    expect(alice.text()).toContain('carol: May I?')
    expect(alice.state.selected).toBe(carol.peerId)
  })

  test('who is chosen stays so while another one is answered at another door', () => {
    const alice = desk()
    const dave = person('dave', { relation: 'near' })
    const all = [knock(bob), knock(carol), knock(dave)]
    alice.happen(came(sighting(bob)), { event: 'requests', requests: all })
    alice.type('rj')
    alice.happen({ event: 'requests', requests: all.slice(1) })
    alice.asks()
    alice.type('x')
    expect(alice.asks()).toEqual([{ ask: 'answer', who: carol.peerId, answer: 'refuse' }])
    alice.happen({ event: 'requests', requests: [knock(dave)] })
    alice.type('a')
    expect(alice.asks()).toEqual([{ ask: 'answer', who: dave.peerId, answer: 'accept' }])
  })

  test('who writes to somebody goes on writing to them', () => {
    const alice = desk()
    alice.happen(came(sighting(bob), sighting(carol)), { event: 'requests', requests: [knock(carol)] })
    alice.press('enter', 'ctrl-r')
    alice.happen(
      { event: 'requests', requests: [] },
      {
        event: 'accepted',
        who: carol,
        listing: { rows: [from(carol, 'May I?')], asOf: 0, whole: true },
        messages: 1,
      },
    )
    expect(alice.state.selected).toBe(bob.peerId)
    alice.type('hello')
    alice.press('enter')
    expect(alice.asks()).toContainEqual({ ask: 'send', to: bob, text: 'hello' })
  })

  test('both wrote before either was accepted: each message stands there once, in its order', () => {
    const theirs = from(bob, 'theirs', { unread: false })
    const mine = to(bob, 'mine', { disposition: 'held' })
    for (const event of [theirs, { ...theirs, seq: mine.seq + 1 }]) {
      const alice = desk()
      alice.happen(came(sighting(bob)), page(bob, [mine]), heard(event))
      const listing = { rows: [theirs, mine], asOf: mine.seq + 1, whole: true }
      alice.happen({ event: 'accepted', who: bob, listing, messages: 1 })
      expect(alice.state.talks.get(bob.peerId)?.said.map(({ text }) => text)).toEqual(['theirs', 'mine'])
    }
  })
})
