/** The screen by its keys and its rows: what happened, what was pressed, what is read then and what is asked. */
import { describe, expect, test } from 'vitest'
import { WHY_AFTER_MS } from '../../src/doors/tui/waiting.ts'
import { DIAGNOSIS, SELF } from '../support/fake-agent.ts'
import { came, desk, from, heard, NOON, page, person, sighting, to } from './desk.ts'

const bob = person('bob')
const carol = person('carol', { relation: 'near' })

describe('nobody is here', () => {
  test('first it looks, then it says why that may be, and always what can be done', () => {
    const alice = desk()
    alice.happen(came())
    expect(alice.text()).toContain('Looking for people on this network')
    expect(alice.text()).toContain('add somebody by their address or card')
    expect(alice.text()).not.toContain('Perhaps')
    alice.now += WHY_AFTER_MS
    alice.happen({ event: 'tick' })
    expect(alice.text()).toContain('Perhaps nobody else runs Nigh here')
    expect(alice.text()).toContain('nigh doctor')
    expect(alice.asks()).toEqual([{ ask: 'diagnose' }])
    alice.happen({ event: 'tick' })
    expect(alice.asks()).toEqual([])
    alice.happen({ event: 'diagnosis', diagnosis: { ...DIAGNOSIS, cause: 'nobody' } })
    expect(alice.text().replace(/\s*\n[ │]*/g, ' ')).toContain(DIAGNOSIS.sentence)
  })

  test('what the mesh itself complains of is the reason that is shown', () => {
    const alice = desk()
    alice.now += WHY_AFTER_MS
    alice.happen({
      event: 'warning',
      at: '',
      seq: 0,
      code: 'no-multicast',
      message: 'Multicast is not possible on eth0.',
    })
    alice.press('escape')
    expect(alice.text()).toContain('  Multicast is not possible on eth0.')
    expect(alice.text()).not.toContain('guest Wi-Fi')
  })

  test('a card that is pasted opens what adds it', () => {
    const alice = desk()
    alice.paste(`nigh:${bob.peerId}?name=bob\n`)
    expect(alice.text()).toContain('Add somebody')
    alice.press('enter')
    expect(alice.asks()).toEqual([{ ask: 'add', who: `nigh:${bob.peerId}?name=bob` }])
    alice.happen({ event: 'failed', sentence: 'Nobody answers.', of: { ask: 'add', who: 'x' } })
    expect(alice.text()).toContain('Nobody answers.')
    expect(alice.text()).toContain('nigh:12D3KooWbob')
    alice.press('enter')
    expect(alice.asks()).toHaveLength(1)
    alice.happen({ event: 'person', who: bob })
    expect(alice.state.panel).toBeUndefined()
    expect(alice.state.selected).toBe(bob.peerId)
  })
})

test('a card that is copied as a screen broke it is the card', () => {
  const alice = desk()
  const broken = `  nigh:${bob.peerId.slice(0, 34)}\n  ${bob.peerId.slice(34)}?name=bob&addr=\n  /ip4/192.0.2.7/tcp/4001\n`
  const whole = `nigh:${bob.peerId}?name=bob&addr=/ip4/192.0.2.7/tcp/4001`
  for (const open of [() => {}, () => alice.type('a')]) {
    open()
    alice.paste(broken)
    alice.press('enter')
    expect(alice.asks()).toEqual([{ ask: 'add', who: whole }])
    alice.press('escape')
  }
})

