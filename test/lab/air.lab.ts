/** What goes through the air: how much, from whom not at all, and beside which other responder. */
import { expect } from 'vitest'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { measured, scene } from './means.ts'
import { now, pass, sees } from './sightings.ts'

scene(
  'Five peers idle at most 1 packet a second in all, and a sixth joins with at most 40 (fault N1)',
  async () => {
    await using world = await lab('ann', 'bob', 'carol', 'dora', 'emil', 'fritz')
    const { fritz, ...others } = world.hosts
    const five: Host[] = Object.values(others)
    const ears = await world.records('udp port 5353')
    const peers = []
    for (const host of five) peers.push(await host.up())
    await Promise.all(
      peers.flatMap((peer, index) =>
        five.filter((_, other) => other !== index).map((other) => peer.line(other.name, sees(other.name))),
      ),
    )
    const start = ears.packets().length
    await pass(3_000)
    const idleFrom = ears.packets().length
    await pass(10_000)
    const idle = ears.packets().length - idleFrom
    const joinFrom = ears.packets().length
    const began = now()
    const newcomer = await fritz.up()
    await Promise.all([
      ...five.map((host) => newcomer.line(host.name, sees(host.name))),
      ...peers.map((peer) => peer.line('fritz', sees('fritz'))),
    ])
    const listed = now() - began
    await pass(3_000)
    const join = ears.packets().length - joinFrom
    measured('mDNS packets', {
      'five starting': start,
      'idle 10 s': idle,
      'one joins': join,
      'ms until all listed': listed,
    })
    expect(idle).toBeLessThanOrEqual(10)
    // The control: the recorder hears.
    expect(join).toBeGreaterThan(3)
    expect(join).toBeLessThanOrEqual(40)
  },
  { needs: ['tcpdump'] },
)

scene(
  'Hidden, Bob answers nobody, listens nowhere, and still talks with his contact (fault P9)',
  async () => {
    await using world = await lab('alice', 'bob', 'carol')
    const { alice, bob, carol } = world.hosts
    const ears = await world.records(`udp port 5353 and src host ${bob.address} and udp[10] & 0x80 != 0`)
    const open = () => bob.does('ss', '-Hltn')
    await world.acquainted(alice, bob)
    // The control: seen, he answers and listens.
    await expect.poll(() => ears.packets().length).toBeGreaterThan(0)
    expect(await open()).toContain('LISTEN')

    expect((await bob.run('down')).code).toBe(0)
    expect((await bob.run('rules', 'preset', 'hidden')).code).toBe(0)
    const before = ears.packets().length
    const bobPeer = await bob.up()
    const carolPeer = await carol.up()
    await bobPeer.line('alice', sees('alice'))
    expect((await bob.run('send', 'alice', 'psst')).code).toBe(0)
    await pass(4_000)
    expect(ears.packets().slice(before)).toEqual([])
    expect(await open()).toBe('')
    await carolPeer.line('alice', sees('alice'))
    expect(carolPeer.lines.filter((line) => line.who?.name === 'bob' && line.event === 'presence')).toEqual(
      [],
    )
    expect((await carol.run('who')).lines.map((line) => line.who.name)).toEqual(['alice'])
  },
  { needs: ['tcpdump'] },
)

scene(
  'Avahi on Bob’s host: both answer, whoever was first',
  async () => {
    await using world = await lab('alice', 'bob', 'carol')
    const { alice, bob, carol } = world.hosts
    const alicePeer = await alice.up()
    // Avahi first at Bob’s, Nigh first at Carol’s.
    await bob.runsAvahi()
    const bobPeer = await bob.up()
    const carolPeer = await carol.up()
    await carol.runsAvahi()
    await Promise.all([
      alicePeer.line('bob', sees('bob')),
      alicePeer.line('carol', sees('carol')),
      bobPeer.line('carol', sees('carol')),
      carolPeer.line('bob', sees('bob')),
    ])
    for (const host of [bob, carol]) expect(await alice.asksFor(`${host.name}.local`)).toBe(host.address)
    // Nigh still hears and answers beside it: somebody new is found, and finds.
    const dora = await world.join('dora')
    const began = now()
    const doraPeer = await dora.up()
    await Promise.all([doraPeer.line('bob', sees('bob')), doraPeer.line('carol', sees('carol'))])
    measured('beside Avahi', { 'found, from process start': now() - began })
  },
  { needs: ['avahi-daemon'] },
)
