/** `nigh message`: acts on single messages. */
import { NighError } from '../../../errors.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { count } from '../sentences.ts'

export async function message(): Promise<number> {
  throw new NighError('usage', 'Say what to do with which message: nigh message read ID')
}

export async function read(call: Call): Promise<number> {
  const { words, print } = call
  const ids = words.filter((word) => word !== undefined)
  return withOwn(call, async ({ agent }) => {
    const rows = await agent.markRead({ ids })
    for (const row of rows) print.print({ event: 'message', ...row }, () => undefined)
    print.say(`${count(rows.length, 'message')} marked as read.`)
    return 0
  })
}
