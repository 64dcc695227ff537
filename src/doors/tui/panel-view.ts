/** What opens over the conversation: each a column of rows, wrapped to the width it is given. */
import { isMine, timeOf } from '../../agent/said.ts'
import type { Diagnosis, Person, Request, WatcherInformation } from '../../agent.ts'
import { activityWords } from '../cli/activities.ts'
import { harmless, harmlessText } from '../cli/harmless.ts'
import { clock, idEnd, statusWords } from '../cli/sentences.ts'
import { type Row, width, wrap } from './cells.ts'
import { helpRows } from './help.ts'
import { detailRows, eraseRows, reactRows } from './message-panels.ts'
import { ACTIVITIES, matches } from './panel-keys.ts'
import { called } from './people.ts'
import { flow, type Sheet, sheet } from './sheet.ts'
import type { Codes, Panel, State } from './state.ts'
import type { Picture } from './talk-view.ts'

export function panelView(state: State, panel: Panel, columns: number, rows: number): Picture {
  const page = sheet(columns)
  const title = (words: string): void => {
    page.row([{ text: ` ${words}`, bold: true }])
    page.row([])
  }
  switch (panel.kind) {
    case 'help':
      title('Keys')
      return page.scrolled([...helpRows(columns)], panel.top, rows)
    case 'watchers':
      title('Who watches you, and who did')
      return page.scrolled(watcherRows(state, panel.rows, columns), panel.top, rows)
    case 'requests':
      title(state.requests.length === 0 ? 'Nobody knocks' : 'Who knocks')
      requestRows(state, panel.index, page)
      return page.picture(rows, panel.index)
    case 'status':
      title('My status')
      return statusPanel(state, panel, page, rows)
    case 'add':
      title('Add somebody')
      page.say(
        'Type a name, the end of an id, an address (pres:… im:…) or a card (nigh:…), or paste it. They will see more of you, and what they ask is accepted.',
      )
      page.row([])
      page.field('who', panel.field)
      if (panel.asked) page.say('Looking for them…', { dim: true })
      return page.picture(rows)
    case 'rename':
      title(`What do you call ${nameIn(state, panel.who)}?`)
      page.field('name', panel.field)
      return page.picture(rows)
    case 'rule':
      return rulePanel(state, panel.who, page, rows)
    case 'doctor':
      title(
        panel.who === undefined
          ? 'Why is nobody here?'
          : `What stands between ${nameIn(state, panel.who)} and you?`,
      )
      diagnosisRows(panel.diagnosis, state.flags, page)
      return page.picture(rows)
    case 'card':
      return withCode(panel.codes, { columns, rows }, (page) => cardRows(state, page))
    case 'verify':
      return withCode(panel.codes, { columns, rows }, (page) => verifyRows(state, panel, page))
    case 'search':
      return searchPanel(state, panel, page, rows)
    case 'react':
      title('Your reaction to this message')
      reactRows(state, panel, page)
      return page.picture(rows)
    case 'erase':
      title('Delete this message?')
      eraseRows(state, panel, page)
      return page.picture(rows)
    case 'details':
      title('This message')
      detailRows(state, panel, page)
      return page.picture(rows)
  }
}

/** Words beside a code are still read at this width. */
const BESIDE_A_CODE = 32

/** What `say` says, beside the first code with which all of it fits; else alone. */
function withCode(
  codes: Codes,
  size: { columns: number; rows: number },
  say: (page: Sheet) => void,
): Picture {
  const { columns, rows } = size
  for (const code of codes) {
    const left = columns - width(code[0] ?? '') - 3
    if (code.length > rows || left < BESIDE_A_CODE) continue
    const page = sheet(left)
    say(page)
    if (page.height() <= rows) return page.beside(code, columns, rows)
  }
  const page = sheet(columns)
  say(page)
  if (codes.length > 0) page.say('A larger window shows a code to photograph as well.', { dim: true })
  return page.picture(rows)
}

function requestRows(state: State, index: number, page: Sheet): void {
  if (state.requests.length === 0) {
    page.say('A first message from somebody you do not know waits here, quietly, until you answer it.', {
      dim: true,
    })
    return
  }
  for (const [at, request] of state.requests.entries()) {
    page.item()
    const isSelected = at === index
    page.row([
      { text: isSelected ? ' › ' : '   ', bold: true },
      {
        text: `${called(state, request.who)} ${idEnd(request.who.peerId)}`,
        bold: true,
        ...(isSelected ? { inverse: true } : {}),
      },
      { text: `  ${clock(request.at, new Date(state.now))}`, dim: true },
    ])
    for (const line of requestWords(request).split('\n')) page.say(line, {}, '     ')
  }
  page.row([])
  page.say('A refusal lasts, and they are not told.', { dim: true })
}

