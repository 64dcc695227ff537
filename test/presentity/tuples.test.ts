import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { appearsReady } from '../../src/agent/readiness.ts'
import type { OwnTuple, PresenceTuple } from '../../src/agent.ts'
import { encodeDocument, openDocument, readable } from '../../src/envelope/presence-information.ts'
import {
  ACTIVITIES_LIMIT,
  ADDRESS_LIMIT,
  MARKUP_CONTENT_LIMIT,
  MARKUP_LIMIT,
  NOTE_LIMIT,
  TUPLES_LIMIT,
} from '../../src/envelope/protocol.ts'
import { PLAIN_OPEN, type Presentity } from '../../src/presentity/presentity.ts'
import { type KeptTuple, OWN_TUPLES_LIMIT, tuplesAt, withTuple } from '../../src/presentity/tuples.ts'
import { render, type ViewName, viewNamed } from '../../src/presentity/views.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { coverView } from '../../src/rules/access-rules.ts'

const noon = Date.parse('2031-05-01T12:00:00Z')
const bobsInbox = 'im:bob'
const kept = (...tuples: OwnTuple[]): KeptTuple[] =>
  tuples.reduce<KeptTuple[]>((before, tuple) => withTuple(before, tuple, noon), [])
const bob = (facts: Partial<Presentity> = {}): Presentity => ({
  peerId: 'bob' as PeerId,
  name: 'Bob',
  status: PLAIN_OPEN,
  inboxAccepts: true,
  ...facts,
})
const closed = { basic: 'closed' as const, activities: [] }
const asSeen = (view: ViewName, presentity: Presentity) =>
  readable(openDocument(encodeDocument(render(view, presentity), { epoch: 1, version: 1, publishedAt: 0 })))

describe('What may be a tuple', () => {
  test.each([
    ['im:alice@example.com'],
    ['tel:+43-1-23456'],
    ['mailto:bob@example.com?subject=hi'],
    ['sip:bob@[2001:db8::1]:5060;transport=tcp'],
    ['https://example.com/bob?q=1#now'],
    ['x-pigeon+fast:roof/3'],
    ['xmpp:bob%40home@example.com'],
    [`urn:${'x'.repeat(ADDRESS_LIMIT - 4)}`],
  ])('the address %s', (address) => {
    expect(kept({ id: 'a', address })).toMatchObject([{ address }])
  })

  test.each([
    [''],
    ['phone'],
    ['+4312345'],
    ['tel:'],
    ['1tel:5'],
    ['tel: 5'],
    ['https://exämple.com'],
    ['https://example.com/\u001b[2J'],
    ['https://example.com/\u202e'],
    ['mailto:<bob@example.com>'],
    ['https://example.com/100%'],
    ['https://example.com/%zz'],
    [`urn:${'x'.repeat(ADDRESS_LIMIT - 3)}`],
  ])('but not the address %j', (address) => {
    expect(() => kept({ id: 'a', address })).toThrow(/address/)
  })

  test.each<[string, OwnTuple, RegExp]>([
    ['no id', { id: '' }, /id of a tuple/],
    ['a long id', { id: 'x'.repeat(65) }, /id of a tuple/],
    ['the id of the inbox', { id: 'im' }, /tuple of your inbox/],
    ['a long note', { id: 'a', status: { note: 'x'.repeat(NOTE_LIMIT + 1) } }, /note has at most/],
    ['a long note in German', { id: 'a', notes: { de: 'x'.repeat(NOTE_LIMIT + 1) } }, /note has at most/],
    ['a note in no language', { id: 'a', notes: { 'in German': 'x' } }, /language tag/],
    [
      'a note in every language',
      { id: 'a', notes: Object.fromEntries(Array.from({ length: MARKUP_LIMIT }, (_, n) => [`x-${n}`, 'n'])) },
      /languages/,
    ],
    ['an empty activity', { id: 'a', status: { activities: [''] } }, /activity/],
    [
      'many activities',
      { id: 'a', status: { activities: Array(ACTIVITIES_LIMIT + 1).fill('away') } },
      /activities/,
    ],
    [
      'open and away for good (RFC 4480)',
      { id: 'a', status: { basic: 'open', activities: ['permanent-absence'] } },
      /away for good/,
    ],
    ['a priority above 1', { id: 'a', priority: 7 }, /0 to 1/],
    ['a priority that is no number', { id: 'a', priority: Number.NaN }, /0 to 1/],
    ['an end that has passed', { id: 'a', until: '2031-05-01T12:00:00Z' }, /passed/],
    ['an end that is no time', { id: 'a', until: 'later' }, /no time/],
    ['input at no time', { id: 'a', status: { userInput: { state: 'idle', since: 'x' } } }, /no time/],
    [
      'half a second',
      { id: 'a', status: { userInput: { state: 'idle', thresholdSeconds: 0.5 } } },
      /seconds/,
    ],
    ['markup of no namespace', { id: 'a', markup: [{ namespace: 'mood', content: 'x' }] }, /namespace/],
    [
      'much markup',
      { id: 'a', markup: Array(MARKUP_LIMIT + 1).fill({ namespace: 'urn:x', content: '' }) },
      /elements of markup/,
    ],
    [
      'large markup, in bytes',
      { id: 'a', markup: [{ namespace: 'urn:x', content: 'é'.repeat(MARKUP_CONTENT_LIMIT / 2 + 1) }] },
      /bytes/,
    ],
    ['the view nearby (fault P8)', { id: 'a', views: ['nearby' as never] }, /preset office/],
  ])('but not %s', (_what, tuple, says) => {
    expect(() => kept(tuple)).toThrow(says)
  })

  test('a status and nothing more; what is not said is a default that is kept', () => {
    expect(kept({ id: 'desk' })).toStrictEqual([{ id: 'desk', status: {}, views: ['contacts'] }])
  })

  test('Priorities have three decimals, ends are instants', () => {
    expect(kept({ id: 'a', priority: 0.12345, until: '2031-05-01T14:00:00+01:00' })).toMatchObject([
      { priority: 0.123, until: '2031-05-01T13:00:00.000Z' },
    ])
  })

  test('It is what was given then: changing that later changes nothing', () => {
    const tuple: OwnTuple = { id: 'a', status: { activities: ['away'] } }
    const [before] = kept(tuple)
    tuple.status?.activities?.push('busy')
    expect(before?.status.activities).toEqual(['away'])
  })

  test('one id once, in its old place; a hundredth has no room, replacing one has', () => {
    const full = kept(...Array.from({ length: OWN_TUPLES_LIMIT }, (_, n) => ({ id: `t${n}` })))
    expect(() => withTuple(full, { id: 'another' }, noon)).toThrow(/Withdraw one/)
    const replaced = withTuple(full, { id: 't1', address: 'tel:1' }, noon)
    expect(replaced).toHaveLength(OWN_TUPLES_LIMIT)
    expect(replaced[1]).toMatchObject({ id: 't1', address: 'tel:1' })
    expect(asSeen('contacts', bob({ tuples: full })).tuples).toHaveLength(TUPLES_LIMIT)
  })

  test('A timed one is there a millisecond before its end, and not at it', () => {
    const tuples = kept({ id: 'a', until: new Date(noon + 1000).toISOString() }, { id: 'b' })
    expect(tuplesAt(tuples, noon + 999)).toHaveLength(2)
    expect(tuplesAt(tuples, noon + 1000)).toMatchObject([{ id: 'b' }])
  })
})

