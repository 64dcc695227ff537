import { BlockList } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HEARD_FOR_MS } from '../../src/envelope/protocol.ts'
import { ipOfMultiaddr, isInSubnet, parseIp } from '../../src/neighbourhood/ip.ts'
import { isNear, isThisHost } from '../../src/neighbourhood/nearness.ts'
import type { LocalNetwork } from '../../src/ports.ts'

const lo: LocalNetwork = { name: 'lo', address: '127.0.0.1', prefix: 8, family: 4, loopback: true }
const lan: LocalNetwork = {
  name: 'eth0',
  address: '192.168.1.10',
  prefix: 24,
  family: 4,
  loopback: false,
  gateway: '192.168.1.1',
}
const lan6: LocalNetwork = { name: 'eth0', address: '2001:db8:1::10', prefix: 64, family: 6, loopback: false }
const local6: LocalNetwork = { name: 'eth0', address: 'fe80::10', prefix: 64, family: 6, loopback: false }
const vpn: LocalNetwork = { name: 'tun0', address: '10.8.0.2', prefix: 24, family: 4, loopback: false }
const bridge: LocalNetwork = {
  name: 'eth1',
  address: '172.17.0.5',
  prefix: 16,
  family: 4,
  loopback: false,
  gateway: '172.17.0.1',
}
const networks = [lo, lan, lan6, local6, vpn, bridge]
const now = 10_000_000

const near = (host: string, network?: string, facts: { relayed?: boolean; age?: number } = {}) =>
  isNear({
    heard: network === undefined ? [] : [{ network, at: now - (facts.age ?? 1_000) }],
    remote: { host, relayed: facts.relayed ?? false },
    networks,
    now,
  })

describe('near', () => {
  test.each([
    ['192.168.1.77', 'eth0', 'IPv4 on the LAN'],
    ['::ffff:192.168.1.77', 'eth0', 'IPv4 as a dual-stack socket shows it'],
    ['::ffff:c0a8:14d', 'eth0', 'the same in hex'],
    ['2001:db8:1::77', 'eth0', 'IPv6 on the LAN'],
    ['fe80::77', 'eth0', 'link-local'],
    ['fe80::77%eth0', 'eth0', 'link-local with its interface'],
  ])('%s heard on %s: %s', (host, network) => {
    expect(near(host, network)).toBe('near')
    // Control: unheard it is not.
    expect(near(host)).toBe('unheard')
  })

  test.each([
    ['127.0.0.1'],
    ['127.8.8.8'],
    ['::1'],
    ['192.168.1.10'],
    ['::ffff:127.0.0.1'],
    ['2001:db8:1::10'],
  ])('%s is this host: no hearing needed', (host) => {
    expect(near(host)).toBe('near')
    expect(isThisHost(host, networks)).toBe(true)
  })
})

describe('fault P8: a private address is not near', () => {
  test.each([
    ['192.168.1.1', 'eth0', 'the gateway: hairpin NAT, a forwarded port, a masquerading router'],
    ['::ffff:192.168.1.1', 'eth0', 'the gateway in IPv6 clothes'],
    ['172.17.0.1', 'eth1', 'a container bridge, behind which everybody stands'],
    ['192.168.2.7', 'eth0', 'another private network behind a router'],
    ['10.9.0.7', 'tun0', 'the far side of a VPN'],
    ['8.8.8.8', 'eth0', 'the internet'],
    ['2001:db8:2::77', 'eth0', 'another IPv6 subnet'],
    ['fe80::77%wlan0', 'eth0', 'link-local on another interface'],
    ['alice.local', 'eth0', 'a name'],
    ['', 'eth0', 'nothing'],
  ])('%s heard on %s: %s', (host, network) => {
    expect(near(host, network)).toBe('not')
  })

  test('Through a relay nobody is near, not even from the subnet', () => {
    expect(near('192.168.1.77', 'eth0', { relayed: true })).toBe('not')
    expect(near('127.0.0.1', undefined, { relayed: true })).toBe('not')
  })

  test('Heard on one network does not make near on another', () => {
    expect(near('10.8.0.9', 'eth0')).toBe('unheard')
    expect(near('10.8.0.9', 'tun0')).toBe('near')
  })

  test('Hearing lasts ten minutes', () => {
    expect(near('192.168.1.77', 'eth0', { age: HEARD_FOR_MS - 1 })).toBe('near')
    expect(near('192.168.1.77', 'eth0', { age: HEARD_FOR_MS })).toBe('unheard')
  })

  test('A network of the whole world is no network', () => {
    const all = { ...lan, prefix: 0, address: '1.2.3.4' }
    const asked = { heard: [{ network: 'eth0', at: now }], remote: { host: '8.8.8.8', relayed: false }, now }
    expect(isNear({ ...asked, networks: [all] })).toBe('not')
  })
})

describe('addresses', () => {
  test('Subnets are what Node says they are', () => {
    const check = (family: 'ipv4' | 'ipv6') => (host: string, address: string, prefix: number) => {
      const list = new BlockList()
      list.addSubnet(address, prefix, family)
      const [ip, subnet] = [parseIp(host), parseIp(address)]
      if (ip === undefined || subnet === undefined) return expect.unreachable()
      // IPv4 in IPv6 clothes is another family here, on purpose.
      if (ip.family !== subnet.family || (family === 'ipv6' && subnet.family === 4)) return
      expect(isInSubnet(ip, { address: subnet, prefix })).toBe(list.check(host, family))
    }
    fc.assert(fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 1, max: 32 }), check('ipv4')))
    fc.assert(fc.property(fc.ipV6(), fc.ipV6(), fc.integer({ min: 1, max: 128 }), check('ipv6')))
    // Neighbours, so that the answer is not always no.
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(255), fc.integer({ min: 8, max: 32 }), (address, last, prefix) => {
        check('ipv4')(address.replace(/\d+$/, String(last)), address, prefix)
      }),
    )
  })

  test('A multiaddr holds one', () => {
    expect(ipOfMultiaddr('/ip4/10.0.0.1/tcp/4001')).toEqual(parseIp('10.0.0.1'))
    expect(ipOfMultiaddr('/ip6/fe80::1/tcp/4001')).toEqual(parseIp('fe80::1'))
    expect(ipOfMultiaddr('/ip6zone/eth0/ip6/fe80::1/tcp/1')).toEqual(parseIp('fe80::1%eth0'))
    expect(ipOfMultiaddr('/dns4/alice.example/tcp/1')).toBeUndefined()
    expect(ipOfMultiaddr('')).toBeUndefined()
  })
})
