/** An INSTANT MESSAGE's id: 16 bytes on the wire, a UUID for people and scripts. */
import type { MessageId } from '../principal/ids.ts'
import { exactly } from './opening.ts'
import { MESSAGE_ID_BYTES } from './protocol.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** `text` as a message id, if it is a UUID in any case. */
export function parseMessageId(text: string): MessageId | undefined {
  const lower = text.toLowerCase()
  return UUID.test(lower) ? (lower as MessageId) : undefined
}

export function messageIdToBytes(id: MessageId): Uint8Array {
  return new Uint8Array(Buffer.from(id.replaceAll('-', ''), 'hex'))
}

/** Throws `malformed-frame` unless there are exactly 16 bytes; any 16 bytes are an id. */
export function messageIdFromBytes(bytes: Uint8Array): MessageId {
  const hex = Buffer.from(exactly(bytes, MESSAGE_ID_BYTES, 'message id')).toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return parts.join('-') as MessageId
}
