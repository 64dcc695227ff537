/**
 * Where this peer can be dialled. The kept port is asked for first, on IPv4 and IPv6 alike, because contacts
 * remember addresses; whoever holds it already is an answer for the person, or a reason to take another one.
 * The listeners are ours and not libp2p's transport manager's: that one keeps the reason of a failure to
 * itself, and its addresses would go out to every neighbour with identify.
 */
import type { Listener } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { NighError } from '../errors.ts'
import type { LocalNetwork } from '../ports.ts'
import { localNetworks, needsZone, tcpAddress } from './networks.ts'

/** Random ports to try until one is free for IPv4 and IPv6 alike. */
const RANDOM_TRIES = 4

/** Listens at one address; rejects with the system's own error. */
export type ListenOne = (address: Multiaddr) => Promise<Listener>

export interface ListeningOptions {
  listen: ListenOne
  /** 0: any. */
  port: number
  /** Reject with `port-taken` rather than take another. */
  portRequired: boolean
  /** Listen on these interfaces only. */
  interfaces?: readonly string[]
}

export interface Listening {
  /** The port in use; IPv6 may differ where the same one is taken. */
  readonly port: number | undefined
  /** Another one than asked for had to be taken. */
  readonly portWasTaken: boolean
  /** Dialable addresses, without /p2p. */
  addresses(): string[]
  /** Follows a change of networks, where listening hangs on them. */
  renew(): Promise<void>
  close(): Promise<void>
}

export async function startListening(options: ListeningOptions): Promise<Listening> {
  const { listen, interfaces } = options
  /** By host: `0.0.0.0` and `::`, or one address each. */
  const open = new Map<string, { listener: Listener; port: number }>()
  let port: number | undefined
  let portWasTaken = false

  const hosts = () =>
    interfaces === undefined
      ? ['0.0.0.0', '::']
      : localNetworks(interfaces)
          .map(({ address }) => address)
          .filter((address) => !needsZone(address))

  /** Opens what is not open yet at `wanted`; hosts that have no such address are left out. */
  async function openAll(wanted: number): Promise<void> {
    let number = wanted
    for (const host of hosts()) {
      if (open.has(host)) continue
      try {
        const listener = await listen(multiaddr(tcpAddress(host, number)))
        number = portOf(listener) ?? number
        open.set(host, { listener, port: number })
      } catch (fault) {
        if (isTaken(fault)) throw fault
      }
    }
    port = open.size === 0 ? undefined : number
  }

  async function closeAll(): Promise<void> {
    const closing = [...open.values()].map(({ listener }) => listener.close().catch(() => {}))
    open.clear()
    port = undefined
    await Promise.all(closing)
  }

  async function openAt(wanted: number): Promise<boolean> {
    try {
      await openAll(wanted)
      return true
    } catch (fault) {
      if (!isTaken(fault)) throw fault
      await closeAll()
      return false
    }
  }

  async function openAnywhere(): Promise<void> {
    for (let tries = 0; tries < RANDOM_TRIES; tries++) if (await openAt(0)) return
    throw new NighError('port-taken', 'No TCP port is free on this host. Is something holding all of them?')
  }

  if (options.port === 0) await openAnywhere()
  else if (!(await openAt(options.port))) {
    if (options.portRequired) throw portTaken(options.port)
    portWasTaken = true
    await openAnywhere()
  }

  return {
    get port() {
      return port
    },
    portWasTaken,
    addresses() {
      const addresses = new Set<string>()
      for (const { address, family } of localNetworks(interfaces)) {
        const found = open.get(address) ?? open.get(family === 4 ? '0.0.0.0' : '::')
        if (found !== undefined && !needsZone(address)) addresses.add(tcpAddress(address, found.port))
      }
      return [...addresses]
    },
    async renew() {
      if (interfaces === undefined) return
      const now = new Set(hosts())
      for (const [host, { listener }] of open) {
        if (now.has(host)) continue
        open.delete(host)
        await listener.close().catch(() => {})
      }
      try {
        await openAll(port ?? options.port)
      } catch {
        // Taken on the new address alone: the others go on.
      }
    },
    close: closeAll,
  }
}

/** Loopback sorts like every other network: two homes on one host dial each other there. */
export function addressesOn(addresses: readonly string[], networks: readonly LocalNetwork[]): string[] {
  const hosts = new Set(networks.map(({ address }) => address))
  return addresses.filter((address) => hosts.has(address.split('/')[2] ?? ''))
}

function portOf(listener: Listener): number | undefined {
  const component = listener
    .getAddrs()[0]
    ?.getComponents()
    .find(({ name }) => name === 'tcp')
  return component?.value === undefined ? undefined : Number(component.value)
}

/** Held by another program, or (below 1024) not ours to take. */
function isTaken(fault: unknown): boolean {
  return fault instanceof Error && 'code' in fault && (fault.code === 'EADDRINUSE' || fault.code === 'EACCES')
}

function portTaken(port: number): NighError {
  return new NighError(
    'port-taken',
    `TCP port ${port} is taken by another program, or not ours to take. Choose another, or let Nigh choose.`,
  )
}
