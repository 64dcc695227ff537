/** The whole screen: a line about me, the list, the conversation or a panel, and the keys that count now. */
import { harmless } from '../cli/harmless.ts'
import { clock, statusWords } from '../cli/sentences.ts'
import { apart, clipRow, padRow, type Row, rowWidth, type Span, wrap } from './cells.ts'
import { emptyView } from './empty-view.ts'
import { footKeys } from './help.ts'
import { isTooSmall, regions } from './layout.ts'
import { panelView } from './panel-view.ts'
import { peopleView } from './people-view.ts'
import type { Notice, State } from './state.ts'
import { type Picture, talkView } from './talk-view.ts'

/** Lines that a notice may take: a sentence or two. */
const NOTICE_ROWS = 3

/** `language` is the reader's, for notes that come in several. */
export function frame(state: State, language?: string): Picture {
  const { columns, rows } = state.size
  if (isTooSmall(state.size))
    return {
      rows: wrap('Nigh needs a larger window.', columns)
        .slice(0, rows)
        .map((text): Row => [{ text }]),
    }
  // What is said to the person stands where the keys do; what is being typed gives no room to it.
  const last = state.notice === undefined ? [foot(state, columns)] : noticeRows(state.notice, columns)
  const body = bodyOf({ ...state, size: { columns, rows: rows - last.length + 1 } }, language)
  const { cursor } = body
  return {
    rows: [head(state, columns), ...body.rows, ...last],
    ...(cursor === undefined ? {} : { cursor: { x: cursor.x, y: cursor.y + 1 } }),
  }
}

function bodyOf(state: State, language: string | undefined): Picture {
  const layout = regions(state.size)
  const { columns } = state.size
  if (state.panel !== undefined)
    return filled(panelView(state, state.panel, columns, layout.body), columns, layout.body)
  const someone = state.selected === undefined ? undefined : state.people.get(state.selected)
  if (!layout.wide) {
    if (someone === undefined) return filled({ rows: emptyView(state, columns) }, columns, layout.body)
    if (state.focus === 'people') return { rows: peopleView(state, columns, layout.body) }
    return filled(talkView(state, someone, layout, language), columns, layout.body)
  }
  const list = peopleView(state, layout.list, layout.body)
  const right = filled(
    someone === undefined
      ? { rows: emptyView(state, layout.text) }
      : talkView(state, someone, layout, language),
    layout.text,
    layout.body,
  )
  const rows = right.rows.map((row, at): Row => [...(list[at] ?? []), { text: '│', dim: true }, ...row])
  const { cursor } = right
  return { rows, ...(cursor === undefined ? {} : { cursor: { x: cursor.x + layout.list + 1, y: cursor.y } }) }
}

function filled({ rows, cursor }: Picture, columns: number, height: number): Picture {
  const all = rows.slice(0, height)
  while (all.length < height) all.push([])
  return { rows: all.map((row) => clipRow(row, columns)), ...(cursor === undefined ? {} : { cursor }) }
}

function head(state: State, columns: number): Row {
  const { self, status, people, requests, peer } = state
  const here = [...people.values()].filter(
    ({ sighting }) => sighting.evidence === 'live' || sighting.evidence === 'heard',
  ).length
  const unread = [...people.values()].reduce((sum, someone) => sum + someone.unread, 0)
  const until = status?.until === undefined ? '' : ` until ${clock(status.until, new Date(state.now))}`
  const left: Row = [
    { text: ' Nigh ', bold: true },
    { text: self === undefined ? '' : ` ${harmless(self.name)}`, bold: true },
    { text: status === undefined ? '' : ` is ${statusWords(status)}${until}` },
  ]
  const right: Row = [
    ...(unread > 0 ? [{ text: ` ${unread} unread `, bold: true as const }] : []),
    ...(requests.length > 0
      ? [{ text: ` ${requests.length} request${requests.length === 1 ? '' : 's'} ` }]
      : []),
    { text: ` ${here} here `, dim: true },
    ...(peer === 'lost' ? [{ text: ' not connected ', colour: 'red' as const, bold: true as const }] : []),
    ...(peer === 'starting' ? [{ text: ' starting… ', dim: true as const }] : []),
  ]
  return apart(left, right, columns).map((span) => ({ ...span, inverse: true }))
}

function foot(state: State, columns: number): Row {
  const spans: Span[] = []
  for (const [keys, does] of footKeys(state)) {
    const entry: Row = [
      { text: spans.length === 0 ? ' ' : '   ' },
      { text: keys, bold: true },
      { text: ` ${does}`, dim: true },
    ]
    if (rowWidth(spans) + rowWidth(entry) > columns) break
    spans.push(...entry)
  }
  return clipRow(spans, columns)
}

function noticeRows({ text, kind }: Notice, columns: number): Row[] {
  const colour = { said: 'green', failed: 'red', warning: 'yellow' } as const
  const lines = wrap(harmless(text), columns - 4).slice(0, NOTICE_ROWS)
  return lines.map(
    (line, at): Row =>
      padRow(
        [
          { text: at === 0 ? ` ${kind === 'said' ? '›' : '!'} ` : '   ', colour: colour[kind], bold: true },
          { text: line },
        ],
        columns,
      ),
  )
}
