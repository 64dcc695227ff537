/** All keys, where they count, what happens by itself, and what the signs mean: one table, from which the help and the foot are made. */
import type { Row } from './cells.ts'
import { clipRow, pad, wrap } from './cells.ts'
import { type State, talkWith } from './state.ts'
import { outcomeSign } from './talk-rows.ts'

type Entry = readonly [keys: string, does: string]

const SECTIONS: readonly (readonly [title: string, entries: readonly Entry[]])[] = [
  [
    'Among people',
    [
      ['↑ ↓  j k', 'select somebody; Home and End: the first, the last'],
      ['Enter  →', 'talk to them: what they said counts as read'],
      ['u', 'the next who wrote something unread'],
      ['/', 'search people and messages'],
      ['a', 'add somebody by name, address or card (or paste it)'],
      ['c', 'make who is selected a contact: they see more of you'],
      ['m', 'my card, as text and as a code to photograph'],
      ['r', 'requests: accept, make a contact, refuse'],
      ['s', 'my status and note'],
      ['d', 'the doctor: why somebody cannot be seen or reached, and what to do'],
      ['w', 'who watches me'],
      ['v', 'verify somebody by their safety words'],
      ['b', 'block, block politely, hide, unblock; take off contacts'],
      ['n', 'call a contact by another name'],
      ['q', 'leave'],
    ],
  ],
  [
    'While writing',
    [
      ['Enter', 'send'],
      ['Alt-Enter  Ctrl-J', 'a new line; a pasted text may have many'],
      ['Esc  Tab', 'back to the people; the draft stays'],
      ['↑', 'to the messages: pick one to answer it, or to do something with it'],
      ['Ctrl-A E  W U K', 'begin and end of the line; delete a word, to the begin, to the end'],
    ],
  ],
  [
    'With a message picked',
    [
      ['a', 'answer it'],
      ['+', 'react to it, or take my reaction back'],
      ['e', 'edit it, where it is mine; they see that it was edited'],
      ['x', 'delete it: for both, where it is mine, or here'],
      ['r', 'take it back, where they do not have it yet'],
      ['Enter  d', 'how it fares, and all about it'],
      ['Esc  ↓', 'back to the draft'],
    ],
  ],
  [
    'Everywhere',
    [
      ['PgUp PgDn', 'scroll through what was said'],
      ['Ctrl-End', 'to the newest (also Alt-End)'],
      ['Ctrl-N Ctrl-P', 'the next, the one before (also Alt-↓ Alt-↑)'],
      ['Ctrl-S Ctrl-R', 'status, requests'],
      ['Ctrl-G', 'search'],
      ['Ctrl-L', 'draw the screen anew'],
      ['Ctrl-Z', 'pause; fg comes back'],
      ['Ctrl-C', 'leave: says goodbye, unless Nigh goes on running elsewhere'],
    ],
  ],
  [
    'By itself',
    [
      [
        'bell, notification',
        'for a message you do not see come, once for a conversation; not from strangers, not while you are busy, in a meeting or closed. nigh me --bell off --notify text: otherwise',
      ],
      [
        'idle',
        'contacts see since when there was no key here, after five minutes, until the next one; your status stays. nigh me --away-after 10m: later',
      ],
    ],
  ],
]

const PEOPLE_SIGNS: readonly (readonly [Row[number], string])[] = [
  [{ text: '●', colour: 'green' }, 'here and open; yellow: with something to do'],
  [{ text: '○', colour: 'yellow' }, 'here, but closed: takes no messages now'],
  [{ text: '?' }, 'unknown since then: perhaps here, perhaps not'],
  [{ text: '-' }, 'has left, and said so'],
  [{ text: '×', colour: 'red' }, 'blocked by you'],
]

const AT = '2026-01-01T00:00:00Z'
const MESSAGE_SIGNS: readonly (readonly [Parameters<typeof outcomeSign>[0], string])[] = (
  [
    [
      { outcome: 'indeterminate', state: 'owed' },
      'owed: it is stored here and leaves when they can be reached',
    ],
    [{ outcome: 'indeterminate', state: 'sent' }, 'sent, not answered yet'],
    [{ outcome: 'success', state: 'settled', disposition: 'delivered' }, 'delivered: it is in their inbox'],
    [{ outcome: 'success', state: 'settled', disposition: 'displayed' }, 'displayed: they have seen it'],
    [{ outcome: 'success', state: 'settled', disposition: 'held' }, 'held as a request until they accept'],
    [{ outcome: 'failure', state: 'settled' }, 'failed; the reason stands below'],
    [{ outcome: 'indeterminate', state: 'settled' }, 'not known whether they have it'],
  ] as const
).map(([stands, words]) => [
  { at: AT, sentAt: AT, seq: 0, ...stands } as Parameters<typeof outcomeSign>[0],
  words,
])