describe('the list of people', () => {
  const rows: [name: string, seen: Parameters<typeof sighting>[1], sign: string, when: string][] = [
    ['live', {}, '●', 'now'],
    ['heard', { evidence: 'heard', seenAt: new Date(NOON - 65_000).toISOString() }, '●', '1 min'],
    ['unknown', { evidence: 'unknown', seenAt: new Date(NOON - 3_600_000).toISOString() }, '?', '11:00 ?'],
    ['gone', { evidence: 'gone', seenAt: new Date(NOON - 60_000).toISOString() }, '-', 'left 11:59'],
    ['long', { evidence: 'unknown', seenAt: new Date(NOON - 3 * 86_400_000).toISOString() }, '?', '3 d ?'],
  ]
  test.each(rows)('%s is never offline', (name, seen, sign, when) => {
    const alice = desk()
    alice.happen(came(sighting(person(name), seen)))
    const [, row = ''] = alice.rows()
    expect(row).toMatch(new RegExp(`^›\\${sign} ${name} +${when.replace('?', '\\?')} `))
    expect(alice.text()).not.toContain('offline')
  })

  test('who is closed has another sign, and another word above the conversation', () => {
    const alice = desk()
    const closed = { name: 'bob', tuples: [{ id: 'im', status: { basic: 'closed' as const } }] }
    alice.happen(came(sighting(bob, { presence: closed })))
    expect(alice.rows()[1]).toMatch(/^›○ bob/)
    expect(alice.rows()[1]).toContain('closed')
  })

  test('those who are here come first, contacts before others; whoever is selected stays so', () => {
    const alice = desk()
    const gone = person('adam')
    alice.happen(came(sighting(carol), sighting(bob), sighting(gone, { evidence: 'gone' })))
    expect(alice.state.order).toEqual([bob, carol, gone].map(({ peerId }) => peerId))
    alice.press('down')
    expect(alice.state.selected).toBe(carol.peerId)
    alice.happen({
      event: 'presence',
      at: '',
      seq: 0,
      change: 'left',
      ...sighting(bob, { evidence: 'gone' }),
    })
    expect(alice.state.order[0]).toBe(carol.peerId)
    expect(alice.state.selected).toBe(carol.peerId)
  })

  test('two of one name are told apart, and a stranger of a contact’s name is said to be another', () => {
    const alice = desk({ columns: 100, rows: 24 })
    const other = { ...person('bob2', { relation: 'near' }), name: 'bob' }
    alice.happen(came(sighting(bob), sighting(other)))
    expect(alice.rows()[1]).toContain('bob (…')
    expect(alice.rows()[2]).toContain('bob (…')
    alice.press('down')
    alice.happen(page(other, []))
    expect(alice.text()).toContain('Not your contact bob')
  })

  test('with whom there is a conversation stays listed, near or not; who was only passing by does not', () => {
    const dave = person('dave', { relation: 'stranger' })
    const alice = desk({ columns: 80, rows: 24 }, { known: [dave] })
    alice.happen(came(sighting(bob), sighting(carol)))
    alice.happen({ event: 'people', people: [sighting(bob)] })
    expect(alice.state.order).toEqual([bob.peerId, dave.peerId])
  })

  test('two hundred people: only those that fit are there, the selected one among them', () => {
    const alice = desk()
    const people = Array.from({ length: 200 }, (_, at) => sighting(person(`p${String(at).padStart(3, '0')}`)))
    alice.happen(came(...people))
    alice.press('end')
    expect(alice.text()).toContain('p199')
    expect(alice.text()).not.toContain('p000')
    alice.press('home')
    expect(alice.text()).toContain('p000')
    expect(alice.rows()).toHaveLength(24)
  })
})

