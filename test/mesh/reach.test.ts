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
  try {
    const mesh = await world.mesh()
    const began = performance.now()
    const dialled = mesh.dial(bob, [`/ip4/127.0.0.1/tcp/${(silent.address() as AddressInfo).port}`], {
      signal: AbortSignal.timeout(800),
      connectWithinMs: 100,
    })
    await expect(dialled).rejects.toMatchObject({ code: 'unreachable' })
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
