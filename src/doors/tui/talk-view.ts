/** The conversation with one person: who they are, what was said, what is being written. */
import type { Person } from '../../agent.ts'
import { harmless } from '../cli/harmless.ts'
import { presenceWords } from '../cli/presence-words.ts'
import { evidenceWords, idEnd } from '../cli/sentences.ts'
import { clipRow, padRow, type Row, type Span, width, wrap } from './cells.ts'
import { isEmpty } from './field.ts'
import { draftLines, draftRows, messageRows, PROMPT, type Regions } from './layout.ts'
import { called, namesake } from './people.ts'
import { agedAt, sign } from './people-view.ts'
import { type Someone, type State, type Talk, talkWith } from './state.ts'
import { readingOf, visibleRows } from './talk-rows.ts'

export interface Picture {
  rows: Row[]
  /** Where the terminal's cursor stands; none where nothing is typed. */
  cursor?: { x: number; y: number }
}

export function talkView(
  state: State,
  someone: Someone,
  layout: Regions,
  language: string | undefined,
): Picture {
  const { text: columns } = layout
  const { who } = someone
  const talk = talkWith(state, who.peerId)
  const height = messageRows(state)
  const { rows: said, first } = visibleRows(readingOf(state, who.peerId, columns), height)
  const blank = height - said.length
  const middle = blank > 0 ? [...above(state, someone, first, columns, blank), ...said] : said
  const draft = draftLines(talk, columns)
  const shown = draftRows(talk, layout)
  const from = Math.max(0, Math.min(draft.y - shown + 1, draft.lines.length - shown))
  const prompt = draft.lines.slice(from, from + shown).map((line, at): Row => {
    const mark = at === 0 ? (from > 0 ? '⋮ ' : '› ') : '  '
    return [{ text: mark, ...(state.focus === 'writing' ? { bold: true } : { dim: true }) }, { text: line }]
  })
  if (isEmpty(talk.draft)) prompt[0] = placeholder(state, who)
  const rows = [
    headOf(state, someone, columns, language),
    ...middle,
    ruleOf(state, someone, columns),
    ...aboutRow(talk, columns),
    ...prompt,
  ]
  const cursor =
    state.focus === 'writing'
      ? { x: PROMPT + draft.x, y: rows.length - prompt.length + draft.y - from }
      : undefined
  return { rows: rows.map((row) => padRow(row, columns)), ...(cursor === undefined ? {} : { cursor }) }
}

function headOf(state: State, someone: Someone, columns: number, language: string | undefined): Row {
  const { who, sighting } = someone
  const now = new Date(state.now)
  const aged = agedAt(sighting, state.now)
  const words = presenceWords(aged, { now, ...(language === undefined ? {} : { language }) })
  const isPast = aged.evidence === 'unknown' || aged.evidence === 'gone'
  const presence = words === '-' ? '' : isPast ? `  last: ${words}` : `  ${words}`
  const relation = who.relation === 'contact' ? (who.verified ? 'verified' : 'contact') : who.relation
  return clipRow(
    [
      { text: ' ' },
      sign(someone),
      { text: ' ' },
      { text: called(state, who), bold: true },
      { text: `  ${evidenceWords(aged, now)} · ${relation}${ruleWords(someone)}`, dim: true },
      { text: presence, ...(isPast ? { dim: true } : {}) },
    ],
    columns,
  )
}

function ruleWords({ rule }: Someone): string {
  if (rule === 'block') return ' · you block them'
  if (rule === 'polite-block') return ' · politely blocked'
  return rule === 'hide' ? ' · your changes are hidden from them' : ''
}

/** What stands above the first message, or in place of all of them. */
function above(state: State, { who }: Someone, isFirst: boolean, columns: number, rows: number): Row[] {
  const talk = talkWith(state, who.peerId)
  const lines: Row[] = []
  if (talk.said.length === 0 && talk.loaded === 'yes') {
    const other = namesake(state, who)
    for (const line of wrap(`Nothing was said yet. ${firstWord(who)}`, columns - 4))
      lines.push([{ text: `  ${line}`, dim: true }])
    if (other !== undefined)
      for (const line of wrap(
        `Not your contact ${called(state, other)}: another key with that name.`,
        columns - 4,
      ))
        lines.push([{ text: `  ${line}`, colour: 'yellow' }])
  } else if (talk.older === 'asked') lines.push([{ text: '  Looking further back…', dim: true }])
  else if (isFirst && talk.said.length > 0 && talk.older === 'none')
    lines.push([{ text: '  This is where it begins.', dim: true }])
  const shown = lines.slice(0, rows).map((row) => clipRow(row, columns))
  const blanks = Array.from({ length: Math.max(0, rows - shown.length) }, (): Row => [])
  return talk.said.length === 0 ? [...shown, ...blanks] : [...blanks, ...shown]
}

function firstWord({ relation }: Person): string {
  return relation === 'contact'
    ? 'Type, and Enter sends it.'
    : 'Your first message waits as a request until they accept it.'
}

function ruleOf(state: State, someone: Someone, columns: number): Row {
  const { who, writing } = someone
  const { below, bottom } = talkWith(state, who.peerId)
  const says =
    below > 0
      ? ` ${below} new below: PgDn, Ctrl-End `
      : bottom !== undefined
        ? ' scrolled back: PgDn, Ctrl-End '
        : ''
  const knocks = state.requests.some((request) => request.who.peerId === who.peerId)
  const words: Span[] = [
    // What they wrote waits elsewhere: whoever answers them here might never look.
    ...(knocks
      ? [{ text: ` they knock: ${state.focus === 'people' ? 'r' : 'Ctrl-R'} `, bold: true as const }]
      : []),
    ...(writing ? [{ text: ` ${called(state, who)} is writing… `, colour: 'cyan' as const }] : []),
    ...(says === ''
      ? []
      : [{ text: says, ...(below > 0 ? { bold: true as const } : { dim: true as const }) }]),
  ]
  const used = words.reduce((sum, { text }) => sum + width(text), 0)
  const line = '─'.repeat(Math.max(0, columns - used - 2))
  return clipRow([{ text: '──', dim: true }, ...words, { text: line, dim: true }], columns)
}

/** What the draft is about, while it is about something. */
function aboutRow({ about }: Talk, columns: number): Row[] {
  if (about === undefined) return []
  const words = about.as === 'edit' ? 'you edit: ' : 'you answer: '
  return [
    clipRow(
      [
        { text: `↳ ${words}`, colour: 'cyan' },
        { text: harmless(about.words), dim: true },
      ],
      columns,
    ),
  ]
}

function placeholder(state: State, who: Person): Row {
  const isOn = state.focus === 'writing'
  const words = isOn
    ? `a message to ${called(state, who)}`
    : `Enter to write to ${called(state, who)} ${idEnd(who.peerId)}`
  return [
    { text: '› ', ...(isOn ? { bold: true } : { dim: true }) },
    { text: words, dim: true },
  ]
}
