/**
 * People of a town by the hundred: each speaks the protocol through our own rooms (links, beats, grants, belief,
 * dialling), and has no store, no rules and no door. They know their neighbours left and right, so what one hears
 * goes round, and whom they watch.
 */
import type { Presence } from '../../src/agent.ts'
import type { PresenceFrame } from '../../src/envelope/presence-frame.ts'
import {
  BEAT_FAR_MS,
  carrierTopic,
  DIAL_TIMEOUT_MS,
  OLDEST_VERSION,
  VERSION,
} from '../../src/envelope/protocol.ts'
import { createDialling, type Ended } from '../../src/neighbourhood/dialling.ts'
import { doubleToClose, type Twin } from '../../src/neighbourhood/doubles.ts'
import type { Link, Mesh } from '../../src/ports.ts'
import { createGrants } from '../../src/presentity/grants.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import { createAgenda } from '../../src/service/agenda.ts'
import type { House } from '../../src/service/house.ts'
import {
  createLinkSession,
  type LinkSession,
  type LinkSessionListener,
} from '../../src/service/link-session.ts'
import { type Belief, createWatcher } from '../../src/watcher/watcher.ts'
import type { Resident, Town } from './town.ts'

export interface Townsperson {
  readonly peer: PeerId
  /** With the address at which they are dialled. */
  readonly card: string
  readonly mesh: Mesh
  /** How often they were granted somebody's presence. */
  grants(peer: PeerId): number
  /** What they would show of somebody. */
  belief(peer: PeerId): Belief | undefined
  /** Everything they ever showed of somebody, in its order. */
  shown(peer: PeerId): readonly Presence[]
  /** Wants to see them, and to be linked for as long as there is a place. */
  watch(target: Pick<Resident, 'peerId' | 'mesh'>): void
  /** Changes their own presence once: everybody whom they granted it is told. */
  note(text: string): void
  leave(): Promise<void>
}

/** The carrier of the first and the last is tied, too: a ring in which two cuts part nobody from more than a part. */
export async function townsfolk(place: Town, count: number): Promise<Townsperson[]> {
  const folk: Townsperson[] = []
  for (let number = 0; number < count; number += 1) folk.push(await townsperson(place, number))
  for (const [number, one] of folk.entries()) {
    const next = folk[(number + 1) % count] as Townsperson
    void one.mesh.dial(next.peer, next.mesh.listening(), { signal: new AbortController().signal })
  }
  await place.pass(20)
  return folk
}

