/**
 * The yardstick for presence: gossipsub as libp2p gives it, with its defaults; `SIGNED` in its environment leaves it
 * its default signature too, else nothing is signed, sealed or checked. One topic, plain bytes. With `DUTIES` it does what
 * no design of ours can leave out, and nothing else: on the disk before it is told, sealed and signed once, verified and
 * opened by every watcher, by the same functions as ours.
 */
import { join } from 'node:path'
import { noise } from '@chainsafe/libp2p-noise'
import { type GossipSub, gossipsub, StrictNoSign, StrictSign, TopicValidatorResult } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import {
  isSignedAnnouncement,
  openAnnouncement,
  readAnnouncement,
  sealAnnouncement,
} from '../src/envelope/announcement.ts'
import { announcerFrom } from '../src/envelope/seal.ts'
import type { Store } from '../src/ports.ts'
import { openStore } from '../src/store/store.ts'
import { answering, hostClock } from './participant.ts'
import {
  type PresentityParty,
  STATUS_BYTES,
  sightings,
  type WatchersParty,
  written,
} from './presence-party.ts'

const TOPIC = 'yardstick'
/** Watchers of one host are many: gossipsub would take them for an attack, and libp2p for a flood. */
const ONE_HOST = { IPColocationFactorWeight: 0 }

const DUTIES = process.env.DUTIES === '1'
/** Everybody has it, as after a grant. */
const VIEW_KEY = new Uint8Array(32).fill(7)
const announcer = announcerFrom(new Uint8Array(32).fill(9))
let store: Store | undefined

type Node = Libp2p<{ pubsub: GossipSub }>
const nodes: Node[] = []

async function newNode(): Promise<Node> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    connectionManager: { inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 500 },
    services: {
      identify: identify(),
      pubsub: (components: Parameters<ReturnType<typeof gossipsub>>[0]) =>
        gossipsub({
          globalSignaturePolicy: process.env.SIGNED === '1' ? StrictSign : StrictNoSign,
          scoreParams: ONE_HOST,
        })(components),
    },
  })
  if (DUTIES)
    node.services.pubsub.topicValidators.set(TOPIC, (_neighbour, { data }) => {
      const header = readAnnouncement(data)
      return header !== undefined && isSignedAnnouncement(data, header)
        ? TopicValidatorResult.Accept
        : TopicValidatorResult.Reject
    })
  node.services.pubsub.subscribe(TOPIC)
  nodes.push(node)
  return node
}

const addressOf = (node: Node): string => String(node.getMultiaddrs()[0])

function announcement(number: number): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(STATUS_BYTES))
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

async function close(): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()))
  await store?.close()
}

const presentity: PresentityParty = {
  async open({ folder }) {
    if (DUTIES) store = await openStore(join(folder, 'yardstick.db'))
    return addressOf(await newNode())
  },
  async welcome(watchers) {
    const pubsub = nodes[0]?.services.pubsub
    if (pubsub === undefined) throw new Error('not open')
    const everybody = (): boolean => pubsub.getSubscribers(TOPIC).length >= watchers.length
    while (!everybody())
      await new Promise((resolve) => pubsub.addEventListener('subscription-change', resolve, { once: true }))
  },
  async change(number) {
    const plain = announcement(number)
    const at = hostClock()
    if (DUTIES) await store?.settings.set('status', `change ${number}`)
    const bytes = DUTIES ? sealAnnouncement({ plain, key: VIEW_KEY, announcer, counter: number }) : plain
    await nodes[0]?.services.pubsub.publish(TOPIC, bytes)
    return at
  },
  written,
  close,
}

let sightingsHere = sightings(0)

const watchers: WatchersParty = {
  async open({ count }) {
    sightingsHere = sightings(count)
    for (let index = 0; index < count; index++) {
      const { pubsub } = (await newNode()).services
      pubsub.addEventListener('gossipsub:message', ({ detail }) => {
        const data = DUTIES ? openAnnouncement(detail.msg.data, VIEW_KEY) : detail.msg.data
        if (data === undefined) return
        sightingsHere.saw(index, new DataView(data.buffer, data.byteOffset).getUint32(0))
      })
    }
    return nodes.map(addressOf)
  },
  async watch(presentity, others) {
    for (const node of nodes) {
      await node.dial(multiaddr(presentity))
      for (const other of others.slice(0, Math.max(0, others.indexOf(addressOf(node)))))
        await node.dial(multiaddr(other))
    }
  },
  seen: (number) => sightingsHere.all(number),
  written,
  close,
}

answering(process.env.ROLE === 'presentity' ? presentity : watchers)
