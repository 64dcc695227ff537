/**
 * A conversation in rows. Only what is visible is laid out: from the lowest row shown upwards, until the screen is full;
 * and each message once for a width, as long as it does not change.
 */
import { indexOf, isMine, keyOf, type Said, timeOf } from '../../agent/said.ts'
import type { PeerId } from '../../principal/ids.ts'
import { harmless } from '../cli/harmless.ts'
import { clock, nameOf, outcomeWord } from '../cli/sentences.ts'
import { clipRow, type Row, type Span, width, wrap } from './cells.ts'
import { GUTTER } from './layout.ts'
import { type State, type Talk, talkWith } from './state.ts'

/** Rows of one message that are shown: 64 KiB of line ends must not be scrolled through one by one. */
const ROWS_OF_ONE = 400

/** How long it may be under way before that is said in words: most are answered sooner, and a line would flicker, ms. */
const WORTH_A_WORD_MS = 2_000

/** A place in a conversation: row `row` of message `index`. */
export interface Place {
  index: number
  row: number
}

/** What is needed to lay a conversation out. */
export interface Reading {
  talk: Talk
  /** As they are called. */
  name: string
  columns: number
  now: number
}

export function readingOf(state: State, who: PeerId, columns: number): Reading {
  const person = state.people.get(who)?.who
  return { talk: talkWith(state, who), name: person ? nameOf(person) : '', columns, now: state.now }
}

/** The rows shown, at most `height`, top first; and whether the first and the last of all are among them. */
export function visibleRows(reading: Reading, height: number): { rows: Row[]; first: boolean } {
  const { talk } = reading
  const rows: Row[] = []
  const from = bottomOf(reading)
  if (from === undefined) return { rows, first: true }
  for (let { index, row } = from; index >= 0; index--, row = Number.POSITIVE_INFINITY) {
    const all = rowsOf(reading, index)
    for (let at = Math.min(row, all.length - 1); at >= 0; at--) {
      if (rows.length === height) return { rows: rows.reverse(), first: false }
      const line = all[at]
      if (line !== undefined) rows.push(line)
    }
  }
  return { rows: rows.reverse(), first: talk.older === 'none' }
}

/** The lowest row shown. Undefined where there is no message. */
export function bottomOf(reading: Reading): Place | undefined {
  const { talk } = reading
  const last = talk.said.length - 1
  if (last < 0) return undefined
  const index = talk.bottom === undefined ? -1 : indexOf(talk.said, talk.bottom.key)
  if (index < 0) return { index: last, row: rowsOf(reading, last).length - 1 }
  return { index, row: Math.min(talk.bottom?.row ?? 0, rowsOf(reading, index).length - 1) }
}

/** Where the lowest row is after scrolling by so many rows, up where negative; undefined: at the end of all. */
export function scrolled(reading: Reading, by: number, height: number): Place | undefined {
  const from = bottomOf(reading)
  if (from === undefined) return undefined
  if (by > 0) return down(reading, from, by)
  const to = up(reading, from, -by)
  // Not beyond the first row at the top of the screen.
  const top = up(reading, to.place, height - 1)
  const place = top.missing > 0 ? (down(reading, to.place, top.missing) ?? from) : to.place
  return isBefore(from, place) ? from : place
}

/** Scrolled so that this message is seen as a whole, if it was not. Undefined: nothing is to be scrolled. */
export function revealing(reading: Reading, key: string, height: number): Place | 'end' | undefined {
  const index = indexOf(reading.talk.said, key)
  const from = bottomOf(reading)
  if (index < 0 || from === undefined) return undefined
  const lastRow = { index, row: rowsOf(reading, index).length - 1 }
  if (isBefore(from, lastRow)) return index === reading.talk.said.length - 1 ? 'end' : lastRow
  const top = up(reading, from, height - 1).place
  const firstRow = { index, row: 0 }
  if (!isBefore(firstRow, top)) return undefined
  return down(reading, firstRow, height - 1) ?? 'end'
}

function up(reading: Reading, { index, row }: Place, by: number): { place: Place; missing: number } {
  let left = by
  for (let at = index, on = row; ; ) {
    if (left <= on) return { place: { index: at, row: on - left }, missing: 0 }
    left -= on + 1
    if (at === 0) return { place: { index: 0, row: 0 }, missing: left + 1 }
    at -= 1
    on = rowsOf(reading, at).length - 1
  }
}

