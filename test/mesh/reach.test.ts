/** How long an address may take: briefly for the connection, longer for the handshake behind it. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Connection } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { reach } from '../../src/mesh/reach.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { loopbackMeshes } from '../support/mesh-worlds.ts'

const bob = '12D3KooWA3FAgWMXK4Uv22vsUGrZAEpJjNMLKbwHcCHALonns7qn' as PeerId

test('Who takes the connection may take his time for the handshake: a slow line is no dead one', async () => {
  const world = loopbackMeshes()
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const told: string[] = []
  try {
    const mesh = await world.mesh()
    const began = performance.now()
    const dialled = mesh.dial(bob, [`/ip4/127.0.0.1/tcp/${(silent.address() as AddressInfo).port}`], {
      signal: AbortSignal.timeout(800),
      connectWithinMs: 100,
      onFailure: (_, why) => told.push(why),
    })
    await expect(dialled).rejects.toMatchObject({ code: 'unreachable' })
    await expect.poll(() => told).toEqual(['handshake'])
    expect(performance.now() - began).toBeGreaterThan(700)
  } finally {
    silent.close()
    await world.close()
  }
})

test('The control: an address that nobody answers at is given up, and the next one tried', async () => {
  const began = performance.now()
  const dialled = reach({
    peer: bob,
    addresses: ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2'],
    signal: AbortSignal.timeout(5_000),
    connectWithinMs: 50,
    dial: (_, { signal }) =>
      new Promise<Connection>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      ),
  })
  await expect(dialled).rejects.toMatchObject({ code: 'unreachable' })
  expect(performance.now() - began).toBeLessThan(1_000)
})

test.each<[fault: object, why: string]>([
  [{ code: 'ECONNREFUSED' }, 'refused'],
  [{ code: 'EHOSTUNREACH' }, 'absent'],
  [{ code: 'ENETUNREACH' }, 'no-route'],
  [{ code: 'EPERM' }, 'forbidden'],
  [{ code: 'ETIMEDOUT' }, 'silent'],
  [{}, 'silent'],
  [{ name: 'UnexpectedPeerError' }, 'somebody-else'],
])('The system says %j: that is %s', async (fault, why) => {
  const told: [string, string][] = []
  const dialled = reach({
    peer: bob,
    addresses: ['/ip4/127.0.0.1/tcp/1'],
    signal: AbortSignal.timeout(5_000),
    onFailure: (address, because) => told.push([address, because]),
    dial: () => Promise.reject(Object.assign(new Error('no'), fault)),
  })
  await expect(dialled).rejects.toMatchObject({ code: 'unreachable' })
  expect(told).toEqual([['/ip4/127.0.0.1/tcp/1', why]])
})

test('Whoever gave up by themselves learns nothing of the address; whose time ran out does', async () => {
  for (const [reason, expected] of [
    [new Error('changed my mind'), []],
    [new DOMException('late', 'TimeoutError'), ['silent']],
  ] as const) {
    const giveUp = new AbortController()
    const told: string[] = []
    const dialled = reach({
      peer: bob,
      addresses: ['/ip4/127.0.0.1/tcp/1'],
      signal: giveUp.signal,
      onFailure: (_, why) => told.push(why),
      dial: (_, { signal }) =>
        new Promise<Connection>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ),
    })
    giveUp.abort(reason)
    await expect(dialled).rejects.toThrow()
    await expect.poll(() => told).toEqual(expected)
  }
})
