/** `nigh outbox`: what I sent and how it stands. */
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { sentLine } from '../sentences.ts'

export async function outbox(call: Call<{ limit?: number }>): Promise<number> {
  const { print, around, options } = call
  return withOwn(call, async ({ agent }) => {
    const rows = await agent.outbox(options.limit === undefined ? {} : { limit: options.limit })
    for (const row of rows) print.print({ event: 'outcome', ...row }, () => sentLine(row, around.now()))
    if (rows.length === 0 && !print.json) print.note('You have sent nothing yet.')
    return 0
  })
}
