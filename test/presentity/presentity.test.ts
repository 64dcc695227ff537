import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StatusChange } from '../../src/agent.ts'
import type { StoredStatus } from '../../src/ports.ts'
import {
  changeStatus,
  derivedBasic,
  PLAIN_OPEN,
  type Presentity,
  readableStatus,
  statusAt,
} from '../../src/presentity/presentity.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const noon = Date.parse('2031-05-01T12:00:00Z')
const inAMeeting: StoredStatus = {
  basic: 'closed',
  activities: ['meeting', 'busy'],
  note: 'back soon',
  until: noon,
}

describe('A change is merged', () => {
  test.each<[string, StatusChange, StoredStatus]>([
    ['nothing changes nothing', {}, inAMeeting],
    ['basic alone', { basic: 'open' }, { ...inAMeeting, basic: 'open' }],
    ['activities are replaced whole', { activities: ['away'] }, { ...inAMeeting, activities: ['away'] }],
    ['no activities', { activities: [] }, { ...inAMeeting, activities: [] }],
    ['a note', { note: 'lunch' }, { ...inAMeeting, note: 'lunch' }],
    [
      'null removes the note',
      { note: null },
      { basic: 'closed', activities: ['meeting', 'busy'], until: noon },
    ],
    [
      'an empty note is no note',
      { note: '' },
      { basic: 'closed', activities: ['meeting', 'busy'], until: noon },
    ],
    [
      'null removes the end',
      { until: null },
      { basic: 'closed', activities: ['meeting', 'busy'], note: 'back soon' },
    ],
    ['another end', { until: '2031-05-01T13:00:00Z' }, { ...inAMeeting, until: noon + 3_600_000 }],
    ['clear', { clear: true }, { basic: 'open', activities: [] }],
    [
      'clear comes before the rest',
      { clear: true, note: 'here again' },
      { basic: 'open', activities: [], note: 'here again' },
    ],
    ['clear: false is no clear', { clear: false }, inAMeeting],
  ])('%s', (_what, change, after) => {
    expect(changeStatus(inAMeeting, change)).toStrictEqual(after)
  })

  test('An absent field stays, whatever else changes; what is stored holds no undefined field', () => {
    const change = fc.record(
      {
        basic: fc.constantFrom('open', 'closed'),
        activities: fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }),
        note: fc.option(fc.string({ minLength: 1 })),
        until: fc.option(fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<StatusChange>
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
        let status: StoredStatus = PLAIN_OPEN
        for (const each of changes) {
          const before = status
          status = changeStatus(status, each)
          for (const field of ['basic', 'activities', 'note', 'until'] as const)
            if (each[field] === undefined) expect(status[field]).toEqual(before[field])
            else if (each[field] === null) expect(field in status).toBe(false)
          expect(Object.values(status)).not.toContain(undefined)
        }
        expect(PLAIN_OPEN).toStrictEqual({ basic: 'open', activities: [] })
      }),
    )
  })
})

describe('A timed status', () => {
  test('Bob is in a meeting until noon: a millisecond before he is, at noon he is plain open', () => {
    expect(statusAt(inAMeeting, noon - 1)).toStrictEqual(inAMeeting)
    expect(statusAt(inAMeeting, noon)).toStrictEqual(PLAIN_OPEN)
    expect(statusAt(inAMeeting, noon + 1)).toStrictEqual(PLAIN_OPEN)
  })

  test('Without an end it lasts', () => {
    const lasting = changeStatus(inAMeeting, { until: null })
    expect(statusAt(lasting, Number.MAX_SAFE_INTEGER)).toBe(lasting)
  })

  test('A person reads the end as an instant', () => {
    expect(readableStatus({ status: inAMeeting })).toStrictEqual({
      basic: 'closed',
      activities: ['meeting', 'busy'],
      note: 'back soon',
      until: '2031-05-01T12:00:00.000Z',
    })
    expect(readableStatus({ status: PLAIN_OPEN })).toStrictEqual({ basic: 'open', activities: [] })
  })
})

test.each([
  ['open', true, 'open'],
  ['open', false, 'closed'],
  ['closed', true, 'closed'],
  ['closed', false, 'closed'],
] as const)('Bob says %s, his inbox accepts: %s; published is %s', (basic, inboxAccepts, published) => {
  const bob: Presentity = {
    peerId: 'bob' as PeerId,
    name: 'Bob',
    status: { ...inAMeeting, basic },
    inboxAccepts,
  }
  expect(derivedBasic(bob)).toBe(published)
})
