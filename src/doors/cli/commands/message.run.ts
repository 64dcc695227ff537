/** `nigh message`: acts on single messages. */
import { NighError } from '../../../errors.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { count } from '../sentences.ts'

export async function message(): Promise<number> {
  throw new NighError(
    'usage',
    'Say what to do with which message: nigh message reply|react|edit|read|delete ID, as in: nigh message read ID',
  )
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

export async function remove(call: Call<{ forBoth?: boolean }>): Promise<number> {
  const { words, print, around } = call
  if (call.options.forBoth === true)
    return (await import('./refer.run.ts')).removeForBoth({ ...call, options: {} })
  const ids = words.filter((word) => word !== undefined)
  return withOwn(call, async ({ agent }) => {
    const gone = await agent.deleteMessages({ ids })
    for (const id of gone)
      print.print({ event: 'deleted', at: around.now().toISOString(), id }, () => undefined)
    const stay = new Set(ids.map((id) => id.toLowerCase())).size - gone.length
    print.say(`${count(gone.length, 'message')} deleted here.`)
    if (stay === 0) return 0
    throw new NighError(
      'pending',
      `${count(stay, 'message')} cannot be deleted yet: still owed or under way (take it back with nigh recall ID), or a change of it is (nigh recall with the id of the change, which nigh message edit, react or delete gave with --json), or a request (answer it with nigh accept or nigh refuse).`,
    )
  })
}
