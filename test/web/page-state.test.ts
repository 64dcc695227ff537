/** What the page shows of what happens: people, requests, warnings, ages. */
import { describe, expect, test } from 'vitest'
import { UNNUMBERED } from '../../src/agent/said.ts'
import type { AgentEvent, Sighting } from '../../src/agent.ts'
import {
  beginning,
  change,
  type Happening,
  type PageState,
} from '../../src/doors/web/page/state/page-state.ts'
import { ageAt, listed, markOf, unreadOfAll } from '../../src/doors/web/page/state/people.ts'
import { fragmentOf, routeOf } from '../../src/doors/web/page/state/route.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { AT, BOB, BOB_ID, CONTACT, MESSAGE, OUTCOME, REQUEST, SELF, SIGHTING } from '../support/fake-agent.ts'

const CAROL_ID = '12D3KooWCarolCarolCarolCarolCarolCarolCarolCarol999' as PeerId
const CAROL = { ...BOB, peerId: CAROL_ID, name: 'Carol', relation: 'near' as const }
const carol: Sighting = { ...SIGHTING, who: CAROL }

const event = (told: AgentEvent, now = 0): Happening => ({ it: 'event', event: told, now })
const snapshot = (people: Sighting[], seq = 1): AgentEvent => ({ event: 'snapshot', at: AT, seq, people })
const so = (...happenings: Happening[]): PageState =>
  happenings.reduce(change, change(beginning(0), { it: 'self', self: SELF }))

describe('People', () => {
  test('contacts, people near and others who wrote stand apart; whoever is here comes first', () => {
    const stranger = { ...BOB, peerId: 'stranger' as PeerId, name: 'mallory', relation: 'stranger' as const }
    const state = so(
      event(
        snapshot([
          SIGHTING,
          carol,
          { ...carol, who: { ...CAROL, peerId: 'z' as PeerId, name: 'adam' }, evidence: 'unknown' },
        ]),
      ),
      { it: 'recent', rows: [{ ...MESSAGE, from: stranger }], asOf: 1, now: 0 },
    )
    const people = listed(state)
    expect(people.contacts.map(({ who }) => who.name)).toEqual(['bob'])
    expect(people.near.map(({ who }) => who.name)).toEqual(['Carol', 'adam'])
    expect(people.others.map(({ who }) => who.name)).toEqual(['mallory'])
  })
  test('two of one name are told apart by their keys', () => {
    const other = { ...carol, who: { ...CAROL, peerId: 'other' as PeerId } }
    expect(listed(so(event(snapshot([carol, other])))).near.map(({ namesake }) => namesake)).toEqual([
      true,
      true,
    ])
  })
  test('what an event tells while a listing is on its way is not undone by it', () => {
    const toldLater = { event: 'presence', at: AT, seq: 2, change: 'changed', ...carol } as const
    const listing = (askedAt: number): Happening => ({
      it: 'people',
      people: [{ ...carol, presence: { name: 'Carol', note: 'at lunch', tuples: [] } }],
      askedAt,
      now: 40,
    })
    const back = { name: 'Carol', note: 'back at five', tuples: [] }
    const noteAfter = (askedAt: number) =>
      so(
        event(snapshot([carol]), 1),
        event({ ...toldLater, presence: back }, 20),
        listing(askedAt),
      ).people.get(CAROL_ID)?.presence?.note
    expect(noteAfter(10)).toBe('back at five')
    expect(noteAfter(30)).toBe('at lunch')
  })
  test('I am not in my own list', () => {
    const me = { ...carol, who: { ...CAROL, peerId: SELF.peerId } }
    expect(listed(so(event(snapshot([me])))).near).toEqual([])
  })
  test('a stranger who only knocked is in the requests, not in the list', () => {
    const stranger = { ...CAROL, relation: 'stranger' as const }
    const state = so(
      event({ event: 'message', ...MESSAGE, from: stranger, disposition: 'held' }),
      event({ event: 'request', ...REQUEST, who: stranger, seq: 8 }),
      event({ event: 'request', ...REQUEST, who: stranger, seq: 9 }),
    )
    expect(listed(state).others).toEqual([])
    expect(state.requests).toHaveLength(1)
    expect(unreadOfAll(state)).toBe(0)
  })
  test('a contact of whom nothing was ever seen is listed as unknown', () => {
    const [bob] = listed(so({ it: 'contacts', contacts: [CONTACT], now: 0 })).contacts
    expect(bob).toMatchObject({ evidence: 'unknown' })
    expect(bob && ageAt(bob, 5)).toBeUndefined()
  })
  test('whom a new snapshot does not name is unknown, never left', () => {
    const state = so(event(snapshot([SIGHTING])), event(snapshot([], 2), 3_000))
    expect(state.people.get(BOB_ID)).toMatchObject({ evidence: 'unknown', ageMs: 3_000 })
  })
})

