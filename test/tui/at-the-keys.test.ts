/** Idle after a while without a key, active with the first: what the screen tells, and when. */
import { describe, expect, test } from 'vitest'
import { SELF, STATUS } from '../support/fake-agent.ts'
import { came, type Desk, desk, NOON, person, sighting } from './desk.ts'

const MINUTE = 60_000
const leaving = (awayAfterMs: number) => ({ self: { ...SELF, awayAfterMs } })

/** So many seconds, one after the other. */
function pass(alice: Desk, ms: number): void {
  for (const end = alice.now + ms; alice.now < end; ) {
    alice.now += 1_000
    alice.happen({ event: 'tick' })
  }
}

describe('the keys', () => {
  test('after five minutes without one I am idle since the last, to the minute; the first key brings me back', () => {
    const alice = desk(undefined, leaving(5 * MINUTE))
    alice.happen(came(sighting(person('bob'))))
    pass(alice, 1_000)
    expect(alice.told()).toEqual([{ state: 'active' }])
    alice.now = NOON + 90_000
    alice.press('down')
    pass(alice, 5 * MINUTE - 1_000)
    expect(alice.told()).not.toContainEqual(expect.objectContaining({ state: 'idle' }))
    pass(alice, 1_000)
    const idle = { state: 'idle', since: '2026-11-26T12:01:00.000Z', thresholdSeconds: 300 }
    expect(alice.told()).toEqual([idle])
    alice.press('down')
    expect(alice.told()).toEqual([{ state: 'active' }])
    alice.press('down')
    expect(alice.told()).toEqual([])
  })

  test('it is told again every minute, so that it goes on counting', () => {
    const alice = desk(undefined, leaving(5 * MINUTE))
    pass(alice, 60 * MINUTE)
    const told = alice.told().map((input) => input?.state)
    expect(told.filter((state) => state === 'active')).toHaveLength(5)
    expect(told.filter((state) => state === 'idle')).toHaveLength(56)
  })

  test('a laptop that slept was left when its lid was closed', () => {
    const alice = desk(undefined, leaving(5 * MINUTE))
    pass(alice, 1_000)
    alice.told()
    alice.now += 8 * 60 * MINUTE
    alice.happen({ event: 'tick' })
    expect(alice.told()).toEqual([
      expect.objectContaining({ state: 'idle', since: '2026-11-26T12:00:00.000Z' }),
    ])
  })

  test('never, where that was chosen; chosen meanwhile, what was told is taken back', () => {
    const { awayAfterMs: _, ...never } = SELF
    const alice = desk(undefined, { self: never })
    pass(alice, 60 * MINUTE)
    expect(alice.told()).toEqual([])
    alice.happen({ event: 'me', self: SELF, status: STATUS })
    pass(alice, 1_000)
    expect(alice.told()).toEqual([expect.objectContaining({ state: 'idle' })])
    alice.happen({ event: 'me', self: never, status: STATUS })
    pass(alice, 2_000)
    expect(alice.told()).toEqual([null])
  })

  test('another Nigh for this home is told anew, and none is told while there is none', () => {
    const alice = desk(undefined, leaving(5 * MINUTE))
    pass(alice, 1_000)
    alice.told()
    alice.happen({ event: 'lost', handedOver: true })
    pass(alice, 10 * MINUTE)
    expect(alice.told()).toEqual([])
    const found = {
      rules: alice.state.rules,
      known: [],
      unread: new Map(),
      requests: [],
      personRules: new Map(),
    }
    if (found.rules === undefined) throw new Error('no rules')
    alice.happen({
      event: 'started',
      as: 'attached',
      found: { ...found, rules: found.rules, self: SELF, status: STATUS },
    })
    pass(alice, 1_000)
    expect(alice.told()).toEqual([expect.objectContaining({ state: 'idle' })])
  })
})
