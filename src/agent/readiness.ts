/**
 * Does somebody appear ready for an INSTANT MESSAGE? Answered from plain data alone: STATUS and INSTANT INBOX ADDRESS
 * (RFC 2779 4.4.1, scene 5). What the inbox itself answers decides.
 */
import type { Basic, PresenceTuple, Sighting } from './presence.ts'

/** The tuple of an inbox where the view withholds the address (PROTOCOL.md 2). */
const INBOX_TUPLE = 'im'

/** Whether their document says that their inbox accepts. Nothing known is no. */
export function appearsReady(sighting: Pick<Sighting, 'who' | 'presence'>): boolean {
  return inboxBasic(sighting) === 'open'
}

/**
 * The `basic` of their inbox; only that of its own tuple counts, never an activity, and no phone's. A status without
 * `basic` is said by the address: shown is open, withheld is closed (RFC 2778 STATUS, scene 4). Undefined where the
 * document says nothing of their inbox.
 */
export function inboxBasic(sighting: Pick<Sighting, 'who' | 'presence'>): Basic | undefined {
  const tuple = inboxTuple(sighting)
  return tuple && (tuple.status.basic ?? (tuple.address === undefined ? 'closed' : 'open'))
}

/** The tuple of their inbox: the one with its address, else the one whose address is withheld. */
export function inboxTuple({ who, presence }: Pick<Sighting, 'who' | 'presence'>): PresenceTuple | undefined {
  const address = `im:${who.peerId}`
  return (
    presence?.tuples.find((tuple) => tuple.address === address) ??
    presence?.tuples.find((tuple) => tuple.id === INBOX_TUPLE && tuple.address === undefined)
  )
}
