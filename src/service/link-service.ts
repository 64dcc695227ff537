/**
 * The links: whom to dial, keep, beat and drop. The neighbourhood's rooms decide; this acts. It tells the rest of the
 * hallway of neighbours, not of connections: doubles, older instances and evictions end here.
 */
import type { Hello } from '../envelope/hello.ts'
import {
  BEAT_CLOSE_MS,
  BEAT_FAR_MS,
  DIAL_TIMEOUT_MS,
  OLDEST_VERSION,
  OWN_KEY_MS,
  SHARED_BITS_FOUR,
  SHARED_BITS_SIX,
  VERSION,
} from '../envelope/protocol.ts'
import { rankAddresses } from '../neighbourhood/addresses.ts'
import { closelyBeaten, hasSlept } from '../neighbourhood/beat.ts'
import { createDialling, type Dial, type Ended } from '../neighbourhood/dialling.ts'
import { doubleToClose, leftBehind, linkToWriteTo, type Twin } from '../neighbourhood/doubles.ts'
import { createEncounters } from '../neighbourhood/encounters.ts'
import { networkOf, parseIp } from '../neighbourhood/ip.ts'
import { isNear, isThisHost, type Nearness } from '../neighbourhood/nearness.ts'
import type { DialFailure, Link, LocalNetwork, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Acquaintances } from './acquaintances.ts'
import { createDiscovering } from './discovering.ts'
import type { House } from './house.ts'
import { createLinkSession, type LinkSession, type LinkSessionListener } from './link-session.ts'
import type { LinkListener, Links, Neighbour } from './links.ts'
import { createSessions } from './sessions.ts'

/** The networks are read afresh at most this often: nearness is asked for at every beat. A guess. */
const NETWORKS_FRESH_MS = 1_000
/** How often the clocks are compared: a sleep is noticed this soon after waking at the latest. */
const CLOCKS_EVERY_MS = 2_000

/** A blocked key is told so once; for this long after it further links of it are closed unanswered (fault P14). */
const TURNED_AWAY_FOR_MS = 60_000
/** Keys remembered as told; beyond it some are told once more. A guess. */
const TURNED_AWAY_LIMIT = 1_000

/** Linux says that no machine has an address after three ARP questions, a second each: that word is worth waiting for. */
const TRY_FOR_MS = 4_000

