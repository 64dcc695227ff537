import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeDocument, openDocument, readable } from '../../src/envelope/presence-information.ts'
import type { StoredStatus } from '../../src/ports.ts'
import type { Presentity } from '../../src/presentity/presentity.ts'
import { render, type ViewName, viewNamed } from '../../src/presentity/views.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { coverView } from '../../src/rules/access-rules.ts'

const alice = 'alice' as PeerId
const inAMeeting: StoredStatus = { basic: 'open', activities: ['meeting'], note: 'room 4', until: 5_000 }
const bob = (facts: Partial<Presentity> = {}): Presentity => ({
  peerId: 'bob' as PeerId,
  name: 'Bob',
  status: inAMeeting,
  inboxAccepts: true,
  ...facts,
})
const cover = viewNamed(coverView(alice))
const asSeen = (view: ViewName, presentity: Presentity) =>
  readable(openDocument(encodeDocument(render(view, presentity), { epoch: 1, version: 1, publishedAt: 0 })))
const statuses = fc.record(
  {
    basic: fc.constantFrom('open', 'closed'),
    activities: fc.array(fc.constantFrom('meeting', 'away', 'lunch'), { maxLength: 3 }),
    note: fc.string({ minLength: 1, maxLength: 20 }),
    until: fc.nat(10_000),
  },
  { requiredKeys: ['basic', 'activities'] },
) as fc.Arbitrary<StoredStatus>

describe('What each audience sees', () => {
  test('fault P8: people nearby see the name and whether he is open, and nothing else', () => {
    expect(asSeen('nearby', bob())).toMatchInlineSnapshot(`
      {
        "name": "Bob",
        "tuples": [
          {
            "id": "im",
            "status": {
              "basic": "open",
            },
          },
        ],
      }
    `)
  })

  test('Contacts see activity, note, its end and the inbox address', () => {
    expect(asSeen('contacts', bob())).toMatchInlineSnapshot(`
      {
        "name": "Bob",
        "note": "room 4",
        "tuples": [
          {
            "address": "im:bob",
            "id": "im",
            "status": {
              "activities": [
                "meeting",
              ],
              "basic": "open",
            },
          },
        ],
        "until": "1970-01-01T00:00:05.000Z",
      }
    `)
  })

  test('scene 31: Alice and Carol, each with a view of her own, hold different valid documents', () => {
    const seen = [asSeen('nearby', bob()), asSeen('contacts', bob()), asSeen(cover, bob())]
    expect(new Set(seen.map((each) => JSON.stringify(each)))).toHaveLength(3)
    for (const each of seen) expect(each.name).toBe('Bob')
  })

  test('fault P8: whatever Bob sets, nearby tells nothing of it but basic', () => {
    fc.assert(
      fc.property(statuses, fc.boolean(), (status, inboxAccepts) => {
        const basic = status.basic === 'open' && inboxAccepts ? 'open' : 'closed'
        expect(render('nearby', bob({ status, inboxAccepts }))).toStrictEqual({
          name: 'Bob',
          tuples: [{ id: 'im', status: { basic } }],
        })
      }),
    )
  })
})

describe('OPEN is derived from the inbox', () => {
  test('Bob says open while his inbox is shut: everybody reads closed; it opens: they read open', () => {
    for (const view of ['nearby', 'contacts'] as const) {
      expect(asSeen(view, bob({ inboxAccepts: false })).tuples[0]?.status.basic).toBe('closed')
      expect(asSeen(view, bob({ inboxAccepts: true })).tuples[0]?.status.basic).toBe('open')
    }
  })

  test('scene 3: busy says nothing about it: basic alone answers', () => {
    expect(asSeen('contacts', bob()).tuples[0]?.status).toStrictEqual({
      basic: 'open',
      activities: ['meeting'],
    })
  })

  test('scene 1: Bob has set nothing: his document has one tuple, and that has a status', () => {
    const nothing = bob({ status: { basic: 'open', activities: [] } })
    for (const view of ['nearby', 'contacts', cover] as const) {
      expect(asSeen(view, nothing).tuples).toHaveLength(1)
      expect(asSeen(view, nothing).tuples[0]?.status.basic).toBeDefined()
    }
  })
})

describe('fault P3: the cover', () => {
  const edition = { epoch: 0, version: 1, publishedAt: 0 }
  /** Bert set himself closed, without a note; nothing else about him matters. */
  const bert = bob({ peerId: 'bert' as PeerId, status: { basic: 'closed', activities: [] } })

  test('equals, byte for byte, what an ordinary closed person shows nearby, whatever Bob does', () => {
    fc.assert(
      fc.property(statuses, fc.boolean(), (status, inboxAccepts) => {
        const covered = encodeDocument(render(cover, bob({ status, inboxAccepts })), edition)
        expect(covered).toEqual(encodeDocument(render('nearby', bert), edition))
      }),
    )
  })

  test('Control: the view it covers differs from it as soon as Bob is open', () => {
    expect(encodeDocument(render('nearby', bob()), edition)).not.toEqual(
      encodeDocument(render('nearby', bert), edition),
    )
  })

  test('scene 34: no person and no device is in it: no address, no note, no activity', () => {
    expect(render(cover, bob())).toStrictEqual({
      name: 'Bob',
      tuples: [{ id: 'im', status: { basic: 'closed' } }],
    })
  })
})

test.each([
  ['contacts', 'contacts'],
  ['nearby', 'nearby'],
  ['work', 'nearby'],
  ['', 'nearby'],
  ['Contacts', 'nearby'],
  [cover, cover],
])('A rule that names the view %j gives %s: a name of the future shows the least', (named, given) => {
  expect(viewNamed(named)).toBe(given)
})
