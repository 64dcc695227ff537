/**
 * Receiving: kept before acknowledged. What arrived together is decided message by message, each seeing those before
 * it, and kept in one commit; only then the receipts follow the rows.
 */
import type { Basic, Disposition, Message, Outcome } from '../agent.ts'
import type { InstantMessage, Recall, RecallAnswer, Receipt } from '../envelope/message-frame.ts'
import { encodeMessageFrame } from '../envelope/message-frame.ts'
import { HELD_PER_ADDRESS_HOUR, RECALLS_LIMIT } from '../envelope/protocol.ts'
import { type HourlyTally, hourlyTally } from '../inbox/addresses.ts'
import { type Circumstances, type Decision, decide, dispositionOfRecord } from '../inbox/inbox.ts'
import { createRefusals } from '../inbox/refusals.ts'
import { createWaitingLine } from '../inbox/waiting-line.ts'
import type { Amends, Channel, HistoryRow, InboxRef, InboxRow, NewInboxRow } from '../ports.ts'
import { inboxAddress, parseAddress } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import type { AccessDecision } from '../rules/access-rules.ts'
import type { Acquaintances } from './acquaintances.ts'
import { amendedAs, tellAmended, textNow } from './amending.ts'
import { type Arrival, createArrivals } from './arrivals.ts'
import type { Delivery } from './delivery.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import { perTurn } from './per-turn.ts'
import type { Telling } from './telling.ts'

export interface Receiving {
  /** The person answered every held message of `peer`; resolves with how many there were. */
  answerHeld(peer: PeerId, answer: 'accept' | 'refuse'): Promise<number>
  message(row: InboxRow): Message
}

