/**
 * `nigh inbox`: what was said to me (with one person, both directions), and with --follow what comes from then on,
 * whoever runs the peer, and again after it was restarted.
 */
import { setTimeout as after } from 'node:timers/promises'
import { isMine, otherOf } from '../../../agent/said.ts'
import type { Agent, AgentEvent, InboxQuery, Message, Outcome } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import { findRunning, withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { showMessages } from '../messages.ts'
import { amendedLine } from '../sentences.ts'

/** While no peer runs, we look for one this often, ms: soon enough for a person, nothing for a processor. */
const LOOK_EVERY_MS = 250
/** Rows looked at to learn whether a message belongs to the conversation that is followed. */
const RECENT = 20

export interface InboxOptions {
  follow?: boolean
  with?: string
  unread?: boolean
  limit?: number
  before?: string
  markRead?: boolean
}

export async function inbox(call: Call<InboxOptions>): Promise<number> {
  const { options } = call
  if (options.follow) {
    if (options.before !== undefined)
      throw new NighError('usage', '--follow and --before do not go together.')
    return follow(call)
  }
  return withOwn(call, async ({ agent }) => {
    const rows = await agent.inbox(queryOf(options))
    showMessages(call, rows)
    if (rows.length === 0) sayEmpty(call)
    return 0
  })
}

async function follow(call: Call<InboxOptions>): Promise<number> {
  const { around, options } = call
  const interrupted = around.interrupted()
  let last: number | undefined

  while (!interrupted.aborted) {
    const remote = await findRunning(call)
    if (remote !== undefined) {
      try {
        last = await followOne(call, remote, last, interrupted)
      } catch (cause) {
        // The peer ended in the middle of a question; the next one is asked again.
        if (!(cause instanceof NighError && cause.code === 'closed')) throw cause
      } finally {
        remote.detach()
      }
    } else if (last === undefined) {
      last = await withOwn(call, async ({ agent }) => {
        const rows = await agent.inbox(queryOf(options))
        showMessages(call, rows)
        return lastOf(rows, 0)
      })
      call.print.note(
        `No Nigh is running for this home: waiting for one. Start it with: nigh up${call.home.flags}`,
      )
    }
    await after(LOOK_EVERY_MS, undefined, { signal: interrupted }).catch(() => {})
  }
  return 0
}

/** Follows one running peer until it ends; resolves with the cursor for the next. */
async function followOne(
  call: Call<InboxOptions>,
  agent: Agent,
  since: number | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { options } = call
  // Listening begins before listing, so that nothing falls between.
  const events = agent.events(since === undefined ? {} : { since }, { signal })[Symbol.asyncIterator]()
  const waiting = events.next()
  waiting.catch(() => {})
  let last = since ?? 0
  if (since === undefined) {
    const rows = await agent.inbox(queryOf(options))
    showMessages(call, rows)
    last = lastOf(rows, 0)
  }
  const belongs = conversation(agent, options.with)
  for (let next = await waiting; !next.done; next = await events.next()) {
    const event = next.value
    if (event.event === 'amended') {
      if (event.seq <= last) continue
      last = event.seq
      if (await belongs(event.message)) call.print.print(event, () => amendedLine(event, call.around.now()))
      continue
    }
    const row = rowOf(event)
    if (row === undefined || row.seq <= last) continue
    last = row.seq
    if (!(await belongs(row))) continue
    showMessages(call, [row])
    if (options.markRead && !('outcome' in row)) {
      await agent.inbox({ with: row.from.peerId, unread: true, markRead: true })
    }
  }
  return last
}

function rowOf(event: AgentEvent): Message | Outcome | undefined {
  if (event.event === 'message') {
    const { event: _, ...message } = event
    return message
  }
  if (event.event === 'outcome') {
    const { event: _, ...outcome } = event
    return outcome
  }
  return undefined
}

/** Whether a row belongs to the conversation with WHO. The agent resolves WHO, so it is asked, once per person. */
function conversation(agent: Agent, who: string | undefined): (row: Message | Outcome) => Promise<boolean> {
  const known = new Map<string, boolean>()
  return async (row) => {
    if (who === undefined) return !isMine(row)
    const { peerId: peer } = otherOf(row)
    const before = known.get(peer)
    if (before !== undefined) return before
    const recent = await agent.inbox({ with: who, limit: RECENT }).catch(() => [])
    const found = recent.some((each) => each.id === row.id)
    known.set(peer, found)
    return found
  }
}

function queryOf({ with: who, unread, limit, before, markRead }: InboxOptions): InboxQuery {
  return {
    ...(who === undefined ? {} : { with: who }),
    ...(unread ? { unread } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(before === undefined ? {} : { before }),
    ...(markRead ? { markRead } : {}),
  }
}

function sayEmpty({ print, options, home }: Call<InboxOptions>): void {
  if (print.json) return
  if (options.unread) print.note('Nothing is unread.')
  else if (options.before !== undefined) print.note('Nothing is older than that.')
  else print.note(`No messages yet. To wait for the first: nigh inbox${home.flags} --follow`)
}

function lastOf(rows: readonly { seq: number }[], least: number): number {
  return rows.reduce((last, row) => Math.max(last, row.seq), least)
}
