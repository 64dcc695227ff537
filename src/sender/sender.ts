/** WHAT I SAY: a message before it is owed. Refuses at once what no inbox would take (scene 57). */
import { BODY_LIMIT, CONTENT_TYPE_LIMIT, REACTION_LIMIT, STRANGER_EXPIRY_MS } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { Amends, NewOutboxRow } from '../ports.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'

export interface Draft {
  to: { peer: PeerId; label: string }
  text: string
  contentType?: string
  /** ms from now; absent: never for contacts and accepted people, a week for others. */
  expireMs?: number
  untilOpen?: boolean
  /** A message of the same conversation that it answers. */
  replyTo?: MessageId
  /** A message of the same conversation that it changes. */
  amends?: Amends
}

/** The texts of what needs none, for those whose Nigh knows no amendments: there they stand as messages. */
export const DELETED_TEXT = '(A message was deleted.)'
export const UNREACTED_TEXT = '(A reaction was taken back.)'

/** A reaction as it is sent: on one line, with nothing around it. Throws NighError `empty-text` or `too-large`. */
export function reactionText(given: string): string {
  const text = given.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  if (text === '')
    throw new NighError('empty-text', 'There is no reaction. Say which, as in: nigh message react ID 👍')
  if (new TextEncoder().encode(text).length > REACTION_LIMIT)
    throw new NighError(
      'too-large',
      `A reaction holds ${REACTION_LIMIT} bytes: an emoji or a short word. For more, answer with: nigh message reply`,
    )
  return text
}

/**
 * The row to owe. `id` comes from outside; `wall` is wall ms; `known` says that the recipient is a contact.
 * Throws NighError `own-address`, `empty-text` or `too-large`.
 */
export function compose(
  draft: Draft,
  facts: { self: PeerId; id: MessageId; wall: number; known: boolean },
): NewOutboxRow {
  const { self, id, wall, known } = facts
  const { to, text, contentType = 'text/plain', expireMs, untilOpen = false, replyTo, amends } = draft
  if (to.peer === self)
    throw new NighError('own-address', 'That is your own address. A message needs somebody else to read it.')
  if (text.trim() === '') throw new NighError('empty-text', 'There is nothing to send: the text is empty.')
  const body = new TextEncoder().encode(text) // half a character becomes U+FFFD
  if (body.length > BODY_LIMIT)
    throw new NighError(
      'too-large',
      `A message holds ${BODY_LIMIT} bytes; this text has ${body.length}. Send it in parts, or send a link to it.`,
    )
  if (contentType.length > CONTENT_TYPE_LIMIT || !/^[\w.+-]+\/[\w.+-]+(;.*)?$/.test(contentType))
    throw new NighError('usage', `“${contentType}” is no content type; text/plain is the usual one.`)
  const lasts = expireMs ?? (known ? undefined : STRANGER_EXPIRY_MS)
  return {
    peer: to.peer,
    label: to.label,
    id,
    sentAt: wall,
    contentType,
    body,
    untilOpen,
    state: 'owed',
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(amends === undefined ? {} : { amends }),
    ...(lasts === undefined ? {} : { deadline: wall + lasts }),
  }
}