function down(reading: Reading, { index, row }: Place, by: number): Place | undefined {
  const last = reading.talk.said.length - 1
  let left = by
  for (let at = index, on = row; at <= last; at++, on = -1) {
    const rows = rowsOf(reading, at).length
    if (on + left < rows) {
      const place = { index: at, row: on + left }
      return at === last && place.row === rows - 1 ? undefined : place
    }
    left -= rows - 1 - on
  }
  return undefined
}

function isBefore(one: Place, other: Place): boolean {
  return one.index < other.index || (one.index === other.index && one.row < other.row)
}

/** The rows of one message, with what stands above it: another day, or that from here on all is new. */
function rowsOf(reading: Reading, index: number): readonly Row[] {
  const { talk, columns } = reading
  const said = talk.said[index]
  if (said === undefined) return []
  const before = talk.said[index - 1]
  const rows: Row[] = []
  if (before === undefined || dayOf(before) !== dayOf(said))
    rows.push(ruled(dayWords(said, reading.now), columns))
  if (talk.newFrom !== undefined && keyOf(said) === talk.newFrom) rows.push(ruled('new', columns, 'yellow'))
  const message = messageRows(said, reading)
  if (talk.picked === undefined || talk.picked !== keyOf(said))
    return rows.length === 0 ? message : [...rows, ...message]
  return [...rows, ...message.map((row) => row.map((span): Span => ({ ...span, inverse: true })))]
}

interface LaidOut {
  columns: number
  name: string
  words: string | undefined
  rows: readonly Row[]
}

const laidOut = new WeakMap<Said, LaidOut>()

function messageRows(said: Said, { columns, name, now }: Reading): readonly Row[] {
  const words = [...changeWords(said, name), isMine(said) ? outcomeWords(said, now) : heldWords(said)]
    .filter((each) => each !== undefined)
    .join(' · ')
  const known = laidOut.get(said)
  if (known?.columns === columns && known.name === name && known.words === words) return known.rows
  const rows = layOut(said, { columns, name, words: words === '' ? undefined : words })
  laidOut.set(said, { columns, name, words, rows })
  return rows
}

function layOut(
  said: Said,
  { columns, name, words }: { columns: number; name: string; words: string | undefined },
): readonly Row[] {
  const mine = isMine(said)
  const speaker = mine ? 'you' : name
  const label = said.inbox === undefined ? '' : ` to ${harmless(said.inbox)}`
  const time = clockOf(timeOf(said))
  const room = Math.max(4, columns - GUTTER)
  const text = said.deleted === undefined ? (said.text ?? '') : '(deleted)'
  const [first = '', ...more] = text.replaceAll('\r\n', '\n').split('\n', ROWS_OF_ONE + 1)
  const head = `${speaker}${label}: `
  // The head is wrapped with the text, then told apart again: it may be wider than a narrow screen.
  const lines = wrap(head + shown(first), room)
  for (const line of more) {
    if (lines.length >= ROWS_OF_ONE) break
    for (const part of wrap(shown(line), room)) lines.push(part)
  }
  const cut = lines.length > ROWS_OF_ONE || more.length >= ROWS_OF_ONE
  const rows = lines.slice(0, ROWS_OF_ONE).map((line, at): Row => {
    if (at > 0) return [{ text: ' '.repeat(GUTTER) }, { text: line }]
    const spoken = line.startsWith(head) ? head : line
    return [
      { text: `${time} `, dim: true },
      mine ? { ...outcomeSign(said), text: `${outcomeSign(said).text.padEnd(2)} ` } : { text: '   ' },
      { text: spoken, bold: true, ...(mine ? {} : { colour: 'cyan' as const }) },
      { text: line.slice(spoken.length) },
    ]
  })
  if (said.replyTo !== undefined)
    rows.unshift(
      clipRow(
        [
          { text: ' '.repeat(GUTTER) },
          { text: `↳ ${said.quoted === undefined ? 'an earlier message' : shown(said.quoted)}`, dim: true },
        ],
        columns,
      ),
    )
  if (cut)
    rows.push([{ text: ' '.repeat(GUTTER) }, { text: '… it goes on: nigh inbox shows all of it', dim: true }])
  if (words !== undefined)
    for (const [at, line] of wrap(words, room - 2).entries())
      rows.push([
        { text: ' '.repeat(GUTTER) },
        { ...outcomeLook(said), text: `${at === 0 ? '└ ' : '  '}${line}` },
      ])
  return rows
}

