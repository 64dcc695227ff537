/** Whom we turned away: a blocked key is told so once, and what it tries right after is not answered (fault P14). */
import type { Clock } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** For this long further links of it are closed unanswered. */
const TURNED_AWAY_FOR_MS = 60_000
/** Keys remembered as told; beyond it some are told once more. A guess. */
const TURNED_AWAY_LIMIT = 1_000

export interface TurnedAway {
  note(peer: PeerId): void
  has(peer: PeerId): boolean
}

/** `blocks`: who is not blocked any more is welcome at once. */
export function createTurnedAway(
  clock: Pick<Clock, 'monotonic'>,
  blocks: (peer: PeerId) => boolean,
): TurnedAway {
  /** Monotonic ms. */
  const since = new Map<PeerId, number>()
  return {
    note(peer) {
      if (since.size >= TURNED_AWAY_LIMIT) since.clear()
      since.set(peer, clock.monotonic())
    },
    has(peer) {
      const at = since.get(peer)
      if (at === undefined) return false
      if (clock.monotonic() - at < TURNED_AWAY_FOR_MS && blocks(peer)) return true
      since.delete(peer)
      return false
    },
  }
}
