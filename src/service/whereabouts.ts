/** Whereabouts: who is near, who is on this host, and whose quota an address spends. */
import { SHARED_BITS_FOUR, SHARED_BITS_SIX } from '../envelope/protocol.ts'
import { networkOf, parseIp } from '../neighbourhood/ip.ts'
import { isNear, isThisHost, type Nearness } from '../neighbourhood/nearness.ts'
import type { Link, LocalNetwork, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Discovering } from './discovering.ts'
import type { House } from './house.ts'
import type { Links, Neighbour } from './links.ts'

/** The networks are read afresh at most this often: nearness is asked for at every beat. A guess. */
const NETWORKS_FRESH_MS = 1_000

export interface Whereabouts
  extends Pick<Links, 'nearness' | 'isThisHost' | 'sourceOf' | 'isAround' | 'around'> {
  networks(): LocalNetwork[]
  /** What was read of them is old. */
  networksChanged(): void
}

export function createWhereabouts(
  { mesh, clock }: Pick<House, 'clock'> & { readonly mesh: Mesh },
  parts: {
    discovering: Pick<Discovering, 'hearings' | 'heardLately'>
    linksOf: (peer: PeerId) => readonly Link[]
    neighbours: ReadonlyMap<PeerId, Neighbour>
    isContact: (peer: PeerId) => boolean
  },
): Whereabouts {
  const { discovering, linksOf, neighbours, isContact } = parts
  let read: { at: number; networks: LocalNetwork[] } | undefined

  const networks = (): LocalNetwork[] => {
    const now = clock.monotonic()
    if (read === undefined || now - read.at > NETWORKS_FRESH_MS) read = { at: now, networks: mesh.networks() }
    return read.networks
  }

  const onThisHost = (host: string): boolean => isThisHost(host, networks())

  const nearness = (peer: PeerId): Nearness => {
    const heard = discovering.hearings(peer)
    const answers = linksOf(peer).map(({ remote }) =>
      isNear({ heard, remote, networks: networks(), now: clock.monotonic() }),
    )
    if (answers.includes('near')) return 'near'
    return answers.includes('unheard') ? 'unheard' : 'not'
  }

  return {
    networks,
    networksChanged() {
      read = undefined
    },
    nearness,
    isThisHost: onThisHost,

    sourceOf(peer) {
      const host = neighbours.get(peer)?.link.remote.host
      const ip = host === undefined ? undefined : parseIp(host)
      if (host === undefined || ip === undefined) return peer
      if (isContact(peer) || onThisHost(host)) return peer
      return networkOf(ip, SHARED_BITS_FOUR, SHARED_BITS_SIX)
    },

    isAround: (peer) =>
      discovering.hearings(peer).length > 0 || (neighbours.has(peer) && nearness(peer) === 'near'),

    around() {
      const linkedNear = [...neighbours.keys()].filter((peer) => nearness(peer) === 'near')
      return [...new Set([...linkedNear, ...discovering.heardLately()])]
    },
  }
}
