/** WHO is meant: nobody, more than one, myself, or something that only looks like an address. Real processes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { came, type Line } from '../support/running.ts'
import { type Desk, desk, expectRefusal } from './desk.ts'

let here: Desk
/** Alice's peer id. */
let self: string
let carol: string
beforeAll(async () => {
  here = desk()
  self = (await here.nigh(['whoami'])).lines()[0]?.peerId
  carol = (await here.nigh(['whoami'], { as: 'carol' })).lines()[0]?.peerId
  await here.nigh(['contacts', 'add', carol, '--name', 'carol'])
  await here.up('alice')
})
afterAll(() => here[Symbol.asyncDispose]())

/** Nothing was owed, no contact was made, and the one she had is still there. */
async function nothingChanged(): Promise<void> {
  expect((await here.nigh(['outbox'])).lines()).toEqual([])
  const contacts = (await here.nigh(['contacts'])).lines()
  expect(contacts.map(({ who }) => [who.peerId, who.name])).toEqual([[carol, 'carol']])
}

interface Row {
  who: () => string
  exit: number
  code: string
  says: RegExp
}

// An address or card that cannot be read is a word mistyped (2); a word that means nobody is an unknown WHO (5).
const rows: Record<string, Row> = {
  'a name nobody has': { who: () => 'zebedee', exit: 5, code: 'who-unknown', says: /"zebedee".*nigh who/ },
  'a name of blanks': { who: () => '   ', exit: 5, code: 'who-unknown', says: /nigh who/ },
  'three characters of an id': { who: () => carol.slice(-3), exit: 5, code: 'who-unknown', says: /nigh who/ },
  'a peer id with a letter missing': {
    who: () => carol.slice(0, -1),
    exit: 5,
    code: 'who-unknown',
    says: /nigh who/,
  },
  'a peer id of another kind of key': {
    who: () => 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
    exit: 5,
    code: 'who-unknown',
    says: /nigh who/,
  },
  'a name that is an escape sequence': {
    who: () => '\u001b]0;owned\u0007',
    exit: 5,
    code: 'who-unknown',
    says: /\\u001b|\\u\{1b\}/,
  },
  'my own name': { who: () => 'alice', exit: 2, code: 'own-address', says: /alice is you.*somebody else/ },
  'my own peer id': { who: () => self, exit: 2, code: 'own-address', says: /is you/ },
  'my own address': { who: () => `im:${self}`, exit: 2, code: 'own-address', says: /is you/ },
  'my own card': { who: () => `nigh:${self}?name=bob`, exit: 2, code: 'own-address', says: /is you/ },
  'a presence address of nobody': {
    who: () => 'pres:bob',
    exit: 2,
    code: 'malformed-address',
    says: /12D3KooW.*"pres:bob"/,
  },
  'an inbox with a bad label': {
    who: () => `im:${carol}/Bad Label`,
    exit: 2,
    code: 'malformed-address',
    says: /label.*a-z, 0-9/,
  },
  'a card of nobody': {
    who: () => 'nigh:bob',
    exit: 2,
    code: 'malformed-card',
    says: /A card is nigh:<peer id>/,
  },
  'a card with a bad multiaddr': {
    who: () => `nigh:${carol}?addr=10.0.0.7:4001`,
    exit: 2,
    code: 'malformed-card',
    says: /multiaddr such as \/ip4/,
  },
  'a card with half a character': {
    who: () => `nigh:${carol}?name=%E4%BD`,
    exit: 2,
    code: 'malformed-card',
    says: /percent-encoded/,
  },
  'an endless card': {
    who: () => `nigh:${carol}?name=a&note=${'n'.repeat(100_000)}`,
    exit: 2,
    code: 'usage',
    says: /longer than any name, address or card/,
  },
  'an endless name': {
    who: () => 'z'.repeat(100_000),
    exit: 2,
    code: 'usage',
    says: /longer than any name, address or card/,
  },
}

