/**
 * Which address to try first. One that a socket of this very network reaches answers in milliseconds or never;
 * one elsewhere may hang until the dial's time is over.
 */
import { HEARD_ADDRESSES_LIMIT } from '../envelope/protocol.ts'
import type { LocalNetwork } from '../ports.ts'
import { type Ip, ipOfMultiaddr, isLoopback } from './ip.ts'
import { isThisHost, networksReaching } from './nearness.ts'

/** This host first, then what lies on one of our networks, then the rest; within each the order they came in. At most 8. */
export function rankAddresses(addresses: readonly string[], networks: readonly LocalNetwork[]): string[] {
  const different = [...new Set(addresses)]
  const distance = new Map(different.map((address) => [address, distanceOf(address, networks)]))
  return different
    .sort((one, other) => (distance.get(one) ?? FAR) - (distance.get(other) ?? FAR))
    .slice(0, HEARD_ADDRESSES_LIMIT)
}

/** Whether it lies on this host or on one of our networks. */
export function isClose(address: string, networks: readonly LocalNetwork[]): boolean {
  return distanceOf(address, networks) <= 1
}

/** What is worth writing on a card: this host's own loopback is another host's, unless there is nothing else. */
export function worthHandingOut(addresses: readonly string[]): string[] {
  const reached = addresses.filter((address) => {
    const ip = ipOfMultiaddr(address)
    return ip !== undefined && !isLoopback(ip)
  })
  return reached.length > 0 ? reached : [...addresses]
}

const FAR = 3

function distanceOf(address: string, networks: readonly LocalNetwork[]): number {
  const ip = ipOfMultiaddr(address)
  if (ip === undefined) return FAR
  const host = textOf(address, ip)
  if (isLoopback(ip) || isThisHost(host, networks)) return 0
  return networksReaching(host, networks).length > 0 ? 1 : 2
}

function textOf(address: string, ip: Ip): string {
  const [, protocol, value = '', , host = ''] = address.split('/')
  return protocol === 'ip6zone' ? `${host}%${ip.zone ?? value}` : value
}
