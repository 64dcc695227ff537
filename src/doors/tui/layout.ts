/** Which part of the screen is how large. Below `WIDE` columns the list and the conversation take turns. */

import { harmless } from '../cli/harmless.ts'
import { fieldLines } from './field.ts'
import { type Size, type State, type Talk, talkWith } from './state.ts'

const WIDE = 60
/** Smaller, and nothing could be read. */
const LEAST: Size = { columns: 20, rows: 8 }

export interface Regions {
  wide: boolean
  /** Columns of the list and of the conversation; the same where they take turns. */
  list: number
  text: number
  /** Rows between the first and the last. */
  body: number
}

export function regions({ columns, rows }: Size): Regions {
  const body = Math.max(1, rows - 2)
  if (columns < WIDE) return { wide: false, list: columns, text: columns, body }
  const list = Math.min(38, Math.max(26, Math.round(columns * 0.3)))
  return { wide: true, list, text: columns - list - 1, body }
}

export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < LEAST.columns || rows < LEAST.rows
}

/** Columns before the text of a message: time, sign of its outcome. */
export const GUTTER = 9

/** What the prompt takes before a draft. */
export const PROMPT = 2

export function draftLines(talk: Talk, columns: number): { lines: string[]; x: number; y: number } {
  return fieldLines(talk.draft, Math.max(1, columns - PROMPT - 1), harmless)
}

/** Rows that the draft is shown in: as many as it has, but never more than a third. */
export function draftRows(talk: Talk, { text, body }: Regions): number {
  const most = Math.max(1, Math.floor(body / 3))
  return Math.min(most, draftLines(talk, text).lines.length)
}

/** Rows that are left for the messages: a line about the person, a rule, the draft and what it is about are not. */
export function messageRows(state: State): number {
  const layout = regions(state.size)
  const talk = state.selected === undefined ? undefined : talkWith(state, state.selected)
  const about = talk?.about === undefined ? 0 : 1
  return Math.max(1, layout.body - 2 - about - (talk === undefined ? 1 : draftRows(talk, layout)))
}
