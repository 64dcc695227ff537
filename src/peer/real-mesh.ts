/** The mesh over libp2p, as the settings of a home have it. */
import { localNetworks, needsZone, tcpAddress } from '../mesh/networks.ts'
import type { Mesh, Store } from '../ports.ts'
import type { Household } from './household.ts'

/** Keys in the store's settings. */
const PORT = 'port'
const PRESET = 'preset'

export interface Speaking {
  /** TCP port; then it must be free. By default the kept one, else any. */
  port?: number
  /** Speak on these interfaces only, by name. */
  interfaces?: readonly string[]
}

/** libp2p is loaded here and nowhere earlier: a peer that rests never needs it. */
export async function realMesh(
  { key, store }: Pick<Household, 'key' | 'store'>,
  meshHash: string,
  { port, interfaces }: Speaking,
): Promise<{
  mesh: Mesh
  portWasTaken: () => { from: number; to: number } | undefined
  /** The port of the first start is kept, so that remembered addresses live over restarts. */
  keepPort: () => Promise<void>
}> {
  const { libp2pMesh } = await import('../mesh/node.ts')
  const kept = await keptPort(store)
  const asked = port ?? kept
  const mesh = await libp2pMesh({
    privateKey: key,
    port: asked,
    portRequired: port !== undefined && port !== 0,
    meshHash,
    hidden: await isHidden(store),
    ...(interfaces === undefined ? {} : { interfaces }),
  })
  return {
    mesh,
    portWasTaken: () =>
      mesh.portWasTaken && mesh.port !== undefined ? { from: asked, to: mesh.port } : undefined,
    async keepPort() {
      if (mesh.port !== undefined && kept === 0) await store.settings.set(PORT, String(mesh.port))
    },
  }
}

/** Where the peer of this home will listen once it runs, as far as its port is known already. */
export async function futureAddresses(store: Store, { interfaces }: Speaking): Promise<() => string[]> {
  const port = await keptPort(store)
  if (port === 0 || (await isHidden(store))) return () => []
  return () =>
    localNetworks(interfaces)
      .filter(({ address }) => !needsZone(address))
      .map(({ address }) => tcpAddress(address, port))
}

const keptPort = async (store: Store): Promise<number> => Number((await store.settings.get(PORT)) ?? 0)
const isHidden = async (store: Store): Promise<boolean> => (await store.settings.get(PRESET)) === 'hidden'
