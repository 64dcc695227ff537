/** `nigh export`: a conversation as the lines that `nigh inbox --with WHO --json` prints, from its first message on. */
import { isMine, isRequest, type Said } from '../../../agent/said.ts'
import type { Agent } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmlessJson } from '../harmless.ts'

/** What one listing may return (ROWS_LIMIT of the door). */
const PAGE = 1_000

export async function exportConversation(call: Call): Promise<number> {
  const { words, around } = call
  const [who = ''] = words
  return withOwn(call, async ({ agent }) => {
    // Backwards only for where the pages begin, then forwards: a long conversation is never held as a whole.
    const pages = await beginnings(agent, who)
    for (const before of pages.reverse()) {
      for (const row of await pageBefore(agent, who, before)) {
        const line = isMine(row) ? { event: 'outcome', ...row } : { event: 'message', ...row }
        if (!isRequest(row)) around.stdout.write(`${harmlessJson(line)}\n`)
      }
    }
    return 0
  })
}

/** Before which message each page ends, the newest page first; the newest ends before nothing. */
async function beginnings(agent: Agent, who: string): Promise<(string | undefined)[]> {
  const ends: (string | undefined)[] = [undefined]
  let oldest = Number.POSITIVE_INFINITY
  for (let page = await pageBefore(agent, who, undefined); page.length === PAGE; ) {
    const [first] = page
    // Somebody may write under an id that another has used: then it does not lead back.
    if (first === undefined || first.seq >= oldest) break
    oldest = first.seq
    ends.push(first.id)
    page = await pageBefore(agent, who, first.id)
  }
  return ends
}

const pageBefore = (agent: Agent, who: string, before: string | undefined): Promise<Said[]> =>
  agent.inbox({ with: who, limit: PAGE, ...(before === undefined ? {} : { before }) })
