/** When a message rings, and what a desktop shows of it: who wrote, when, and how things stand with me. */
import { describe, expect, test } from 'vitest'
import { stillCalls } from '../../src/doors/tui/calling.ts'
import {
  AGAIN_AFTER_MS,
  BELL_GAP_MS,
  type Call,
  callOn,
  NO_CALLS,
  type Occasion,
  SHOWN_AT_MOST,
  SHOWN_WITHIN_MS,
} from '../../src/doors/tui/calls.ts'
import { LOOKS_FOR_MS } from '../../src/doors/tui/looking.ts'
import { SELF, STATUS } from '../support/fake-agent.ts'
import { came, desk, from, heard, NOON, page, person, sighting } from './desk.ts'

const bob = person('bob')
const carol = person('carol')

const usual: Occasion = {
  who: bob.peerId,
  now: NOON,
  seen: false,
  wasUnread: false,
  status: { basic: 'open', activities: [] },
  choice: { bell: true, notify: 'name' },
}
const NOTHING: Call = { bell: false, notify: 'off' }
const BOTH: Call = { bell: true, notify: 'name' }

describe('one message', () => {
  const past = new Date(NOON - 1).toISOString()
  const table: [how: string, occasion: Partial<Occasion>, call: Call][] = [
    ['usually', {}, BOTH],
    ['seen as it comes', { seen: true }, NOTHING],
    ['the bell is off', { choice: { bell: false, notify: 'name' } }, { bell: false, notify: 'name' }],
    ['notifications are off', { choice: { bell: true, notify: 'off' } }, { bell: true, notify: 'off' }],
    ['both are off', { choice: { bell: false, notify: 'off' } }, NOTHING],
    [
      'with the text, where that was chosen',
      { choice: { bell: true, notify: 'text' } },
      { bell: true, notify: 'text' },
    ],
    ['I am busy', { status: { basic: 'open', activities: ['away', 'busy'] } }, NOTHING],
    ['I am in a meeting', { status: { basic: 'open', activities: ['meeting'] } }, NOTHING],
    ['I am away', { status: { basic: 'open', activities: ['away'] } }, BOTH],
    ['I am closed', { status: { basic: 'closed', activities: [] } }, NOTHING],
    ['I was busy until just now', { status: { basic: 'open', activities: ['busy'], until: past } }, BOTH],
  ]
  test.each(table)('%s', (_, occasion, call) => {
    expect(callOn({ ...usual, ...occasion }, NO_CALLS).call).toEqual(call)
  })
})

describe('many messages', () => {
  /** What each of these, one after the other, calls for. */
  function calls(...occasions: Partial<Occasion>[]): Call[] {
    let before = NO_CALLS
    return occasions.map((occasion) => {
      const { call, calls } = callOn({ ...usual, ...occasion }, before)
      before = calls
      return call
    })
  }

  test('a conversation that is unread called once; read in between, it calls again', () => {
    const later = NOON + AGAIN_AFTER_MS - 1
    expect(calls({}, { now: later, wasUnread: true })).toEqual([BOTH, NOTHING])
    expect(calls({}, { now: later, wasUnread: false })).toEqual([BOTH, BOTH])
  })

  test('what stays unread calls again after a while, and a clock set back makes nothing silent', () => {
    expect(calls({}, { now: NOON + AGAIN_AFTER_MS, wasUnread: true })).toEqual([BOTH, BOTH])
    expect(calls({}, { now: NOON - 1, wasUnread: true })).toEqual([BOTH, BOTH])
  })

  test('two people at once are one bell and two notifications', () => {
    const other = { who: carol.peerId, now: NOON + BELL_GAP_MS - 1 }
    expect(calls({}, other)).toEqual([BOTH, { bell: false, notify: 'name' }])
    expect(calls({}, { ...other, now: NOON + BELL_GAP_MS })).toEqual([BOTH, BOTH])
  })

  test('a crowd covers no desktop', () => {
    const crowd = Array.from({ length: 200 }, (_, at) => ({
      who: person(`p${at}`).peerId,
      now: NOON + at * 10,
    }))
    const made = calls(...crowd)
    expect(made.filter(({ notify }) => notify !== 'off')).toHaveLength(SHOWN_AT_MOST)
    expect(made.filter(({ bell }) => bell)).toHaveLength(1)
    const after = calls(...crowd, { now: NOON + SHOWN_WITHIN_MS })
    expect(after.at(-1)).toEqual(BOTH)
  })

  test('who was not called for calls with the next message', () => {
    const bells: Partial<Occasion> = { choice: { bell: true, notify: 'off' } }
    const others = { ...bells, who: carol.peerId }
    const made = calls(
      bells,
      { ...others, now: NOON + 1 },
      { ...others, now: NOON + BELL_GAP_MS, wasUnread: true },
    )
    expect(made.map(({ bell }) => bell)).toEqual([true, false, true])
  })
})

