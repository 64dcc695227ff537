/** The kept port: contacts remember it, so it is asked for first, and the same for IPv4 and IPv6. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { localNetworks, onNetwork } from '../../src/mesh/networks.ts'
import type { LocalNetwork } from '../../src/ports.ts'
import { type LoopbackMeshes, loopbackMeshes, soon } from '../support/mesh-worlds.ts'

let world: LoopbackMeshes

beforeEach(() => {
  world = loopbackMeshes()
})
afterEach(async () => {
  await world.close()
})

/** A program that holds a port on 127.0.0.1. */
async function holder(): Promise<{ server: Server; port: number }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

describe('the port', () => {
  test('any port is one port, on IPv4 and IPv6', async () => {
    const alice = await world.mesh()
    expect(alice.port).toBeGreaterThan(0)
    expect(alice.portWasTaken).toBe(false)
    expect(new Set(alice.listening().map((address) => address.split('/')[4]))).toEqual(
      new Set([String(alice.port)]),
    )
  })

  test('a kept port is taken again', async () => {
    const alice = await world.mesh()
    const { port } = alice
    await alice.stop()
    const again = await world.mesh({ port: port ?? 0 })
    expect(again.port).toBe(port)
    expect(again.portWasTaken).toBe(false)
  })

  test('a kept port that another program holds is replaced, and said so', async () => {
    const { server, port } = await holder()
    const alice = await world.mesh({ port })
    expect(alice.portWasTaken).toBe(true)
    expect(alice.port).not.toBe(port)
    const bob = await world.mesh()
    expect((await bob.dial(alice.self, alice.listening(), soon())).peer).toBe(alice.self)
    server.close()
  })

  test('a port the person asked for is not replaced', async () => {
    const { server, port } = await holder()
    await expect(world.mesh({ port, portRequired: true })).rejects.toMatchObject({ code: 'port-taken' })
    server.close()
  })

  test('listening on one interface opens no other', async () => {
    const alice = await world.mesh()
    expect(alice.networks().every(({ name }) => name === 'lo')).toBe(true)
    expect(alice.listening().every((address) => /\/(127\.0\.0\.1|::1)\//.test(address))).toBe(true)
  })
})

describe('networks', () => {
  test('loopback is one, with its prefix', () => {
    expect(localNetworks(['lo'])).toContainEqual({
      name: 'lo',
      address: '127.0.0.1',
      prefix: 8,
      family: 4,
      loopback: true,
    })
    expect(localNetworks(['nowhere'])).toEqual([])
  })

  const office: LocalNetwork = { name: 'e', address: '192.168.4.9', prefix: 22, family: 4, loopback: false }
  const home: LocalNetwork = { name: 'e', address: 'fd00:1:2:3::9', prefix: 64, family: 6, loopback: false }
  test.each([
    [office, '192.168.7.255', true],
    [office, '192.168.8.1', false],
    [office, 'fd00:1:2:3::1', false],
    [home, 'fd00:1:2:3:ffff::1', true],
    [home, 'fd00:1:2:4::1', false],
    [home, '192.168.4.9', false],
  ])('%o holds %s: %s', (network, address, held) => {
    expect(onNetwork(network, address)).toBe(held)
  })
})