describe('a conversation', () => {
  test('is loaded once somebody is looked at, and read once it is opened', () => {
    const alice = desk({ columns: 80, rows: 24 }, { unread: new Map([[bob.peerId, 1]]), known: [bob] })
    expect(alice.asks()).toEqual([{ ask: 'page', who: bob.peerId }])
    alice.happen(came(sighting(bob)))
    const message = from(bob, 'Lunch?')
    alice.happen(page(bob, [message]))
    expect(alice.text()).toContain('bob: Lunch?')
    expect(alice.rows()[1]).toMatch(/now +1 /)
    expect(alice.asks()).toEqual([])
    alice.press('enter')
    expect(alice.asks()).toEqual([{ ask: 'read', ids: [message.id] }])
    expect(alice.rows()[1]).not.toMatch(/now +1 /)
    expect(alice.text()).toContain('─ new ─')
  })

  test('what is typed is sent, shown at once, and followed to its end', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), page(bob, []))
    alice.press('enter')
    alice.asks()
    alice.type('hi')
    expect(alice.asks()).toEqual([
      { ask: 'composing', to: bob.peerId, state: 'active' },
      { ask: 'composing', to: bob.peerId, state: 'active' },
    ])
    alice.press('enter')
    expect(alice.asks()).toEqual([{ ask: 'send', to: bob, text: 'hi' }])
    const { id } = to(bob, 'hi')
    alice.happen({ event: 'sending', to: bob, id, text: 'hi' })
    expect(alice.text()).toMatch(/· {2}you: hi/)
    const stands = (more: Parameters<typeof to>[2]) =>
      alice.happen({
        event: 'outcome',
        ...to(bob, 'hi', { id, sentAt: new Date(NOON).toISOString(), ...more }),
      })
    stands({ outcome: 'indeterminate', state: 'sent' })
    expect(alice.text()).toMatch(/› {2}you: hi/)
    stands({ disposition: 'held' })
    expect(alice.text()).toMatch(/= {2}you: hi *\n.*└ held as a request/)
    stands({ disposition: 'delivered' })
    expect(alice.text()).toMatch(/✓ {2}you: hi/)
    stands({ disposition: 'displayed' })
    expect(alice.text()).toMatch(/✓✓ you: hi/)
    // A late word of an earlier state takes nothing back.
    stands({ outcome: 'indeterminate', state: 'sent' })
    expect(alice.text()).toMatch(/✓✓ you: hi/)
  })

  const ends: [stands: Parameters<typeof to>[2], sign: string, words: string][] = [
    [{ outcome: 'failure', reason: 'closed' }, '!', 'failed: closed'],
    [{ outcome: 'indeterminate', state: 'settled' }, '?', 'unknown whether kept'],
    [{ outcome: 'indeterminate', state: 'owed', waits: 'acceptance' }, '·', 'waits until bob accepts'],
    [
      { outcome: 'indeterminate', state: 'owed', waits: 'unreachable' },
      '·',
      'it leaves when they can be reached',
    ],
  ]
  test.each(ends)('%j is said in words', (stands, sign, words) => {
    const alice = desk()
    alice.happen(came(sighting(bob)), page(bob, [to(bob, 'hi', stands)]))
    alice.now += 60_000
    alice.happen({ event: 'tick' })
    expect(alice.text()).toContain(`${sign}  you: hi`)
    expect(alice.text()).toContain(`└ `)
    expect(alice.text().replace(/[│\n] */g, '')).toContain(words.slice(0, 20))
  })

  test('what could not be sent comes back into the draft, unless something else is there', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), page(bob, []))
    alice.press('enter')
    const { id } = to(bob, '')
    alice.happen({ event: 'sending', to: bob, id, text: 'precious' })
    alice.happen({ event: 'not sent', to: bob.peerId, id, text: 'precious', sentence: 'The disk is full.' })
    expect(alice.text()).toContain('› precious')
    expect(alice.text()).toContain('The disk is full.')
    expect(alice.text()).not.toContain('you: precious')
  })

  test('drafts are kept for each person', () => {
    const alice = desk()
    alice.happen(came(sighting(bob), sighting(carol)))
    alice.press('enter')
    alice.type('for bob')
    alice.press('ctrl-n')
    expect(alice.state.selected).toBe(carol.peerId)
    alice.type('for carol')
    alice.press('ctrl-p')
    expect(alice.text()).toContain('› for bob')
    alice.press('alt-down')
    expect(alice.text()).toContain('› for carol')
  })

  test('a pasted text keeps its lines, and is one message', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)))
    alice.press('enter')
    alice.paste('one\r\ntwo\rthree')
    alice.press('newline')
    alice.type('four')
    alice.press('enter')
    expect(alice.asks().at(-1)).toEqual({ ask: 'send', to: bob, text: 'one\ntwo\nthree\nfour' })
    alice.paste('\n  one\n\ntwo\n\n')
    alice.press('enter')
    expect(alice.asks().at(-1)).toEqual({ ask: 'send', to: bob, text: '\n  one\n\ntwo' })
  })

  test('nothing but blanks is not sent', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)))
    alice.press('enter')
    alice.asks()
    alice.type('   ')
    alice.press('newline', 'enter')
    expect(alice.asks().filter(({ ask }) => ask === 'send')).toEqual([])
  })

  test('who scrolled back stays there while more comes, and hears how much', () => {
    const alice = desk()
    const said = Array.from({ length: 60 }, (_, at) => from(bob, `line ${at}`, { unread: false }))
    alice.happen(came(sighting(bob)), page(bob, said))
    alice.press('enter', 'pageup')
    const before = alice.rows().slice(2, 10)
    alice.asks()
    alice.happen(heard(from(bob, 'news')))
    expect(alice.rows().slice(2, 10)).toEqual(before)
    expect(alice.text()).toContain('1 new below')
    expect(alice.asks()).toEqual([])
    alice.press('pagedown', 'pagedown')
    expect(alice.text()).toContain('bob: news')
    expect(alice.asks().map(({ ask }) => ask)).toEqual(['read'])
  })

  test('scrolling to the top asks for what was before, in pages, until it begins', () => {
    const alice = desk()
    const all = Array.from({ length: 250 }, (_, at) => from(bob, `line ${at}`, { unread: false }))
    alice.happen(came(sighting(bob)), page(bob, all.slice(150)))
    alice.asks()
    for (let pages = 0; pages < 60; pages++) {
      alice.press('pageup')
      for (const ask of alice.asks()) {
        if (ask.ask !== 'page' || ask.before === undefined) continue
        const at = all.findIndex(({ id }) => id === ask.before)
        alice.happen(page(bob, all.slice(Math.max(0, at - 100), at), { before: ask.before }))
      }
    }
    expect(alice.text()).toContain('bob: line 0')
    expect(alice.text()).toContain('line 15')
    expect(alice.state.talks.get(bob.peerId)?.said).toHaveLength(250)
    for (let pages = 0; pages < 60; pages++) alice.press('pagedown')
    expect(alice.text()).toContain('line 249')
  })

  test('a message of mine is picked and recalled; one of theirs cannot be', () => {
    const alice = desk()
    const [theirs, mine] = [from(bob, 'theirs', { unread: false }), to(bob, 'mine')]
    alice.happen(came(sighting(bob)), page(bob, [theirs, mine]))
    alice.press('enter', 'up')
    alice.asks()
    alice.type('r')
    expect(alice.asks()).toEqual([{ ask: 'recall', id: mine.id }])
    alice.press('up', 'up')
    alice.type('r')
    expect(alice.asks()).toEqual([])
    expect(alice.text()).toContain('Only a message of yours can be recalled.')
    alice.press('enter')
    expect(alice.text()).toContain(`id ${theirs.id}`)
  })

  test('days are told apart', () => {
    const alice = desk()
    const at = (days: number) => new Date(NOON - days * 86_400_000).toISOString()
    const said = [3, 1, 0].map((days) => from(bob, `${days} days`, { at: at(days), sentAt: at(days) }))
    alice.happen(came(sighting(bob)), page(bob, said))
    expect(alice.text()).toMatch(/ Monday,? 23 November 2026 .*3 days.* yesterday .*1 days.* today .*0 days/s)
  })
})