describe('at the screen', () => {
  const ring = { ask: 'call', who: bob.peerId, bell: true, notification: { from: 'bob' } } as const
  /** What the person is called for. */
  const called = (alice: ReturnType<typeof desk>) => alice.asks().filter(({ ask }) => ask === 'call')

  test('a message from somebody whose conversation is not open rings, with the name and without the text', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), heard(from(bob, 'the secret plan')))
    expect(called(alice)).toEqual([ring])
    alice.happen(heard(from(bob, 'and more of it')))
    expect(called(alice)).toEqual([])
  })

  test('one that is read as it comes does not, and is read', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), page(bob, []))
    alice.press('enter')
    alice.asks()
    const hello = from(bob, 'hello')
    alice.happen(heard(hello))
    expect(alice.asks()).toEqual([{ ask: 'read', ids: [hello.id] }])
  })

  test('nobody looks any more: it rings, and is read only when somebody is back', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), page(bob, []))
    alice.press('enter')
    alice.asks()
    alice.now += LOOKS_FOR_MS
    const hello = from(bob, 'hello')
    alice.happen(heard(hello))
    expect(alice.asks()).toEqual([ring])
    expect(alice.state.people.get(bob.peerId)?.unread).toBe(1)
    alice.press('left')
    expect(alice.asks()).toEqual([{ ask: 'read', ids: [hello.id] }])
    expect(alice.state.people.get(bob.peerId)?.unread).toBe(0)
  })

  test('what another screen of hers read meanwhile calls no more; what came after that does', () => {
    const alice = desk()
    const hello = from(bob, 'hello')
    alice.happen(came(sighting(bob)), heard(hello))
    expect(stillCalls(alice.state, ring)).toBe(true)
    alice.happen({ event: 'read', at: new Date(NOON).toISOString(), seq: 9, who: bob, ids: [hello.id] })
    expect(stillCalls(alice.state, ring)).toBe(false)
    alice.asks()
    alice.now += BELL_GAP_MS
    alice.happen(heard(from(bob, 'are you there?')))
    expect(called(alice)).toEqual([ring])
    expect(stillCalls(alice.state, ring)).toBe(true)
  })

  test('requests of strangers never ring', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), heard(from(bob, 'knock', { disposition: 'held' })))
    alice.happen({ event: 'request', at: '', seq: 1, who: bob, kind: 'message', text: 'knock' })
    expect(alice.asks().map(({ ask }) => ask)).not.toContain('call')
  })

  test('what is chosen elsewhere counts here: quiet while busy, and the text where it is asked for', () => {
    const alice = desk()
    const choose = (self: Partial<typeof SELF>, activities: string[] = []) =>
      alice.happen({ event: 'me', self: { ...SELF, ...self }, status: { ...STATUS, activities } })
    alice.happen(came(sighting(bob), sighting(carol)))
    choose({}, ['busy'])
    alice.happen(heard(from(bob, 'one')))
    expect(called(alice)).toEqual([])
    choose({ bell: false, notify: 'text' })
    alice.happen(heard(from(carol, ' two\n\n\u001b[2Jlines \u202egpj ')))
    expect(called(alice)).toEqual([
      {
        ask: 'call',
        who: carol.peerId,
        bell: false,
        notification: { from: 'carol', text: 'two \\u{1b}[2Jlines \\u{202e}gpj' },
      },
    ])
  })

  test('names and texts made to be a nuisance are cut', () => {
    const alice = desk()
    const long = person('l'.repeat(500))
    alice.happen({ event: 'me', self: { ...SELF, notify: 'text' }, status: STATUS })
    alice.happen(heard(from(long, '👩‍👩‍👧'.repeat(5_000))))
    const [call] = called(alice)
    const { from: name = '', text = '' } = (call?.ask === 'call' && call.notification) || {}
    expect([...name]).toHaveLength(64)
    expect([...text]).toHaveLength(200)
  })
})
