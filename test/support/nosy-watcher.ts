/**
 * A watcher that keeps no rule it is told: it remembers every key it was ever given, listens to the whole
 * carrier, asks again and again, and forgets nothing that reached its process. What it could read is what was given away.
 */

import type { Presence } from '../../src/agent.ts'
import { openAnnouncement } from '../../src/envelope/announcement.ts'
import { encodeFetchRequest, openFetchAnswer } from '../../src/envelope/fetch-frame.ts'
import {
  encodePresenceFrame,
  openPresenceFrame,
  type PresenceFrame,
} from '../../src/envelope/presence-frame.ts'
import { openDocument, openNews, readable } from '../../src/envelope/presence-information.ts'
import { carrierTopic } from '../../src/envelope/protocol.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { type Haunt, type Intruder, type Intrusion, intruder, type Target } from './intruder.ts'

export interface NosyWatcher extends Intruder {
  readonly key: Uint8Array
  /** Every presence frame that came, hellos and beats left out. */
  readonly frames: PresenceFrame[]
  /** Everything of the target's presence that could be read, however it came. */
  readonly read: Presence[]
  /** Every view key that it was given. */
  readonly keys: Uint8Array[]
  /** Every announcement that came by, in its order. */
  readonly carried: Uint8Array[]
  /** What somebody else wrote down for her. */
  overhear(announcement: Uint8Array): void
  ask(byPerson?: boolean): void
  /** A word of hers in the air: whoever hears it and is on her network takes her for near. */
  shout(): void
  /** What a fetch brings: a document, or the state in words. */
  fetch(): Promise<Presence | string>
  /** Asks, renews and fetches until `ms` are over. */
  pester(ms: number): Promise<void>
}

/** With `before` it is that one, come back: it has forgotten nothing. */
export async function nosyWatcher(
  place: Haunt,
  target: Target,
  { before, ...how }: Intrusion & { before?: NosyWatcher } = {},
): Promise<NosyWatcher> {
  const key = before?.key ?? how.key ?? (await makeKey())
  const frames: PresenceFrame[] = []
  const read: Presence[] = before?.read ?? []
  const keys: Uint8Array[] = before?.keys ?? []
  const carried: Uint8Array[] = before?.carried ?? []
  const opened = new Set<Uint8Array>()

  const tryAll = (): void => {
    for (const announcement of carried) {
      if (opened.has(announcement)) continue
      for (const each of keys) {
        const plain = openAnnouncement(announcement, each)
        const news = plain && openNews(plain)
        if (news === undefined) continue
        opened.add(announcement)
        if (news !== 'changed') read.push(readable(news))
        break
      }
    }
  }

  const self = await intruder(place, target, {
    ...how,
    key,
    onPresence(bytes) {
      const frame = openPresenceFrame(bytes)
      if (frame.kind === 'hello' || frame.kind === 'beat') return
      frames.push(frame)
      if (frame.kind !== 'grant') return
      keys.push(...frame.keys.map(({ key }) => key))
      read.push(readable(openDocument(frame.document)))
      tryAll()
    },
    onMesh(mesh) {
      mesh.carrier.join(carrierTopic(place.meshHash), () => 'accept')
      mesh.carrier.onAnnouncement((announcement) => {
        carried.push(announcement)
        tryAll()
      })
    },
  })

  const watcher: NosyWatcher = Object.assign(self, {
    key,
    frames,
    read,
    keys,
    carried,
    overhear(announcement: Uint8Array) {
      carried.push(announcement)
      tryAll()
    },
    ask(byPerson = true) {
      if (self.link.closed) return
      const question = { kind: 'subscribe', byPerson, name: 'Nosy', visibility: 'named' } as const
      self.say('presence', encodePresenceFrame(question))
    },
    shout: () => self.mesh.air.answer({}),
    async fetch() {
      const question = encodeFetchRequest({ name: 'Nosy', visibility: 'named' })
      const asking = self.link
        .ask(question, { signal: new AbortController().signal })
        .then(openFetchAnswer, () => undefined)
      await place.pass(3_000)
      const answer = await asking
      if (answer?.kind !== 'document')
        return answer?.kind === 'state' ? `${answer.status} ${answer.event}` : 'no answer'
      const presence = readable(openDocument(answer.document))
      read.push(presence)
      return presence
    },
    async pester(ms: number) {
      for (let passed = 0; passed < ms; passed += 10_000) {
        watcher.ask()
        if (!self.link.closed)
          self.say('presence', encodePresenceFrame({ kind: 'renew', grant: 0, counter: 0 }))
        await watcher.fetch()
        await place.pass(7_000)
      }
    },
  })
  return watcher
}
