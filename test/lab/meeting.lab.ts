/** Who meets although the network helps only one of two: one-way multicast, one-way firewalls (fault N4). */
import { expect } from 'vitest'
import { came, type Line } from '../support/running.ts'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { measured, scene } from './means.ts'
import { now, sees } from './sightings.ts'

for (const deaf of ['smaller', 'larger'] as const)
  scene(
    `Only one hears the other by multicast; the deaf one has the ${deaf} id: they meet within 3 s (fault N4)`,
    async () => {
      await using world = await lab('alice', 'bob')
      const { alice, bob } = world.hosts
      await world.acquainted(alice, bob)
      await Promise.all([alice.dies(), bob.dies()])
      // Both are elsewhere now, so no remembered address leads anywhere.
      await alice.cable.moveTo('10.77.0.101/24')
      await bob.cable.moveTo('10.77.0.102/24')
      const [smaller, larger] = await byId(alice, bob)
      const [one, other] = deaf === 'smaller' ? [smaller, larger] : [larger, smaller]
      await one.isDeafTo(other)
      const [alicePeer, bobPeer] = await Promise.all([alice.up(), bob.up()])
      const online = now()
      await Promise.all([alicePeer.line('bob', came('bob')), bobPeer.line('alice', came('alice'))])
      measured(`one-way multicast, the deaf one is the ${deaf}`, { met: now() - online })
      expect(now() - online).toBeLessThan(3_000)
      // The control: something was in fact not heard. They may meet before the other has said its first word to all.
      await expect.poll(() => one.packetsDropped()).toBeGreaterThan(0)
    },
  )

for (const walled of ['smaller', 'larger'] as const)
  scene(
    `A firewall lets nobody in to the one with the ${walled} id: they meet within 3 s, and talk both ways`,
    async () => {
      await using world = await lab('alice', 'bob')
      const { alice, bob } = world.hosts
      const [smaller, larger] = await byId(alice, bob)
      const one = walled === 'smaller' ? smaller : larger
      await one.takesNoCalls()
      const [alicePeer, bobPeer] = await Promise.all([alice.up(), bob.up()])
      const online = now()
      await Promise.all([alicePeer.line('bob', sees('bob')), bobPeer.line('alice', sees('alice'))])
      measured(`firewall at the ${walled}`, { met: now() - online })
      expect(now() - online).toBeLessThan(3_000)
      expect((await alice.run('send', 'bob', 'hello')).code).toBe(0)
      expect((await bob.run('send', 'alice', 'hello')).code).toBe(0)
    },
  )

async function byId(alice: Host, bob: Host): Promise<[Host, Host]> {
  const [ofAlice, ofBob] = await Promise.all([alice.peerId(), bob.peerId()])
  return ofAlice < ofBob ? [alice, bob] : [bob, alice]
}

scene(
  'No multicast at all: contacts meet at the addresses they remember, and a warning says what is wrong',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    await world.acquainted(alice, bob)
    await Promise.all([alice.dies(), bob.dies()])
    await Promise.all([alice.hasNoMulticast(), bob.hasNoMulticast()])
    const [alicePeer, bobPeer] = await Promise.all([alice.up(), bob.up()])
    const online = now()
    await Promise.all([alicePeer.line('bob', came('bob')), bobPeer.line('alice', came('alice'))])
    measured('no multicast', { met: now() - online })
    const isWarned = (line: Line) => line.event === 'warning' && line.code === 'no-multicast'
    await Promise.all([alicePeer.line('the warning', isWarned), bobPeer.line('the warning', isWarned)])
    expect(now() - online).toBeLessThan(3_000)
  },
)

scene(
  'No multicast at all, and nothing remembered: Bob adds the card that Alice hands him, and they talk',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    await Promise.all([alice.hasNoMulticast(), bob.hasNoMulticast()])
    const [alicePeer, bobPeer] = await Promise.all([alice.up(), bob.up()])
    const [invited] = (await alice.run('invite')).lines
    expect(invited?.card).toContain(`/ip4/${alice.address}/tcp/`)
    expect(invited?.card).not.toContain('/127.0.0.1/')
    // The control: without the card there is nobody.
    expect((await bob.run('who')).lines).toEqual([])

    const added = now()
    expect((await bob.run('contacts', 'add', invited?.card)).code).toBe(0)
    await alicePeer.line('his request', (line) => line.event === 'request' && line.kind === 'subscription')
    measured('by card', { asked: now() - added })
    expect((await alice.run('accept', 'bob', '--contact')).code).toBe(0)
    await Promise.all([alicePeer.line('bob', came('bob')), bobPeer.line('alice', came('alice'))])
    expect((await bob.run('send', 'alice', 'found you')).code).toBe(0)
    expect((await alice.run('send', 'bob', 'so you did')).code).toBe(0)
  },
)
