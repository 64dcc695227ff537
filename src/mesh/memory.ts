/**
 * A world of meshes in memory, for tests of everything above the mesh: it obeys the same contract as the mesh
 * over libp2p, runs in whatever time its clock keeps, and has the accidents of a real one on call.
 */
import { HEARD_ADDRESSES_LIMIT } from '../envelope/protocol.ts'
import type {
  Air,
  Carrier,
  Clock,
  DialFailure,
  DialOptions,
  Echo,
  Entropy,
  Heard,
  Link,
  LocalNetwork,
  Mesh,
  Verdict,
} from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { type AirCounts, airCounts } from './air-counts.ts'
import { aborted, isTimeUp, notRunning, unreachable } from './failures.ts'
import { type Listeners, listeners, type OnFault } from './listeners.ts'
import { memoryGround } from './memory-ground.ts'
import { linkPair, type MemoryLink } from './memory-link.ts'
import { tcpAddress } from './networks.ts'

/** Announcements remembered per mesh, so that floods end. */
const SEEN_LIMIT = 10_000
const NETWORK_NAME = 'lan'
const FIRST_PORT = 4_001
const FIRST_EPHEMERAL_PORT = 50_001

export interface MemoryMeshOptions {
  /** 16 hex digits. */
  meshHash?: string
  /** The network it is on: multicast stays there, dialling does not. */
  network?: string
  /** Two meshes of one host share its address. */
  host?: string
  hidden?: boolean
  onFault?: OnFault
}

export interface MemoryWorldOptions {
  clock: Clock
  entropy: Entropy
  /** One way, ms; 0 delivers in the next microtask. */
  latencyMs?: number
  meshHash?: string
}

export interface MemoryWorld {
  mesh(self: PeerId, options?: MemoryMeshOptions): Mesh
  /** Pulls the cable between two peers: nothing arrives, nobody is told, dials hang. */
  cut(a: PeerId, b: PeerId): void
  /** What was under way on links arrives now; multicast and announcements of the meantime are lost. */
  heal(a: PeerId, b: PeerId): void
  /** One way, ms, for what leaves from now on. */
  setLatency(ms: number): void
  /** Each announcement is lost on each hop with this probability. */
  loseAnnouncements(share: number): void
  /** The peer's multicast packets reach nobody; it still hears. */
  mute(peer: PeerId, muted: boolean): void
  /** The process dies: its links just close at the other side, no goodbye. */
  kill(peer: PeerId): void
  /** The peer is on another network from now on; its links stay. */
  move(peer: PeerId, network: string): void
}