async function townsperson(place: Town, number: number): Promise<Townsperson> {
  const { clock, entropy, meshHash } = place
  const self = principalOf(await makeKey())
  // No multicast among them: whoever hears five hundred people dials five hundred people.
  const mesh = place.world.mesh(self.peerId, { network: `house ${number}` })
  const agenda = createAgenda(clock, (fault) => {
    throw fault
  })
  const house = {
    clock,
    agenda,
    self,
    meshHash,
    visiting: false,
    inBackground: (work: Promise<unknown>) => void work.catch(() => {}),
  } as unknown as House
  const instance = Buffer.from(entropy.bytes(16)).toString('hex')
  const dialling = createDialling({ self: self.peerId, chance: entropy.fraction })
  const watcher = createWatcher()
  const grants = createGrants({ topic: carrierTopic(meshHash), epoch: 1, chance: entropy.bytes })
  const sessions = new Map<number, LinkSession>()
  const ending = new Map<PeerId, Ended>()
  const watched = new Map<PeerId, Pick<Resident, 'peerId' | 'mesh'>>()
  const shown = new Map<PeerId, Presence[]>()
  const granted = new Map<PeerId, number>()
  let note = ''

  const times = () => ({ now: clock.monotonic(), wall: clock.now() })
  const rendition = () => ({
    name: `Townsperson ${number}`,
    tuples: [{ id: 'inbox', status: { basic: 'open' as const } }],
    ...(note === '' ? {} : { note }),
  })

  const sessionsOf = (peer: PeerId): LinkSession[] =>
    [...sessions.values()].filter((session) => session.link.peer === peer)

  const twin = ({ link, upAt, hello, provenAt }: LinkSession): Twin => ({
    number: link.number,
    outbound: link.outbound,
    upAt,
    ...(hello === undefined ? {} : { instance: hello.instance }),
    ...(provenAt === undefined ? {} : { provenAt }),
  })

  const look = (peer: PeerId): void => {
    const presence = watcher.belief(peer, clock.monotonic())?.presence
    const before = shown.get(peer) ?? []
    if (presence === undefined || JSON.stringify(before.at(-1)) === JSON.stringify(presence)) return
    shown.set(peer, [...before, presence])
  }

  const dialDue = (): void => {
    for (const { peer, addresses } of dialling.due(clock.monotonic(), mesh.networks())) {
      const over = new AbortController()
      const cancel = clock.wake(clock.monotonic() + DIAL_TIMEOUT_MS, () => over.abort())
      void mesh
        .dial(peer, addresses, { signal: over.signal })
        .then(
          () => dialling.succeeded(peer),
          () => {
            dialling.failed(peer, clock.monotonic())
            watcher.unreached(peer, clock.monotonic())
          },
        )
        .finally(cancel)
        .then(dialDue)
    }
    const next = dialling.nextWake()
    if (next !== undefined) agenda.at('dial', next, dialDue)
  }

  const onFrame = (session: LinkSession, frame: PresenceFrame): void => {
    const { peer } = session.link
    const now = clock.monotonic()
    if (frame.kind === 'subscribe' || frame.kind === 'renew')
      session.say({ kind: 'grant', ...grants.give(peer, 'nearby', rendition(), times()).grant })
    if (frame.kind !== 'grant') return
    watcher.granted(peer, frame, now, now)
    granted.set(peer, (granted.get(peer) ?? 0) + 1)
    look(peer)
  }

  const listener: LinkSessionListener = {
    hello(session) {
      const { peer } = session.link
      if (!watched.has(peer)) return
      watcher.met(peer, session.hello?.instance ?? '')
      session.say({ kind: 'subscribe', byPerson: true, name: `Townsperson ${number}`, visibility: 'named' })
      watcher.answered(peer, clock.monotonic())
      const links = sessionsOf(peer)
      if (links.length > 1) for (const each of links) each.prove()
    },
    messagesUp() {},
    messagesDown() {},
    presence: onFrame,
    letter() {},
    unfit() {},
    standing(session, standing) {
      if (watcher.isBehind(session.link.peer, standing))
        session.say({ kind: 'renew', ...watcher.holding(session.link.peer) })
    },
    proven({ link: { peer } }) {
      if (watched.has(peer)) watcher.answered(peer, clock.monotonic())
      const double = doubleToClose({ self: self.peerId, peer, links: sessionsOf(peer).map(twin) })
      if (double !== undefined) sessions.get(double)?.part('double')
    },
    pulse({ link }, change) {
      if (change === 'live') watcher.answered(link.peer, clock.monotonic())
      else watcher.lost(link.peer, clock.monotonic())
    },
    goodbye({ link }, { why }) {
      if (why !== 'double') ending.set(link.peer, why === 'no-place' ? 'evicted' : 'left')
    },
    closed({ link }) {
      const { peer } = link
      const why = ending.get(peer) ?? 'lost'
      sessions.delete(link.number)
      if (sessionsOf(peer).length > 0) return
      ending.delete(peer)
      if (why === 'evicted') watcher.stoodAside(peer, clock.monotonic())
      else watcher.lost(peer, clock.monotonic())
      dialling.ended(peer, clock.monotonic(), why)
      dialDue()
    },
  }

  mesh.onLink((link: Link) => {
    dialling.linked(link.peer)
    const session = createLinkSession(house, link, {
      hello: (beatInterval) => ({
        version: VERSION,
        oldest: OLDEST_VERSION,
        instance,
        mesh: meshHash,
        visiting: false,
        beatInterval,
        presence: true,
        messages: true,
      }),
      standing() {
        const standing = grants.standing(link.peer, clock.monotonic())
        return standing && { grant: standing.number, counter: standing.counter }
      },
      listener,
    })
    sessions.set(link.number, session)
    session.wish(BEAT_FAR_MS)
  })
  await mesh.start()
  // Whether an announcement is genuine is for the whole peers to judge: among five hundred it is asked a million times.
  mesh.carrier.join(carrierTopic(meshHash), () => 'accept')
  mesh.carrier.onAnnouncement((announcement) => {
    watcher.announced(announcement, clock.monotonic())
    for (const peer of watched.keys()) look(peer)
  })

  return {
    peer: self.peerId,
    card: `nigh:${self.peerId}?addr=${mesh.listening()[0]}`,
    mesh,
    grants: (peer) => granted.get(peer) ?? 0,
    belief: (peer) => watcher.belief(peer, clock.monotonic()),
    shown: (peer) => shown.get(peer) ?? [],
    watch(target) {
      watched.set(target.peerId, target)
      dialling.wanted(target.peerId, target.mesh.listening(), clock.monotonic())
      dialDue()
    },
    note(text) {
      note = text
      const announcement = grants.announce('nearby', rendition(), times())
      if (announcement !== undefined) void mesh.carrier.publish(announcement)
    },
    async leave() {
      agenda.close()
      await mesh.stop()
    },
  }
}
