import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GRANT_ANSWER_MS, PERIOD_MS } from '../../src/envelope/protocol.ts'
import {
  answered,
  asked,
  due,
  dueAt,
  granted,
  type Subscription,
  unlinked,
  wish,
} from '../../src/watcher/subscription.ts'

const fresh = wish(true)
const waiting = asked(fresh, 1_000)
const active = granted(waiting, 2_000, 0.5)
const renewing = asked(active, 500_000)

describe('States and events of RFC 3857', () => {
  test.each<[string, Subscription, Subscription]>([
    ['a wish', fresh, { byPerson: true, status: 'pending', event: 'subscribe' }],
    ['asked', waiting, { byPerson: true, status: 'pending', event: 'subscribe', askedAt: 1_000 }],
    [
      'granted',
      active,
      { byPerson: true, status: 'active', event: 'approved', renewAt: 2_000 + 0.7 * PERIOD_MS },
    ],
    ['renewing stays active', renewing, { ...active, askedAt: 500_000 }],
    ['renewed', granted(renewing, 500_010, 0), { ...active, renewAt: 500_010 + 0.5 * PERIOD_MS }],
    [
      'to be confirmed (scene 39)',
      answered(waiting, { status: 'pending', event: 'subscribe' }),
      { byPerson: true, status: 'pending', event: 'subscribe' },
    ],
    [
      'withdrawn (scene 24)',
      answered(active, { status: 'terminated', event: 'rejected' }),
      { byPerson: true, status: 'terminated', event: 'rejected' },
    ],
    [
      'a visiting peer says not now',
      answered(waiting, { status: 'pending', event: 'not-now' }),
      { byPerson: true, status: 'pending', event: 'not-now' },
    ],
    ['the link ends before the answer', unlinked(waiting), fresh],
    ['the link ends while active: the grant runs on', unlinked(renewing), active],
    [
      'by the peer itself',
      granted(asked(wish(false), 0), 1, 0),
      { ...active, byPerson: false, renewAt: 1 + 0.5 * PERIOD_MS },
    ],
  ])('scene 20: %s', (_what, subscription, stands) => {
    expect(subscription).toStrictEqual(stands)
  })
})

describe('When to speak again', () => {
  test.each<[string, Subscription, number | undefined, 'renew' | 'ask-again' | undefined]>([
    ['nothing asked', fresh, undefined, undefined],
    ['no answer', waiting, 1_000 + GRANT_ANSWER_MS, 'ask-again'],
    ['granted', active, 2_000 + 0.7 * PERIOD_MS, 'renew'],
    ['renewal without an answer', renewing, 500_000 + GRANT_ANSWER_MS, 'ask-again'],
    [
      'refused: nothing by itself',
      answered(waiting, { status: 'terminated', event: 'rejected' }),
      undefined,
      undefined,
    ],
  ])('%s', (_what, subscription, at, then) => {
    expect(dueAt(subscription)).toBe(at)
    expect(due(subscription, (at ?? 1e12) - 1)).toBeUndefined()
    expect(due(subscription, at ?? 1e12)).toBe(then)
  })

  test('Renewals spread over 0.5 to 0.9 of a period: time for a second try before the next turn', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (fraction) => {
        const renewAt = granted(waiting, 0, fraction).renewAt ?? 0
        expect(renewAt).toBeGreaterThanOrEqual(0.5 * PERIOD_MS)
        expect(renewAt).toBeLessThanOrEqual(0.9 * PERIOD_MS)
        expect(renewAt + 2 * GRANT_ANSWER_MS).toBeLessThan(PERIOD_MS)
      }),
    )
    const spread = [0, 0.25, 0.5, 0.75].map((fraction) => granted(waiting, 0, fraction).renewAt)
    expect(new Set(spread)).toHaveLength(4)
  })
})
