/**
 * Just enough arithmetic on IP addresses to say whether one lies in a subnet. An IPv4 address that came in
 * IPv6 clothes (`::ffff:10.0.0.1`, as dual-stack sockets show it) is the IPv4 address.
 */
import { isIP } from 'node:net'

export interface Ip {
  readonly family: 4 | 6
  readonly bits: bigint
  /** Interface of a link-local address, where the text said it (`fe80::1%eth0`). */
  readonly zone?: string
}

/** Texts remembered with what they say; beyond it some are read again. A guess: a crowd on a few networks. */
const REMEMBERED_LIMIT = 1_000
const remembered = new Map<string, Ip | undefined>()

/** The same few addresses are asked about at every arrival: each is read once. */
export function parseIp(text: string): Ip | undefined {
  if (remembered.has(text)) return remembered.get(text)
  if (remembered.size >= REMEMBERED_LIMIT) remembered.clear()
  const ip = read(text)
  remembered.set(text, ip)
  return ip
}

function read(text: string): Ip | undefined {
  const [host = '', zone] = text.split('%', 2)
  const kind = isIP(host)
  if (kind === 4) return { family: 4, bits: bitsOf4(host) }
  if (kind !== 6) return undefined
  const bits = bitsOf6(host)
  if (bits >> 32n === MAPPED) return { family: 4, bits: bits & 0xffff_ffffn }
  return zone === undefined ? { family: 6, bits } : { family: 6, bits, zone }
}

export function isSameIp(one: Ip, other: Ip): boolean {
  return one.family === other.family && one.bits === other.bits
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(ip: Ip): boolean {
  return ip.family === 4 ? ip.bits >> 24n === 127n : ip.bits === 1n
}

/** Whether `ip` lies in the subnet of `address`. A prefix of 0 is no subnet: it would be the whole world. */
export function isInSubnet(ip: Ip, subnet: { address: Ip; prefix: number }): boolean {
  const width = subnet.address.family === 4 ? 32 : 128
  if (ip.family !== subnet.address.family || subnet.prefix < 1 || subnet.prefix > width) return false
  const host = BigInt(width - subnet.prefix)
  return ip.bits >> host === subnet.address.bits >> host
}

/** The network of `bits4` or `bits6` leading bits in which `ip` lies, as a text to compare. */
export function networkOf(ip: Ip, bits4: number, bits6: number): string {
  const shift = ip.family === 4 ? 32 - bits4 : 128 - bits6
  return `${ip.family} ${(ip.bits >> BigInt(shift)).toString(16)}`
}

/** The IP address in a multiaddr (`/ip4/…`, `/ip6/…`, with `/ip6zone/…` before it). */
export function ipOfMultiaddr(multiaddr: string): Ip | undefined {
  const [, protocol, value = '', next, host = ''] = multiaddr.split('/')
  if (protocol === 'ip4' || protocol === 'ip6') return parseIp(value)
  if (protocol === 'ip6zone' && next === 'ip6') return parseIp(`${host}%${value}`)
  return undefined
}

const MAPPED = 0xffffn

function bitsOf4(host: string): bigint {
  return host.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
}

function bitsOf6(host: string): bigint {
  const [head = '', tail] = host.split('::', 2)
  const front = groupsOf(head)
  const back = tail === undefined ? [] : groupsOf(tail)
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0n)
  return [...front, ...zeros, ...back].reduce((bits, group) => (bits << 16n) | group, 0n)
}

function groupsOf(text: string): bigint[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)]
    const bits = bitsOf4(group)
    return [bits >> 16n, bits & 0xffffn]
  })
}
