/**
 * The line of each conversation: what is owed to one peer leaves from its cursor on, in order, and nothing overtakes.
 * It begins again from the oldest unsettled on another channel, and where the store could not follow (fault M5).
 */
import { NighError } from '../errors.ts'
import type { Channel, OutboxRow } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { mayLeave } from '../sender/outbox.ts'
import {
  beginAgain,
  type Conversation,
  flightOf,
  fly,
  forgetOver,
  freshConversation,
  goesOn,
  isOver,
  messageFrame,
  recallFrame,
  windowOf,
} from './conversation.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'

export interface Lines {
  of(peer: PeerId): Conversation
  known(peer: PeerId): Conversation | undefined
  /** Reads on from the cursor and sends what may leave. */
  pump(peer: PeerId): void
  /** Puts rows on the wire, those that have not left on this channel yet. Their state is committed already. */
  put(conversation: Conversation, channel: Channel, rows: readonly OutboxRow[]): void
  /** Asks their inbox for a message back. */
  askBack(conversation: Conversation, channel: Channel, row: OutboxRow): void
  /** The line goes on over another channel, from its beginning. */
  begin(peer: PeerId, channel: Channel): Promise<void>
  /** No channel is left. */
  end(peer: PeerId): void
  /** The store could not follow, as on a full disk: again from the oldest unsettled, in a while. A damaged one never will. */
  beginLater(peer: PeerId, cause: unknown): void
  /** The store was seen to follow. */
  followed(): void
}

/** Rows read at once from the store: the largest flight. */
export const READ_AT_ONCE = 256

/** A person makes room on a disk in minutes, and a repeat costs a message. A guess. */
const BEGIN_AGAIN_MS = 5_000

export function createLines(
  house: House,
  parts: {
    links?: Links
    myName: () => string
    /** A message is on its way to this peer. */
    left: (peer: PeerId) => void
  },
): Lines {
  const { store, clock, agenda } = house
  const { links, myName, left } = parts
  const conversations = new Map<PeerId, Conversation>()
  /** The store could not follow, and has not been seen to follow again. */
  let behind = false

  const of = (peer: PeerId): Conversation => {
    const known = conversations.get(peer)
    if (known !== undefined) return known
    const fresh = freshConversation()
    conversations.set(peer, fresh)
    return fresh
  }

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

  /** One at a time per peer. */
  const pump = (peer: PeerId): void => {
    const conversation = of(peer)
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

  const beginLater = (peer: PeerId, cause: unknown): void => {
    if (cause instanceof NighError && cause.code === 'store-damaged') return
    behind = true
    agenda.at(`begin again ${peer}`, clock.monotonic() + BEGIN_AGAIN_MS, () => {
      beginAgain(of(peer))
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
    const conversation = of(peer)
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

  return {
    of,
    known: (peer) => conversations.get(peer),
    pump,
    put,
    askBack,
    begin,
    end(peer) {
      const conversation = conversations.get(peer)
      if (conversation === undefined) return
      delete conversation.channel
      if (isOver(conversation) && !conversation.pumping && conversation.withdrawn.size === 0)
        conversations.delete(peer)
    },
    beginLater,
    followed() {
      if (!behind) return
      behind = false
      house.mended('store-full')
    },
  }
}
