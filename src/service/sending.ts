/**
 * Sending: owed before sent. A row is durable before its first byte leaves, resent from the oldest unsettled when a
 * link comes up or the process restarts, and ends in one named outcome. Retries hang on the link, never on presence.
 */
import { uuidv7obj } from 'uuidv7'
import type { Outcome } from '../agent.ts'
import type { RecallAnswer, Receipt } from '../envelope/message-frame.ts'
import { messageIdFromBytes } from '../envelope/message-id.ts'
import { NighError } from '../errors.ts'
import type { Channel, OutboxRow, Recalling, Settlement } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'
import { mayLeave, settlementOf } from '../sender/outbox.ts'
import { compose, type Draft } from '../sender/sender.ts'
import type { Acquaintances } from './acquaintances.ts'
import {
  beginAgain,
  type Conversation,
  flightOf,
  fly,
  forgetOver,
  freshConversation,
  goesOn,
  land,
  messageFrame,
  recallFrame,
  windowOf,
} from './conversation.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import { turnstile } from './turnstile.ts'

export interface Sending {
  /** Looks for rows owed by an earlier process and for their deadlines. */
  load(): Promise<void>
  /** Durable when it resolves; leaves as soon as the conversation's turn comes. */
  send(draft: Draft & { id?: MessageId }): Promise<OutboxRow>
  /** Takes a message back, now or when its inbox can be asked; resolves with the row as it stands then. */
  recall(row: OutboxRow): Promise<OutboxRow>
  /** Calls `told` with every later change of this row's outcome. */
  follow(row: OutboxRow, told: (row: OutboxRow) => void): () => void
  outcome(row: OutboxRow): Promise<Outcome>
  /** The same, without asking the store whether it waits behind a request. */
  outcomeNow(row: OutboxRow): Outcome
  /** Linked, and it once answered `delivered`. */
  trusts(peer: PeerId): boolean
  /** They block us, or we them: what has not left fails as `refused`, what may have left stays indeterminate. */
  refused(peer: PeerId): Promise<void>
  /** The peer is seen open again: what waited for that leaves. */
  reopened(peer: PeerId): void
}

/** Rows read at once from the store: the largest flight. */
const READ_AT_ONCE = 256

