/** The mesh over libp2p, as the settings of a home have it. */
import type { WarningCode } from '../agent.ts'
import { NighError } from '../errors.ts'
import { localNetworks, needsZone, tcpAddress, unknownInterfaces } from '../mesh/networks.ts'
import type { Mesh, Store } from '../ports.ts'
import { shown } from '../principal/address.ts'
import type { Household } from './household.ts'

/** Keys in the store's settings. */
const PORT = 'port'
const PRESET = 'preset'

type Warn = (code: WarningCode, message: string) => void

export interface Speaking {
  /** TCP port; then it must be free. By default the kept one, else any. */
  port?: number
  /** Speak on these interfaces only, by name. */
  interfaces?: readonly string[]
}

/** Throws `usage` where an interface is named that this host does not have: nothing would ever be heard there. */
export function checkInterfaces({ interfaces = [] }: Speaking): void {
  const { unknown, known } = unknownInterfaces(interfaces)
  if (unknown.length === 0) return
  throw new NighError(
    'usage',
    `No network interface of this host is called ${unknown.map(shown).join(' or ')}. There are: ${known.join(', ')}. Name one of these (--interface or NIGH_INTERFACE), or none to speak on all.`,
  )
}

/** libp2p is loaded here and nowhere earlier: a peer that rests never needs it. */
export async function realMesh(
  { key, store }: Pick<Household, 'key' | 'store'>,
  meshHash: string,
  { port, interfaces }: Speaking,
): Promise<{
  mesh: Mesh
  portWasTaken: () => { from: number; to: number } | undefined
  /** Tells what was found at the start. */
  warnAtStart: (warn: Warn) => void
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
  const portWasTaken = () =>
    mesh.portWasTaken && mesh.port !== undefined ? { from: asked, to: mesh.port } : undefined
  return {
    mesh,
    portWasTaken,
    warnAtStart(warn) {
      const moved = portWasTaken()
      if (moved !== undefined)
        warn('port-replaced', `Port ${moved.from} is taken by another program; this time it is ${moved.to}.`)
      // No error: networks come and go, and it may be plugged in later.
      for (const name of interfaces?.filter((each) => localNetworks([each]).length === 0) ?? [])
        warn(
          'interface-down',
          `The network interface ${shown(name)} has no address now. Nobody is met there until it has one.`,
        )
    },
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
