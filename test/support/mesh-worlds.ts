/** Worlds in which meshes meet: in memory, and over TCP on the loopback interface of this very host. */
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { memoryWorld } from '../../src/mesh/memory.ts'
import { type Libp2pMesh, type Libp2pMeshOptions, libp2pMesh } from '../../src/mesh/node.ts'
import type { Clock, Entropy, Mesh } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'

export const MESH_HASH = '00112233445566aa'

export interface WorldMeshOptions {
  hidden?: boolean
  onFault?: (fault: unknown) => void
  /** Same key as this one: a cloned home. */
  cloneOf?: Mesh
}

/** Makes meshes that can reach each other, and ends them all. */
export interface MeshWorld {
  /** A started mesh with a key of its own. */
  mesh(options?: WorldMeshOptions): Promise<Mesh>
  close(): Promise<void>
}

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wake(at, run) {
    const timer = setTimeout(run, Math.max(0, at - performance.now()))
    return () => clearTimeout(timer)
  },
}

export const realEntropy: Entropy = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
}

export interface Key {
  peer: PeerId
  protobuf: Uint8Array
}

export async function newKey(): Promise<Key> {
  const key = await generateKeyPair('Ed25519')
  return { peer: peerIdFromPrivateKey(key).toString() as PeerId, protobuf: privateKeyToProtobuf(key) }
}

export function memoryMeshes(): MeshWorld {
  const world = memoryWorld({ clock: realClock, entropy: realEntropy, meshHash: MESH_HASH })
  const meshes: Mesh[] = []
  return {
    async mesh({ hidden = false, onFault, cloneOf } = {}) {
      const peer = cloneOf?.self ?? (await newKey()).peer
      const mesh = world.mesh(peer, { hidden, ...(onFault === undefined ? {} : { onFault }) })
      meshes.push(mesh)
      await mesh.start()
      return mesh
    },
    async close() {
      await Promise.all(meshes.map((mesh) => mesh.stop()))
    },
  }
}

/** Over TCP, on the interface `lo` only: nothing leaves this host. */
export interface LoopbackMeshes extends MeshWorld {
  mesh(options?: WorldMeshOptions & Partial<Libp2pMeshOptions>): Promise<Libp2pMesh>
}

export function loopbackMeshes(): LoopbackMeshes {
  const meshes: Libp2pMesh[] = []
  const keys = new Map<PeerId, Key>()
  return {
    async mesh({ cloneOf, ...options } = {}) {
      const key = (cloneOf && keys.get(cloneOf.self)) ?? (await newKey())
      keys.set(key.peer, key)
      const mesh = await libp2pMesh({
        privateKey: key.protobuf,
        port: 0,
        interfaces: ['lo'],
        meshHash: MESH_HASH,
        ...options,
      })
      meshes.push(mesh)
      await mesh.start()
      return mesh
    },
    async close() {
      await Promise.all(meshes.map((mesh) => mesh.stop()))
    },
  }
}

/** The next thing told to a listener that `listen` registers. */
export function next<T = void>(listen: (listener: (told: T) => void) => unknown): Promise<T> {
  return new Promise((resolve) => {
    listen(resolve)
  })
}

/** Time enough on a busy host, and no longer. */
export const soon = () => ({ signal: AbortSignal.timeout(5_000) })