export function createSending(
  house: House,
  parts: {
    links?: Links
    acquaintances: Acquaintances
    myName: () => string
    welcomes: (peer: PeerId) => boolean
    /** A message is on its way to this peer. */
    left: (peer: PeerId) => void
  },
): Sending {
  const { store, clock, agenda, self } = house
  const { links, acquaintances, myName, welcomes, left } = parts
  const conversations = new Map<PeerId, Conversation>()
  const inTurn = turnstile()
  const followers = new Map<string, Set<(row: OutboxRow) => void>>()
  /** The store could not follow, and has not been seen to follow again. */
  let behind = false

  const conversationWith = (peer: PeerId): Conversation => {
    const known = conversations.get(peer)
    if (known !== undefined) return known
    const fresh = freshConversation()
    conversations.set(peer, fresh)
    return fresh
  }

  const outcomeOf = (row: OutboxRow, heldId: string | undefined): Outcome => {
    const waits = row.state === 'owed' ? whyItWaits(row, heldId) : undefined
    return {
      id: row.id,
      to: acquaintances.person(row.peer),
      outcome: row.outcome,
      state: row.state,
      at: new Date(row.at).toISOString(),
      sentAt: new Date(row.sentAt).toISOString(),
      seq: row.seq,
      ...(row.reason === undefined ? {} : { reason: row.reason }),
      ...(row.disposition === undefined ? {} : { disposition: row.disposition }),
      ...(waits === undefined ? {} : { waits }),
    }
  }

  const whyItWaits = (row: OutboxRow, heldId: string | undefined): NonNullable<Outcome['waits']> => {
    if (heldId !== undefined && heldId !== row.id) return 'acceptance'
    const conversation = conversations.get(row.peer)
    if (conversation?.channel === undefined) return 'unreachable'
    return conversation.shut ? 'open' : 'turn'
  }

  const tell = (row: OutboxRow, seq: number): void => {
    house.news('outcome', seq, () => ({
      event: 'outcome',
      ...outcomeOf(row, conversations.get(row.peer)?.heldId),
      seq,
    }))
    for (const told of followers.get(key(row)) ?? []) told(row)
  }

  /** Puts rows on the wire, those that have not left on this channel yet. Their state is committed already. */
  const put = (conversation: Conversation, channel: Channel, rows: readonly OutboxRow[]): void => {
    for (const row of rows) {
      if (row.seq <= conversation.cursor) continue
      conversation.cursor = row.seq
      const withdrawn = conversation.withdrawn.get(row.id)
      if (withdrawn === 'over') continue
      // A recall takes its message's place in the line.
      if (row.recall !== undefined || withdrawn === 'asked') askBack(conversation, channel, row)
      else {
        fly(conversation, row.id, { row, bytes: row.body.length, untilOpen: row.untilOpen })
        channel.send(messageFrame(row, conversation.trusted ? undefined : myName(), clock.now()))
        left(row.peer)
      }
    }
  }

  const askBack = (conversation: Conversation, channel: Channel, row: OutboxRow): void => {
    // A recall carries no body and waits for nobody.
    fly(conversation, row.id, { row, bytes: 0, untilOpen: false })
    channel.send(recallFrame(row))
  }

  /** Reads on from the cursor and sends what may leave. One at a time per peer. */
  const pump = (peer: PeerId): void => {
    const conversation = conversationWith(peer)
    conversation.again = true
    if (conversation.pumping) return
    conversation.pumping = true
    house.inBackground(
      (async () => {
        try {
          while (conversation.again) {
            conversation.again = false
            await advance(peer, conversation)
          }
        } catch (cause) {
          beginLater(peer, cause)
          throw cause
        } finally {
          conversation.pumping = false
          forgetOver(conversation)
        }
      })(),
    )
  }

  /** The store could not follow, as on a full disk: again from the oldest unsettled, in a while. A damaged one never will. */
  const beginLater = (peer: PeerId, cause: unknown): void => {
    if (cause instanceof NighError && cause.code === 'store-damaged') return
    behind = true
    agenda.at(`begin again ${peer}`, clock.monotonic() + BEGIN_AGAIN_MS, () => {
      beginAgain(conversationWith(peer))
      pump(peer)
    })
  }

  const advance = async (peer: PeerId, conversation: Conversation): Promise<void> => {
    const { channel, line } = conversation
    if (channel === undefined) return
    const rows = await store.outbox.unsettled(peer, { after: conversation.cursor, limit: READ_AT_ONCE })
    if (!goesOn(conversation, { channel, line })) return
    const leaving = mayLeave(rows, flightOf(conversation), windowOf(conversation))
    const owed = leaving.filter((row) => row.state === 'owed').map((row) => row.seq)
    if (owed.length > 0) {
      // Until they have left, nothing goes straight out: it would overtake them.
      conversation.caughtUp = false
      await store.outbox.markSent(owed)
      if (!goesOn(conversation, { channel, line })) return
    }
    put(conversation, channel, leaving)
    conversation.again ||= leaving.length === READ_AT_ONCE
    conversation.caughtUp = leaving.length === rows.length && !conversation.again
    if (rows.length === 0 && isOver(conversation)) links?.done(peer)
  }

  const begin = async (peer: PeerId, channel: Channel): Promise<void> => {
    const conversation = conversationWith(peer)
    conversation.channel = channel
    beginAgain(conversation)
    conversation.shut = false
    const [trusted, held] = await Promise.all([store.outbox.everDelivered(peer), store.outbox.heldBy(peer)])
    if (conversation.channel !== channel) return
    conversation.trusted = trusted
    if (held === undefined) delete conversation.heldId
    else {
      // Asked again at each link-up: its receipt of record may have become `delivered` while we were apart.
      conversation.heldId = held.id
      channel.send(messageFrame(held, myName(), clock.now()))
    }
    pump(peer)
  }

  /** Whether that was news. */
  const settle = async (settlements: readonly Settlement[]): Promise<boolean> => {
    const changed = await store.outbox.settle(settlements, clock.now())
    for (const { row, seq } of changed) tell(row, seq)
    return changed.length > 0
  }

  const received = async (peer: PeerId, receipt: Receipt): Promise<void> => {
    const conversation = conversationWith(peer)
    const { disposition, reason } = receipt
    const settlements: Settlement[] = []
    for (const id of receipt.ids) {
      const flown = conversation.flying.get(id)
      const untilOpen = flown?.untilOpen ?? (await mayWait(peer, id, reason))
      const settlement = settlementOf(peer, id, receipt, untilOpen)
      if (settlement !== undefined)
        settlements.push(flown?.row === undefined ? settlement : { ...settlement, row: flown.row })
      else if (reason === 'closed') {
        conversation.shut = true
        // The news that they opened may have come before this receipt: ask again all the same.
        agenda.at(`reopen ${peer}`, clock.monotonic() + LOOK_AGAIN_MS, () => reopened(peer))
      }
    }
    const changed = settlements.length === 0 ? [] : await store.outbox.settle(settlements, clock.now())
    if (behind && settlements.length > 0) {
      behind = false
      house.mended('store-full')
    }
    const news = new Set(disposition === 'held' ? changed.map(({ row }) => row.id) : [])
    for (const id of receipt.ids) {
      land(conversation, id)
      // Of an id that we never sent them, or that was delivered since, it says nothing.
      if (disposition === 'held' && news.has(id)) conversation.heldId = id
      else if (isTaken(disposition) && conversation.heldId === id) delete conversation.heldId
    }
    if (isTaken(disposition)) conversation.trusted = true
    for (const { row, seq } of changed) tell(row, seq)
    if (!isOver(conversation)) {
      if (!conversation.caughtUp) pump(peer)
    } else if (conversation.caughtUp) links?.done(peer)
    else pump(peer)
  }

  /** For a receipt that came after its channel: what the row says of waiting. */
  const mayWait = async (peer: PeerId, id: MessageId, reason: Receipt['reason']): Promise<boolean> =>
    reason === 'closed' && (await store.outbox.find(id)).some((row) => row.peer === peer && row.untilOpen)

  const refused = async (peer: PeerId): Promise<void> => {
    for (let after = 0; ; ) {
      const rows = await store.outbox.unsettled(peer, { after, limit: READ_AT_ONCE })
      const owed = rows.filter((row) => row.state === 'owed')
      await settle(
        owed.map(
          ({ id }): Settlement => ({ peer, id, state: 'settled', outcome: 'failure', reason: 'refused' }),
        ),
      )
      const last = rows.at(-1)
      if (last === undefined || rows.length < READ_AT_ONCE) break
      after = last.seq
    }
    links?.done(peer)
  }

  const reopened = (peer: PeerId): void => {
    const conversation = conversations.get(peer)
    if (conversation?.shut !== true) return
    conversation.shut = false
    beginAgain(conversation)
    pump(peer)
  }

  /** `sent` is asked for in its place in the line: at once where it has left already, else when its turn comes. */
  const recall = async (
    row: Pick<OutboxRow, 'peer' | 'id'>,
    why: Recalling,
  ): Promise<OutboxRow | undefined> => {
    const conversation = conversationWith(row.peer)
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
    if (change?.row.state === 'settled') {
      conversation.withdrawn.set(row.id, 'over')
      if (!conversation.pumping) forgetOver(conversation)
      tell(change.row, change.seq)
    } else if (change !== undefined) {
      if (channel === undefined) links?.want(row.peer)
      else if (change.row.seq <= conversation.cursor) askBack(conversation, channel, change.row)
      else pump(row.peer)
    }
    return change?.row
  }

  const recallAnswered = async (peer: PeerId, answer: RecallAnswer): Promise<void> => {
    const { id, recalled } = answer
    const conversation = conversationWith(peer)
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
    pump(peer)
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

  links?.listen({
    messagesUp: (peer, channel) => house.inBackground(begin(peer, channel)),
    rejected: (peer) => house.inBackground(refused(peer)),
    messagesDown(peer) {
      const conversation = conversations.get(peer)
      if (conversation === undefined) return
      delete conversation.channel
      if (isOver(conversation) && !conversation.pumping && conversation.withdrawn.size === 0)
        conversations.delete(peer)
    },
    letter(peer, letter, channel) {
      if (letter.kind === 'receipt')
        house.inBackground(
          inTurn(channel, letter.ids.length, received(peer, letter)).catch((cause: unknown) => {
            beginLater(peer, cause)
            throw cause
          }),
        )
      if (letter.kind === 'recall-answer')
        house.inBackground(inTurn(channel, 1, recallAnswered(peer, letter)))
    },
  })

  return {
    async load() {
      await expire()
      for (const peer of await store.outbox.creditors()) links?.want(peer)
    },

    async send(draft) {
      const { peer } = draft.to
      const conversation = conversationWith(peer)
      const known = draft.id === undefined ? [] : await store.outbox.find(draft.id)
      const same = known.find((row) => row.peer === peer)
      if (same !== undefined) return same // asked for twice
      const id = draft.id ?? messageIdFromBytes(uuidv7obj().bytes)
      const row = compose(draft, { self: self.peerId, id, wall: clock.now(), known: welcomes(peer) })
      const { channel, line } = conversation
      const straight =
        channel !== undefined &&
        conversation.caughtUp &&
        conversation.owing === 0 &&
        mayLeave([row], flightOf(conversation), windowOf(conversation)).length === 1
      if (straight) fly(conversation, row.id, { bytes: row.body.length, untilOpen: row.untilOpen })
      else {
        conversation.caughtUp = false
        conversation.owing += 1
      }
      // `sent` is in the commit of `owed` when it leaves at once: one fsync instead of two.
      // Awaited once, and told at once: what was committed together is told in the order of its numbers.
      let owed: OutboxRow | undefined
      try {
        owed = await store.outbox.owe({ ...row, state: straight ? 'sent' : 'owed' })
      } finally {
        // Both at once: what is sent next must not overtake this one.
        if (!straight) {
          conversation.caughtUp = false
          conversation.owing -= 1
        } else if (owed?.state !== 'sent' && land(conversation, row.id)) {
          // Not kept, or long over and deleted: it is not under way, so nothing may wait behind it.
          pump(peer)
        }
      }
      if (owed.state === 'settled') return owed
      tell(owed, owed.seq)
      if (straight && goesOn(conversation, { channel, line })) put(conversation, channel, [owed])
      else {
        conversation.caughtUp = false
        pump(peer)
      }
      if (row.deadline !== undefined) house.inBackground(awaitDeadline())
      if (conversation.channel === undefined) links?.want(peer)
      return owed
    },

    recall: async (row) => (await recall(row, 'recalled')) ?? row,

    follow(row, told) {
      const all = followers.get(key(row)) ?? new Set()
      followers.set(key(row), all)
      all.add(told)
      return () => {
        all.delete(told)
        if (all.size === 0) followers.delete(key(row))
      }
    },

    async outcome(row) {
      // Only what is owed can wait behind a request.
      const held = row.state === 'owed' ? await store.outbox.heldBy(row.peer) : undefined
      return outcomeOf(row, held?.id)
    },

    outcomeNow: (row) => outcomeOf(row, conversations.get(row.peer)?.heldId),

    trusts: (peer) => conversations.get(peer)?.trusted === true,

    refused,
    reopened,
  }
}

/** A person makes room on a disk in minutes, and a repeat costs a message. A guess. */
const BEGIN_AGAIN_MS = 5_000
/** The wall clock may be set while we wait: look again at least this often. */
const LOOK_AGAIN_MS = 60_000

const isTaken = (disposition: Receipt['disposition']): boolean =>
  disposition === 'delivered' || disposition === 'displayed'

/** Nothing is owed, nothing waits for an answer: there is no reason left to seek this peer. */
function isOver({ flying, heldId, owing }: Conversation): boolean {
  return flying.size === 0 && heldId === undefined && owing === 0
}

/** Names one row for those who follow it. */
function key(row: Pick<OutboxRow, 'peer' | 'id'>): string {
  return `${row.peer} ${row.id}`
}
