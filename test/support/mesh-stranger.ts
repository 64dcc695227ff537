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

export interface Stranger {
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
  cutDialler(): void
  cutListener(): void
  close(): Promise<void>
}

export async function cutWire(mesh: Mesh): Promise<CutWire> {
  const port = Number(mesh.listening()[0]?.split('/')[4])
  const diallers = new Set<Socket>()
  const listenersEnds = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = createConnection({ host: '127.0.0.1', port, allowHalfOpen: true })
    diallers.add(near)
    listenersEnds.add(far)
    near.on('data', (bytes) => far.writable && far.write(bytes))
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