describe.each([
  ['with a running Nigh', []],
  ['without one', ['--no-start']],
] as const)('WHO, %s', (how, start) => {
  test.concurrent.for(Object.entries(rows))('%s', async ([, { who, ...expected }]) => {
    // At rest only what concerns my own home is asked: the conversation with WHO.
    const typed =
      how === 'without one'
        ? ['inbox', '--as', 'rest', ...start, '--with', who()]
        : ['send', who(), 'hi', '--wait', '0s']
    if (how === 'without one' && expected.code === 'own-address') return
    expectRefusal(await here.nigh(typed), expected)
  })
  beforeAll(async () => {
    if (how === 'without one') await here.nigh(['whoami', '--as', 'rest'])
  })
  afterAll(nothingChanged)
})

test('a card whose address leads nowhere is believed, owed, and reported as not reachable: 4', async () => {
  await using own = desk()
  await own.nigh(['whoami'])
  for (const address of ['/ip4/999.1.1.1/tcp/1', '/ip4/127.0.0.1/tcp/1', '/unix/nonsense', '/dns4/x']) {
    const sent = await own.nigh(['send', `nigh:${carol}?addr=${address}`, address, '--wait', '1s'])
    expect(sent.lines().at(-1)).toMatchObject({ event: 'outcome', outcome: 'indeterminate', state: 'owed' })
    expect(sent.code).toBe(4)
    expect(sent.stderr).toBe('')
  }
  expect((await own.nigh(['outbox'])).lines()).toHaveLength(4)
}, 20_000)

test('two people of one name: ambiguous (5), with choices that tell them apart and can be typed', async () => {
  await using own = desk()
  const bobHome = (which: string) => ['--home', `${own.folder}/${which}`, '--as', 'bob']
  const ids: string[] = []
  for (const which of ['one', 'two'])
    ids.push((await own.nigh(['whoami', ...bobHome(which)])).lines()[0]?.peerId)
  const alice = await own.up('alice')
  await Promise.all(['one', 'two'].map((which) => own.up('bob', bobHome(which))))
  for (const id of ids) await alice.line('a bob', (line: Line) => came('bob')(line) && line.who.peerId === id)

  const both = await own.nigh(['send', 'bob', 'which of you?'])
  expectRefusal(both, {
    exit: 5,
    code: 'who-ambiguous',
    says: /Several people are called bob.*by the end of the id:/,
  })
  const { choices } = both.lines().at(-1) ?? {}
  expect(choices).toHaveLength(2)
  expect(
    both.stderr
      .split('\n')
      .slice(1, 3)
      .map((line) => line.trim()),
  ).toEqual(choices)
  expect(choices.map((choice: string) => /…(\w{8})\)$/.exec(choice)?.[1]).sort()).toEqual(
    ids.map((id) => id.slice(-8)).sort(),
  )
  expect((await own.nigh(['outbox'])).lines()).toEqual([])

  // One of them becomes a contact: the stranger of the same name does not win over him, nor he over the stranger.
  await own.nigh(['contacts', 'add', ids[0] ?? ''])
  const still = await own.nigh(['send', 'bob', 'which of you?'])
  expectRefusal(still, { exit: 5, code: 'who-ambiguous', says: /Several people/ })
  expect(still.lines().at(-1)?.choices).toEqual([
    expect.stringMatching(/^bob \(contact, …/),
    expect.stringMatching(/^bob \(near, …/),
  ])
  expect((await own.nigh(['outbox'])).lines()).toEqual([])

  // What the choices say can be typed, and reaches the one who was meant.
  const sent = await own.nigh(['send', (ids[1] ?? '').slice(-8), 'you'])
  expect(sent.lines().at(-1)).toMatchObject({ outcome: 'success', to: { peerId: ids[1] } })
  expect(sent.code).toBe(0)
}, 20_000)
