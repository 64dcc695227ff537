/** People, messages and answers for the scenes of the store. */
import { randomBytes } from 'node:crypto'
import type { ContactRow, InboxRow, NewInboxRow, NewOutboxRow, OutboxRow, Store } from '../../src/ports.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'

export const alice = '12D3KooWALiCEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' as PeerId
export const bob = '12D3KooWBoBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' as PeerId
export const carol = '12D3KooWCaroLcccccccccccccccccccccccccccccccccccccccc' as PeerId

/** A plausible wall time, so that no test hangs on the real one. */
export const NOON = Date.UTC(2026, 5, 1, 12)

export function messageId(bytes: Uint8Array = randomBytes(16)): MessageId {
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as MessageId
}

export function told(from: PeerId, about: Partial<NewInboxRow> = {}): NewInboxRow {
  return {
    peer: from,
    label: '',
    id: messageId(),
    sentAt: NOON,
    receivedAt: NOON,
    contentType: 'text/plain',
    body: new Uint8Array(Buffer.from('hello')),
    disposition: 'delivered',
    unread: true,
    ...about,
  }
}

export function owed(to: PeerId, about: Partial<NewOutboxRow> = {}): NewOutboxRow {
  return {
    peer: to,
    label: '',
    id: messageId(),
    sentAt: NOON,
    contentType: 'text/plain',
    body: new Uint8Array(Buffer.from('hello')),
    untilOpen: false,
    state: 'owed',
    ...about,
  }
}

export const contact = (peer: PeerId, about: Partial<ContactRow> = {}): ContactRow => ({
  peer,
  groups: [],
  addedAt: NOON,
  ...about,
})

/** One page of a conversation, both directions, oldest first: as a listing shows it. */
export async function conversation(
  { inbox, outbox }: Store,
  query: { peer: PeerId; before?: number; limit: number },
): Promise<(InboxRow | OutboxRow)[]> {
  const both = [...(await inbox.page(query)), ...(await outbox.page(query))]
  return both.sort((one, other) => one.seq - other.seq).slice(-query.limit)
}
