/**
 * Who is near? A private source address says nothing: VPNs, container bridges and hairpin NAT all have one. Near
 * is who was heard by multicast on an interface and connects from an address in that interface's own subnet, not
 * from its gateway (behind which the whole internet may stand) and not through a relay (fault P8). What comes
 * from this host itself needs no hearing.
 */
import { HEARD_FOR_MS } from '../envelope/protocol.ts'
import type { LocalNetwork } from '../ports.ts'
import { type Ip, isInSubnet, isLoopback, isSameIp, parseIp } from './ip.ts'

/** `unheard`: only the hearing is missing; worth a short wait before a request is decided. */
export type Nearness = 'near' | 'unheard' | 'not'

/** One hearing: the interface in whose subnet the packet's source address lay, and when (monotonic ms). */
export interface Hearing {
  network: string
  at: number
}

export function isNear(asked: {
  heard: readonly Hearing[]
  remote: { host: string; relayed: boolean }
  networks: readonly LocalNetwork[]
  now: number
}): Nearness {
  const { heard, remote, networks, now } = asked
  if (remote.relayed) return 'not'
  if (isThisHost(remote.host, networks)) return 'near'
  const shared = networksReaching(remote.host, networks)
  if (shared.length === 0) return 'not'
  const fresh = heard.filter((hearing) => now - hearing.at < HEARD_FOR_MS)
  return shared.some(({ name }) => fresh.some((hearing) => hearing.network === name)) ? 'near' : 'unheard'
}

/** Loopback, or an address of our own: another home on this host. Limits by address never apply to it. */
export function isThisHost(host: string, networks: readonly LocalNetwork[]): boolean {
  const ip = parseIp(host)
  if (ip === undefined) return false
  return isLoopback(ip) || networks.some((network) => isAt(network.address, ip))
}

/** The networks in whose subnet `host` lies without being their gateway. */
export function networksReaching(host: string, networks: readonly LocalNetwork[]): LocalNetwork[] {
  const ip = parseIp(host)
  if (ip === undefined) return []
  return networks.filter((network) => {
    const address = parseIp(network.address)
    if (address === undefined || (ip.zone !== undefined && ip.zone !== network.name)) return false
    return isInSubnet(ip, { address, prefix: network.prefix }) && !isGatewayOf(network.name, ip, networks)
  })
}

/** A gateway is one of its interface, under whichever of the interface's addresses it was told. */
function isGatewayOf(name: string, ip: Ip, networks: readonly LocalNetwork[]): boolean {
  return networks.some(
    (network) => network.name === name && network.gateway !== undefined && isAt(network.gateway, ip),
  )
}

function isAt(text: string, ip: Ip): boolean {
  const parsed = parseIp(text)
  return parsed !== undefined && isSameIp(parsed, ip)
}
