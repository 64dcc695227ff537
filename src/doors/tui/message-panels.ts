/** Panels about one message: all about it, a reaction to it, its deletion. */
import { isMine, keyOf } from '../../agent/said.ts'
import { harmlessText } from '../cli/harmless.ts'
import { clock, outcomeSentence } from '../cli/sentences.ts'
import { REACTIONS } from './about.ts'
import { called } from './people.ts'
import { flow, type Sheet } from './sheet.ts'
import { type Panel, type State, talkWith } from './state.ts'

export function reactRows(state: State, panel: Extract<Panel, { kind: 'react' }>, page: Sheet): void {
  quoteRows(state, panel, page)
  flow(
    REACTIONS.map((each, at) => ({ text: ` ${at + 1} ${each} ` })),
    page,
  )
  page.row([])
  page.field('or type one', panel.field)
  page.say('A short word will do. Enter with nothing takes yours back.', { dim: true })
}

export function eraseRows(state: State, panel: Extract<Panel, { kind: 'erase' }>, page: Sheet): void {
  quoteRows(state, panel, page)
  if (panel.forBoth) {
    page.row([{ text: '  b  ', colour: 'cyan' }, { text: 'for both: it goes from their screen and yours' }])
    page.say('What they have read or copied, nobody can take back.', { dim: true }, '     ')
  }
  const message = talkWith(state, panel.who).said.find((each) => keyOf(each) === panel.key)
  const isElsewhere = panel.forBoth || (message?.deleted === undefined && !panel.key.startsWith('me '))
  const elsewhere = isElsewhere ? ' only: the other side keeps its own' : ''
  page.row([{ text: '  h  ', colour: 'cyan' }, { text: `here${elsewhere}` }])
}

function quoteRows(
  state: State,
  { who, key }: Extract<Panel, { kind: 'react' | 'erase' }>,
  page: Sheet,
): void {
  const message = talkWith(state, who).said.find((each) => keyOf(each) === key)
  const text = message?.deleted === undefined ? harmlessText(message?.text ?? '', '') : '(deleted)'
  for (const line of text.split('\n').slice(0, 4)) page.say(line, { dim: true }, '   ')
  page.row([])
}

export function detailRows(
  state: State,
  { who, key }: Extract<Panel, { kind: 'details' }>,
  page: Sheet,
): void {
  const message = talkWith(state, who).said.find((each) => keyOf(each) === key)
  if (message === undefined) return page.say('It is no longer here.')
  const now = new Date(state.now)
  for (const line of harmlessText(message.text ?? '', '')
    .split('\n')
    .slice(0, 8))
    page.say(line, {}, '   ')
  page.row([])
  if (isMine(message)) {
    page.say(outcomeSentence(message))
    page.say(`Written ${clock(message.sentAt, now)}, as it stands since ${clock(message.at, now)}.`, {
      dim: true,
    })
  } else {
    page.say(`From ${called(state, message.from)}. Came ${clock(message.at, now)}.`)
    page.say(`Sent ${clock(message.sentAt, now)}, as their clock says.`, { dim: true })
  }
  if (message.edited !== undefined) page.say(`Edited ${clock(message.edited, now)}.`, { dim: true })
  if (message.deleted !== undefined)
    page.say(`Deleted for both ${clock(message.deleted, now)}.`, { dim: true })
  if (message.amending !== undefined) page.say('A change of yours has not arrived yet.', { dim: true })
  page.say(`id ${message.id}`, { dim: true })
}