describe('Who is shown my tuples', () => {
  const phone: OwnTuple = {
    id: 'phone',
    status: { basic: 'open', note: 'until six', userInput: { state: 'active' } },
    address: 'tel:+43123456',
    priority: 0.8,
    notes: { de: 'bis sechs' },
    markup: [{ namespace: 'urn:example:nobody-knows', content: '<x a="1">\u0000ü</x>' }],
  }

  test('Contacts see them behind that of the inbox, unknown markup included', () => {
    const { views: _, ...shown } = { ...phone, views: [] }
    expect(asSeen('contacts', bob({ tuples: kept(phone) })).tuples).toEqual([
      { id: 'im', status: { basic: 'open' }, address: bobsInbox },
      shown,
    ])
  })

  test('One kept to myself is shown to nobody', () => {
    const seen = asSeen('contacts', bob({ tuples: kept({ ...phone, views: [] }) }))
    expect(seen.tuples.map(({ id }) => id)).toEqual(['im'])
  })

  test('scene 37, fault P8: people nearby and the politely blocked have no word of them, nor of elision, notes and input', () => {
    const more = bob({
      tuples: kept(phone),
      elision: true,
      status: { ...PLAIN_OPEN, note: 'n', notes: { de: 'n' } },
      userInput: { state: 'idle' },
    })
    for (const view of ['nearby', viewNamed(coverView('alice' as PeerId))] as const)
      expect(render(view, more)).toStrictEqual(render(view, bob()))
    expect(render('contacts', more)).not.toEqual(render('contacts', bob()))
  })

  test('Markup that must be understood makes readers pass over its tuple, not over the others (RFC 3863)', () => {
    const tuples = kept(
      { ...phone, markup: [{ namespace: 'urn:x', content: '', mustUnderstand: true }] },
      { id: 'desk' },
    )
    const document = openDocument(
      encodeDocument(render('contacts', bob({ tuples })), { epoch: 1, version: 1, publishedAt: 0 }),
    )
    expect(document.tuples.map(({ id }) => id)).toEqual(['im', 'phone', 'desk'])
    expect(readable(document).tuples.map(({ id }) => id)).toEqual(['im', 'desk'])
  })

  test('Two notes in one language: the first counts; a language that is none is a note without', () => {
    const document = openDocument(
      encodeDocument({ name: 'Bob', note: 'one', tuples: [] }, { epoch: 1, version: 1, publishedAt: 0 }),
    )
    const [note] = document.notes
    if (note === undefined) throw new Error('no note')
    document.notes.push(
      { ...note, text: 'eins', lang: 'de' },
      { ...note, text: 'zwei', lang: 'de' },
      { ...note, text: '?', lang: 'd e' },
    )
    expect(readable(document)).toMatchObject({ note: 'one', notes: { de: 'eins' } })
  })
})

