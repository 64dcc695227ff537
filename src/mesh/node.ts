/**
 * The mesh over libp2p: TCP, Noise, Yamux, identify and gossipsub, and nothing that acts by itself. Whom to
 * dial, keep and drop is the neighbourhood's to decide; libp2p's own limits are a backstop, its connection
 * monitor (one failed ping ends a healthy link) and its reconnects (which give up) are off.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import type { GossipsubOpts } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Connection, PeerId as Libp2pPeerId, Stream, Transport, Upgrader } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p, type Libp2pOptions } from 'libp2p'
import {
  CONNECTION_BACKSTOP,
  carrierTopic,
  FETCH_PROTOCOL,
  MESSAGES_PROTOCOL,
  PRESENCE_PROTOCOL,
  QUESTIONS_AT_ONCE,
} from '../envelope/protocol.ts'
import type { ChannelKind, DialOptions, Link, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { multicastAir } from './air.ts'
import { linkGone, notRunning } from './failures.ts'
import { STREAM_WINDOW } from './frames.ts'
import { gossipCarrier, gossipService } from './gossip.ts'
import { hostFacts } from './host-facts.ts'
import { CHANNELS_PER_KIND, type ConnectionLink, connectionLink } from './link.ts'
import { listeners, type OnFault } from './listeners.ts'
import { type Listening, startListening } from './listening.ts'
import { localNetworks } from './networks.ts'
import { noiseCrypto } from './noise-crypto.ts'
import { type DialOne, reach } from './reach.ts'
import { reflection } from './reflection.ts'
import { wholeWrites } from './whole-writes.ts'
import { thriftyWindows } from './windows.ts'

/** Handshakes under way and new connections per second from one host: an office behind one address, or a test of hundreds. */
const PENDING_LIMIT = 256
const INBOUND_PER_SECOND = 256
/** libp2p's own parts look a peer up for a moment after its last link ended. A guess. */
const FORGET_AFTER_MS = 5_000
/** Another home with our key proves it within this, or is none. A guess: one handshake on a link. */
const OWN_KEY_WITHIN_MS = 1_000
/** What libp2p's upgrader says when the handshake showed that the other side holds our own key. */
const SELF_DIALLED = 'Can not dial self'
/** What identify says of us: the program, no version of a person's system. */
const AGENT = 'nigh'

export interface Libp2pMeshOptions {
  /** Ed25519 private key, protobuf-encoded as libp2p does. */
  privateKey: Uint8Array
  /** TCP port for IPv4 and IPv6; 0: any. */
  port: number
  /** Reject `start` with `port-taken` rather than take another. */
  portRequired?: boolean
  /** Interface names to listen and multicast on; all by default. */
  interfaces?: readonly string[]
  /** Hash of the mesh name, 16 hex digits. */
  meshHash: string
  /** No listener, and no answer on the air. */
  hidden?: boolean
  /** Told of exceptions thrown by listeners, which end nothing. */
  onFault?: OnFault
  /** ms in which a write must drain. For tests. */
  drainWithinMs?: number
  /** Takes a defence away, so that a test can show what it is there for. */
  without?: { gossip?: Partial<GossipsubOpts>; libp2p?: Libp2pOptions; mending?: boolean }
}

export interface Libp2pMesh extends Mesh {
  /** The asked port was taken by another program, and another one is in use. Known after `start`. */
  readonly portWasTaken: boolean
  /** The TCP port in use, to be kept for the next start; undefined while not listening. */
  readonly port: number | undefined
}

