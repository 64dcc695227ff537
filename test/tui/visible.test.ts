/** Only what is visible is laid out, however much there is: counted by who asks a message for its text. */

import { describe, expect, test } from 'vitest'
import type { Said } from '../../src/agent/said.ts'
import { came, desk, from, page, person, sighting } from './desk.ts'

/** More than fit on the largest screen of these tests. */
const ROWS = 60

describe('ten thousand messages and two hundred people', () => {
  const bob = person('bob')
  const people = [bob, ...Array.from({ length: 199 }, (_, at) => person(`person ${at}`))]

  function crowded() {
    let read = 0
    const said = Array.from({ length: 10_000 }, (_, at): Said => {
      const text = `message ${at}, which is long enough to need more than one row of a narrow conversation`
      const message = from(bob, text, { unread: false })
      return Object.defineProperty(message, 'text', {
        get: () => {
          read += 1
          return text
        },
      })
    })
    const alice = desk({ columns: 200, rows: ROWS })
    alice.happen(came(...people.map((one) => sighting(one))))
    alice.happen(page(bob, said))
    alice.press('enter')
    return { alice, count: () => read }
  }

  test('a key in the draft lays no message out anew', () => {
    const { alice, count } = crowded()
    alice.rows()
    const before = count()
    expect(before).toBeLessThan(ROWS)
    for (const letter of 'typing goes on') {
      alice.type(letter)
      alice.rows()
    }
    expect(count()).toBe(before)
  })

  test('a page back lays out a few pages, and not what lies between', () => {
    const { alice, count } = crowded()
    alice.rows()
    alice.press('pageup')
    alice.rows()
    expect(count()).toBeLessThan(4 * ROWS)
  })

  test('control: to the very top everything on the way is laid out', () => {
    const { alice, count } = crowded()
    for (let pages = 0; pages < 400; pages++) alice.press('pageup')
    expect(count()).toBeGreaterThan(5_000)
  })
})
