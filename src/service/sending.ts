/**
 * Sending: owed before sent. A row is durable before its first byte leaves, resent from the oldest unsettled when a
 * link comes up or the process restarts, and ends in one named outcome. Retries hang on the link, never on presence.
 */
import { uuidv7obj } from 'uuidv7'
import type { Message, Outcome } from '../agent.ts'
import type { Receipt } from '../envelope/message-frame.ts'
import { messageIdFromBytes } from '../envelope/message-id.ts'
import { DRAIN_WITHIN_MS } from '../envelope/protocol.ts'
import type { HistoryRow, OutboxRow, Settled, Settlement } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'
import { mayLeave, settlementOf } from '../sender/outbox.ts'
import { compose, type Draft } from '../sender/sender.ts'
import type { Acquaintances } from './acquaintances.ts'
import { amendedAs, tellAmended } from './amending.ts'
import {
  beginAgain,
  type Conversation,
  flightOf,
  fly,
  forgetOver,
  goesOn,
  isOver,
  land,
  windowOf,
} from './conversation.ts'
import type { House } from './house.ts'
import { createLines, READ_AT_ONCE } from './line.ts'
import type { Links } from './links.ts'
import { createRecalling, LOOK_AGAIN_MS } from './recalling.ts'
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
  /** Of that, why it waits. */
  waitsNow(row: OutboxRow): Outcome['waits']
  /** Linked, and it once answered `delivered`. */
  trusts(peer: PeerId): boolean
  /** They block us, or we them: what has not left fails as `refused`, what may have left stays indeterminate. */
  refused(peer: PeerId): Promise<void>
  /** The peer is seen open again: what waited for that leaves. */
  reopened(peer: PeerId): void
}

