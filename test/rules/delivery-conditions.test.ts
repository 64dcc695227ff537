import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeliveryConditions } from '../../src/agent.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { holds, type LetterFacts } from '../../src/rules/delivery-conditions.ts'
import { DAYS } from '../../src/rules/grammar.ts'

const at = (time: string, day = 'wed') => ({
  minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3)),
  day: DAYS.indexOf(day as (typeof DAYS)[number]),
})
const letter = (facts: Partial<LetterFacts> = {}): LetterFacts => ({
  from: 'alice' as PeerId,
  relation: 'stranger',
  groups: [],
  inLastMinute: 1,
  bytes: 10,
  contentType: 'text/plain',
  wall: at('12:00'),
  myStatus: { basic: 'open', activities: [] },
  ...facts,
})

test.each<[DeliveryConditions, Partial<LetterFacts>, boolean]>([
  [{}, {}, true],
  [{ from: ['bob', 'alice'] }, {}, true],
  [{ from: ['bob'] }, {}, false],
  [{ relation: 'contact' }, { relation: 'contact' }, true],
  [{ relation: 'near' }, { relation: 'contact' }, false],
  [{ relation: 'near' }, { relation: 'near' }, true],
  [{ relation: 'stranger' }, { relation: 'near' }, false],
  [{ group: 'work' }, { relation: 'contact', groups: ['home', 'work'] }, true],
  [{ group: 'work' }, { relation: 'contact', groups: ['home'] }, false],
  [{ group: 'work' }, { relation: 'near', groups: ['work'] }, false],
  [{ perMinute: 3 }, { inLastMinute: 3 }, false],
  [{ perMinute: 3 }, { inLastMinute: 4 }, true],
  [{ perMinute: 0 }, {}, true],
  [{ largerThan: 10 }, {}, false],
  [{ largerThan: 9 }, {}, true],
  [{ contentType: ['text/*'] }, { contentType: 'text/html; charset=utf-8' }, true],
  [{ contentType: ['text/*'] }, { contentType: 'textual/x' }, false],
  [{ contentType: ['TEXT/Plain'] }, { contentType: 'text/PLAIN;x=y' }, true],
  [{ contentType: ['text/plain'] }, { contentType: 'text/plainer' }, false],
  [{ contentType: ['text/html', 'text/plain'] }, {}, true],
  [{ myStatus: 'open' }, {}, true],
  [{ myStatus: 'busy' }, {}, false],
  [{ myStatus: 'busy' }, { myStatus: { basic: 'open', activities: ['phone', 'busy'] } }, true],
  // All of them must hold.
  [{ from: ['alice'], perMinute: 3 }, {}, false],
  [{ from: ['alice'], perMinute: 3 }, { inLastMinute: 4 }, true],
])('%j', (conditions, facts, result) => {
  expect(holds(conditions, letter(facts))).toBe(result)
})

describe('the clock on the wall', () => {
  test.each<[DeliveryConditions, string, string, boolean]>([
    [{ between: ['09:00', '17:00'] }, '08:59', 'wed', false],
    [{ between: ['09:00', '17:00'] }, '09:00', 'wed', true],
    [{ between: ['09:00', '17:00'] }, '16:59', 'wed', true],
    [{ between: ['09:00', '17:00'] }, '17:00', 'wed', false],
    [{ between: ['22:00', '07:00'] }, '21:59', 'wed', false],
    [{ between: ['22:00', '07:00'] }, '22:00', 'wed', true],
    [{ between: ['22:00', '07:00'] }, '00:00', 'wed', true],
    [{ between: ['22:00', '07:00'] }, '06:59', 'wed', true],
    [{ between: ['22:00', '07:00'] }, '07:00', 'wed', false],
    [{ days: ['sat', 'sun'] }, '00:00', 'sat', true],
    [{ days: ['sat', 'sun'] }, '23:59', 'sun', true],
    [{ days: ['sat', 'sun'] }, '23:59', 'fri', false],
    // Friday night ends on Saturday morning.
    [{ days: ['fri'], between: ['22:00', '07:00'] }, '23:00', 'fri', true],
    [{ days: ['fri'], between: ['22:00', '07:00'] }, '03:00', 'sat', true],
    [{ days: ['fri'], between: ['22:00', '07:00'] }, '03:00', 'fri', false],
    [{ days: ['sat'], between: ['22:00', '07:00'] }, '03:00', 'sun', true],
    [{ days: ['fri'], between: ['09:00', '17:00'] }, '12:00', 'sat', false],
  ])('%j at %s on %s: %s', (conditions, time, day, result) => {
    expect(holds(conditions, letter({ wall: at(time, day) }))).toBe(result)
  })

  test('A span and the span back cover every minute of the week exactly once', () => {
    const times = fc.integer({ min: 0, max: 24 * 60 - 1 })
    const written = (minute: number) =>
      `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
    fc.assert(
      fc.property(times, times, times, fc.integer({ min: 0, max: 6 }), (one, other, minute, day) => {
        fc.pre(one !== other)
        const facts = letter({ wall: { minute, day } })
        const there = holds({ between: [written(one), written(other)] }, facts)
        const back = holds({ between: [written(other), written(one)] }, facts)
        expect(there).toBe(!back)
        const everyDay = holds({ between: [written(one), written(other)], days: [...DAYS] }, facts)
        expect(everyDay).toBe(there)
      }),
    )
  })
})
