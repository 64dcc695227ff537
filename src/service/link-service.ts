/**
 * The links: whom to dial, keep, beat and drop. The neighbourhood's rooms decide; this acts. It tells the rest of the
 * hallway of neighbours, not of connections: doubles, older instances and evictions end here.
 */
import type { Hello } from '../envelope/hello.ts'
import { BEAT_CLOSE_MS, BEAT_FAR_MS, OLDEST_VERSION, OWN_KEY_MS, VERSION } from '../envelope/protocol.ts'
import { closelyBeaten } from '../neighbourhood/beat.ts'
import type { Ended } from '../neighbourhood/dialling.ts'
import { doubleToClose, leftBehind, linkToWriteTo, type Twin } from '../neighbourhood/doubles.ts'
import { createEncounters } from '../neighbourhood/encounters.ts'
import type { Link, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Acquaintances } from './acquaintances.ts'
import { createDials } from './dials.ts'
import { createDiscovering } from './discovering.ts'
import type { House } from './house.ts'
import { createLinkSession, type LinkSession, type LinkSessionListener } from './link-session.ts'
import type { LinkListener, Links, Neighbour } from './links.ts'
import { createSessions } from './sessions.ts'
import { createTurnedAway } from './turned-away.ts'
import { watchForSleep } from './waking.ts'
import { createWhereabouts } from './whereabouts.ts'

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
  const { mesh, clock, self } = house
  const { acquaintances } = parts
  const listeners: LinkListener[] = []
  const encounters = createEncounters()
  /** Why the links of a peer are ending, where it is not by loss. */
  const ending = new Map<PeerId, Ended>()
  /** Instances that said goodbye: the end of their links is no news. */
  const departed = new Map<PeerId, string>()
  const turnedAway = createTurnedAway(clock, parts.blocks)
  /** The neighbour each peer was told of. */
  const told = new Map<PeerId, Neighbour>()
  let stopping = false
  let sleeping: { stop(): void } | undefined

  const each = (tell: (listener: LinkListener) => void): void => {
    for (const listener of listeners) tell(listener)
  }

  const sessions = createSessions({
    isContact: (peer) => acquaintances.contact(peer) !== undefined,
    isSought: (peer) => dials.isSought(peer),
    isThisHost: (host) => where.isThisHost(host),
  })

  // ---------------------------------------------------------------- whom to call

  const hearing: Parameters<typeof createDiscovering>[2] = {
    heard(heard, isNews) {
      // A crowd answers every newcomer, and everybody hears it: whoever is here and says nothing new costs nothing.
      if (!isNews && isLinked(heard.peer)) return
      // Hidden, we call contacts and those somebody here wants to reach, and nobody else.
      const isHidden = acquaintances.preset() === 'hidden'
      const isCalled = acquaintances.contact(heard.peer) !== undefined || dials.isSought(heard.peer)
      if (!heard.visiting && (!isHidden || isCalled) && !parts.blocks(heard.peer))
        dials.heard(heard.peer, heard.addresses)
      each((listener) => listener.nearness?.(heard.peer))
    },
    networkChanged: () => resumed(),
    identityTaken: (source: string) => parts.identityTaken(source),
  }
  const discovering = createDiscovering(house, mesh, hearing, encounters)

  const where = createWhereabouts(house, {
    discovering,
    linksOf: (peer) => sessions.of(peer).map(({ link }) => link),
    neighbours: told,
    isContact: (peer) => acquaintances.contact(peer) !== undefined,
  })

  /** What the links are worth is to be known now, and whom they lead nowhere to is dialled anew. */
  const resumed = (): void => {
    where.networksChanged()
    for (const session of sessions.all()) session.resumed()
    each((listener) => listener.resumed?.())
    dials.again()
  }

  /** It answers, or has yet to say hello. A silent one is kept, and does not keep us from dialling. */
  const isLinked = (peer: PeerId): boolean =>
    sessions.of(peer).some((session) => session.hello === undefined || !session.silent)

  const dials = createDials(house, {
    acquaintances,
    encounters,
    blocks: parts.blocks,
    networks: where.networks,
    heardAt: discovering.addresses,
    isLinked,
    unreached(peer) {
      if (sessions.of(peer).length === 0) each((listener) => listener.unreached?.(peer))
    },
  })

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
    if (stopping || turnedAway.has(link.peer)) return link.close()
    dials.linked(link.peer)
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
      encounters.linked(peer, { cameIn: !outbound && !where.isThisHost(remote.host) })
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
      if (change === 'live') dials.linked(peer)
      // It may be dead for good (an address that is gone) or until TCP's next try, seconds after the cable is back.
      else if (!isLinked(peer)) dials.ended(peer, 'lost')
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
      if (!isLinked(peer)) {
        const byItself = outbound && isUnheard ? 'unheard' : 'lost'
        dials.ended(peer, ending.get(peer) ?? (departed.has(peer) ? 'left' : byItself))
        departed.delete(peer)
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

  const links: Links = {
    async start() {
      mesh.onLink(linked)
      await mesh.start()
      if (stopping) return // given up before it was up
      // Another home with our key has a moment to say so: a link of ours would end its links.
      dials.start(house.visiting ? 0 : OWN_KEY_MS)
      discovering.start()
      sleeping = watchForSleep(house, {
        clockSet: encounters.clockSet,
        woke() {
          discovering.again()
          resumed()
        },
      })
      links.reconsider()
    },

    async stop(why = 'leaving') {
      if (stopping) return
      stopping = true
      dials.stop()
      discovering.stop(why)
      sleeping?.stop()
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
      if (why === 'rejected') turnedAway.note(peer)
      ending.set(peer, why === 'rejected' ? 'rejected' : why === 'no-place' ? 'evicted' : 'lost')
      for (const session of sessions.of(peer)) session.part(why)
    },

    nearness: where.nearness,
    isThisHost: where.isThisHost,
    sourceOf: where.sourceOf,
    isAround: where.isAround,
    around: where.around,

    want: dials.want,
    done: dials.done,

    encounters,

    linkTo(peer) {
      const all = sessions.of(peer)
      if (all.some((session) => session.hello !== undefined && !session.silent)) return 'live'
      if (all.some((session) => session.hello !== undefined)) return 'silent'
      return all.length > 0 ? 'greeting' : undefined
    },

    addressesOf: dials.addressesOf,
    lookAround: () => discovering.again(),
    tryOnce: dials.tryOnce,

    reconsider() {
      dials.reconsider()
      wishAnew()
    },
  }
  return links
}

function multiaddrOf({ host, port }: Link['remote']): string {
  return `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`
}
