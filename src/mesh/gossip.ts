/**
 * The carrier over gossipsub: one topic, unsigned by gossipsub (announcements sign themselves), judged before
 * anything is delivered or relayed.
 *
 * Gossipsub keeps one pair of streams per peer, on the connection that came first, and asks no further. Where
 * two links to one peer meet (both dialled, or an old one is dead and does not know it yet) it would go on
 * talking to the dead one, or be silent for as long as the other lives. So its registration with libp2p
 * passes through here, and a peer is tied anew when a newer link comes up or the one in use ends.
 */
import {
  type GossipSub,
  type GossipSubComponents,
  type GossipsubMessage,
  type GossipsubOpts,
  gossipsub,
  StrictNoSign,
  TopicValidatorResult,
} from '@libp2p/gossipsub'
import type {
  Connection,
  PeerId as Libp2pPeerId,
  Stream,
  StreamHandler,
  StreamHandlerOptions,
  Topology,
} from '@libp2p/interface'
import { SIZE_CLASSES } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { Carrier, Verdict } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { listeners, type OnFault } from './listeners.ts'

/** The newest version and no older one: every peer of ours speaks it, and each version more costs the start 3 ms and identify a line. */
const GOSSIP_PROTOCOL = '/meshsub/1.2.0'
/** Bytes that may wait for a slow neighbour before its gossip stream is reset: 256 announcements of the largest class. */
const OUTBOUND_LIMIT = 1024 * 1024
/** One gossip RPC: 64 announcements of the largest class, with their ids. */
const INBOUND_LIMIT = 256 * 1024
/** Streams per connection and direction: one in use and one replacing it, with room for a race. */
const STREAMS_LIMIT = 4
/** A link that came up has this long to tie its gossip before `mend` looks: identify and one negotiation. A guess. */
const MEND_EVERY_MS = 5_000
/** What ended with a link takes a few turns to be told to gossipsub. */
const MEND_SOON_MS = 50
/**
 * After a peer was introduced, both directions stand within this time, or one of the streams came dead and
 * gossipsub does not notice: it holds what it was given. Generous, because mending in a busy hour makes it busier.
 */
const LOOK_AGAIN_MS = 500
/** Gossipsub forgets a peer a few turns after its stream failed, so it is introduced anew after that. */
const FORGET_MS = 5

const VERDICTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

export interface GossipCarrier extends Carrier {
  start(): void
  stop(): void
  /** A link to this peer ended; others may stand. */
  linkEnded(peer: Libp2pPeerId): void
}

/** Gossipsub's hold on libp2p: how it is told of peers, and who wants to know first. */
export interface Ties {
  topology?: Topology
  /** A peer was identified on a connection; true when it is taken care of. */
  onIdentified?: (peer: Libp2pPeerId, connection: Connection) => boolean
  /** A peer opened a stream for gossip. */
  onSpoken?: (peer: Libp2pPeerId) => void
}

/** Gossipsub as a libp2p service, and the ties that `gossipCarrier` needs. */
export function gossipService(
  topic: string,
  without: Partial<GossipsubOpts> = {},
): {
  service: (components: GossipSubComponents) => GossipSub
  ties: Ties
} {
  const ties: Ties = {}
  const create = gossipsub({
    globalSignaturePolicy: StrictNoSign,
    fallbackToFloodsub: false,
    // To every neighbour, not to the mesh's six to twelve alone: watchers who know nobody else here would hear of a
    // change with the next heartbeat. Measured with 16 such watchers: the last after 1,000 ms, and 12 with it.
    floodPublish: true,
    doPX: false,
    emitSelf: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    tagMeshPeers: false,
    allowedTopics: [topic],
    // Announcements are 512 to 4096 bytes: asking everybody not to send them costs more than the doubles do.
    idontwantMinDataSize: 2 * (SIZE_CLASSES.at(-1) ?? 0),
    maxInboundStreams: STREAMS_LIMIT,
    maxOutboundStreams: STREAMS_LIMIT,
    maxOutboundBufferSize: OUTBOUND_LIMIT,
    maxInboundDataLength: INBOUND_LIMIT,
    scoreParams: {
      // Two homes on one host, or a whole office behind one address, are no attack.
      IPColocationFactorWeight: 0,
      topics: { [topic]: TOPIC_SCORE },
    },
    ...without,
  })
  return {
    ties,
    // Picked one by one: libp2p's components cannot be copied, asking them for one they lack throws.
    service({ privateKey, peerId, peerStore, registrar, connectionManager, logger }) {
      const pubsub = create({
        privateKey,
        peerId,
        peerStore,
        registrar: observed(registrar, ties),
        connectionManager,
        logger,
      })
      pubsub.protocols = [GOSSIP_PROTOCOL]
      return pubsub
    },
  }
}

export interface GossipCarrierOptions {
  pubsub: GossipSub
  topic: string
  ties: Ties
  connections: (peer?: Libp2pPeerId) => Connection[]
  onFault: OnFault
  /** False leaves a peer whose gossip ended with a link untied. For a test's control. */
  mending?: boolean
}