describe('Ages count by the clock of the page', () => {
  test('from the age that came', () => {
    const [bob] = listed(
      so(event(snapshot([{ ...SIGHTING, evidence: 'heard', ageMs: 40_000 }]), 1_000)),
    ).contacts
    expect(bob && ageAt(bob, 3_000)).toBe(42_000)
  })
  test('live is now, however old what it says is', () => {
    const [bob] = listed(so(event(snapshot([{ ...SIGHTING, ageMs: 40_000 }]), 1_000))).contacts
    expect(bob && ageAt(bob, 1_000)).toBe(0)
  })
})

describe('The mark beside a name', () => {
  const im = { id: 'im', address: `im:${BOB_ID}` }
  const table: [what: string, sighting: Partial<Sighting>, mark: string][] = [
    ['open', {}, 'open'],
    ['closed', { presence: { name: 'bob', tuples: [{ ...im, status: { basic: 'closed' } }] } }, 'closed'],
    ['only there', { presence: { name: 'bob', tuples: [] } }, 'present'],
    ['unknown is not closed, whatever was shown last', { evidence: 'unknown' }, 'unknown'],
    ['gone after a goodbye', { evidence: 'gone' }, 'gone'],
  ]
  test.each(table)('%s', (_what, sighting, mark) => {
    expect(markOf({ ...SIGHTING, ...sighting, heardAt: 0 })).toBe(mark)
  })
})

describe('What else happens', () => {
  test('the cursor only rises, and presence does not move it', () => {
    const state = so(
      event(snapshot([], 5)),
      event({ event: 'message', ...MESSAGE, seq: 7 }),
      event({ event: 'presence', at: AT, seq: 6, change: 'came', ...SIGHTING }),
    )
    expect(state.seq).toBe(7)
  })
  test('a message ends the sign of its writing', () => {
    const writes = event({ event: 'composing', at: AT, seq: 1, who: BOB, state: 'active' })
    expect([...so(writes).writing]).toEqual([BOB_ID])
    expect([...so(writes, event({ event: 'message', ...MESSAGE })).writing]).toEqual([])
    expect([
      ...so(writes, event({ event: 'composing', at: AT, seq: 1, who: BOB, state: 'idle' })).writing,
    ]).toEqual([])
  })
  test('what was read at another door is unread here no longer, and nobody is made up by it', () => {
    const read = event({ event: 'read', at: AT, seq: 7, who: BOB, ids: [MESSAGE.id] })
    const state = so(event({ event: 'message', ...MESSAGE }), read)
    expect(state.conversations.get(BOB_ID)?.said).toMatchObject([{ id: MESSAGE.id, unread: false }])
    expect(listed(so(read))).toMatchObject({ contacts: [], near: [], others: [] })
  })
  test('one warning is shown once, and three at most', () => {
    const warn = (message: string) =>
      event({ event: 'warning', at: AT, seq: 1, code: 'no-multicast', message })
    const state = so(warn('a'), warn('a'), warn('b'), warn('c'), warn('d'))
    expect(state.warnings.map(({ message }) => message)).toEqual(['b', 'c', 'd'])
  })
  test('what the peer did not take is no longer said', () => {
    const said = { ...OUTCOME, seq: UNNUMBERED, state: 'owed' as const, outcome: 'indeterminate' as const }
    const state = so({ it: 'saying', said })
    expect(state.conversations.get(BOB_ID)?.said).toHaveLength(1)
    expect(
      change(state, { it: 'unsaid', peer: BOB_ID, id: said.id }).conversations.get(BOB_ID)?.said,
    ).toEqual([])
  })
  test('goodbye of my own peer: it is looked for', () => {
    expect(so(event({ event: 'offline', at: AT, seq: 1 })).link).toBe('away')
  })
})

describe('Where one is', () => {
  test.each([
    ['', { at: 'people' }],
    ['#/rules', { at: 'rules' }],
    [`#/with/${BOB_ID}`, { at: 'person', peer: BOB_ID, details: false, verify: false }],
    [`#/with/${BOB_ID}/details`, { at: 'person', peer: BOB_ID, details: true, verify: false }],
    ['#/with/<img>', { at: 'people' }],
    ['#/nowhere', { at: 'people' }],
  ])('%s', (fragment, route) => {
    expect(routeOf(fragment)).toEqual(route)
    if (fragment.length > 1 && !fragment.includes('<') && !fragment.includes('nowhere'))
      expect(fragmentOf(routeOf(fragment))).toBe(fragment)
  })
})