function requestWords({ kind, text }: Request): string {
  return kind === 'subscription' ? 'asks to see your presence' : harmlessText(text ?? '', '')
}

function statusPanel(
  state: State,
  panel: Extract<Panel, { kind: 'status' }>,
  page: Sheet,
  rows: number,
): Picture {
  const mark = (on: boolean, words: string): Row => [
    { text: on ? ' (•) ' : ' ( ) ', bold: on } as Row[number],
    { text: words, ...(on ? { bold: true } : {}) },
  ]
  page.row(mark(panel.basic === 'open', 'open: messages are welcome'))
  page.row(mark(panel.basic === 'closed', 'closed: messages are refused, whoever sends them'))
  page.row([])
  const [activity] = panel.activities
  const all = [
    '',
    ...ACTIVITIES,
    ...(activity === undefined || ACTIVITIES.includes(activity) ? [] : [activity]),
  ]
  const choices: Row[number][] = all.map((each) => ({
    text: ` ${each === '' ? 'nothing special' : harmless(activityWords(each))} `,
    ...(each === (activity ?? '') ? { inverse: true as const } : { dim: true as const }),
  }))
  page.row([{ text: ' activity:', dim: true }])
  flow(choices, page)
  page.row([])
  page.field('note', panel.field)
  page.row([])
  page.say('People you know see all of it; others on this network only whether you are open.', { dim: true })
  if (state.status !== undefined) page.say(`Now you are ${statusWords(state.status)}.`, { dim: true })
  return page.picture(rows)
}

function rulePanel(state: State, who: string, page: Sheet, rows: number): Picture {
  const person = state.people.get(who as Person['peerId'])
  const name = nameIn(state, who)
  page.row([{ text: ` ${name}: what may they?`, bold: true }])
  page.row([])
  const choice = (key: string, words: string): void =>
    page.row([{ text: `  ${key}  `, colour: 'cyan' }, { text: words }])
  choice('b', 'block: refuse them everything, and tell them so, once')
  choice('p', 'block politely: they see you here, but closed, whatever you do')
  choice('h', 'hide: they go on seeing what they saw last')
  choice('u', 'unblock: lift any of these')
  if (person?.who.relation === 'contact') choice('x', 'take them off my contacts; what was said is kept')
  page.row([])
  const now = {
    block: 'blocked',
    'polite-block': 'politely blocked',
    hide: 'hidden from',
    allow: 'allowed',
    unblock: '',
  }
  page.say(
    person?.rule === undefined
      ? `There is no rule about ${name} now.`
      : `Now ${name} is ${now[person.rule]}.`,
    { dim: true },
  )
  return page.picture(rows)
}

function diagnosisRows(diagnosis: Diagnosis | undefined, flags: string, page: Sheet): void {
  if (diagnosis === undefined) return page.say('Looking into it, for some seconds…', { dim: true })
  page.say(harmless(diagnosis.sentence), { bold: true })
  page.say(harmless(diagnosis.act))
  const command = commandOf(diagnosis, flags)
  if (command !== undefined) page.say(command, { colour: 'cyan' }, '   ')
  page.row([])
  for (const line of diagnosis.evidence) page.say(harmless(line), { dim: true })
}

/** `flags` are the home's: they go to commands of Nigh's that are for this computer. */
export function commandOf({ command, theirs }: Diagnosis, flags: string): string | undefined {
  if (command === undefined) return undefined
  return harmless(theirs ? command : command.replace(/^nigh /, `nigh${flags} `))
}

function cardRows(state: State, page: Sheet): void {
  const { self } = state
  page.row([{ text: ' My card', bold: true }])
  page.row([])
  if (self === undefined) return
  page.say('Others add you with it, wherever they are:')
  page.row([])
  for (const line of wrap(harmless(self.card), Math.min(64, page.columns - 4)))
    page.row([{ text: `  ${line}` }])
  page.say(`on one line, to copy: nigh invite${state.flags}`, { dim: true }, '  ')
  page.row([])
  page.say('Your safety words, to read aloud:')
  page.row([])
  wordRows(self.safetyWords, page)
}