export function gossipCarrier(options: GossipCarrierOptions): GossipCarrier {
  const { pubsub, topic, ties, connections, onFault, mending = true } = options
  const told = listeners<[Uint8Array, PeerId]>(onFault)
  const soon = new Set<NodeJS.Timeout>()
  /** Who gossips at all; others are left alone. */
  const gossips = new Set<string>()
  const lookedAfter = new Set<string>()
  let regularly: NodeJS.Timeout | undefined
  let started = false
  let joined = false

  function onMessage({ detail }: CustomEvent<GossipsubMessage>): void {
    if (detail.msg.topic === topic) told.tell(detail.msg.data, nameOf(detail.propagationSource))
  }

  /** Ties `peer` to its newest link where gossip can reach it on none. */
  function mend(peer: Libp2pPeerId): void {
    const links = openLinks(peer)
    if (mending && gossips.has(peer.toString()) && links.length > 0 && !links.some(isTied)) tieAnew(peer)
  }

  function onIdentified(peer: Libp2pPeerId, connection: Connection): boolean {
    if (!started) return false
    onSpoken(peer)
    if (!mending) return false
    const tiedElsewhere = openLinks(peer).some((link) => link.id !== connection.id && isTied(link))
    if (tiedElsewhere) tieAnew(peer)
    return tiedElsewhere
  }

  function onSpoken(peer: Libp2pPeerId): void {
    const name = peer.toString()
    gossips.add(name)
    // One look at a time per peer: whoever opens and resets streams all day gets two a second, no more.
    if (lookedAfter.has(name)) return
    lookedAfter.add(name)
    later(LOOK_AGAIN_MS, () => {
      lookedAfter.delete(name)
      mend(peer)
    })
  }

  const openLinks = (peer: Libp2pPeerId) => connections(peer).filter(({ status }) => status === 'open')

  /** Both directions begin anew: the other side tells what it subscribed to only on a stream it opens itself. */
  function tieAnew(peer: Libp2pPeerId): void {
    for (const { streams } of openLinks(peer)) {
      for (const stream of streams.filter(isGossip)) stream.abort(new Error('gossip begins anew'))
    }
    void ties.topology?.onDisconnect?.(peer)
    later(FORGET_MS, () => {
      const newest = openLinks(peer).at(-1)
      if (newest !== undefined) void ties.topology?.onConnect?.(peer, newest)
    })
  }

  function later(ms: number, run: () => void): void {
    if (!started) return
    const timer = setTimeout(() => {
      soon.delete(timer)
      try {
        run()
      } catch (fault) {
        onFault(fault)
      }
    }, ms).unref()
    soon.add(timer)
  }

  function mendAll(): void {
    const seasoned = Date.now() - MEND_EVERY_MS
    const peers = new Map<string, Libp2pPeerId>()
    for (const { remotePeer, timeline } of connections()) {
      const name = remotePeer.toString()
      if (timeline.open < seasoned && gossips.has(name)) peers.set(name, remotePeer)
    }
    for (const peer of peers.values()) mend(peer)
  }

  return {
    start() {
      started = true
      ties.onIdentified = onIdentified
      ties.onSpoken = onSpoken
      pubsub.addEventListener('gossipsub:message', onMessage)
      if (joined) pubsub.subscribe(topic)
      regularly = setInterval(mendAll, MEND_EVERY_MS).unref()
    },
    stop() {
      started = false
      pubsub.removeEventListener('gossipsub:message', onMessage)
      clearInterval(regularly)
      for (const timer of soon) clearTimeout(timer)
      soon.clear()
    },
    linkEnded(peer) {
      if (connections(peer).length === 0) gossips.delete(peer.toString())
      else if (started) later(MEND_SOON_MS, () => mend(peer))
    },
    join(asked, judge) {
      if (asked !== topic)
        throw new NighError('unexpected', 'This peer carries the topic of its own mesh only.')
      pubsub.topicValidators.set(topic, (neighbour, { data }) => {
        try {
          return VERDICTS[judge(data, nameOf(neighbour))]
        } catch (fault) {
          onFault(fault)
          return TopicValidatorResult.Ignore
        }
      })
      joined = true
      if (started) pubsub.subscribe(topic)
    },
    async publish(announcement) {
      if (!started) return 0
      const { recipients } = await pubsub.publish(topic, announcement)
      return recipients.length
    },
    onAnnouncement: told.add,
  }
}

/**
 * Only a rejected announcement counts: gossip here is silent for hours, so every score that wants traffic
 * would punish the quiet. Three rejects within minutes (3² × -10) put a neighbour below the graylist
 * threshold of -80; honest ones judge as we do and never forward what is rejected.
 */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1_000,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -10,
  // Per second: three rejects are forgiven after about six minutes.
  invalidMessageDeliveriesDecay: 0.99,
}

type Registrar = GossipSubComponents['registrar']

/** `registrar`, where peers identified go to `ties` first. Gossipsub registers one topology for all its versions. */
function observed(registrar: Registrar, ties: Ties): Registrar {
  function register(protocol: string, topology: Topology, options?: { signal?: AbortSignal }) {
    ties.topology = topology
    const onConnect = (peer: Libp2pPeerId, connection: Connection) => {
      if (ties.onIdentified?.(peer, connection) !== true) return topology.onConnect?.(peer, connection)
    }
    return registrar.register(protocol, { ...topology, onConnect }, options)
  }
  function handle(protocol: string, handler: StreamHandler, options?: StreamHandlerOptions) {
    const heard: StreamHandler = (stream, connection) => {
      ties.onSpoken?.(connection.remotePeer)
      return handler(stream, connection)
    }
    return registrar.handle(protocol, heard, options)
  }
  return new Proxy(registrar, {
    get(target, key) {
      if (key === 'register') return register
      if (key === 'handle') return handle
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** True when gossip can be sent on `link`: an outbound stream stands, which gossipsub has not given up. */
function isTied({ streams }: Connection): boolean {
  return streams.some(
    (stream) =>
      isGossip(stream) &&
      stream.direction === 'outbound' &&
      stream.status === 'open' &&
      stream.writeStatus === 'writable',
  )
}

function isGossip({ protocol }: Stream): boolean {
  return protocol === GOSSIP_PROTOCOL
}

function nameOf(peer: Libp2pPeerId): PeerId {
  return peer.toString() as PeerId
}
