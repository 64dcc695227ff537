/**
 * A neighbour on the carrier who is no peer of ours: subscribes, takes part in gossipsub's mesh, passes nothing on, and
 * keeps every byte that comes in on its gossip streams, framing and control traffic included.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { SIZE_CLASSES } from '../../src/envelope/protocol.ts'
import type { Mesh } from '../../src/ports.ts'

const GOSSIP_PROTOCOL = '/meshsub/1.2.0'

export interface Eavesdropper {
  /** What came in, one piece per stream. */
  readonly heard: Uint8Array[]
  /** About how many announcements of the smallest class that is. */
  announcements(): number
  listenTo(mesh: Pick<Mesh, 'listening' | 'self'>): Promise<void>
  stop(): Promise<void>
}

export async function eavesdropper(topic: string): Promise<Eavesdropper> {
  const streams: Buffer[][] = []
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify() },
  })
  await node.handle(GOSSIP_PROTOCOL, (stream) => {
    const pieces: Buffer[] = []
    streams.push(pieces)
    stream.addEventListener('message', ({ data }) => void pieces.push(Buffer.from(data.subarray())))
  })
  const heard = (): Buffer[] => streams.map((pieces) => Buffer.concat(pieces))
  return {
    get heard() {
      return heard()
    },
    announcements: () =>
      Math.floor(heard().reduce((sum, bytes) => sum + bytes.length, 0) / (SIZE_CLASSES[0] ?? 1)),
    async listenTo(mesh) {
      const connection = await node.dial(multiaddr(`${mesh.listening()[0]}/p2p/${mesh.self}`))
      const stream = await connection.newStream(GOSSIP_PROTOCOL)
      stream.send(framed(subscription(topic)))
      stream.send(framed(graft(topic)))
    },
    async stop() {
      await node.stop()
    },
  }
}

/** Protobuf by hand: RPC{ subscriptions(1): { subscribe(1): true, topic(2) } }. */
function subscription(topic: string): Uint8Array {
  return field(1, Buffer.concat([Buffer.from([0x08, 1]), field(2, Buffer.from(topic))]))
}

/** RPC{ control(3): { graft(3): { topic(1) } } }. */
function graft(topic: string): Uint8Array {
  return field(3, field(3, field(1, Buffer.from(topic))))
}

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes])
}

function framed(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}