/** Twelve words in rows of four, or of two where it is narrow. */
function wordRows(words: string, page: Sheet): void {
  const all = words.split(' ')
  const each = page.columns >= 48 ? 4 : 2
  for (let at = 0; at < all.length; at += each)
    page.row([
      { text: '    ' },
      {
        text: all
          .slice(at, at + each)
          .map((word) => word.padEnd(9))
          .join(' '),
        bold: true,
      },
    ])
}

function verifyRows(state: State, panel: Extract<Panel, { kind: 'verify' }>, page: Sheet): void {
  const name = nameIn(state, panel.who)
  const isVerified = state.people.get(panel.who)?.who.verified === true
  page.row([
    { text: ` Is it really ${name}?`, bold: true },
    { text: isVerified ? '  verified already' : '', dim: true },
  ])
  page.row([])
  if (panel.words === undefined) return page.say('One moment…', { dim: true })
  page.say(`Meet or call ${name}, who sees these words under m:`)
  wordRows(panel.words, page)
  page.row([])
  page.say(`And these are yours, for ${name} to compare:`)
  wordRows(panel.mine ?? '', page)
  page.row([])
  page.say('All twelve match: y. They differ: n. Or paste their card, and it is compared for you.')
}

function searchPanel(
  state: State,
  panel: Extract<Panel, { kind: 'search' }>,
  page: Sheet,
  rows: number,
): Picture {
  page.field('search', panel.field)
  page.row([])
  const all = matches(state, panel)
  if (panel.asked === '')
    page.say('Names, and words of messages; the last word may be a beginning.', { dim: true })
  else if (all.length === 0) page.say('Nothing found.', { dim: true })
  const room = Math.max(1, rows - 2)
  const top = Math.max(0, Math.min(panel.index - Math.floor(room / 2), all.length - room))
  for (const [offset, match] of all.slice(top, top + room).entries()) {
    const isSelected = top + offset === panel.index
    const look = isSelected ? { inverse: true as const } : {}
    const { found } = match
    if (found === undefined) {
      page.row([
        { text: isSelected ? ' › ' : '   ' },
        { text: called(state, match.who), bold: true, ...look },
      ])
      continue
    }
    const when = clock(timeOf(found), new Date(state.now))
    const text = harmless((found.text ?? '').replace(/\s+/g, ' ').slice(0, 500))
    page.row([
      { text: isSelected ? ' › ' : '   ' },
      { text: `${when} `, dim: true },
      {
        text: `${isMine(found) ? `to ${called(state, match.who)}` : called(state, match.who)}: `,
        bold: true,
        ...look,
      },
      { text, ...look },
    ])
  }
  return page.picture(rows)
}

function watcherRows(
  state: State,
  watchers: readonly WatcherInformation[] | undefined,
  columns: number,
): Row[] {
  if (watchers === undefined) return [[{ text: ' One moment…', dim: true }]]
  if (watchers.length === 0) return [[{ text: ' Nobody has watched you in the last 30 days.', dim: true }]]
  const now = new Date(state.now)
  return watchers.flatMap((one): Row[] => {
    const until =
      one.couldReadUntil === undefined ? '' : `, could read until ${clock(one.couldReadUntil, now)}`
    const sees = one.denied
      ? 'turned away, received nothing'
      : one.view === undefined
        ? 'received nothing'
        : `sees ${harmless(one.view)}`
    const means = `${MEANS[one.via]}${one.status === undefined ? '' : `, ${one.status}`}`
    const times = one.count === 1 ? 'once' : `${one.count} times`
    return [
      [
        { text: ' ' },
        { text: called(state, one.who), bold: true },
        { text: ` ${idEnd(one.who.peerId)}  `, dim: true },
        { text: sees, ...(one.denied ? { colour: 'yellow' as const } : {}) },
      ],
      ...wrap(`${means}; ${times}, last ${clock(one.last, now)}${until}`, Math.max(8, columns - 5)).map(
        (line): Row => [{ text: `    ${line}`, dim: true }],
      ),
    ]
  })
}

const MEANS: Readonly<Record<WatcherInformation['via'], string>> = {
  fetch: 'looked',
  poll: 'looks again and again',
  subscribe: 'follows',
  touch: 'came by, asked nothing',
}

function nameIn(state: State, who: string): string {
  const someone = state.people.get(who as Person['peerId'])
  return someone === undefined ? 'They' : called(state, someone.who)
}