describe('OPEN is derived, for every address of my inbox', () => {
  const oncall: OwnTuple = { id: 'oncall', status: { basic: 'open' }, address: 'im:bob/oncall' }

  test('scene 51: closed, no tuple of it is shown open; that of a phone stands', () => {
    const tuples = kept(oncall, { id: 'phone', status: { basic: 'open' }, address: 'tel:1' })
    const basics = (facts: Partial<Presentity>) =>
      asSeen('contacts', bob({ tuples, ...facts })).tuples.map(({ status }) => status.basic)
    expect(basics({})).toEqual(['open', 'open', 'open'])
    expect(basics({ status: closed })).toEqual(['closed', 'closed', 'open'])
    expect(basics({ inboxAccepts: false })).toEqual(['closed', 'closed', 'open'])
  })

  test('scene 4: with elision no address of it is in the document while closed, and it is back when open', () => {
    const tuples = kept(oncall, { id: 'phone', address: 'tel:1' })
    const addresses = (facts: Partial<Presentity>) =>
      asSeen('contacts', bob({ tuples, elision: true, ...facts })).tuples.map(({ address }) => address)
    expect(addresses({})).toEqual([bobsInbox, 'im:bob/oncall', 'tel:1'])
    expect(addresses({ status: closed })).toEqual([undefined, undefined, 'tel:1'])
    expect(addresses({ status: closed, elision: false })).toEqual([bobsInbox, 'im:bob/oncall', 'tel:1'])
  })
})

describe('Does he appear ready? (scene 5)', () => {
  const who = {
    peerId: 'bob' as PeerId,
    name: 'Bob',
    address: 'pres:bob',
    relation: 'near' as const,
    verified: false,
  }
  const ready = (...tuples: PresenceTuple[]) => appearsReady({ who, presence: { name: 'Bob', tuples } })

  test.each<[string, boolean, PresenceTuple[]]>([
    ['open, with the address', true, [{ id: 'im', status: { basic: 'open' }, address: bobsInbox }]],
    ['closed, with the address', false, [{ id: 'im', status: { basic: 'closed' }, address: bobsInbox }]],
    ['open to people nearby, who are shown no address', true, [{ id: 'im', status: { basic: 'open' } }]],
    [
      'scene 3: open and busy',
      true,
      [{ id: 'im', status: { basic: 'open', activities: ['busy', 'permanent-absence'] } }],
    ],
    [
      'scene 3: closed and idle for nothing',
      false,
      [{ id: 'im', status: { basic: 'closed', activities: ['looking-for-work'] } }],
    ],
    ['scene 4: no basic, the address is shown', true, [{ id: 'im', status: {}, address: bobsInbox }]],
    ['scene 4: no basic, the address is withheld', false, [{ id: 'im', status: {} }]],
    ['a phone that is open', false, [{ id: 'phone', status: { basic: 'open' }, address: 'tel:1' }]],
    [
      'a phone that is open, and the inbox closed',
      false,
      [
        { id: 'phone', status: { basic: 'open' }, address: 'tel:1' },
        { id: 'im', status: { basic: 'closed' } },
      ],
    ],
    ['the inbox of somebody else', false, [{ id: 'im', status: { basic: 'open' }, address: 'im:carol' }]],
    ['an inbox under another id', true, [{ id: 'x', status: { basic: 'open' }, address: bobsInbox }]],
    ['no tuple', false, []],
  ])('%s: %s', (_what, answer, tuples) => {
    expect(ready(...tuples)).toBe(answer)
  })

  test('nothing known is no', () => {
    expect(appearsReady({ who })).toBe(false)
  })

  test('scene 3, scene 5: whatever else a document says, it answers what the inbox does', () => {
    const extras = fc.array(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c'),
        status: fc.record({
          basic: fc.constantFrom('open' as const, 'closed' as const),
          activities: fc.array(fc.constantFrom('busy', 'away')),
        }),
        address: fc.constantFrom('tel:1', 'im:carol', 'im:bob', 'im:bob/oncall'),
      }),
      { maxLength: 3 },
    )
    fc.assert(
      fc.property(extras, fc.boolean(), fc.boolean(), fc.boolean(), (tuples, open, inboxAccepts, elision) => {
        const presentity = bob({
          tuples: kept(...tuples),
          inboxAccepts,
          elision,
          status: open ? PLAIN_OPEN : closed,
        })
        for (const view of ['nearby', 'contacts'] as const)
          expect(appearsReady({ who, presence: asSeen(view, presentity) })).toBe(open && inboxAccepts)
      }),
    )
  })
})