export function createLinks(
  house: House & { readonly mesh: Mesh },
  parts: {
    acquaintances: Acquaintances
    /** The grant this peer holds, for our beats. */
    standing: (peer: PeerId) => { grant: number; counter: number } | undefined
    /** Which services run, for our hello. */
    services: { presence: boolean; messages: boolean }
    /** I block this key: it is not called, and turned away. */
    blocks: (peer: PeerId) => boolean
    /** We have just been started, and our identity runs at `source` already (fault P16). */
    identityTaken: (source: string) => void
  },
): Links {
  const { mesh, clock, agenda, self, entropy } = house
  const { acquaintances } = parts
  const listeners: LinkListener[] = []
  const encounters = createEncounters()
  const dialling = createDialling({ self: self.peerId, chance: entropy.fraction })
  /** Why the links of a peer are ending, where it is not by loss. */
  const ending = new Map<PeerId, Ended>()
  /** Instances that said goodbye: the end of their links is no news. */
  const departed = new Map<PeerId, string>()
  /** Peers somebody has a reason to reach, contacts or not. */
  const sought = new Set<PeerId>()
  /** Blocked keys that were told so, and when, monotonic ms: what they try within the minute is not answered (fault P14). */
  const turnedAway = new Map<PeerId, number>()
  let formerContacts = new Set<PeerId>()
  /** The neighbour each peer was told of. */
  const told = new Map<PeerId, Neighbour>()
  let networks: { at: number; list: LocalNetwork[] } | undefined
  let stopping = false
  /** Another home with our key has a moment to say so: a link of ours would end its links. */
  let silentUntil = Number.POSITIVE_INFINITY

  const each = (tell: (listener: LinkListener) => void): void => {
    for (const listener of listeners) tell(listener)
  }

  const networksNow = (): LocalNetwork[] => {
    const now = clock.monotonic()
    if (networks === undefined || now - networks.at > NETWORKS_FRESH_MS)
      networks = { at: now, list: mesh.networks() }
    return networks.list
  }

  const sessions = createSessions({
    isContact: (peer) => acquaintances.contact(peer) !== undefined,
    isSought: (peer) => sought.has(peer),
    isThisHost: (host) => isThisHost(host, networksNow()),
  })

  // ---------------------------------------------------------------- whom to dial

  const hearing: Parameters<typeof createDiscovering>[2] = {
    heard(heard, isNews) {
      // A crowd answers every newcomer, and everybody hears it: whoever is here and says nothing new costs nothing.
      if (!isNews && sessions.of(heard.peer).some(isPromising)) return
      // Hidden, we call contacts and those somebody here wants to reach, and nobody else.
      const isHidden = acquaintances.preset() === 'hidden'
      const isCalled = acquaintances.contact(heard.peer) !== undefined || sought.has(heard.peer)
      if (!heard.visiting && (!isHidden || isCalled) && !parts.blocks(heard.peer)) {
        dialling.heard(heard.peer, heard.addresses, clock.monotonic())
        dialDue()
      }
      each((listener) => listener.nearness?.(heard.peer))
    },
    networkChanged: () => resumed(),
    identityTaken: (source: string) => parts.identityTaken(source),
  }
  const discovering = createDiscovering(house, mesh, hearing, encounters)

  /** What the links are worth is to be known now, and whom they lead nowhere to is dialled anew. */
  const resumed = (): void => {
    networks = undefined
    for (const session of sessions.all()) session.resumed()
    each((listener) => listener.resumed?.())
    dialling.restart(clock.monotonic())
    dialDue()
  }

  /** A host that sleeps stops its loop, its monotonic clock or both; a wall clock that was set looks the same. */
  const watchForSleep = (): void => {
    const before = { wall: clock.now(), monotonic: clock.monotonic() }
    const expectedAt = before.monotonic + CLOCKS_EVERY_MS
    agenda.at('sleep', expectedAt, () => {
      const now = clock.monotonic()
      const apart = Math.abs(clock.now() - before.wall - (now - before.monotonic))
      if (hasSlept(0, apart)) encounters.clockSet()
      if (hasSlept(expectedAt, now) || hasSlept(0, apart)) {
        discovering.again()
        resumed()
      }
      watchForSleep()
    })
  }

  const dialDue = (): void => {
    if (stopping) return
    if (clock.monotonic() < silentUntil) return agenda.at('dial', silentUntil, dialDue)
    for (const dial of dialling.due(clock.monotonic(), networksNow())) house.inBackground(attempt(dial))
    const next = dialling.nextWake()
    if (next === undefined) agenda.cancel('dial')
    else agenda.at('dial', next, dialDue)
  }

  const attempt = async ({ peer, addresses, timeoutMs }: Dial): Promise<void> => {
    try {
      if (!sessions.of(peer).some(isPromising))
        await mesh.dial(peer, addresses, {
          signal: AbortSignal.timeout(DIAL_TIMEOUT_MS),
          connectWithinMs: timeoutMs,
          onFailure: failedAt(peer),
        })
      dialling.succeeded(peer)
    } catch {
      dialling.failed(peer, clock.monotonic())
      if (sessions.of(peer).length === 0) each((listener) => listener.unreached?.(peer))
    }
    dialDue()
  }

  const failedAt =
    (peer: PeerId) =>
    (address: string, why: DialFailure): void =>
      encounters.failed(peer, address, why, clock.monotonic())

  /** It answers, or has yet to say hello. A silent one is kept, and does not keep us from dialling. */
  const isPromising = (session: LinkSession): boolean => session.hello === undefined || !session.silent

  // ---------------------------------------------------------------- what we say of ourselves

  /** Few are beaten closely, so whoever comes or goes may change the wish for another. */
  const wishAnew = (): void => {
    const close = closelyBeaten(
      sessions
        .peers()
        .map((peer) => ({ peer, onScreen: false, contact: acquaintances.contact(peer) !== undefined })),
    )
    for (const session of sessions.all())
      session.wish(close.has(session.link.peer) ? BEAT_CLOSE_MS : BEAT_FAR_MS)
  }

  const hello = (beatInterval: number): Hello => ({
    version: VERSION,
    oldest: OLDEST_VERSION,
    instance: house.instance,
    mesh: house.meshHash,
    visiting: house.visiting,
    beatInterval,
    ...parts.services,
  })

  // ---------------------------------------------------------------- links come and go

  const twin = (session: LinkSession): Twin => ({
    number: session.link.number,
    outbound: session.link.outbound,
    upAt: session.upAt,
    ...(session.hello === undefined ? {} : { instance: session.hello.instance }),
    ...(session.provenAt === undefined ? {} : { provenAt: session.provenAt }),
  })

  const writtenTo = (peer: PeerId): LinkSession | undefined => {
    const newest = linkToWriteTo(sessions.of(peer).map(twin))
    return newest && sessions.get(newest.number)
  }

  const linked = (link: Link): void => {
    if (stopping || isTurnedAway(link.peer)) return link.close()
    dialling.linked(link.peer)
    const session = createLinkSession(house, link, {
      hello,
      standing: () => parts.standing(link.peer),
      listener: sessionListener,
    })
    sessions.add(session)
    const stay = sessions.mayStay(session)
    if ('evict' in stay) evict(stay.evict)
    wishAnew()
  }

  const isTurnedAway = (peer: PeerId): boolean => {
    const at = turnedAway.get(peer)
    if (at === undefined) return false
    if (clock.monotonic() - at < TURNED_AWAY_FOR_MS && parts.blocks(peer)) return true
    turnedAway.delete(peer)
    return false
  }

  const evict = (number: number): void => {
    const session = sessions.get(number)
    if (session === undefined) return
    if (sessions.of(session.link.peer).length === 1) ending.set(session.link.peer, 'evicted')
    session.part('no-place')
  }

  const sessionListener: LinkSessionListener = {
    hello(session) {
      const { peer, outbound, remote } = session.link
      departed.delete(peer)
      encounters.linked(peer, { cameIn: !outbound && !isThisHost(remote.host, networksNow()) })
      // Where they answered, or where they say they can be dialled: kept for when multicast is silent.
      const reachable = outbound ? [multiaddrOf(remote)] : discovering.addresses(peer)
      if (reachable.length > 0) house.inBackground(acquaintances.rememberAddresses(peer, reachable))
      for (const number of leftBehind(sessions.of(peer).map(twin))) sessions.get(number)?.part('double')
      // Two links of one life: which of them works is to be known now, not at the next beat.
      const twins = sessions.of(peer)
      if (twins.length > 1) for (const each of twins) each.prove()
      takeOver(peer)
    },

    messagesUp(session, channel) {
      const newest = newestMessages(session.link.peer)
      if (newest === session) each((listener) => listener.messagesUp?.(session.link.peer, channel))
    },

    messagesDown(session) {
      const { peer } = session.link
      const other = newestMessages(peer)
      if (other?.messages === undefined) each((listener) => listener.messagesDown?.(peer))
      else if (other.link.number < session.link.number) {
        const { messages } = other
        each((listener) => listener.messagesUp?.(peer, messages))
      }
    },

    presence(session, frame) {
      const neighbour = told.get(session.link.peer)
      if (neighbour !== undefined) each((listener) => listener.presence?.(neighbour, frame))
    },

    letter(session, letter, channel) {
      each((listener) => listener.letter?.(session.link.peer, letter, channel))
    },

    standing(session, standing) {
      if (standing.grant > 0) each((listener) => listener.standing?.(session.link.peer, standing))
    },

    proven(session) {
      const { peer } = session.link
      if (isCurrent(session)) each((listener) => listener.answered?.(peer))
      const number = doubleToClose({ self: self.peerId, peer, links: sessions.of(peer).map(twin) })
      if (number !== undefined) sessions.get(number)?.part('double')
    },

    pulse(session, change) {
      const { peer } = session.link
      if (change === 'live') dialling.linked(peer)
      else if (!sessions.of(peer).some(isPromising)) {
        // It may be dead for good (an address that is gone) or until TCP's next try, seconds after the cable is back.
        dialling.ended(peer, clock.monotonic(), 'lost')
        dialDue()
      }
      if (!isCurrent(session)) return
      if (change === 'live') return each((listener) => listener.answered?.(peer))
      const others = sessions.of(peer).filter((other) => isCurrent(other) && other !== session)
      if (others.every((other) => other.silent)) each((listener) => listener.missed?.(peer))
    },

    goodbye(session, goodbye) {
      const { peer } = session.link
      if (goodbye.why === 'double') {
        // With no other link of ours it was for another home with our key: two that come back at once oust each other for ever.
        if (sessions.of(peer).length === 1) ending.set(peer, 'displaced')
        return
      }
      if (goodbye.why === 'no-place') {
        if (sessions.of(peer).length === 1) ending.set(peer, 'evicted')
        return
      }
      if (goodbye.why === 'leaving' || goodbye.why === 'sleeping') {
        const instance = session.hello?.instance
        if (instance === undefined) return
        departed.set(peer, instance)
        encounters.saidGoodbye(peer, clock.monotonic())
        told.delete(peer)
        each((listener) => listener.goodbye?.(peer, instance, goodbye))
        return
      }
      ending.set(peer, 'rejected')
      encounters.parted(peer, goodbye.why, clock.monotonic())
      if (goodbye.why === 'rejected') each((listener) => listener.rejected?.(peer))
      if (goodbye.why === 'other-version')
        house.warn(
          'other-version',
          `${acquaintances.person(peer).name} runs a Nigh that speaks another version. Update the older of the two.`,
        )
    },

    unfit({ link }, why, { version }) {
      encounters.parted(link.peer, why, clock.monotonic(), version)
    },

    closed(session) {
      const { peer, outbound, remote } = session.link
      sessions.remove(session)
      const isUnheard = session.hello === undefined
      const how = ending.get(peer) === 'evicted' ? 'no-place' : 'lost'
      if (!outbound && isUnheard) each((listener) => listener.touched?.(peer, remote.host))
      if (!sessions.of(peer).some(isPromising)) {
        const byItself = outbound && isUnheard ? 'unheard' : 'lost'
        const why = ending.get(peer) ?? (departed.has(peer) ? 'left' : byItself)
        dialling.ended(peer, clock.monotonic(), why)
        departed.delete(peer)
        dialDue()
      }
      if (sessions.of(peer).length === 0) ending.delete(peer)
      takeOver(peer, how)
      if (!stopping) wishAnew()
    },
  }

  /** Who is told of as the neighbour follows the link that is written to. */
  const takeOver = (peer: PeerId, how: 'lost' | 'no-place' = 'lost'): void => {
    const session = writtenTo(peer)
    const before = told.get(peer)
    if (session?.hello === undefined) {
      told.delete(peer)
      if (before !== undefined && !stopping) each((listener) => listener.down?.(peer, how))
      return
    }
    if (session.hello.instance === departed.get(peer)) return
    const neighbour: Neighbour = { peer, hello: session.hello, link: session.link }
    told.set(peer, neighbour)
    const isNews = before === undefined || before.hello.instance !== neighbour.hello.instance
    // What was asked over a link that is gone has no answer: it is asked again.
    if (isNews || before.link.closed) each((listener) => listener.up?.(neighbour))
  }

  const newestMessages = (peer: PeerId): LinkSession | undefined =>
    sessions
      .of(peer)
      .filter((session) => session.messages !== undefined)
      .sort((one, other) => other.link.number - one.link.number)[0]

  const isCurrent = (session: LinkSession): boolean =>
    session.hello !== undefined && session.hello.instance === told.get(session.link.peer)?.hello.instance

  const nearness = (peer: PeerId): Nearness => {
    const heard = discovering.hearings(peer)
    const answers = sessions
      .of(peer)
      .map((session) =>
        isNear({ heard, remote: session.link.remote, networks: networksNow(), now: clock.monotonic() }),
      )
    if (answers.includes('near')) return 'near'
    return answers.includes('unheard') ? 'unheard' : 'not'
  }

  const links: Links = {
    async start() {
      mesh.onLink(linked)
      await mesh.start()
      if (stopping) return // given up before it was up
      silentUntil = house.visiting ? 0 : clock.monotonic() + OWN_KEY_MS
      discovering.start()
      watchForSleep()
      links.reconsider()
    },

    async stop(why = 'leaving') {
      if (stopping) return
      stopping = true
      discovering.stop(why)
      agenda.cancel('sleep')
      for (const session of sessions.all()) {
        if (why === 'quietly') session.link.close()
        else session.part(why)
      }
      await mesh.stop() // lets the last bytes out, for a bounded time
    },

    listen: (listener) => void listeners.push(listener),
    neighbour: (peer) => told.get(peer),
    neighbours: () => [...told.values()],

    say(peer, frame) {
      const session = writtenTo(peer)
      session?.say(frame)
      return session !== undefined
    },

    hangUp(peer, why) {
      if (why === 'rejected') {
        if (turnedAway.size >= TURNED_AWAY_LIMIT) turnedAway.clear()
        turnedAway.set(peer, clock.monotonic())
      }
      ending.set(peer, why === 'rejected' ? 'rejected' : why === 'no-place' ? 'evicted' : 'lost')
      for (const session of sessions.of(peer)) session.part(why)
    },

    nearness,
    isThisHost: (host) => isThisHost(host, networksNow()),

    sourceOf(peer) {
      const host = told.get(peer)?.link.remote.host
      const ip = host === undefined ? undefined : parseIp(host)
      if (host === undefined || ip === undefined) return peer
      if (acquaintances.contact(peer) !== undefined || isThisHost(host, networksNow())) return peer
      return networkOf(ip, SHARED_BITS_FOUR, SHARED_BITS_SIX)
    },

    isAround: (peer) =>
      discovering.hearings(peer).length > 0 || (told.has(peer) && nearness(peer) === 'near'),

    around() {
      const linkedNear = [...told.keys()].filter((peer) => nearness(peer) === 'near')
      return [...new Set([...linkedNear, ...discovering.heardLately()])]
    },

    want(peer) {
      sought.add(peer)
      const now = clock.monotonic()
      dialling.wanted(peer, [...discovering.addresses(peer), ...acquaintances.addressesOf(peer)], now)
      dialling.urged(peer, now)
      dialDue()
    },

    done(peer) {
      sought.delete(peer)
      if (acquaintances.contact(peer) === undefined) dialling.unwanted(peer)
    },

    encounters,

    linkTo(peer) {
      const all = sessions.of(peer)
      if (all.some((session) => session.hello !== undefined && !session.silent)) return 'live'
      if (all.some((session) => session.hello !== undefined)) return 'silent'
      return all.length > 0 ? 'greeting' : undefined
    },

    addressesOf: (peer) => [...new Set([...discovering.addresses(peer), ...acquaintances.addressesOf(peer)])],

    lookAround: () => discovering.again(),

    async tryOnce(peer) {
      if (parts.blocks(peer) || sessions.of(peer).some(isPromising)) return
      const addresses = rankAddresses(links.addressesOf(peer), networksNow())
      if (addresses.length === 0) return
      // It comes up like any other link, or its failure is noted.
      await mesh
        .dial(peer, addresses, {
          signal: AbortSignal.timeout(DIAL_TIMEOUT_MS),
          connectWithinMs: TRY_FOR_MS,
          onFailure: failedAt(peer),
        })
        .catch(() => {})
    },

    reconsider() {
      const now = clock.monotonic()
      const called = acquaintances.contacts().filter((contact) => !parts.blocks(contact.peer))
      const contacts = new Set(called.map((contact) => contact.peer))
      for (const peer of contacts) {
        dialling.wanted(peer, acquaintances.addressesOf(peer), now)
        // A new one, or blocked until now: whatever happened before is over.
        if (!formerContacts.has(peer)) dialling.urged(peer, now)
      }
      for (const peer of [...sought].filter(parts.blocks)) {
        sought.delete(peer)
        dialling.unwanted(peer)
      }
      for (const peer of formerContacts) if (!contacts.has(peer) && !sought.has(peer)) dialling.unwanted(peer)
      formerContacts = contacts
      wishAnew()
      dialDue()
    },
  }
  return links
}

function multiaddrOf({ host, port }: Link['remote']): string {
  return `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`
}