function shown(line: string): string {
  return harmless(line.replaceAll('\t', '    '))
}

/** The sign of a message of mine; `help` has the legend. */
export function outcomeSign(said: Extract<Said, { outcome: unknown }>): Span {
  const { outcome, state, disposition } = said
  if (outcome === 'failure') return { text: '!', colour: 'red', bold: true }
  if (outcome === 'success') {
    if (disposition === 'held') return { text: '=', colour: 'yellow' }
    return { text: disposition === 'displayed' ? '✓✓' : '✓', colour: 'green' }
  }
  if (state === 'settled') return { text: '?', colour: 'red' }
  return state === 'sent' ? { text: '›', dim: true } : { text: '·', dim: true }
}

/** Words where the sign alone would not do: whatever is neither delivered nor on its way. */
function outcomeWords(said: Extract<Said, { outcome: unknown }>, now: number): string | undefined {
  const { outcome, state, disposition, waits } = said
  if (outcome === 'success') return disposition === 'held' ? outcomeWord(said) : undefined
  if (outcome === 'failure' || state === 'settled') return outcomeWord(said)
  if (now - Date.parse(said.sentAt) < WORTH_A_WORD_MS) return undefined
  if (state === 'owed' && (waits === undefined || waits === 'unreachable'))
    return 'owed: it leaves when they can be reached'
  return outcomeWord(said)
}

/** How it was changed since. */
function changeWords(said: Said, name: string): string[] {
  const { edited, reaction, amending } = said
  return [
    ...(edited === undefined ? [] : ['edited']),
    ...(reaction === undefined ? [] : [`${isMine(said) ? name : 'you'}: ${harmless(reaction)}`]),
    ...(amending === undefined ? [] : ['on its way']),
  ]
}

function heldWords(said: Exclude<Said, { outcome: unknown }>): string | undefined {
  return said.disposition === 'held' ? 'a request: accept it, and it is a message' : undefined
}

function outcomeLook(said: Said): Pick<Span, 'colour' | 'dim'> {
  if (!isMine(said)) return { dim: true }
  return said.outcome === 'failure' || (said.outcome === 'indeterminate' && said.state === 'settled')
    ? { colour: 'red' }
    : { dim: true }
}

/** A line with a word in it. */
export function ruled(word: string, columns: number, colour?: Span['colour']): Row {
  const text = ` ${word} `
  const left = Math.max(2, Math.floor((columns - width(text)) / 2))
  const right = Math.max(0, columns - left - width(text))
  const look = colour === undefined ? ({ dim: true } as const) : { colour }
  return clipRow([{ text: `${'─'.repeat(left)}${text}${'─'.repeat(right)}`, ...look }], columns)
}

function clockOf(at: string): string {
  const instant = new Date(at)
  return clock(at, instant) // the day stands above
}

function dayOf(said: Said): string {
  return dayString(Date.parse(timeOf(said)))
}

/** Making a Date's words is slow beside all else: ten thousand messages have few days. */
const days = new Map<number, string>()
const QUARTER_MS = 15 * 60_000

function dayString(at: number): string {
  // Every zone is off by whole quarters of an hour, so a quarter belongs to one day.
  const quarter = Math.floor(at / QUARTER_MS)
  const known = days.get(quarter)
  if (known !== undefined) return known
  const day = new Date(at).toDateString()
  if (days.size > 10_000) days.clear()
  days.set(quarter, day)
  return day
}

function dayWords(said: Said, now: number): string {
  const at = new Date(timeOf(said))
  if (Number.isNaN(at.getTime())) return 'some day'
  const day = dayString(at.getTime())
  if (day === dayString(now)) return 'today'
  if (day === dayString(now - 86_400_000)) return 'yesterday'
  FULL_DAY ??= new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
  return FULL_DAY.format(at)
}

let FULL_DAY: Intl.DateTimeFormat | undefined
