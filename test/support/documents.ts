/** The documents that reached one peer, opened from the very bytes: by grants on its channels and from the carrier. */
import { openAnnouncement } from '../../src/envelope/announcement.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { openDocument, openNews, type PresenceInformation } from '../../src/envelope/presence-information.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { tapped } from './taps.ts'
import type { Arrival } from './town.ts'

interface Reached {
  /** `changed`: an announcement that says no more than that. */
  document: PresenceInformation | 'changed'
  by: 'grant' | 'carrier'
}

export interface Documents {
  readonly tapMesh: NonNullable<Arrival['tapMesh']>
  /** What came about this presentity, in the order in which it came. */
  of(peer: PeerId): Reached[]
  /** The last document about it. */
  last(peer: PeerId): PresenceInformation | undefined
  /** The counters that its beats told. */
  counters(peer: PeerId): number[]
}

export function documents(): Documents {
  const keys: { key: Uint8Array; peer: PeerId }[] = []
  const reached: (Reached & { peer: PeerId })[] = []
  const beats: { peer: PeerId; counter: number }[] = []
  const of = (peer: PeerId): Reached[] => reached.filter((each) => each.peer === peer)
  return {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onReceive({ peer }, kind, bytes) {
          if (kind !== 'presence') return
          const frame = openPresenceFrame(bytes)
          if (frame.kind === 'beat') beats.push({ peer, counter: frame.counter })
          if (frame.kind !== 'grant') return
          for (const { key } of frame.keys) keys.push({ key, peer })
          reached.push({ peer, document: openDocument(frame.document), by: 'grant' })
        },
        onHear(announcement) {
          for (const { key, peer } of keys) {
            const plain = openAnnouncement(announcement, key)
            if (plain === undefined) continue
            reached.push({ peer, document: openNews(plain), by: 'carrier' })
            return
          }
        },
      }),
    of,
    last: (peer) =>
      of(peer)
        .map(({ document }) => document)
        .findLast((document) => document !== 'changed'),
    counters: (peer) => beats.filter((beat) => beat.peer === peer).map(({ counter }) => counter),
  }
}
