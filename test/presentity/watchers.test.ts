/** WATCHER INFORMATION as arithmetic over the log: who is active, who polls, who is over. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PENDING_FOR_MS, WATCHERS_FOR_MS } from '../../src/envelope/protocol.ts'
import type { WatcherRow } from '../../src/ports.ts'
import {
  isRhythm,
  shownWatchers,
  type WatcherEntry,
  watcherInformation,
} from '../../src/presentity/watchers.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const alice = 'alice' as PeerId
const carol = 'carol' as PeerId
const NOON = Date.UTC(2026, 10, 22, 12)
const MINUTE = 60_000

const row = (facts: Partial<WatcherRow> = {}): WatcherRow => ({
  peer: alice,
  via: 'subscribe',
  view: 'contacts',
  denied: false,
  first: NOON,
  last: NOON,
  count: 1,
  ...facts,
})
const information = (facts: Partial<Parameters<typeof watcherInformation>[0]>) =>
  watcherInformation({ rows: [], current: new Map(), asking: [], now: NOON, ...facts })

describe('subscriptions', () => {
  test('are active under the view that is current, and over under every other', () => {
    const rows = [row({ view: 'nearby' }), row(), row({ peer: carol })]
    const all = information({ rows, current: new Map([[alice, 'contacts']]) })
    expect(all.map(({ peer, view, status }) => [peer, view, status])).toEqual([
      [alice, 'nearby', 'terminated'],
      [alice, 'contacts', 'active'],
      [carol, 'contacts', 'terminated'],
    ])
  })

  test('wait: pending while whoever asks is here or has not waited long, then waiting (scene 19)', () => {
    const asking = [
      { peer: alice, askedAt: NOON, here: true },
      { peer: carol, askedAt: NOON + 1, here: false },
    ]
    const at = (now: number) =>
      information({ asking, now }).map(({ peer, via, status, event }) => [peer, via, status, event])
    expect(at(NOON + 1 + PENDING_FOR_MS)).toEqual([
      [alice, 'subscribe', 'pending', 'subscribe'],
      [carol, 'subscribe', 'pending', 'subscribe'],
    ])
    expect(at(NOON + 2 + PENDING_FOR_MS)).toEqual([
      [alice, 'subscribe', 'pending', 'subscribe'],
      [carol, 'subscribe', 'waiting', 'timeout'],
    ])
  })

  test.each<[why: string, facts: Parameters<typeof information>[0], event: string]>([
    ['approved while it lasts', { rows: [row()], current: new Map([[alice, 'contacts']]) }, 'approved'],
    ['rejected where it was denied', { rows: [row({ denied: true })] }, 'rejected'],
    ['rejected where it was withdrawn', { rows: [row()], ended: new Map([[alice, 'rejected']]) }, 'rejected'],
    [
      'deactivated where another view took its place',
      { rows: [row()], current: new Map([[alice, 'x']]) },
      'deactivated',
    ],
    ['deactivated where a process ended', { rows: [row({ couldReadUntil: NOON + 1 })] }, 'deactivated'],
    ['timeout where nobody renewed it', { rows: [row({ couldReadUntil: NOON - 1 })] }, 'timeout'],
    [
      'timeout where it was cancelled',
      { rows: [row({ couldReadUntil: NOON + 1 })], ended: new Map([[alice, 'timeout']]) },
      'timeout',
    ],
  ])('say why, in the events of RFC 3857: %s', (_why, facts, event) => {
    expect(information(facts).map((entry) => entry.event)).toEqual([event])
  })

  test('that were denied come last, and are never active (scene 14)', () => {
    const rows = [row({ denied: true, first: NOON - 1 }), row({ peer: carol, first: NOON + 1 })]
    expect(information({ rows, current: new Map([[alice, 'contacts']]) })).toMatchObject([
      { peer: carol, denied: false },
      { peer: alice, denied: true, status: 'terminated' },
    ])
  })
})

describe('how long it is kept (scene 13)', () => {
  test.each<[what: string, kept: Partial<WatcherRow>, endsAt: number]>([
    ['from what was received last', { last: NOON }, NOON],
    ['from when a key could last be used', { couldReadUntil: NOON + 20 * MINUTE }, NOON + 20 * MINUTE],
  ])('%s', (_what, kept, endsAt) => {
    const at = (now: number) => information({ rows: [row(kept)], now }).length
    expect([at(endsAt + WATCHERS_FOR_MS), at(endsAt + WATCHERS_FOR_MS + 1)]).toEqual([1, 0])
  })
})

describe('a POLLER fetches on a regular basis', () => {
  test('and was one from the first fetch of that view', () => {
    const rows = [
      row({ via: 'fetch', count: 3, last: NOON + 2 * MINUTE }),
      row({ via: 'poll', count: 7, first: NOON + 3 * MINUTE, last: NOON + 9 * MINUTE }),
      row({ via: 'fetch', view: 'nearby' }),
      row({ via: 'fetch', peer: carol }),
    ]
    expect(
      information({ rows }).map(({ peer, via, view, first, count }) => [peer, via, view, first, count]),
    ).toEqual([
      [alice, 'poll', 'contacts', NOON, 10],
      [alice, 'fetch', 'nearby', NOON, 1],
      [carol, 'fetch', 'contacts', NOON, 1],
    ])
  })

  test('by any interval up to a day, with some jitter; three looks are no rhythm', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 * 3_600_000 }),
        fc.array(fc.double({ min: 1, max: 1.9, noNaN: true }), { minLength: 3, maxLength: 9 }),
        (interval, jitter) => {
          const instants = [0]
          for (const stretch of jitter) instants.push((instants.at(-1) ?? 0) + interval * stretch)
          expect(isRhythm(instants)).toBe(true)
          expect(isRhythm(instants.slice(0, 3))).toBe(false)
        },
      ),
    )
  })

  test('not with one pause among the last looks, not with days between them', () => {
    expect(isRhythm([0, 1_000, 2_000, 9_000])).toBe(false)
    expect(isRhythm([0, 2, 4, 6].map((days) => days * 24 * 3_600_000))).toBe(false)
    expect(isRhythm([0, 0, 0, 0])).toBe(true) // all at once: a script
  })
})

describe('as somebody else may see it', () => {
  const named = { visibility: 'named', name: 'Alice' } as const
  const entry = (facts: Partial<WatcherEntry> = {}): WatcherEntry => ({
    ...row({ shownAs: named }),
    status: 'active',
    event: 'approved',
    ...facts,
  })
  const shown = (entries: WatcherEntry[], asks: Partial<Parameters<typeof shownWatchers>[1]> = {}) =>
    shownWatchers(entries, { asker: carol, undecided: false, others: true, ...asks })

  test('with nothing but who, by which means, and how it stands', () => {
    const entries = [entry({ couldReadUntil: NOON, count: 7 })]
    expect(shown(entries)).toEqual([
      { peer: alice, name: 'Alice', via: 'subscribe', state: { status: 'active', event: 'approved' } },
    ])
    expect(shown(entries, { others: false })).toEqual([])
  })

  test.each<
    [
      what: string,
      facts: Omit<Partial<WatcherEntry>, 'shownAs'> & { shownAs?: WatcherEntry['shownAs'] | undefined },
    ]
  >([
    ['unlisted', { shownAs: { visibility: 'unlisted', name: 'Alice' } }],
    ['who never said', { shownAs: undefined }],
    ['turned away', { denied: true }],
    ['pending', { status: 'pending', event: 'subscribe' }],
    ['waiting', { status: 'waiting', event: 'timeout' }],
    ['who only came by', { via: 'touch' }],
  ])('without those %s', (_what, facts) => {
    const { shownAs, ...rest } = facts
    const one = entry(rest)
    if ('shownAs' in facts) delete one.shownAs
    expect(shown([{ ...one, ...(shownAs === undefined ? {} : { shownAs }) }])).toEqual([])
  })

  test('a pseudonym has no key; a cover and the view before it are one line that reads active', () => {
    const owl = { shownAs: { visibility: 'pseudonym', name: 'Owl' } } as const
    const [one, ...more] = shown([
      entry({ ...owl, view: `polite-block:${alice}` }),
      entry({ ...owl, status: 'terminated', event: 'deactivated', last: NOON + 1 }),
    ])
    expect(more).toEqual([])
    expect(one).toEqual({ name: 'Owl', via: 'subscribe', state: { status: 'active', event: 'approved' } })
  })

  test('whoever asks finds themselves, hidden or not; who is not decided about reads pending', () => {
    const hidden = entry({ peer: carol, shownAs: { visibility: 'unlisted', name: 'Carol' } })
    const others = false
    expect(shown([hidden], { others })).toMatchObject([{ peer: carol, state: { status: 'active' } }])
    const pending = [{ peer: carol, via: 'subscribe', state: { status: 'pending', event: 'subscribe' } }]
    expect(shown([], { others, undecided: true })).toMatchObject(pending)
    expect(shown([hidden], { others, undecided: true })).toMatchObject(pending)
  })

  test('in an order that says nothing of when, and no more than fit one answer', () => {
    const many = Array.from({ length: 500 }, (_, number) =>
      entry({
        peer: `peer-${number}` as PeerId,
        last: NOON + number,
        shownAs: { visibility: 'named', name: `n${(number * 7919) % 1_000}` },
      }),
    )
    const names = shown(many).map(({ name }) => name)
    expect(names).toHaveLength(200)
    expect(names).toEqual([...names].sort())
    // Those who came last.
    expect(shown(many).map(({ peer }) => peer)).toContain('peer-499')
    expect(shown(many).map(({ peer }) => peer)).not.toContain('peer-0')
  })
})
