/**
 * Recalling: a message is taken back by its person, or because its time ran out. What never left fails at once; for what
 * may have left the inbox is asked, over restarts, until it answers (fault M1).
 */
import type { RecallAnswer } from '../envelope/message-frame.ts'
import type { OutboxRow, Recalling as Reason, Settled, Settlement } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { forgetOver, land, messageFrame } from './conversation.ts'
import type { House } from './house.ts'
import type { Lines } from './line.ts'
import type { Links } from './links.ts'

export interface Recalling {
  /** Resolves with the row as it stands then; undefined where it was settled before. */
  recall(row: Pick<OutboxRow, 'peer' | 'id'>, why: Reason): Promise<OutboxRow | undefined>
  answered(peer: PeerId, answer: RecallAnswer): Promise<void>
  /** Recalls what is owed beyond its time, and awaits the next. */
  expire(): Promise<void>
  /** A deadline is new. */
  awaitDeadline(): Promise<void>
}

/** The wall clock may be set while we wait: look again at least this often. */
export const LOOK_AGAIN_MS = 60_000

export function createRecalling(
  house: House,
  parts: {
    links?: Links
    lines: Lines
    /** Whether that was news. */
    settle: (settlements: readonly Settlement[]) => Promise<boolean>
    /** These have failed without having left. */
    over: (changed: readonly Settled[]) => void
  },
): Recalling {
  const { store, clock, agenda } = house
  const { links, lines, settle } = parts

  /** `sent` is asked for in its place in the line: at once where it has left already, else when its turn comes. */
  const recall = async (row: Pick<OutboxRow, 'peer' | 'id'>, why: Reason): Promise<OutboxRow | undefined> => {
    const conversation = lines.of(row.peer)
    const before = conversation.withdrawn.get(row.id)
    conversation.withdrawn.set(row.id, 'asked')
    let change: Awaited<ReturnType<typeof store.outbox.recall>>
    try {
      change = await store.outbox.recall(row.peer, row.id, why, clock.now())
    } catch (cause) {
      // Not written down, so nothing was taken back.
      if (before === undefined) conversation.withdrawn.delete(row.id)
      throw cause
    }
    const { channel } = conversation
    if (change === undefined) {
      // It ended before, perhaps with the message that it changes: nothing of it leaves, and there is nothing to ask.
      conversation.withdrawn.set(row.id, 'over')
      if (!conversation.pumping) forgetOver(conversation)
    } else if (change.row.state === 'settled') {
      parts.over([change, ...(change.with ?? [])])
    } else {
      if (channel === undefined) links?.want(row.peer)
      // Behind a request nothing leaves, and it is asked for all the same.
      else if (change.row.seq <= conversation.cursor || conversation.heldId !== undefined)
        lines.askBack(conversation, channel, change.row)
      else lines.pump(row.peer)
    }
    return change?.row
  }

  const answered = async (peer: PeerId, answer: RecallAnswer): Promise<void> => {
    const { id, recalled } = answer
    const conversation = lines.of(peer)
    land(conversation, id)
    const row = (await store.outbox.find(id)).find((found) => found.peer === peer)
    if (row?.recall === undefined) {
      // Nobody asked, or its receipt came first.
      if (row?.state === 'settled') conversation.withdrawn.delete(id)
      return
    }
    if (recalled === 'kept' && (await settle([{ peer, id, state: 'settled', outcome: 'success' }]))) {
      // Delivered, or held as a request? Its receipt of record says so. Once: the frame is long, the answer short.
      conversation.channel?.send(messageFrame(row, undefined, clock.now()))
    }
    if (recalled === 'recalled')
      await settle([{ peer, id, state: 'settled', outcome: 'failure', reason: row.recall ?? 'recalled' }])
    conversation.withdrawn.delete(id)
    // What waited behind it, because it waited until they open, does not any more.
    conversation.shut = false
    lines.pump(peer)
  }

  /** Fails what is owed beyond its time. What may have left stays indeterminate until the inbox is asked (fault M1). */
  const awaitDeadline = async (): Promise<void> => {
    const deadline = await store.outbox.nextDeadline()
    if (deadline === undefined) return agenda.cancel('deadline')
    const left = deadline - clock.now()
    // Wall time may be set meanwhile, and overdue rows that were sent stay: look again once a minute.
    const wait = left <= 0 ? LOOK_AGAIN_MS : Math.min(left, LOOK_AGAIN_MS)
    agenda.at('deadline', clock.monotonic() + wait, () => house.inBackground(expire()))
  }

  const expire = async (): Promise<void> => {
    try {
      for (const row of await store.outbox.overdue(clock.now())) await recall(row, 'expired')
    } finally {
      await awaitDeadline()
    }
  }

  return { recall, answered, expire, awaitDeadline }
}
