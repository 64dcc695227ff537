/**
 * The networks this host is on. Nearness and discovery both hang on one question, "is this address on that
 * link", so it is answered in one place.
 */
import { readFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { LocalNetwork } from '../ports.ts'

/** Networks of every interface that is up, or of those in `names`, with the gateway where known. */
export function localNetworks(names?: readonly string[]): LocalNetwork[] {
  const gateways = readGateways()
  const networks: LocalNetwork[] = []
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (names !== undefined && !names.includes(name)) continue
    for (const { address, cidr, family, internal } of addresses ?? []) {
      const prefix = Number(cidr?.split('/')[1])
      if (!Number.isInteger(prefix)) continue
      const gateway = family === 'IPv4' ? gateways.get(name) : undefined
      networks.push({
        name,
        address,
        prefix,
        family: family === 'IPv4' ? 4 : 6,
        loopback: internal,
        ...(gateway === undefined ? {} : { gateway }),
      })
    }
  }
  return networks
}

/**
 * Those of `names` that this host does not have, and what it has. One that is down is listed by no call of Node; Linux
 * lists it here, and elsewhere nobody can tell it from one that is not there: `unknown` is empty then.
 */
export function unknownInterfaces(names: readonly string[]): { unknown: string[]; known: string[] } {
  const all = everyInterface()
  const known = [...new Set([...all, ...Object.keys(networkInterfaces())])]
  return { unknown: all.length === 0 ? [] : names.filter((name) => !known.includes(name)), known }
}

/** True when `address` lies in `network`'s subnet. */
export function onNetwork(network: LocalNetwork, address: string): boolean {
  const family = address.includes(':') ? 6 : 4
  if (family !== network.family) return false
  return subnet(network).check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** Link-local IPv6 addresses mean nothing without the zone of this very host. */
export function needsZone(address: string): boolean {
  return /^fe[89ab]/i.test(address)
}

/** As a multiaddr without /p2p. */
export function tcpAddress(address: string, port: number): string {
  return `/${address.includes(':') ? 'ip6' : 'ip4'}/${address}/tcp/${port}`
}

/** True when both hold the same networks in whatever order. */
export function sameNetworks(a: readonly LocalNetwork[], b: readonly LocalNetwork[]): boolean {
  return fingerprint(a) === fingerprint(b)
}

function fingerprint(networks: readonly LocalNetwork[]): string {
  return networks
    .map(({ name, address, prefix }) => `${name} ${address}/${prefix}`)
    .sort()
    .join('\n')
}

const subnets = new Map<string, BlockList>()
/** Subnets are few; a host that changes networks all day still keeps this small. */
const SUBNETS_LIMIT = 256

function subnet(network: LocalNetwork): BlockList {
  const key = `${network.address}/${network.prefix}`
  let list = subnets.get(key)
  if (list === undefined) {
    list = new BlockList()
    list.addSubnet(network.address, network.prefix, network.family === 4 ? 'ipv4' : 'ipv6')
    if (subnets.size >= SUBNETS_LIMIT) subnets.clear()
    subnets.set(key, list)
  }
  return list
}

/** Interface name → its default gateway (Linux: /proc/net/route, addresses in host byte order). */
function readGateways(): Map<string, string> {
  const gateways = new Map<string, string>()
  if (process.platform !== 'linux') return gateways
  try {
    for (const line of readFileSync('/proc/net/route', 'latin1').split('\n').slice(1)) {
      const [name, destination, gateway] = line.split('\t')
      if (name === undefined || gateway === undefined || destination !== '00000000') continue
      const bytes = Buffer.from(gateway, 'hex').reverse()
      if (bytes.length === 4 && !bytes.every((byte) => byte === 0)) gateways.set(name, bytes.join('.'))
    }
  } catch {
    // A host without /proc has no known gateway: then none is excluded from nearness.
  }
  return gateways
}

/** Every interface of this network namespace, up or down (Linux: two lines of heading, then `name: counts`). */
function everyInterface(): string[] {
  if (process.platform !== 'linux') return []
  try {
    const lines = readFileSync('/proc/net/dev', 'latin1').split('\n').slice(2)
    return lines.flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? [])
  } catch {
    return []
  }
}
