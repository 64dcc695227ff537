/** Messages as listings print them: theirs as they came, mine with how they stand. */
import type { Message, Outcome } from '../../agent.ts'
import type { Call } from './call.ts'
import { messageLine, sentLine } from './sentences.ts'

export function showMessages(
  { print, around }: Pick<Call, 'print' | 'around'>,
  rows: readonly (Message | Outcome)[],
): void {
  for (const row of rows) {
    if ('outcome' in row) print.print({ event: 'outcome', ...row }, () => sentLine(row, around.now()))
    else print.print({ event: 'message', ...row }, () => messageLine(row, around.now()))
  }
}
