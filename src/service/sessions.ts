/**
 * The links that are up, by number and by peer. One peer is asked about at every frame and every answer in the air, and
 * a crowd has hundreds of links: nobody is searched for.
 */
import { mayStay, type Placed, type Stay } from '../neighbourhood/places.ts'
import type { PeerId } from '../principal/ids.ts'
import type { LinkSession } from './link-session.ts'

export interface Sessions {
  add(session: LinkSession): void
  remove(session: LinkSession): void
  get(number: number): LinkSession | undefined
  /** Oldest first; more than one only where two links crossed or a peer restarted. */
  of(peer: PeerId): readonly LinkSession[]
  all(): LinkSession[]
  peers(): PeerId[]
  /** Whether there is a place for this one among the others. */
  mayStay(session: LinkSession): Stay
}

export function createSessions(known: {
  isContact: (peer: PeerId) => boolean
  isSought: (peer: PeerId) => boolean
  isThisHost: (host: string) => boolean
}): Sessions {
  const byNumber = new Map<number, { session: LinkSession; placed: Placed }>()
  const byPeer = new Map<PeerId, readonly LinkSession[]>()

  const of = (peer: PeerId): readonly LinkSession[] => byPeer.get(peer) ?? []

  const placedOf = (session: LinkSession): Placed => {
    const { number, peer, remote } = session.link
    return {
      number,
      peer,
      host: remote.host,
      get contact() {
        return known.isContact(peer)
      },
      get thisHost() {
        return known.isThisHost(remote.host)
      },
      get greeted() {
        return session.hello !== undefined
      },
      get idle() {
        return (session.messages?.backlog ?? 0) === 0 && !known.isSought(peer)
      },
    }
  }

  return {
    add(session) {
      const { number, peer } = session.link
      byNumber.set(number, { session, placed: placedOf(session) })
      byPeer.set(peer, [...of(peer), session])
    },
    remove(session) {
      const { number, peer } = session.link
      byNumber.delete(number)
      const others = of(peer).filter((other) => other !== session)
      if (others.length > 0) byPeer.set(peer, others)
      else byPeer.delete(peer)
    },
    get: (number) => byNumber.get(number)?.session,
    of,
    all: () => [...byNumber.values()].map(({ session }) => session),
    peers: () => [...byPeer.keys()],
    mayStay: (session) =>
      mayStay(
        placedOf(session),
        [...byNumber.values()].map(({ placed }) => placed),
      ),
  }
}