export function helpRows(columns: number): Row[] {
  const rows: Row[] = []
  const keys = Math.min(20, Math.max(8, Math.floor(columns / 3)))
  const line = (first: Row[number], does: string, cells: number): void => {
    for (const [at, part] of wrap(does, Math.max(10, columns - cells - 3)).entries())
      rows.push([
        { text: '  ' },
        at === 0 ? { ...first, text: pad(first.text, cells) } : { text: ' '.repeat(cells) },
        { text: ` ${part}` },
      ])
  }
  for (const [title, entries] of SECTIONS) {
    rows.push([{ text: ` ${title}`, bold: true }])
    for (const [key, does] of entries) line({ text: key, colour: 'cyan' }, does, keys)
    rows.push([])
  }
  rows.push([{ text: ' How people are', bold: true }])
  for (const [sign, words] of PEOPLE_SIGNS) line(sign, words, 3)
  rows.push([], [{ text: ' How your messages fare', bold: true }])
  for (const [message, words] of MESSAGE_SIGNS) line(outcomeSign(message), words, 3)
  return rows.map((row) => clipRow(row, columns))
}

/** The keys that count now, the ones needed most first: what does not fit is left out, `?` has them all. */
export function footKeys(state: State): readonly Entry[] {
  const { panel, focus } = state
  if (panel?.kind === 'erase' && !panel.forBoth) return [['h', 'here'], CLOSE]
  if (panel !== undefined) return PANEL_KEYS[panel.kind]
  if (state.peer === 'lost' && focus === 'people')
    return [
      ['h', 'run Nigh here'],
      ['q', 'leave'],
      ['?', 'keys'],
    ]
  if (focus === 'people')
    return [
      ['Enter', 'talk'],
      ['s', 'status'],
      ['a', 'add'],
      ...(state.requests.length > 0 ? [['r', 'requests'] as const] : []),
      ['/', 'search'],
      ['?', 'all keys'],
      ['q', 'leave'],
    ]
  if (focus === 'messages')
    return [
      ['↑↓', 'pick'],
      ['a', 'answer'],
      ['+', 'react'],
      ['e', 'edit'],
      ['x', 'delete'],
      ['r', 'recall'],
      ['Enter', 'details'],
      ['Esc', 'back'],
    ]
  const about = state.selected === undefined ? undefined : talkWith(state, state.selected).about
  if (about !== undefined)
    return [
      ['Enter', about.as === 'edit' ? 'send the edit' : 'answer'],
      ['Esc', about.as === 'edit' ? 'leave it as it was' : 'answer nothing'],
    ]
  return [
    ['Enter', 'send'],
    ['Alt-Enter', 'new line'],
    ['PgUp', 'back'],
    ['Esc', 'people, then ? for all keys'],
  ]
}

const CLOSE: Entry = ['Esc', 'close']
const SCROLL: Entry = ['↑↓', 'scroll']

const PANEL_KEYS: Readonly<Record<NonNullable<State['panel']>['kind'], readonly Entry[]>> = {
  help: [SCROLL, CLOSE],
  watchers: [SCROLL, CLOSE],
  card: [CLOSE],
  doctor: [CLOSE],
  react: [['1-6', 'react'], ['Enter', 'with what is typed'], CLOSE],
  erase: [['b', 'for both'], ['h', 'here'], CLOSE],
  requests: [['a', 'accept'], ['c', 'accept as contact'], ['x', 'refuse'], ['↑↓', 'select'], CLOSE],
  status: [['Enter', 'publish'], ['Tab', 'open or closed'], ['↑↓', 'activity'], CLOSE],
  add: [['Enter', 'add'], CLOSE],
  verify: [['y', 'they match'], ['n', 'they do not'], ['paste', 'their card'], CLOSE],
  rule: [CLOSE],
  rename: [['Enter', 'rename'], CLOSE],
  search: [['↑↓', 'select'], ['Enter', 'go there'], CLOSE],
  details: [['r', 'recall'], CLOSE],
}
