/** A peer that does not keep to the rules: bare libp2p, and a wire between two peers that can be cut anywhere. */
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Mesh } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'

export interface Stranger {
  readonly peer: PeerId
  dial(mesh: Pick<Mesh, 'listening' | 'self'>): Promise<Connection>
  stop(): Promise<void>
}

export async function stranger(): Promise<Stranger> {
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify() },
  })
  return {
    peer: node.peerId.toString() as PeerId,
    dial: (mesh) => node.dial(multiaddr(`${mesh.listening()[0]}/p2p/${mesh.self}`)),
    async stop() {
      await node.stop()
    },
  }
}

/** A TCP wire to `mesh` through this host's loopback; its two ends can be cut one at a time. */
export interface CutWire {
  /** What to dial instead of the mesh's own address. */
  address: string
  /** Changes one bit of the next bytes from the dialler that are at least that long; resolves once it is done. */
  flipBit(atLeast: number): Promise<void>
  /** Nobody gets through any more, or again. */
  shut(isShut: boolean): void
  cutDialler(): void
  cutListener(): void
  close(): Promise<void>
}

export async function cutWire(mesh: Pick<Mesh, 'listening'>): Promise<CutWire> {
  const port = Number(mesh.listening()[0]?.split('/')[4])
  const diallers = new Set<Socket>()
  const listenersEnds = new Set<Socket>()
  let isShut = false
  let flip: { atLeast: number; done: () => void } | undefined
  const tampered = (bytes: Buffer): Buffer => {
    if (flip === undefined || bytes.length < flip.atLeast) return bytes
    const changed = Buffer.from(bytes)
    const middle = changed.length >> 1
    changed[middle] = (changed[middle] ?? 0) ^ 1
    flip.done()
    flip = undefined
    return changed
  }
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (isShut) return void near.resetAndDestroy()
    const far = createConnection({ host: '127.0.0.1', port, allowHalfOpen: true })
    diallers.add(near)
    listenersEnds.add(far)
    near.on('data', (bytes) => far.writable && far.write(tampered(bytes)))
    far.on('data', (bytes) => near.writable && near.write(bytes))
    for (const socket of [near, far]) socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reset = (sockets: Set<Socket>) => {
    for (const socket of sockets) socket.resetAndDestroy()
    sockets.clear()
  }
  return {
    address: `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`,
    flipBit: (atLeast) =>
      new Promise((done) => {
        flip = { atLeast, done }
      }),
    shut(shut) {
      isShut = shut
    },
    cutDialler: () => reset(diallers),
    cutListener: () => reset(listenersEnds),
    async close() {
      reset(diallers)
      reset(listenersEnds)
      server.close()
      await once(server, 'close')
    },
  }
}