export async function libp2pMesh(options: Libp2pMeshOptions): Promise<Libp2pMesh> {
  const { interfaces, meshHash, hidden = false, onFault = () => {}, without = {} } = options
  const topic = carrierTopic(meshHash)
  const gossip = gossipService(topic, without.gossip)
  const privateKey = privateKeyFromProtobuf(options.privateKey)
  const handshakes = reflection(noiseCrypto)
  const node = await createLibp2p({
    privateKey,
    start: false,
    nodeInfo: { name: AGENT, version: '1', userAgent: AGENT },
    transports: [tcp()],
    connectionEncrypters: [wholeWrites(noise(handshakes.noise))],
    // Its keepalive ends nothing and wakes every idle link: beats on the presence channel know better.
    streamMuxers: [
      thriftyWindows(
        yamux({ enableKeepAlive: false, streamOptions: { maxStreamWindowSize: STREAM_WINDOW } }),
      ),
    ],
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: CONNECTION_BACKSTOP,
      inboundConnectionThreshold: INBOUND_PER_SECOND,
      maxIncomingPendingConnections: PENDING_LIMIT,
      reconnectRetries: 0,
    },
    ...without.libp2p,
    services: { identify: identify(), pubsub: gossip.service, bare: bareParts },
  })
  const self = node.peerId.toString() as PeerId
  const links = new Map<string, ConnectionLink>()
  const toldLinks = listeners<[Link]>(onFault)
  let answer: Parameters<Mesh['onQuestion']>[0] = () => Promise.reject(new Error('nobody answers here'))
  let linksGiven = 0
  let listening: Listening | undefined
  let state: 'new' | 'started' | 'stopped' = 'new'
  let starting: Promise<void> | undefined
  let stopping: Promise<void> | undefined
  let down: Promise<void> | undefined
  /** Ends dials under way when the mesh stops. */
  const over = new AbortController()

  const carrier = gossipCarrier({
    pubsub: node.services.pubsub,
    topic,
    ties: gossip.ties,
    connections: (peer) => node.getConnections(peer),
    onFault,
    mending: without.mending ?? true,
  })
  const air = multicastAir({
    self,
    meshHash,
    ...(interfaces === undefined ? {} : { interfaces }),
    hidden,
    listening: () => listening?.addresses() ?? [],
    isOwnKey: (addresses) => provesKey(addresses),
    onFault,
  })
  air.onNetworkChange(() => void listening?.renew())

  function linkOver(connection: Connection): ConnectionLink {
    const link = connectionLink({
      connection,
      number: ++linksGiven,
      outbound: connection.direction === 'outbound',
      onFault,
      answer: (asked, question) => answer(asked, question),
      ...(options.drainWithinMs === undefined ? {} : { drainWithinMs: options.drainWithinMs }),
    })
    links.set(connection.id, link)
    link.onClose(() => links.delete(connection.id))
    toldLinks.tell(link)
    return link
  }

  function onOpen({ detail: connection }: CustomEvent<Connection>): void {
    // Outbound ones are told by `dial`: it alone knows which of its attempts counts.
    if (connection.direction === 'outbound') return
    if (state === 'started' && stopping === undefined) linkOver(connection)
    else connection.abort(new Error('not taking links'))
  }

  function onConnectionClosed({ detail: connection }: CustomEvent<Connection>): void {
    links.get(connection.id)?.lost()
    carrier.linkEnded(connection.remotePeer)
    setTimeout(() => void forget(connection.remotePeer).catch(onFault), FORGET_AFTER_MS).unref()
  }

  /** What libp2p noted of a peer that has left: keys are free, so strangers could fill the memory with it. */
  async function forget(peer: Libp2pPeerId): Promise<void> {
    if (node.status === 'started' && node.getConnections(peer).length === 0) await node.peerStore.delete(peer)
  }

  const handle = (kind: ChannelKind) => (stream: Stream, connection: Connection) => {
    const link = links.get(connection.id)
    if (link === undefined) stream.abort(new Error('no such link'))
    else link.accept(kind, stream)
  }

  async function dial(
    peer: PeerId,
    addresses: readonly string[],
    { signal, ...how }: DialOptions,
  ): Promise<Link> {
    if (state !== 'started') throw notRunning()
    const connection = await reach({
      peer,
      addresses,
      signal: AbortSignal.any([signal, over.signal]),
      ...how,
      dial: (at, options) => node.services.bare.dial(at, options),
    })
    if (stopping !== undefined || connection.status !== 'open') {
      connection.abort(new Error('closed while it opened'))
      throw linkGone(peer)
    }
    return linkOver(connection)
  }

  /** Whether one of them completes the handshake under our key, and is another process than this one. */
  async function provesKey(addresses: readonly string[]): Promise<boolean> {
    const proofs = addresses.map(async (address) => {
      const proof = await handshakes.watched(() => showsKey(address))
      return proof.result && !proof.isOurselves
    })
    return (await Promise.all(proofs)).includes(true)
  }

  /** libp2p ends a connection with ourselves, after its key was proved. */
  async function showsKey(address: string): Promise<boolean> {
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(OWN_KEY_WITHIN_MS), over.signal])
      const connection = await node.services.bare.dial(multiaddr(`${address}/p2p/${self}`), { signal })
      connection.abort(new Error('not wanted'))
      return false
    } catch (cause) {
      return cause instanceof Error && cause.message.includes(SELF_DIALLED)
    }
  }

  const handleQuestion = (stream: Stream, connection: Connection) => {
    const link = links.get(connection.id)
    if (link === undefined) stream.abort(new Error('no such link'))
    else link.question(stream)
  }

  function start(): Promise<void> {
    if (stopping !== undefined) return Promise.resolve()
    starting ??= bringUp()
    return starting
  }

  async function bringUp(): Promise<void> {
    await node.start()
    try {
      const protocolOptions = { maxInboundStreams: CHANNELS_PER_KIND, maxOutboundStreams: CHANNELS_PER_KIND }
      node.addEventListener('connection:open', onOpen)
      node.addEventListener('connection:close', onConnectionClosed)
      await Promise.all([
        node.handle(PRESENCE_PROTOCOL, handle('presence'), protocolOptions),
        node.handle(MESSAGES_PROTOCOL, handle('messages'), protocolOptions),
        node.handle(FETCH_PROTOCOL, handleQuestion, {
          maxInboundStreams: QUESTIONS_AT_ONCE,
          maxOutboundStreams: QUESTIONS_AT_ONCE,
        }),
      ])
      state = 'started'
      carrier.start()
      if (!hidden)
        listening = await startListening({ ...listeningOptions(options, node), port: options.port })
      await air.start()
    } catch (fault) {
      await takeDown()
      throw fault
    }
  }

  function stop(): Promise<void> {
    stopping ??= (async () => {
      over.abort(new Error('the mesh stopped'))
      // What comes up late would stay otherwise.
      await starting?.catch(() => {})
      await takeDown()
    })()
    return stopping
  }

  function takeDown(): Promise<void> {
    down ??= (async () => {
      over.abort(new Error('the mesh stopped'))
      // Links first: closing a listener cuts what it accepted, and a goodbye may still be on its way.
      await Promise.all([air.stop(), ...[...links.values()].map((link) => link.finish())])
      await listening?.close()
      state = 'stopped'
      carrier.stop()
      await node.stop()
    })()
    return down
  }

  return {
    self,
    carrier,
    air,
    get portWasTaken() {
      return listening?.portWasTaken ?? false
    },
    get port() {
      return listening?.port
    },
    start,
    stop,
    listening: () => (state === 'started' ? (listening?.addresses() ?? []) : []),
    networks: () => localNetworks(interfaces),
    host: hostFacts,
    dial,
    onLink: toldLinks.add,
    onQuestion(newest) {
      answer = newest
    },
  }
}

interface BareParts {
  dial: DialOne
  transport(): Transport
  upgrader: Upgrader
}

/** The parts of libp2p under its dial queue and its transport manager; `reach` and `listening` say why. */
function bareParts(components: {
  transportManager: { dial: BareParts['dial']; getTransports(): Transport[] }
  upgrader: Upgrader
}): BareParts {
  return {
    dial: (address, options) => components.transportManager.dial(address, options),
    transport() {
      const [transport] = components.transportManager.getTransports()
      if (transport === undefined) throw new Error('libp2p was made without a transport')
      return transport
    },
    upgrader: components.upgrader,
  }
}

function listeningOptions(options: Libp2pMeshOptions, node: Libp2p<{ bare: BareParts }>) {
  const { interfaces, portRequired = false } = options
  return {
    portRequired,
    ...(interfaces === undefined ? {} : { interfaces }),
    async listen(address: Multiaddr) {
      const { bare } = node.services
      const listener = bare.transport().createListener({ upgrader: bare.upgrader })
      await listener.listen(address)
      return listener
    },
  }
}
