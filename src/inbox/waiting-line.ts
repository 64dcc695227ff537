/**
 * What comes behind a request is refused and kept nowhere; it waits at its sender, and comes again when the request is
 * accepted. What was under way behind it at that moment would pass it (fault M5), so until it has come, nothing else of
 * that sender is taken.
 */
import { DRAIN_WITHIN_MS } from '../envelope/protocol.ts'
import type { InboxRef } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** Instants are monotonic ms. */
export interface WaitingLine {
  /** This message would pass one that was refused before it and comes again. */
  passes(message: InboxRef, now: number): boolean
  /** It was refused because it came behind a request, or would have passed another. */
  refused(message: InboxRef, now: number): void
  /** It was kept, refused for good or taken back: whatever stood behind it may come. */
  came(message: InboxRef): void
  /** The last link of this sender ended, so nothing is under way any more. */
  forget(peer: PeerId): void
}

/** Nothing is under way for longer. A sender who takes the refusal for the end waits as long at most. */
const UNDER_WAY_MS = DRAIN_WITHIN_MS

export function createWaitingLine(): WaitingLine {
  const firsts = new Map<PeerId, { name: string; until: number }>()

  const firstOf = (peer: PeerId, now: number): string | undefined => {
    const first = firsts.get(peer)
    return first !== undefined && now < first.until ? first.name : undefined
  }

  return {
    passes(message, now) {
      const first = firstOf(message.peer, now)
      return first !== undefined && first !== nameOf(message)
    },
    refused(message, now) {
      if (firstOf(message.peer, now) !== undefined) return
      firsts.set(message.peer, { name: nameOf(message), until: now + UNDER_WAY_MS })
    },
    came(message) {
      if (firsts.get(message.peer)?.name === nameOf(message)) firsts.delete(message.peer)
    },
    forget: (peer) => void firsts.delete(peer),
  }
}

const nameOf = ({ label, id }: InboxRef): string => `${id} ${label}`
