/**
 * Whether an answer changes how a message of mine stands. Answers come late, twice and out of order (two links, a
 * resend, a replay), so the row decides: what their inbox once kept is never un-kept, and the first final answer
 * stands (fault M6).
 */
import type { Disposition } from '../agent.ts'
import type { OutboxRow, Settlement } from '../ports.ts'

/** How far a message came at their inbox. It only ever goes on: held, delivered, displayed. */
const STEP: Record<Disposition, number> = { held: 1, delivered: 2, displayed: 3 }

const step = (disposition: Disposition | undefined): number =>
  disposition === undefined ? 0 : STEP[disposition]

type Standing = Pick<OutboxRow, 'state' | 'outcome' | 'reason' | 'disposition'>

/** True if `answer` changes a row that stands as `row`. */
export function changes(row: Standing, answer: Omit<Settlement, 'peer' | 'id'>): boolean {
  if (step(answer.disposition) < step(row.disposition)) return false
  if (isFinal(row))
    return (
      answer.outcome === 'success' && row.outcome === 'success' && isFinal(answer) && further(row, answer)
    )
  return (
    row.state !== answer.state ||
    row.outcome !== answer.outcome ||
    row.reason !== answer.reason ||
    row.disposition !== answer.disposition
  )
}

/** `indeterminate` is no end: a recall or a late receipt may still resolve it. */
const isFinal = (row: Standing): boolean => row.state === 'settled' && row.outcome !== 'indeterminate'

const further = (row: Standing, answer: Standing): boolean => step(answer.disposition) > step(row.disposition)
