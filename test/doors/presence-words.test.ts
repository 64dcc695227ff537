/** Presence in words: what the other side wrote is bounded, harmless, and in the reader's language where it can be. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OwnTuple, Presence, PresenceTuple, Sighting } from '../../src/agent.ts'
import { presenceInFull, presenceWords, readerOf } from '../../src/doors/cli/presence-words.ts'
import { BOB, fakeAgent, SECRET } from '../support/fake-agent.ts'
import { nigh } from '../support/fake-surroundings.ts'

const now = new Date('2026-11-22T12:00:00.000Z')
const clock = (at: string) => new Date(at).toTimeString().slice(0, 5)
const inbox: PresenceTuple = { id: 'im', status: { basic: 'open' }, address: `im:${BOB.peerId}` }
const phone: PresenceTuple = {
  id: 'phone',
  status: { note: 'until six' },
  address: 'tel:+43123456',
  notes: { de: 'bis sechs', 'pt-BR': 'até as seis' },
}
const bob = (presence: Partial<Presence>): Sighting => ({
  who: BOB,
  evidence: 'live',
  presence: { name: 'bob', tuples: [inbox], ...presence },
})
const words = (presence: Partial<Presence>, language?: string) =>
  presenceWords(bob(presence), { now, ...(language === undefined ? {} : { language }) })
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ ...phone, id: `p${n}` }))

test.each<[string, Partial<Presence>, string]>([
  ['plain', {}, 'open'],
  ['a note', { note: 'back at five' }, 'open back at five'],
  [
    'the end that was told',
    { note: 'lunch', until: '2026-11-22T12:30:00.000Z' },
    `open lunch, until ${clock('2026-11-22T12:30:00.000Z')}`,
  ],
  [
    'idle',
    { userInput: { state: 'idle', since: '2026-11-22T11:00:00.000Z' } },
    `open, idle since ${clock('2026-11-22T11:00:00.000Z')}`,
  ],
  ['at the keys', { userInput: { state: 'active' } }, 'open'],
  [
    'activities of RFC 4480 in words, others as they came',
    {
      tuples: [
        { ...inbox, status: { basic: 'open', activities: ['on-the-phone', 'counting sheep', 'toString'] } },
      ],
    },
    'open (on the phone, counting sheep, toString)',
  ],
  ['a phone', { tuples: [inbox, phone] }, 'open; phone: tel:+43123456 until six'],
  [
    'scene 3: the phone is open, he is closed',
    {
      tuples: [
        { ...inbox, status: { basic: 'closed' } },
        { id: 'phone', status: { basic: 'open' } },
      ],
    },
    'closed; phone: open',
  ],
  ['scene 4: no basic, no address', { tuples: [{ id: 'im', status: {} }] }, 'closed'],
  ['nothing of an inbox', { tuples: [{ id: 'desk', status: {} }] }, 'present; desk'],
  [
    'the preferred first, one without priority last',
    {
      tuples: [
        inbox,
        { id: 'c', status: {} },
        { id: 'b', status: {}, priority: 0.1 },
        { id: 'a', status: {}, priority: 0.8 },
      ],
    },
    'open; a; b; and 1 more',
  ],
])('%s', (_what, presence, said) => {
  expect(words(presence)).toBe(said)
})

test.each([
  [undefined, 'until six'],
  ['de', 'bis sechs'],
  ['de-AT', 'bis sechs'],
  ['pt', 'até as seis'],
  ['pt-br', 'até as seis'],
  ['fr', 'until six'],
])('A reader of %s is shown the note "%s"', (language, note) => {
  expect(words({ tuples: [inbox, phone] }, language)).toBe(`open; phone: tel:+43123456 ${note}`)
  expect(words({ note: 'until six', notes: phone.notes ?? {} }, language)).toBe(`open ${note}`)
})

test.each([
  [{}, undefined],
  [{ LANG: 'C' }, undefined],
  [{ LANG: 'C.UTF-8' }, undefined],
  [{ LANG: 'de_AT.UTF-8' }, 'de-AT'],
  [{ LANG: 'de_AT.UTF-8', LC_MESSAGES: 'fr_FR@euro' }, 'fr-FR'],
  [{ LANG: 'de', LC_MESSAGES: 'fr', LC_ALL: 'pt_BR' }, 'pt-BR'],
  [{ LANG: 'de', LC_ALL: '' }, 'de'],
])('The environment %j reads %s', (env, language) => {
  expect(readerOf({ env, now: () => now }).language).toBe(language)
})

test('Ninety-nine tuples are a line of bounded length, and a look of bounded height', () => {
  const long = { ...phone, status: { note: 'n'.repeat(500) }, notes: {} }
  const line = words({ tuples: [inbox, ...many(97), long, { ...long, priority: 1 }] })
  expect(line).toMatch(/; and 97 more$/)
  expect(line.length).toBeLessThan(250)
  const full = presenceInFull(bob({ tuples: [inbox, ...many(99)] }), { now }).split('\n')
  expect(full).toHaveLength(1 + 20 + 1)
  expect(full.at(-1)).toContain('and 79 more')
})

test('No byte of theirs moves the cursor or begins a line, wherever it stands', () => {
  const evil = 'x\u001b[2J\n\u202ey'
  const tuple: PresenceTuple = {
    id: evil,
    status: { activities: [evil], note: evil, userInput: { state: 'idle', since: evil } },
    address: evil,
    notes: { de: evil },
    until: evil,
    markup: [{ namespace: evil, content: evil }],
  }
  const sighting = bob({
    note: evil,
    notes: { de: evil },
    until: evil,
    userInput: { state: 'idle', since: evil },
    tuples: [{ ...tuple, id: 'im', address: `im:${BOB.peerId}` }, tuple],
  })
  for (const language of ['de', 'fr']) {
    expect(presenceWords(sighting, { now, language })).not.toMatch(/[\u001b\n\u202e]/)
    expect(presenceInFull(sighting, { now, language }).split('\n')).toHaveLength(2)
    expect(presenceInFull(sighting, { now, language })).not.toMatch(/[\u001b\u202e]/)
  }
})

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nigh-words-'))
  await writeFile(join(home, 'secret'), SECRET)
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('nigh status --tuple changes what is named and leaves the rest; another note takes its translations along', async () => {
  const before: OwnTuple = { ...phone, priority: 0.5, until: '2026-11-22T13:00:00.000Z', views: ['contacts'] }
  const change = async (...argv: string[]) => {
    const running = fakeAgent({ tuples: async () => [before] })
    expect((await nigh(['status', '--tuple', 'phone', ...argv], { running })).err).toBe('')
    return running.calls.find(([method]) => method === 'publishTuple')?.[1]
  }
  expect(await change('--priority', '0.8')).toEqual({ ...before, priority: 0.8 })
  const { notes: _, until: __, ...rest } = before
  expect(await change('closed', '--note', 'off', '--until', '', '--activity', 'sleeping')).toEqual({
    ...rest,
    status: { basic: 'closed', note: 'off', activities: ['sleeping'] },
  })
  expect(await change('--clear', '--address', 'sip:bob@example.com')).toEqual({
    id: 'phone',
    status: {},
    address: 'sip:bob@example.com',
  })
})

test('nigh status says my tuples and my elision, to people and to programs', async () => {
  const own: OwnTuple[] = [
    { ...phone, views: ['contacts'] },
    { id: 'desk', status: {}, views: [] },
  ]
  const running = fakeAgent({
    tuples: async () => own,
    status: async () => ({ basic: 'closed', activities: [], elision: true }),
  })
  const plain = await nigh(['status'], { running, env: { LANG: 'de_DE.UTF-8' } })
  expect(plain.out).toBe(
    'You are closed. While closed, your address is left out.\n' +
      '  phone: tel:+43123456 bis sechs\n' +
      '  desk (shown to nobody)\n',
  )
  expect((await nigh(['status', '--json'], { running })).lines()).toMatchObject([
    { event: 'status', basic: 'closed', elision: true, tuples: own },
  ])
})

test('nigh fetch shows each in a line of its own', async () => {
  const sighting = bob({
    note: 'hi',
    tuples: [inbox, { ...phone, markup: [{ namespace: 'urn:x', content: '' }] }],
  })
  const { out } = await nigh(['fetch', 'bob'], { running: fakeAgent({ fetch: async () => sighting }) })
  expect(out).toMatch(/ bob is open hi\n {4}phone: tel:\+43123456 until six \[and urn:x\]\n$/)
})
