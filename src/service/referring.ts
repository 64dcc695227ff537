/** Messages that are about another one: where they go, and whether there is a message that bears it. */
import { parseMessageId } from '../envelope/message-id.ts'
import { NighError } from '../errors.ts'
import type { InboxRow, OutboxRow, Store } from '../ports.ts'
import { DELETED_TEXT, type Draft, reactionText, UNREACTED_TEXT } from '../sender/sender.ts'

export interface Referring {
  /** An answer to this message: to its writer, or to whom I wrote it, in the same inbox of theirs. */
  reply(id: string): Promise<Pick<Draft, 'to' | 'replyTo'>>
  /** Another text for a message of mine. */
  edit(id: string, text: string): Promise<Draft>
  /** Whether a message of mine has not left, or was taken back: then there is nothing to delete elsewhere. */
  unsent(id: string): Promise<boolean>
  /** What takes a message of mine from both. */
  erase(id: string): Promise<Draft>
  /** My reaction to a message of theirs; `null` takes it back. */
  react(id: string, reaction: string | null): Promise<Draft>
}

/** Where ids are seen. */
const LISTED = {
  here: ['nigh inbox --json', 'nigh outbox --json'],
  'of yours': ['nigh outbox --json'],
  'to you': ['nigh inbox --json'],
} as const

export function createReferring(store: Pick<Store, 'inbox' | 'outbox'>): Referring {
  /** The one message of this id. Somebody may have used the id of another's: then it names nobody's. */
  function only<Row extends InboxRow | OutboxRow>(
    text: string,
    found: readonly Row[],
    whose: keyof typeof LISTED,
  ): Row {
    const rows = found.filter(({ amends }) => amends === undefined)
    const [row, ...others] = rows
    if (row === undefined)
      throw new NighError(
        'no-such-message',
        `No message ${whose} has the id ${text}. See: ${LISTED[whose].join(', ')}`,
      )
    if (others.some(({ peer }) => peer !== row.peer))
      throw new NighError(
        'usage',
        `Messages of several people have the id ${text}, so it names none of them.`,
      )
    if (row.standing?.deletedAt !== undefined)
      throw new NighError(
        'no-such-message',
        'That message was deleted for both, and nothing can be said to it.',
      )
    return row
  }

  const rowsOf = async (text: string): Promise<{ inbox: InboxRow[]; outbox: OutboxRow[] }> => {
    const id = parseMessageId(text)
    if (id === undefined) return { inbox: [], outbox: [] }
    return { inbox: await store.inbox.find(id), outbox: await store.outbox.find(id) }
  }

  /** A message of mine that they have, or may have: only that can be changed for both. */
  const mine = async (text: string): Promise<OutboxRow> => {
    const { inbox, outbox } = await rowsOf(text)
    if (outbox.length === 0 && inbox.length > 0)
      throw new NighError('usage', 'Only its writer can change a message, and that one is not yours.')
    const row = only(text, outbox, 'of yours')
    if (row.outcome !== 'failure') return row
    throw new NighError('usage', 'They never got that message, so there is nothing to change. Send it anew.')
  }

  const amending = (row: OutboxRow, by: 'edit' | 'delete', text: string): Draft => ({
    to: { peer: row.peer, label: row.label },
    text,
    contentType: row.contentType,
    amends: { by, id: row.id },
  })

  return {
    async reply(text) {
      const { inbox, outbox } = await rowsOf(text)
      const row: InboxRow | OutboxRow = only<InboxRow | OutboxRow>(text, [...inbox, ...outbox], 'here')
      return { to: { peer: row.peer, label: 'outcome' in row ? row.label : '' }, replyTo: row.id }
    },

    edit: async (id, text) => amending(await mine(id), 'edit', text),

    async unsent(id) {
      const { outbox } = await rowsOf(id)
      return outbox.some(({ state, reason }) => state === 'owed' || reason === 'recalled')
    },

    erase: async (id) => amending(await mine(id), 'delete', DELETED_TEXT),

    async react(text, reaction) {
      const { inbox, outbox } = await rowsOf(text)
      if (inbox.length === 0 && outbox.length > 0)
        throw new NighError('usage', 'That message is yours: only the other one can react to it.')
      const row = only(text, inbox, 'to you')
      if (row.disposition === 'held')
        throw new NighError('pending', 'That is a request. Answer it first, with nigh accept or nigh refuse.')
      return {
        to: { peer: row.peer, label: '' },
        text: reaction === null ? UNREACTED_TEXT : reactionText(reaction),
        amends: { by: reaction === null ? 'unreact' : 'react', id: row.id },
      }
    },
  }
}