export function createReceiving(
  house: House,
  parts: {
    links?: Links
    acquaintances: Acquaintances
    access: (peer: PeerId) => AccessDecision
    /** The `basic` of the view that this peer gets of me. */
    seenAs: (peer: PeerId) => Basic
    delivery: Delivery
    /** A contact, or somebody accepted. */
    welcomes: (peer: PeerId) => boolean
    telling: Telling
    /** A message of either direction as listings show it. */
    shown: (row: HistoryRow) => Message | Outcome
    /** A message of somebody unknown was held, which told them that this peer runs. */
    held: (peer: PeerId, host: string) => void
  },
): Receiving {
  const { store, clock, self } = house
  const { links, acquaintances, access, seenAs, delivery, welcomes, telling } = parts
  /** New requests, and ids that strangers had us remember as recalled. */
  const knocks = hourlyTally(HELD_PER_ADDRESS_HOUR)
  const recalls = hourlyTally(RECALLS_LIMIT)
  const refusals = createRefusals()
  const waiting = createWaitingLine()
  const ownInbox = inboxAddress(self.peerId)
  /** How a sender stands with me: the same for all that is decided in one turn, and of each decision the larger half. */
  const standingOf = perTurn((peer: PeerId) => ({
    blocked: access(peer).decision === 'block',
    seenAs: seenAs(peer),
  }))

  const keep = async (batch: readonly Arrival[]): Promise<void> => {
    const messages = batch.filter((arrival) => arrival.letter.kind === 'message')
    const held = await heldCounts(messages)
    const rows: { arrival: Arrival; row: NewInboxRow }[] = []
    const inBatch = new Map<string, NewInboxRow>()
    const recalledInBatch = new Set<string>()

    for (const arrival of batch) {
      const { peer, letter } = arrival
      const ref = refOf(peer, letter)
      if (ref.label === ELSEWHERE) {
        await flush(rows)
        answer(arrival, { disposition: 'failed', reason: 'no-such-inbox' })
        continue
      }
      const key = `${peer} ${ref.label} ${letter.id}`
      if (letter.kind === 'recall') {
        // In its place: what came before it is kept first, what comes after it finds it decided.
        await flush(rows)
        if ((await answerRecall(arrival, letter)) === 'recalled') recalledInBatch.add(key)
        continue
      }
      // A repeat within the batch waits for the row of the first: keep() answers both from one row.
      const twin = inBatch.get(key)
      if (twin !== undefined) {
        rows.push({ arrival, row: twin })
        continue
      }
      const amendable = letter.amends && (await look(ref, letter.amends, rows))
      const fares = (known: Circumstances['known']): Decision =>
        decide(letter, {
          ...circumstances(arrival, ref, known, held),
          ...(amendable === undefined ? {} : { amendable }),
        })
      let decision = fares(recalledInBatch.has(key) ? 'recalled' : undefined)
      // What would be delivered needs no look: if it is known, its row says so when it is kept. All else is decided by what was.
      if (decision.kind !== 'keep' || decision.disposition !== 'delivered') {
        await flush(rows)
        const [known] = await store.inbox.known([ref])
        decision = fares(recalledInBatch.has(key) ? 'recalled' : known)
      }
      if (decision.kind === 'answer') {
        // In order with the rows before it: receipts follow the order of arrival.
        await flush(rows)
        // Who waits until I open, or behind a request, sends it again then, under the same id.
        const { disposition, reason, behind = false } = decision
        const waits = behind || (reason === 'closed' && letter.untilOpen)
        if (disposition === 'failed' && reason !== undefined && !waits) refusals.note(ref, reason)
        if (behind) waiting.refused(ref, clock.monotonic())
        else waiting.came(ref)
        answer(arrival, { disposition, ...(reason === undefined ? {} : { reason }) })
        continue
      }
      waiting.came(ref)
      const row = rowOf(arrival, letter, ref.label, decision.disposition)
      inBatch.set(key, row)
      if (decision.disposition === 'held') count(held, arrival)
      rows.push({ arrival, row })
    }
    await flush(rows)
  }

  /** Whether there is what an amendment is about; it may be among those that are not kept yet. */
  const look = async (
    ref: InboxRef,
    amends: Amends,
    rows: { arrival: Arrival; row: NewInboxRow }[],
  ): Promise<NonNullable<Circumstances['amendable']>> => {
    const found = await store.inbox.amendable(ref, amends)
    if (found.here || rows.length === 0) return found
    await flush(rows)
    return store.inbox.amendable(ref, amends)
  }

  /** One commit, then the receipts. */
  const flush = async (rows: { arrival: Arrival; row: NewInboxRow }[]): Promise<void> => {
    if (rows.length === 0) return
    const together = rows.splice(0)
    const kept = await store.inbox.keep(together.map(({ row }) => row))
    /** Neighbours that fared alike share a receipt; the order of arrival stays. */
    let alike: Arrival[] = []
    let disposition: Disposition | undefined
    const answerAlike = (): void => {
      if (disposition !== undefined) answerAll(alike, { disposition })
      alike = []
    }
    for (const [index, { row, recalled, fresh }] of kept.entries()) {
      const arrival = together[index]?.arrival
      if (arrival === undefined) continue
      if (!fresh) uncount(arrival)
      else if (row.disposition === 'held') parts.held(arrival.peer, arrival.channel.link.remote.host)
      if (recalled === true) {
        answerAlike()
        answer(arrival, { disposition: 'failed', reason: 'recalled' })
        continue
      }
      const [first] = alike
      const fares = dispositionOfRecord(row)
      const shares =
        first !== undefined &&
        fares === disposition &&
        first.channel === arrival.channel &&
        inboxOf(first) === inboxOf(arrival)
      if (!shares) answerAlike()
      disposition = fares
      alike.push(arrival)
    }
    answerAlike()
    for (const { row, fresh } of kept) if (fresh) tell(row)
  }

  const answer = (arrival: Arrival, fared: Pick<Receipt, 'disposition' | 'reason'>): void =>
    answerAll([arrival], fared)

  /** One receipt about arrivals of one channel for one inbox; a batch is never larger than a receipt. */
  const answerAll = (
    arrivals: readonly Arrival[],
    { disposition, reason }: Pick<Receipt, 'disposition' | 'reason'>,
  ): void => {
    const [first] = arrivals
    first?.channel.send(
      encodeMessageFrame({
        kind: 'receipt',
        ids: arrivals.map(({ letter }) => letter.id),
        inbox: inboxOf(first),
        disposition,
        at: clock.now(),
        ...(reason === undefined ? {} : { reason }),
      }),
    )
  }

  const answerRecall = async (
    { peer, channel }: Arrival,
    recall: Recall,
  ): Promise<RecallAnswer['recalled']> => {
    const isFriend = welcomes(peer)
    const ref = refOf(peer, { kind: 'recall', ...recall })
    waiting.came(ref)
    // Keys are free, and what is recalled is kept for good: as many from one address within the hour as from one key.
    const isFlood = !isFriend && recalls.of(channel.link.remote.host, clock.monotonic()) >= RECALLS_LIMIT
    // A repeat, as at each link-up, has nothing new remembered.
    const isNew = !isFriend && (await store.inbox.known([ref]))[0] === undefined
    const limit = isFriend ? Number.MAX_SAFE_INTEGER : isFlood ? 0 : RECALLS_LIMIT
    const recalled = await store.inbox.recall(ref, limit)
    if (recalled === 'recalled' && isNew) countAddress(recalls, channel)
    channel.send(encodeMessageFrame({ kind: 'recall-answer', id: recall.id, inbox: recall.inbox, recalled }))
    return recalled
  }

  const circumstances = (
    arrival: Arrival,
    ref: InboxRef,
    known: Circumstances['known'],
    held: HeldCounts,
  ): Circumstances => {
    const { peer, at, channel, letter } = arrival
    const { label } = ref
    const standing = standingOf(peer)
    if (known !== undefined) uncount(arrival)
    const { body, contentType } = letter.kind === 'message' ? letter : { body: '', contentType: '' }
    const { inLastMinute } = counted(arrival)
    return {
      exists: delivery.exists(label),
      expired:
        letter.kind === 'message' && clock.monotonic() - at > (letter.expiresIn ?? Number.POSITIVE_INFINITY),
      blocked: standing.blocked,
      known,
      refused: refusals.of(ref),
      seenAs: standing.seenAs,
      delivery: delivery.decide(peer, label, { bytes: body.length, contentType, inLastMinute }),
      held: {
        inAll: held.inAll,
        fromSender: held.bySender.get(peer) ?? 0,
        fromAddress:
          knocks.of(channel.link.remote.host, clock.monotonic()) - (arrival.knocked === true ? 1 : 0),
      },
      passes: waiting.passes(ref, clock.monotonic()),
      readableType: letter.kind === 'message' && letter.contentType.startsWith('text/'),
    }
  }

  /** Counted once, however often it is decided about. */
  const counted = (arrival: Arrival): NonNullable<Arrival['counted']> => {
    const at = clock.monotonic()
    arrival.counted ??= { at, inLastMinute: delivery.count(arrival.peer, at) }
    return arrival.counted
  }

  /** A repeat is answered from its row, and is no message more. */
  const uncount = ({ peer, counted }: Arrival): void => {
    if (counted !== undefined) delivery.uncount(peer, counted.at)
  }

  const heldCounts = async (messages: readonly Arrival[]): Promise<HeldCounts> => {
    const counts: HeldCounts = { inAll: 0, bySender: new Map() }
    for (const peer of new Set(messages.map(({ peer }) => peer))) {
      if (!delivery.mayHold(peer)) continue
      const { held, from } = await store.inbox.heldCount(peer)
      counts.inAll = held
      counts.bySender.set(peer, from)
    }
    return counts
  }

  const count = (held: HeldCounts, arrival: Arrival): void => {
    const { peer, channel } = arrival
    held.inAll += 1
    held.bySender.set(peer, (held.bySender.get(peer) ?? 0) + 1)
    arrival.knocked ??= countAddress(knocks, channel)
  }

  /** Other homes of this host are many people behind one address: they are not counted. */
  const countAddress = (tally: HourlyTally, { link: { remote } }: Channel): boolean => {
    if (links?.isThisHost(remote.host) === true) return false
    tally.add(remote.host, clock.monotonic())
    return true
  }

  const rowOf = (
    { peer }: Arrival,
    letter: InstantMessage,
    label: string | undefined,
    disposition: 'delivered' | 'held',
  ): NewInboxRow => {
    if (letter.introduction !== undefined)
      house.inBackground(acquaintances.claimName(peer, letter.introduction))
    return {
      peer,
      label: label ?? '',
      id: letter.id,
      sentAt: letter.sentAt,
      receivedAt: clock.now(),
      contentType: letter.contentType,
      body: letter.body,
      disposition,
      // In the commit of the row: should the receipt be lost, the sender asks again.
      told: disposition,
      unread: letter.amends === undefined,
      ...(letter.amends === undefined ? {} : { amends: letter.amends }),
      ...(letter.thread === undefined ? {} : { thread: letter.thread }),
      ...(letter.replyTo === undefined ? {} : { replyTo: letter.replyTo }),
    }
  }

  const messageOf = (row: InboxRow): Message => ({
    id: row.id,
    from: acquaintances.person(row.peer),
    to: acquaintances.person(self.peerId),
    text: textNow(row),
    contentType: row.standing?.contentType ?? row.contentType,
    sentAt: new Date(Math.min(row.sentAt, LAST_DATE)).toISOString(),
    at: new Date(row.receivedAt).toISOString(),
    disposition: row.disposition === 'held' ? 'held' : 'accepted',
    ...(row.label === '' ? {} : { inbox: row.label }),
    ...(row.replyTo === undefined ? {} : { replyTo: row.replyTo }),
    ...(row.quoted === undefined ? {} : { quoted: row.quoted }),
    ...amendedAs(row),
    unread: row.unread,
    seq: row.seq,
  })

  const tell = (row: InboxRow): void => {
    if (row.amends !== undefined) return tellAmended(house, row, parts.shown)
    house.news(row.disposition === 'held' ? 'request' : 'message', row.seq, () => {
      if (row.disposition !== 'held') return { event: 'message', ...messageOf(row) }
      const { from, text, at } = messageOf(row)
      return { event: 'request', seq: row.seq, who: from, kind: 'message', text, at }
    })
  }

  const arrived = createArrivals(house, keep)
  links?.listen({
    letter(peer, letter, channel) {
      if (letter.kind === 'message' || letter.kind === 'recall')
        arrived({ peer, at: clock.monotonic(), channel, letter })
    },
    messagesDown(peer) {
      refusals.forget(peer)
      waiting.forget(peer)
    },
  })

  return {
    async answerHeld(peer, answer) {
      const answered = await store.inbox.answerHeld(peer, answer, clock.now())
      if (answer === 'accept') {
        // A request was told as such; now it is a message.
        for (const { row, seq } of answered)
          house.news('message', seq, () => ({ event: 'message', ...messageOf(row), seq }))
        await telling.untold(peer)
      }
      return answered.length
    },
    message: messageOf,
  }

  /** The inbox a letter names, existing or not; ELSEWHERE for another person's. */
  function refOf(peer: PeerId, letter: Arrival['letter']): InboxRef {
    const named = inboxOf({ letter })
    return { peer, label: labelOf(named) ?? ELSEWHERE, id: letter.id }
  }

  function labelOf(address: string): string | undefined {
    if (address === ownInbox) return ''
    try {
      const parsed = parseAddress(address)
      return parsed.kind === 'inbox' && parsed.peer === self.peerId ? parsed.label : undefined
    } catch {
      return undefined
    }
  }
}

/** The inbox a letter names, as it was written: its answer repeats it. */
function inboxOf({ letter }: Pick<Arrival, 'letter'>): string {
  return letter.kind === 'message' ? letter.to : letter.inbox
}

/** No label can be this: a letter for somebody else's inbox finds none here. */
const ELSEWHERE = ' '

/** The last instant a JavaScript date can say. */
const LAST_DATE = 8_640_000_000_000_000

interface HeldCounts {
  inAll: number
  bySender: Map<PeerId, number>
}
