/**
 * A polite block, and hiding, as what happens to somebody who saw the truth: the cover comes as any change comes, under
 * the keys she has, never by a new grant out of the blue (fault P3). Whatever she compares it with, it is a closing (scene 35).
 */
import type { Grants } from '../presentity/grants.ts'
import type { ViewName } from '../presentity/views.ts'
import type { PeerId } from '../principal/ids.ts'
import { coverView } from '../rules/access-rules.ts'
import { type Cover, coverOf } from '../rules/rule.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import type { Publishing } from './publishing.ts'
import type { WatcherLog } from './watcher-log.ts'

export interface Covering {
  /**
   * She reads something else than this cover now: she goes on reading it by the keys she has, and the cover comes as any
   * change comes, never by a new grant out of the blue (fault P3). False where there is nothing she reads.
   */
  up(peer: PeerId, cover: Cover): boolean
  /**
   * She cancelled or is away, and may have keys of before: what an ordinary closing would say under them now is said, and
   * the cover is of that instant, or it would be of the one in which she asks again (fault P3).
   */
  behind(peer: PeerId, cover: Cover): void
}

/** The grants that bring others their fresh keys come first: with those they pass over what is for one alone. A guess. */
const COVER_AFTER_MS = 1_000

export function createCovering(
  house: House,
  parts: {
    grants: Grants
    publishing: Publishing
    log: WatcherLog
    links?: Links
    /** Fresh keys for who is linked; who is away asks again. */
    giveAgain: (peer: PeerId, view: ViewName) => void
    /** Fresh keys for all who read this view. */
    renewKeys: (view: ViewName) => void
    /** Ends the keys of whatever shows this peer more than `now` does. */
    takeBack: (peer: PeerId, now: ViewName) => void
  },
): Covering {
  const { clock, agenda } = house
  const { grants, publishing, log, links, giveAgain, renewKeys, takeBack } = parts

  /** What an ordinary closing would say under the keys that she holds beside those of her view. */
  const farewellsOf = (peer: PeerId, now: number) =>
    grants.farewells(peer, (view) => publishing.rendition(coverView(peer, view)), now)

  return {
    up(peer, cover) {
      const now = clock.monotonic()
      const readable = grants.readable(peer, now)
      const farewells = farewellsOf(peer, now)
      const together = grants
        .given()
        .filter((given) => given.watcher !== peer && readable.includes(given.view))
      const covered = grants.cover(peer, cover, now)
      if (covered === undefined) return false
      const couldReadUntil = grants.given().find((given) => given.watcher === peer)?.couldReadUntil ?? now
      house.inBackground(
        log.granted(peer, cover, { couldReadUntil: clock.now() + couldReadUntil - now, renewal: false }),
      )
      // Whoever holds her keys and cannot be given others now would take the cover for the truth.
      const isSafe = together.every(({ watcher }) => links?.neighbour(watcher) !== undefined)
      for (const other of covered.remaining) giveAgain(other, covered.left)
      for (const other of grants.coversOf(covered.left, now)) if (other !== cover) renewKeys(other)
      takeBack(peer, cover)
      agenda.at(`cover ${peer}`, now + COVER_AFTER_MS, () => {
        if (grants.standing(peer, clock.monotonic())?.view !== cover) return
        if (isSafe) publishing.announce(cover, cover.startsWith('hide:') ? [] : farewells(publishing.times()))
        // Without an announcement her next beat tells her of it, as of any that was lost.
        else grants.document(cover, publishing.rendition(cover), publishing.times())
      })
      return true
    },

    behind(peer, cover) {
      const now = clock.monotonic()
      const farewells = farewellsOf(peer, now)
      const isRead = grants.inUse(now).includes(coverOf(cover).covers)
      takeBack(peer, cover)
      if (cover.startsWith('hide:') || !isRead) return
      agenda.at(`cover ${peer}`, now + COVER_AFTER_MS, () =>
        publishing.announce(cover, farewells(publishing.times())),
      )
    },
  }
}