export function createSending(
  house: House,
  parts: {
    links?: Links
    acquaintances: Acquaintances
    myName: () => string
    welcomes: (peer: PeerId) => boolean
    /** A message of either direction as listings show it. */
    shown: (row: HistoryRow) => Message | Outcome
    /** A message is on its way to this peer. */
    left: (peer: PeerId) => void
  },
): Sending {
  const { store, clock, agenda, self } = house
  const { links, acquaintances, welcomes } = parts
  const lines = createLines(house, parts)
  const inTurn = turnstile()
  const followers = new Map<string, Set<(row: OutboxRow) => void>>()

  /** Made up to three times for every message that leaves: key by key, because a spread costs more than all of it. */
  const outcomeOf = (row: OutboxRow, heldId: string | undefined): Outcome => {
    const { reason, disposition, replyTo, amends } = row
    const sentAt = new Date(row.sentAt).toISOString()
    const outcome: Outcome = {
      id: row.id,
      to: acquaintances.person(row.peer),
      outcome: row.outcome,
      state: row.state,
      at: row.at === row.sentAt ? sentAt : new Date(row.at).toISOString(),
      sentAt,
      seq: row.seq,
    }
    if (reason !== undefined) outcome.reason = reason
    if (disposition !== undefined) outcome.disposition = disposition
    const waits = waitsOf(row, heldId)
    if (waits !== undefined) outcome.waits = waits
    if (replyTo !== undefined) outcome.replyTo = replyTo
    if (amends !== undefined) outcome.amends = { id: amends.id, by: amends.by }
    return row.standing === undefined ? outcome : Object.assign(outcome, amendedAs(row))
  }

  const waitsOf = (row: OutboxRow, heldId: string | undefined): Outcome['waits'] =>
    row.state === 'owed' || standsBehind(row, heldId) ? whyItWaits(row, heldId) : undefined

  /** It left before we knew of the request, and was refused because of it: it leaves again when that is accepted. */
  const standsBehind = (row: OutboxRow, heldId: string | undefined): boolean =>
    row.state === 'sent' &&
    heldId !== undefined &&
    heldId !== row.id &&
    lines.known(row.peer)?.flying.has(row.id) !== true

  const whyItWaits = (row: OutboxRow, heldId: string | undefined): NonNullable<Outcome['waits']> => {
    if (heldId !== undefined && heldId !== row.id) return 'acceptance'
    const conversation = lines.known(row.peer)
    if (conversation?.channel === undefined) return 'unreachable'
    return conversation.shut ? 'open' : 'turn'
  }

  const tell = (row: OutboxRow, seq: number): void => {
    if (row.amends !== undefined) tellAmended(house, row, parts.shown, seq)
    else tellOutcome(row, seq)
    for (const told of followers.get(key(row)) ?? []) told(row)
  }

  const tellOutcome = (row: OutboxRow, seq: number): void =>
    house.news('outcome', seq, () => ({
      event: 'outcome',
      ...outcomeOf(row, lines.known(row.peer)?.heldId),
      seq,
    }))

  /** Whether that was news. */
  const settle = async (settlements: readonly Settlement[]): Promise<boolean> => {
    const changed = await store.outbox.settle(settlements, clock.now())
    tellSettled(changed)
    return changed.length > 0
  }

  const tellSettled = (changed: readonly Settled[]): void => {
    for (const { row, seq } of changed) {
      if (row.amends !== undefined && row.outcome === 'failure') isOverNow(row)
      tell(row, seq)
    }
  }

  /** It may have been read before, and be about to leave: it does not any more. */
  const isOverNow = ({ peer, id }: Pick<OutboxRow, 'peer' | 'id'>): void => {
    const conversation = lines.of(peer)
    conversation.withdrawn.set(id, 'over')
    if (!conversation.pumping) forgetOver(conversation)
  }

  const received = async (peer: PeerId, receipt: Receipt): Promise<void> => {
    const conversation = lines.of(peer)
    const { disposition, reason } = receipt
    const settlements: Settlement[] = []
    // Before anything is awaited: what follows on the channel was answered behind it.
    const nowHeld = disposition === 'held' && receipt.ids.find((id) => conversation.flying.has(id))
    if (nowHeld) conversation.heldId ??= nowHeld
    for (const id of receipt.ids) {
      const flown = conversation.flying.get(id)
      const untilOpen = flown?.untilOpen ?? (await mayWait(peer, id, reason))
      const settlement = settlementOf(peer, id, receipt, { untilOpen, behind: isBehind(conversation, id) })
      if (settlement !== undefined)
        settlements.push(flown?.row === undefined ? settlement : { ...settlement, row: flown.row })
      else if (reason === 'closed' || reason === 'rate-limited') {
        if (reason === 'closed') conversation.shut = true
        else conversation.behind = true
        // The news that they opened, or accepted, may have come before this receipt: ask again all the same.
        agenda.at(`reopen ${peer}`, clock.monotonic() + LOOK_AGAIN_MS, () => reopened(peer))
      }
    }
    const changed = settlements.length === 0 ? [] : await store.outbox.settle(settlements, clock.now())
    if (settlements.length > 0) lines.followed()
    const news = new Set(disposition === 'held' ? changed.map(({ row }) => row.id) : [])
    for (const id of receipt.ids) {
      land(conversation, id)
      // Of an id that we never sent them, or that was delivered since, it says nothing.
      if (disposition === 'held' && news.has(id)) conversation.heldId = id
      else if (disposition === 'held') await isHeldStill(peer, conversation)
      else if (isTaken(disposition) && conversation.heldId === id) accepted(conversation)
    }
    if (isTaken(disposition)) conversation.trusted = true
    tellSettled(changed)
    if (!isOver(conversation)) {
      if (!conversation.caughtUp) lines.pump(peer)
    } else if (conversation.caughtUp) links?.done(peer)
    else lines.pump(peer)
  }

  /** Refused because of a request of ours: then it is over when that is, and until what was refused before has come. */
  const isBehind = ({ heldId, acceptedAt }: Conversation, id: MessageId): boolean =>
    heldId === undefined
      ? acceptedAt !== undefined && clock.monotonic() < acceptedAt + DRAIN_WITHIN_MS
      : heldId !== id

  /** What waits behind the request may leave, from its first on. */
  const accepted = (conversation: Conversation): void => {
    delete conversation.heldId
    conversation.acceptedAt = clock.monotonic()
    if (conversation.behind) beginAgain(conversation)
    conversation.behind = false
  }

  /** An old receipt may say so of what was delivered since: the row knows. */
  const isHeldStill = async (peer: PeerId, conversation: Conversation): Promise<void> => {
    const held = await store.outbox.heldBy(peer)
    if (held === undefined) delete conversation.heldId
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
          ({ id }): Settlement => ({
            peer,
            id,
            state: 'settled',
            outcome: 'failure',
            reason: 'refused',
            // It may be marked as sent in the very commit before.
            unsent: true,
          }),
        ),
      )
      const last = rows.at(-1)
      if (last === undefined || rows.length < READ_AT_ONCE) break
      after = last.seq
    }
    links?.done(peer)
  }

  const reopened = (peer: PeerId): void => {
    const conversation = lines.known(peer)
    if (conversation?.shut !== true && conversation?.behind !== true) return
    conversation.shut = false
    conversation.behind = conversation.heldId !== undefined
    beginAgain(conversation)
    lines.pump(peer)
  }

  const recalling = createRecalling(house, {
    lines,
    ...(links === undefined ? {} : { links }),
    settle,
    over(changed) {
      for (const { row } of changed) isOverNow(row)
      tellSettled(changed)
    },
  })

  links?.listen({
    messagesUp: (peer, channel) => house.inBackground(lines.begin(peer, channel)),
    rejected: (peer) => house.inBackground(refused(peer)),
    messagesDown: lines.end,
    letter(peer, letter, channel) {
      if (letter.kind === 'receipt')
        house.inBackground(
          inTurn(channel, letter.ids.length, received(peer, letter)).catch((cause: unknown) => {
            lines.beginLater(peer, cause)
            throw cause
          }),
        )
      if (letter.kind === 'recall-answer')
        house.inBackground(inTurn(channel, 1, recalling.answered(peer, letter)))
    },
  })

  return {
    async load() {
      await recalling.expire()
      for (const peer of await store.outbox.creditors()) links?.want(peer)
    },

    async send(draft) {
      const { peer } = draft.to
      const conversation = lines.of(peer)
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
          lines.pump(peer)
        }
      }
      if (owed.state === 'settled') return owed
      tell(owed, owed.seq)
      if (straight && goesOn(conversation, { channel, line })) lines.put(conversation, channel, [owed])
      else {
        conversation.caughtUp = false
        lines.pump(peer)
      }
      if (row.deadline !== undefined) house.inBackground(recalling.awaitDeadline())
      if (conversation.channel === undefined) links?.want(peer)
      return owed
    },

    recall: async (row) => (await recalling.recall(row, 'recalled')) ?? row,

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
      // Only what is not settled can wait behind a request.
      const held = row.state === 'settled' ? undefined : await store.outbox.heldBy(row.peer)
      return outcomeOf(row, held?.id)
    },

    outcomeNow: (row) => outcomeOf(row, lines.known(row.peer)?.heldId),
    waitsNow: (row) => waitsOf(row, lines.known(row.peer)?.heldId),

    trusts: (peer) => lines.known(peer)?.trusted === true,

    refused,
    reopened,
  }
}

const isTaken = (disposition: Receipt['disposition']): boolean =>
  disposition === 'delivered' || disposition === 'displayed'

/** Names one row for those who follow it. */
function key(row: Pick<OutboxRow, 'peer' | 'id'>): string {
  return `${row.peer} ${row.id}`
}
