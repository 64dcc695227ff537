/**
 * A run that can be held against another run: the same people, no luck, and everything that reached Alice's process from Bob or
 * about him, in words that are equal where the runs are.
 */
import { openAnnouncement, readAnnouncement } from '../../src/envelope/announcement.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { openDocument, openNews } from '../../src/envelope/presence-information.ts'
import type { Entropy, Mesh } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { tapped } from './taps.ts'
import { seededEntropy, type Town } from './town.ts'

/** The same people in every run, so that nothing but their keys of the day has to be renamed. */
const keys = { alice: await makeKey(), bob: await makeKey(), carol: await makeKey(), dora: await makeKey() }

/** Bytes of one's own, and no luck: what one run does more often must not move the dice of the other. */
const LUCK = { alice: 0.31, bob: 0.53, carol: 0.77, dora: 0.13 }
const sober = (name: Someone): Entropy => ({ ...seededEntropy(name), fraction: () => LUCK[name] })

export type Someone = keyof typeof LUCK

/** How they move in, in every run alike. */
export const arrival = (who: Someone) => ({ key: keys[who], entropy: sober(who) })

/** Names for random bytes, in the order in which they are met. */
function renamed(): (bytes: Uint8Array | string) => string {
  const names = new Map<string, string>()
  return (bytes) => {
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('hex')
    const name = names.get(text) ?? `#${names.size + 1}`
    names.set(text, name)
    return name
  }
}

/** Everything that reaches Alice's process from Bob or about him, in words that can be compared. */
export function traced(place: Town, bob: PeerId) {
  const trace: string[] = []
  let name = renamed()
  const viewKeys: Uint8Array[] = []
  const tell = (what: string, said: unknown): void => {
    const words = JSON.stringify(said, (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? `bytes ${value.length}` : value,
    )
    const line = `${place.clock.monotonic()} ${what} ${words}`
    // Announcements of one instant leave in random order (fault P2), so their order is not compared.
    const last = trace.at(-1)
    const swaps = what === 'carrier' && last?.startsWith(`${place.clock.monotonic()} carrier`) === true
    if (swaps && last > line) trace.splice(-1, 0, line)
    else trace.push(line)
  }
  const tapMesh = (mesh: Mesh): Mesh =>
    tapped(mesh, {
      onReceive({ peer: from }, kind, bytes) {
        if (from !== bob) return // what others send is theirs
        const frame = kind === 'messages' ? openMessageFrame(bytes, from) : openPresenceFrame(bytes)
        if (frame.kind === 'hello') return tell(kind, { ...frame, instance: name(frame.instance) })
        if (frame.kind !== 'grant') return tell(kind, frame)
        viewKeys.push(...frame.keys.map(({ key }) => key))
        const handed = frame.keys.map((each) => ({
          ...each,
          key: name(each.key),
          announcer: name(each.announcer),
        }))
        tell(kind, { ...frame, keys: handed, document: openDocument(frame.document) })
      },
      onHear(announcement) {
        // What is sealed for others tells when Bob changes, as with anybody (fault P2); what opens is compared.
        const header = readAnnouncement(announcement)
        const plain = viewKeys
          .map((key) => openAnnouncement(announcement, key))
          .find((each) => each !== undefined)
        if (plain === undefined || header === undefined) return
        tell('carrier', { announcer: name(header.announcer), counter: header.counter, news: openNews(plain) })
      },
    })
  return {
    trace,
    tell,
    tapMesh,
    /** Random bytes from here on are not held against those before. */
    forgetNames() {
      name = renamed()
    },
  }
}