describe('requests', () => {
  const request = { who: carol, kind: 'message' as const, text: 'May I?', at: new Date(NOON).toISOString() }

  test('stand apart, quietly, and are answered by one key', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), { event: 'request', seq: 1, ...request })
    expect(alice.asks()).toContainEqual({ ask: 'requests' })
    alice.happen({ event: 'requests', requests: [request] })
    expect(alice.state.order).not.toContain(carol.peerId)
    expect(alice.text()).toContain('1 request: r')
    alice.type('r')
    expect(alice.text()).toContain('May I?')
    alice.asks()
    alice.type('c')
    expect(alice.asks()).toEqual([{ ask: 'answer', who: carol.peerId, answer: 'contact' }])
    alice.type('x')
    expect(alice.asks()).toEqual([{ ask: 'answer', who: carol.peerId, answer: 'refuse' }])
  })
})

describe('the peer', () => {
  test('ends: everybody is unknown, drafts stay, and what was missed is loaded when it is back', () => {
    const alice = desk()
    alice.happen(came(sighting(bob)), page(bob, [to(bob, 'before')]))
    alice.press('enter')
    alice.type('draft')
    alice.happen({ event: 'lost', handedOver: false })
    expect(alice.text()).toContain('Your Nigh has ended.')
    expect(alice.text()).toContain('not connected')
    expect(alice.rows()[1]).toMatch(/^›\? bob/)
    alice.asks()
    const found = { self: SELF, status: alice.state.status, rules: alice.state.rules }
    alice.happen({
      event: 'started',
      as: 'attached',
      found: { ...found, known: [], unread: new Map(), requests: [], personRules: new Map() } as never,
    })
    expect(alice.asks()).toEqual([{ ask: 'page', who: bob.peerId }])
    expect(alice.text()).toContain('› draft')
    expect(alice.text()).not.toContain('not connected')
  })
})

test('While the peer is gone nothing that is typed is lost, and nothing looks as if it were done', () => {
  const alice = desk()
  const mine = to(bob, 'before')
  alice.happen(came(sighting(bob)), page(bob, [mine]))
  alice.press('enter')
  alice.type('a long thought')
  alice.happen({ event: 'lost', handedOver: false })
  alice.asks()
  alice.press('enter')
  expect(alice.text()).toContain('› a long thought')
  expect(alice.text()).toContain('Not done: your Nigh does not run now. What you typed is kept.')
  alice.type('!')
  expect(alice.text()).toContain('› a long thought!')
  alice.press('up')
  alice.type('e')
  alice.type(' and after')
  alice.press('enter')
  expect(alice.text()).toContain('› before and after')
  alice.press('escape', 'up')
  alice.type('x')
  alice.type('b')
  expect(alice.text()).toContain('Delete this message?')
  // Leaving, and reading what is there, go on.
  alice.press('escape', 'escape', 'escape')
  alice.type('q')
  expect(alice.asks().filter(({ ask }) => ask !== 'composing')).toEqual([{ ask: 'quit' }])
})

