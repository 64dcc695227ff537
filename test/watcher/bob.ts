/** Bob as Alice's peer meets him: one process of his, whose grants and announcements can be kept, lost and replayed. */
import type { Grant } from '../../src/envelope/presence-frame.ts'
import type { Rendition } from '../../src/envelope/presence-information.ts'
import { createGrants } from '../../src/presentity/grants.ts'
import type { ViewName } from '../../src/presentity/views.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { createWatcher, type News, type Watcher } from '../../src/watcher/watcher.ts'
import { chanceNamed } from '../presentity/chance.ts'

export const alice = 'alice' as PeerId
export const bob = 'bob' as PeerId
export const carol = 'carol' as PeerId

export interface Process {
  readonly instance: string
  /** What he says in `view` from now on, as the announcement that leaves. */
  says(note: string, now: number, view?: ViewName): Uint8Array | undefined
  /** The same, larger than an announcement may be. */
  saysAtLength(note: string, now: number): Uint8Array | undefined
  grants(now: number, options?: { view?: ViewName; to?: PeerId }): Grant
  standing(now: number): { grant: number; counter: number }
}

/** One process of Bob's. `epoch` and `clock` are what a restored home or a wrong year would make of them. */
export function processOf(
  instance: string,
  { epoch = 1, clock = 0, name = 'Bob' }: { epoch?: number; clock?: number; name?: string } = {},
): Process {
  const grants = createGrants({ topic: 'topic', epoch, chance: chanceNamed(instance) })
  const said = new Map<ViewName, Rendition>()
  const saying = (note: string): Rendition => ({
    name,
    note,
    tuples: [{ id: 'im', status: { basic: 'open' } }],
  })
  const times = (now: number) => ({ now, wall: clock + now })
  return {
    instance,
    says(note, now, view = 'contacts') {
      said.set(view, saying(note))
      return grants.announce(view, saying(note), times(now))
    },
    saysAtLength(note, now) {
      const devices = Array.from({ length: 11 }, (_, index) => ({ id: `device ${index}`, status: {} }))
      const rendition = { ...saying(note), tuples: devices }
      said.set('contacts', rendition)
      return grants.announce('contacts', rendition, times(now))
    },
    grants: (now, { view = 'contacts', to = alice } = {}) =>
      grants.give(to, view, said.get(view) ?? saying('plain'), times(now)).grant,
    standing(now) {
      const standing = grants.standing(alice, now)
      return { grant: standing?.number ?? 0, counter: standing?.counter ?? 0 }
    },
  }
}

/** An announcement that must have been made. */
export function made(announcement: Uint8Array | undefined): Uint8Array {
  if (announcement === undefined) throw new Error('Nobody could read it, or it said nothing new.')
  return announcement
}

/** Alice's peer is linked with this process of Bob's and was given its document. */
export function watching(process: Process, now = 0): Watcher {
  const watcher = createWatcher()
  link(watcher, process, now)
  return watcher
}
export function link(watcher: Watcher, process: Process, now: number): News | undefined {
  watcher.met(bob, process.instance)
  watcher.granted(bob, process.grants(now), now, now)
  return watcher.answered(bob, now)
}
export const note = (watcher: Watcher, now: number): string | undefined =>
  watcher.belief(bob, now)?.presence?.note
export const evidence = (watcher: Watcher, now: number) => watcher.belief(bob, now)?.evidence