export function memoryWorld(options: MemoryWorldOptions): MemoryWorld {
  const { clock, entropy } = options
  const ground = memoryGround(clock, options.latencyMs ?? 1)
  const { addressOn, isCut, soon, wireBetween } = ground
  let lossShare = 0
  const residents = new Set<Resident>()
  const muted = new Set<PeerId>()
  let ports = FIRST_PORT
  let ephemeralPorts = FIRST_EPHEMERAL_PORT

  const named = (peer: PeerId) => [...residents].filter(({ self }) => self === peer)

  function resident(self: PeerId, meshOptions: MemoryMeshOptions): Resident {
    const {
      meshHash = options.meshHash ?? '0000000000000000',
      hidden = false,
      onFault = () => {},
    } = meshOptions
    const host = meshOptions.host ?? self
    const port = ports++
    const own: Resident = {
      self,
      meshHash,
      hidden,
      onFault,
      host,
      port,
      network: meshOptions.network ?? NETWORK_NAME,
      running: false,
      stopped: false,
      links: new Set(),
      linksGiven: 0,
      topic: undefined,
      judge: () => 'ignore',
      answer: () => Promise.reject(new Error('nobody answers here')),
      seen: new Set(),
      counts: airCounts(),
      told: {
        link: listeners(onFault),
        announcement: listeners(onFault),
        asked: listeners(onFault),
        heard: listeners(onFault),
        echo: listeners(onFault),
        trouble: listeners(onFault),
        change: listeners(onFault),
      },
    }
    return own
  }

  function dial(
    from: Resident,
    peer: PeerId,
    addresses: readonly string[],
    { signal, onFailure }: DialOptions,
  ): Promise<Link> {
    return new Promise((resolve, reject) => {
      if (!from.running) return reject(notRunning())
      const tell = (why: DialFailure) => {
        for (const address of addresses) onFailure?.(address, why)
      }
      const onAbort = () => {
        if (isTimeUp(signal)) tell('silent')
        reject(aborted(peer, signal))
      }
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      const settle = (act: () => void) => {
        signal.removeEventListener('abort', onAbort)
        act()
      }
      const target = () =>
        [...residents].find(
          (other) =>
            other.self === peer &&
            other !== from &&
            other.running &&
            !other.hidden &&
            listensAt(other, addresses),
        )
      const connect = () => {
        if (signal.aborted) return
        if (isCut(from.self, peer)) return
        const there = target()
        if (there === undefined || !from.running) {
          tell('refused')
          return settle(() => reject(unreachable(peer, addresses.length)))
        }
        const link = connected(from, there)
        settle(() => resolve(link))
      }
      soon(() => soon(connect))
    })
  }

  function listensAt(other: Resident, addresses: readonly string[]): boolean {
    const own = tcpAddress(addressOn(other.network, other.host), other.port)
    return addresses.some((address) => address.replace(/\/p2p\/[^/]*$/, '') === own)
  }

  function connected(from: Resident, there: Resident): Link {
    const pair = linkPair({
      clock,
      wire: wireBetween(from.self, there.self),
      dialler: {
        peer: there.self,
        number: ++from.linksGiven,
        remote: { host: addressOn(there.network, there.host), port: there.port, relayed: false },
        onFault: from.onFault,
        answer: (link, question) => from.answer(link, question),
      },
      acceptor: {
        peer: from.self,
        number: ++there.linksGiven,
        remote: { host: addressOn(from.network, from.host), port: ephemeralPorts++, relayed: false },
        onFault: there.onFault,
        answer: (link, question) => there.answer(link, question),
      },
    })
    adopt(there, pair.acceptor)
    adopt(from, pair.dialler)
    return pair.dialler
  }

  function adopt(own: Resident, link: MemoryLink): void {
    own.links.add(link)
    link.onClose(() => own.links.delete(link))
    own.told.link.tell(link)
  }

  function flood(from: Resident, announcement: Uint8Array, except?: PeerId): number {
    const neighbours = new Map<PeerId, Resident>()
    for (const { peer, closed } of from.links) {
      const other = closed || peer === except ? undefined : named(peer).find(({ running }) => running)
      if (other?.topic !== undefined && other.topic === from.topic) neighbours.set(peer, other)
    }
    for (const other of neighbours.values()) {
      if (entropy.fraction() < lossShare) continue
      const bytes = announcement.slice()
      soon(() => {
        if (!isCut(from.self, other.self)) receive(other, bytes, from.self)
      })
    }
    return neighbours.size
  }

  function receive(own: Resident, announcement: Uint8Array, neighbour: PeerId): void {
    if (!own.running || own.topic === undefined || !remember(own, announcement)) return
    let verdict: Verdict = 'ignore'
    try {
      verdict = own.judge(announcement, neighbour)
    } catch (fault) {
      own.onFault(fault)
    }
    if (verdict !== 'accept') return
    own.told.announcement.tell(announcement, neighbour)
    flood(own, announcement, neighbour)
  }

  function remember(own: Resident, announcement: Uint8Array): boolean {
    const key = Buffer.from(announcement).toString('latin1')
    if (own.seen.has(key)) return false
    const [oldest] = own.seen
    if (own.seen.size >= SEEN_LIMIT && oldest !== undefined) own.seen.delete(oldest)
    own.seen.add(key)
    return true
  }

  function carrierOf(own: Resident): Carrier {
    return {
      join(topic, judge) {
        own.topic = topic
        own.judge = judge
      },
      async publish(announcement) {
        if (!own.running || own.topic === undefined || !remember(own, announcement)) return 0
        return flood(own, announcement)
      },
      onAnnouncement: own.told.announcement.add,
    }
  }

  /** Everybody else on the same network whom a multicast packet of `own` reaches. */
  function shout(own: Resident, hear: (other: Resident) => void): void {
    if (!own.running) return
    own.counts.said(NETWORK_NAME, undefined)
    if (muted.has(own.self)) return
    const { network } = own
    soon(() => {
      own.counts.heardOurselves(NETWORK_NAME)
      for (const other of [...residents]) {
        if (other === own || !other.running || other.network !== network) continue
        if (isCut(own.self, other.self)) continue
        other.counts.heardOther(NETWORK_NAME)
        hear(other)
      }
    })
  }

  function airOf(own: Resident): Air {
    return {
      ask: ({ own: byName = false } = {}) =>
        shout(own, (other) => other.told.asked.tell(byName && other.self === own.self)),
      answer({ goodbye = false, visiting = false, starting = false }) {
        if (own.hidden) return
        const source = addressOn(own.network, own.host)
        const heard: Heard = {
          peer: own.self,
          mesh: own.meshHash,
          addresses: [tcpAddress(source, own.port)].slice(0, HEARD_ADDRESSES_LIMIT),
          network: NETWORK_NAME,
          source,
          visiting,
          goodbye,
        }
        shout(own, (other) => {
          if (other.self !== own.self) other.told.heard.tell({ ...heard, addresses: [...heard.addresses] })
          else if (!goodbye)
            other.told.echo.tell({ source, visiting, starting, stays: own.port < other.port })
        })
      },
      onAsked: own.told.asked.add,
      onHeard: own.told.heard.add,
      onEcho: own.told.echo.add,
      onTrouble: own.told.trouble.add,
      onNetworkChange: own.told.change.add,
      traffic: own.counts.traffic,
    }
  }

  function networksOf(own: Resident): LocalNetwork[] {
    return [
      {
        name: NETWORK_NAME,
        address: addressOn(own.network, own.host),
        prefix: 16,
        family: 4,
        loopback: false,
      },
      { name: 'lo', address: '127.0.0.1', prefix: 8, family: 4, loopback: true },
    ]
  }

  function stop(own: Resident): void {
    for (const link of [...own.links]) link.close()
    own.running = false
    own.stopped = true
    residents.delete(own)
  }

  return {
    mesh(self, meshOptions = {}) {
      const own = resident(self, meshOptions)
      return {
        self,
        carrier: carrierOf(own),
        air: airOf(own),
        async start() {
          if (own.stopped) return
          own.running = true
          residents.add(own)
        },
        async stop() {
          stop(own)
        },
        listening: () =>
          own.running && !own.hidden ? [tcpAddress(addressOn(own.network, own.host), own.port)] : [],
        networks: () => networksOf(own),
        host: async () => ({ platform: 'memory' }),
        dial: (peer, addresses, options) => dial(own, peer, addresses, options),
        onLink: own.told.link.add,
        onQuestion(newest) {
          own.answer = newest
        },
      }
    },
    cut: ground.cut,
    heal: ground.heal,
    setLatency: ground.setLatency,
    loseAnnouncements(share) {
      lossShare = share
    },
    mute(peer, isMuted) {
      if (isMuted) muted.add(peer)
      else muted.delete(peer)
    },
    kill(peer) {
      for (const own of named(peer)) {
        own.running = false
        own.stopped = true
        residents.delete(own)
        for (const link of [...own.links]) link.vanish()
      }
    },
    move(peer, network) {
      for (const own of named(peer)) {
        own.network = network
        own.told.change.tell()
      }
    },
  }
}

interface Resident {
  self: PeerId
  meshHash: string
  hidden: boolean
  onFault: OnFault
  host: string
  port: number
  network: string
  running: boolean
  stopped: boolean
  links: Set<MemoryLink>
  linksGiven: number
  topic: string | undefined
  judge: (announcement: Uint8Array, neighbour: PeerId) => Verdict
  answer: Parameters<Mesh['onQuestion']>[0]
  seen: Set<string>
  counts: AirCounts
  told: {
    link: Listeners<[Link]>
    announcement: Listeners<[Uint8Array, PeerId]>
    asked: Listeners<[boolean]>
    heard: Listeners<[Heard]>
    echo: Listeners<[Echo]>
    trouble: Listeners<[string | undefined]>
    change: Listeners<[]>
  }
}
