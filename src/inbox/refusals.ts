/**
 * A message may be under way twice: over two links, or over one whose sender began its line again. Where the first
 * copy was refused, its sender has been told so, and the second must not be kept after all (fault M1). So while any
 * link of its sender is up, a message is refused as it was. Nothing of it is stored.
 */
import type { Reason } from '../agent.ts'
import { IN_FLIGHT_MESSAGES } from '../envelope/protocol.ts'
import type { MessageId, PeerId } from '../principal/ids.ts'

/** Remembered of one sender: twice what may be under way, so that copies on two links fit. */
const REFUSALS_LIMIT = 2 * IN_FLIGHT_MESSAGES

/** One message at one of my inboxes. */
interface Addressed {
  peer: PeerId
  label: string
  id: MessageId
}

export interface Refusals {
  of(message: Addressed): Reason | undefined
  note(message: Addressed, reason: Reason): void
  /** The last link of this sender ended, so nothing is under way any more. */
  forget(peer: PeerId): void
}

export function createRefusals(): Refusals {
  const refused = new Map<PeerId, Map<string, Reason>>()
  return {
    of: (message) => refused.get(message.peer)?.get(nameOf(message)),
    note(message, reason) {
      const known = refused.get(message.peer) ?? new Map<string, Reason>()
      refused.set(message.peer, known.set(nameOf(message), reason))
      const [oldest] = known.keys()
      if (known.size > REFUSALS_LIMIT && oldest !== undefined) known.delete(oldest)
    },
    forget: (peer) => void refused.delete(peer),
  }
}

const nameOf = ({ label, id }: Addressed): string => `${id} ${label}`