test('Esc and Enter that arrive as one close what is open, and then open the conversation', () => {
  const alice = desk()
  alice.happen(came(sighting(bob)))
  alice.type('w')
  alice.press('alt-newline')
  expect([alice.state.panel, alice.state.focus]).toEqual([undefined, 'writing'])
  // Where a text of several lines is typed it is a new line.
  alice.type('one')
  alice.press('alt-newline')
  alice.type('two')
  expect(alice.text()).toMatch(/one/)
  expect(alice.text()).toMatch(/two/)
  expect(alice.asks().some(({ ask }) => ask === 'send')).toBe(false)
})

test('Esc and a letter that arrive as one are both', () => {
  const alice = desk()
  alice.happen(came(sighting(bob)))
  alice.press('enter')
  alice.type('draft')
  alice.press('alt-?')
  expect(alice.text()).toContain('Among people')
  alice.press('alt-q')
  expect(alice.asks().at(-1)).toEqual({ ask: 'quit' })
  // Where a text is typed some of them move by words.
  alice.press('enter', 'alt-b')
  expect(alice.state.focus).toBe('writing')
})

test('Ctrl-C leaves from everywhere', () => {
  for (const open of ['s', 'a', 'm', '/', '?', 'r', 'w']) {
    const alice = desk()
    alice.happen(came(sighting(bob)))
    alice.type(open)
    alice.asks()
    alice.press('ctrl-c')
    expect(alice.asks()).toEqual([{ ask: 'quit' }])
  }
})

test('what others wrote is harmless wherever it is shown', () => {
  const evil = '\u001b]0;owned\u0007\u202eevil\u2028\u009b31m'
  const mallory = person('mallory', { name: evil, relation: 'near' })
  const alice = desk()
  const presence = {
    name: evil,
    note: evil,
    tuples: [
      {
        id: 'im',
        status: { basic: 'open' as const, activities: [evil], note: evil },
        address: `im:${mallory.peerId}`,
      },
    ],
  }
  const said = [from(mallory, `a\n${evil}`), to(mallory, evil)]
  alice.happen(came(sighting(mallory, { presence })), page(mallory, said))
  alice.happen({ event: 'requests', requests: [{ who: mallory, kind: 'message', text: evil, at: '' }] })
  const screens = [alice.text()]
  for (const key of ['r', 's', 'a', 'b', '/', 'w', 'm', '?'] as const) {
    alice.type(key)
    if (key === '/') {
      alice.type('e')
      alice.happen({ event: 'found', words: 'e', said })
    }
    screens.push(alice.text())
    alice.press('escape')
  }
  alice.happen({ event: 'failed', sentence: evil })
  screens.push(alice.text())
  for (const screen of screens)
    expect(screen).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/,
    )
  expect(screens[0]).toContain('\\u{1b}')
})

describe('a card as a code', () => {
  const code = (side: number): string[] => Array.from({ length: side / 2 }, () => '█'.repeat(side))

  test('is shown beside the words where both fit: the larger one on a large screen, the smaller on a usual one', () => {
    const rows: [columns: number, rows: number, side: number | undefined][] = [
      [200, 60, 48],
      [80, 24, 38],
      [60, 24, undefined],
      [80, 16, undefined],
    ]
    for (const [columns, height, side] of rows) {
      const alice = desk({ columns, rows: height })
      alice.happen(came(sighting(bob)))
      alice.type('m')
      alice.happen({ event: 'card', self: SELF, codes: [code(48), code(38)] })
      const blocks = alice.rows().map((row) => row.match(/█+/)?.[0].length ?? 0)
      expect(Math.max(...blocks)).toBe(side ?? 0)
      expect(blocks.filter((length) => length > 0)).toHaveLength((side ?? 0) / 2)
      expect(alice.text()).toContain('one')
      expect(alice.text()).toContain('twelve')
      if (side === undefined) expect(alice.text()).toContain('A larger window')
    }
  })
})
