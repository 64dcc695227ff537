/**
 * A street: peers as in a town, but over real libp2p on loopback and in real time. For what only the wire can show.
 */
import type { Agent, AgentEvent } from '../../src/agent.ts'
import { type Libp2pMesh, libp2pMesh } from '../../src/mesh/node.ts'
import { joinParts } from '../../src/peer.ts'
import type { Air, Channel, Mesh, Store } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { meshHash } from '../../src/principal/mesh-name.ts'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import { openStore } from '../../src/store/store.ts'
import { systemClock, systemEntropy } from '../../src/system.ts'

export interface Neighbour {
  readonly peerId: PeerId
  readonly agent: Agent
  readonly events: AgentEvent[]
  readonly store: Store
  readonly mesh: Libp2pMesh
  /** With the address at which they listen. */
  readonly card: string
  /** Its ends of message channels that others opened, oldest first. */
  readonly channels: Channel[]
}

export interface Street extends AsyncDisposable {
  readonly meshHash: string
  moveIn(
    name: string,
    options?: {
      /** ms in which a write must drain. */
      drainWithinMs?: number
      tapStore?: (store: Store) => Store
      /** Stands between the peer and its mesh. */
      tapMesh?: (mesh: Mesh) => Mesh
    },
  ): Promise<Neighbour>
}

/** No multicast: other tests on this host would hear it. Who wants to reach somebody needs their card. */
const SILENT: Air = {
  ask() {},
  answer() {},
  onAsked: () => () => {},
  onHeard: () => () => {},
  onEcho: () => () => {},
  onTrouble: () => () => {},
  onNetworkChange: () => () => {},
  traffic: () => [],
}

export function street(): Street {
  const meshName = `street-${Buffer.from(systemEntropy.bytes(4)).toString('hex')}`
  const agents: Agent[] = []
  return {
    meshHash: meshHash(meshName),
    async moveIn(name, options = {}) {
      const { drainWithinMs, tapStore = (same) => same, tapMesh = (same) => same } = options
      const key = await makeKey()
      const real = await libp2pMesh({
        privateKey: key,
        port: 0,
        interfaces: ['lo'],
        meshHash: meshHash(meshName),
        ...(drainWithinMs === undefined ? {} : { drainWithinMs }),
      })
      const channels: Channel[] = []
      const mesh: Libp2pMesh = {
        ...real,
        air: SILENT,
        onLink: (listener) =>
          real.onLink((link) => {
            listener(link)
            link.onChannel((channel) => void (channel.kind === 'messages' && channels.push(channel)))
          }),
      }
      const store = await openStore(':memory:')
      await store.settings.set('name', name)
      const parts = {
        store: tapStore(store),
        key,
        home: name,
        meshName,
        mesh: tapMesh(mesh),
        clock: systemClock,
        entropy: systemEntropy,
      }
      const agent = await joinParts(parts)
      agents.push(agent)
      const events: AgentEvent[] = []
      void (async () => {
        for await (const event of agent.events()) events.push(event)
      })()
      const { peerId } = principalOf(key)
      const card = `nigh:${peerId}?addr=${mesh.listening()[0]}`
      return { peerId, agent, events, store, mesh, card, channels }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(agents.map((agent) => agent.close()))
    },
  }
}

/** Two who write to each other without a pause until told to stop; what they notice of others is how long it takes. */
export interface Conversation {
  /** The longest that a message took to be answered since the last time this was asked, ms. */
  slowest(): number
  /** Messages answered so far. */
  readonly count: number
  /** Ends it; resolves with the texts each wrote, in order. */
  end(): Promise<[string[], string[]]>
}

export function converse(one: Neighbour, other: Neighbour, everyMs = 10): Conversation {
  let over = false
  let slowest = 0
  let count = 0
  const talk = async (from: Neighbour, to: Neighbour, word: string): Promise<string[]> => {
    const said: string[] = []
    while (!over) {
      const text = `${word} ${said.length}`
      said.push(text)
      const began = performance.now()
      const { outcome } = await from.agent.send({ to: `im:${to.peerId}`, text, waitMs: 10_000 })
      if (outcome !== 'success') throw new Error(`${text}: ${outcome}`)
      slowest = Math.max(slowest, performance.now() - began)
      count += 1
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    return said
  }
  const talking = Promise.all([talk(one, other, 'there'), talk(other, one, 'back')])
  talking.catch(() => {}) // told by `end`
  return {
    slowest() {
      const worst = slowest
      slowest = 0
      return worst
    },
    get count() {
      return count
    },
    async end() {
      over = true
      return talking
    },
  }
}
