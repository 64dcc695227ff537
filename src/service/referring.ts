/** Messages that are about another one: where they go, and whether there is such a message. */
import { parseMessageId } from '../envelope/message-id.ts'
import { NighError } from '../errors.ts'
import type { HistoryRow, Store } from '../ports.ts'
import type { MessageId } from '../principal/ids.ts'
import type { Draft } from '../sender/sender.ts'

export interface Referring {
  /** What makes a draft an answer to this message: to its writer, or to whom I wrote it, in the same inbox of theirs. */
  reply(id: string): Promise<Pick<Draft, 'to' | 'replyTo'>>
}

export function createReferring(store: Pick<Store, 'inbox' | 'outbox'>): Referring {
  /** The one message of this id. Somebody may have used the id of another's: then it names nobody's. */
  const meant = (text: string, id: MessageId, rows: readonly HistoryRow[]): HistoryRow => {
    const [row, ...others] = rows
    if (row === undefined) throw new NighError('no-such-message', `No message here has the id ${id}.`)
    const { peer } = 'inbox' in row ? row.inbox : row.outbox
    if (others.some((other) => ('inbox' in other ? other.inbox : other.outbox).peer !== peer))
      throw new NighError(
        'usage',
        `Messages of several people have the id ${text}, so it names none of them.`,
      )
    return row
  }

  const idIn = (text: string): MessageId => {
    const id = parseMessageId(text)
    if (id === undefined) throw new NighError('no-such-message', `No message here has the id ${text}.`)
    return id
  }

  return {
    async reply(text) {
      const id = idIn(text)
      const [inbox, outbox] = [await store.inbox.find(id), await store.outbox.find(id)]
      const row = meant(text, id, [
        ...inbox.map((each) => ({ inbox: each })),
        ...outbox.map((each) => ({ outbox: each })),
      ])
      const to =
        'inbox' in row
          ? { peer: row.inbox.peer, label: '' }
          : { peer: row.outbox.peer, label: row.outbox.label }
      return { to, replyTo: id }
    },
  }
}
