/** Whether I am at the keys, out of what each screen tells: a table, and what holds whatever they tell. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UserInput } from '../../src/agent.ts'
import { inputNow, SEAT_MS, SEATS_LIMIT, type Seats, seated, seatsEnd } from '../../src/presentity/seats.ts'

const active: UserInput = { state: 'active' }
const noon: UserInput = { state: 'idle', since: '2026-11-22T12:00:00.000Z', thresholdSeconds: 300 }
const later: UserInput = { state: 'idle', since: '2026-11-22T12:07:00.000Z', thresholdSeconds: 300 }
const idle: UserInput = { state: 'idle' }

function told(...inputs: UserInput[]): Seats {
  return inputs.reduce<Seats>((seats, input, at) => seated(seats, `seat ${at}`, input, 0), new Map())
}

const table: [how: string, machine: UserInput | undefined, seats: UserInput[], now: UserInput | undefined][] =
  [
    ['nobody told anything', undefined, [], undefined],
    ['the machine alone', noon, [], noon],
    ['one screen, active: as before there was one', undefined, [active], undefined],
    ['one screen, idle', undefined, [noon], noon],
    ['two screens, one of them active', undefined, [noon, active], undefined],
    ['two idle screens: the last key counts', undefined, [later, noon], later],
    ['one does not say since when', undefined, [idle, noon], noon],
    ['none says since when', undefined, [idle], idle],
    ['the machine is idle, a screen is not', noon, [active], active],
    ['the machine is active, the screen has had no key', active, [noon], active],
    ['both idle', noon, [later], later],
  ]
test.each(table)('%s', (_, machine, seats, now) => {
  expect(inputNow(machine, told(...seats), 1)).toEqual(now)
})

describe('a seat', () => {
  test('that tells nothing any more is none: nobody stays away for ever', () => {
    const seats = seated(new Map(), 'screen', noon, 1_000)
    expect(inputNow(undefined, seats, 1_000 + SEAT_MS - 1)).toEqual(noon)
    expect(seatsEnd(seats)).toBe(1_000 + SEAT_MS)
    expect(inputNow(undefined, seats, 1_000 + SEAT_MS)).toBeUndefined()
  })

  test('tells again and counts on; takes it back and is gone at once', () => {
    const seats = seated(seated(new Map(), 'screen', noon, 0), 'screen', noon, 60_000)
    expect(seats.size).toBe(1)
    expect(inputNow(undefined, seats, SEAT_MS)).toEqual(noon)
    expect(seatsEnd(seated(seats, 'screen', null, 60_000))).toBe(Number.POSITIVE_INFINITY)
  })

  test('however many there are, few are kept, and the last to tell among them', () => {
    const names = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.boolean(), fc.nat(SEAT_MS)), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(names, (tellings) => {
        let seats: Seats = new Map()
        let now = 0
        for (const [name, sits, ms] of tellings) {
          now += ms
          seats = seated(seats, name, sits ? noon : null, now)
          expect(seats.size).toBeLessThanOrEqual(SEATS_LIMIT)
          expect(seats.has(name)).toBe(sits)
          expect(seatsEnd(seats)).toBeGreaterThan(now)
        }
      }),
    )
  })
})
