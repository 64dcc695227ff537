/** The list of people: a sign, a name, how old what is shown is, and how many messages are unread. */
import { inboxBasic } from '../../agent/readiness.ts'
import type { Sighting } from '../../agent.ts'
import { age, clock, evidenceWords } from '../cli/sentences.ts'
import { apart, clip, padRow, type Row, type Span, width } from './cells.ts'
import { called } from './people.ts'
import type { Someone, State } from './state.ts'

export function peopleView(state: State, columns: number, rows: number): Row[] {
  const foot = footOf(state)
  const room = Math.max(1, rows - foot.length)
  const at = state.selected === undefined ? 0 : Math.max(0, state.order.indexOf(state.selected))
  // Who is selected stands in the middle, as far as the ends of the list allow.
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), state.order.length - room))
  const list = state.order.slice(top, top + room).flatMap((peer, index) => {
    const someone = state.people.get(peer)
    if (someone === undefined) return []
    const isEdge = (index === 0 && top > 0) || (index === room - 1 && top + room < state.order.length)
    return [personRow(state, someone, { columns, isEdge })]
  })
  if (list.length === 0) list.push([{ text: ' Nobody yet', dim: true }])
  while (list.length < room) list.push([])
  return [...list, ...foot].map((row) => padRow(row, columns))
}

function personRow(
  state: State,
  someone: Someone,
  { columns, isEdge }: { columns: number; isEdge: boolean },
): Row {
  const { who, unread, writing } = someone
  const isSelected = who.peerId === state.selected
  const here = isSelected && state.focus === 'people'
  const count = unread > 0 ? ` ${unread > 999 ? '999+' : unread} ` : ''
  const when = writing ? 'writes…' : shortEvidence(someone, state.now, columns)
  const right: Row = [
    { text: ` ${when} `, ...(writing ? { colour: 'cyan' as const } : { dim: true as const }) },
    ...(count === '' ? [] : [{ text: count, inverse: true as const, bold: true as const }]),
  ]
  const name = called(state, who)
  const room = columns - 3 - (right.reduce((sum, span) => sum + width(span.text), 0) || 0)
  const left: Row = [
    { text: isSelected ? '›' : isEdge ? '⋮' : ' ', ...(isSelected ? { bold: true } : { dim: true }) },
    sign(someone),
    { text: ' ' },
    { text: clip(name, room), ...(unread > 0 || isSelected ? { bold: true } : {}) },
  ]
  const row = apart(left, right, columns)
  return here ? row.map((span) => ({ ...span, inverse: true })) : row
}

/** How somebody is, as one character; the legend stands in the help. */
export function sign({ sighting, rule }: Pick<Someone, 'sighting' | 'rule'>): Span {
  if (rule === 'block') return { text: '×', colour: 'red' }
  const { evidence } = sighting
  if (evidence === 'gone') return { text: '-', dim: true }
  if (evidence === 'unknown') return { text: '?', dim: true }
  const basic = inboxBasic(sighting)
  if (basic === 'closed') return { text: '○', colour: 'yellow' }
  if (basic === undefined) return { text: '●', dim: true }
  const inbox = sighting.presence?.tuples.find(({ status }) => (status.activities?.length ?? 0) > 0)
  return inbox === undefined ? { text: '●', colour: 'green' } : { text: '●', colour: 'yellow' }
}

/** Fits beside a name: the line above the conversation says it in full. */
function shortEvidence({ sighting }: Someone, now: number, columns: number): string {
  const aged = agedAt(sighting, now)
  if (columns >= 36) return evidenceWords(aged, new Date(now))
  const { evidence, seenAt } = aged
  if (evidence === 'live') return 'now'
  if (evidence === 'heard') return aged.ageMs === undefined ? 'heard' : age(aged.ageMs)
  if (seenAt === undefined) return evidence === 'gone' ? 'gone' : 'not seen'
  const since = clock(seenAt, new Date(now))
  const short = since.length <= 5 ? since : age(now - Date.parse(seenAt))
  return evidence === 'gone' ? `left ${short}` : `${short} ?`
}

/** A sighting as old as it is now. */
export function agedAt(sighting: Sighting, now: number): Sighting {
  if (sighting.seenAt === undefined) return sighting
  return { ...sighting, ageMs: Math.max(0, now - Date.parse(sighting.seenAt)) }
}

/** Quietly apart: who knocks does not stand among the people. */
function footOf({ requests, focus }: State): Row[] {
  if (requests.length === 0) return []
  const words = ` ${requests.length} request${requests.length === 1 ? '' : 's'}: `
  return [[], [{ text: words }, { text: focus === 'people' ? 'r' : 'Ctrl-R', bold: true }]]
}
