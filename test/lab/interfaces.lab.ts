/** Hosts with more than one interface: one fails and the other is there, or a tunnel appears and takes the default route. */
import { expect } from 'vitest'
import { came, presenceOf } from '../support/running.ts'
import { lab } from './lab.ts'
import { measured, scene } from './means.ts'
import { changes, expectNoFalseGoodbye, now, pass, seesLive, shown } from './sightings.ts'

for (const order of ['first', 'second'] as const)
  scene(
    `Two hosts share two LANs, and the ${order} fails: at most unknown for a moment, and back over the other within 7 s`,
    async () => {
      await using world = await lab('alice', 'bob')
      const { alice, bob } = world.hosts
      await world.cable(alice, { lan: 'wifi0', address: '10.78.0.1/24', interface: 'wlan0' })
      const wifi = await world.cable(bob, { lan: 'wifi0', address: '10.78.0.2/24', interface: 'wlan0' })
      const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
      // One life, two ways: told once all the same.
      expect(changes(alicePeer, 'bob').length).toBeLessThanOrEqual(1)
      const from = alicePeer.lines.length
      const pulled = now()
      await (order === 'first' ? bob.cable : wifi).pull()
      expect((await alice.run('send', 'bob', 'this way?', '--wait', '15s')).code).toBe(0)
      const kept = now() - pulled
      await pass(Math.max(0, 10_000 - kept))
      await Promise.all([seesLive(alice, 'bob'), seesLive(bob, 'alice')])
      measured(`two LANs, the ${order} fails`, {
        'message kept': kept,
        told: changes(alicePeer, 'bob', from).join('+') || 'nothing',
      })
      expect(kept).toBeLessThan(7_000)
      expectNoFalseGoodbye(alicePeer, bobPeer)
    },
  )

scene('A tunnel comes up and takes the default route, and goes again: nobody is unknown', async () => {
  await using world = await lab('alice', 'bob')
  const { alice, bob } = world.hosts
  const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
  const from = [alicePeer.lines.length, bobPeer.lines.length]
  const tunnel = await world.cable(bob, { lan: 'tunnel0', address: '10.200.0.2/16', interface: 'tun0' })
  await bob.does('ip', 'route', 'add', 'default', 'via', '10.200.0.1', 'dev', 'tun0')
  await pass(4_000)
  expect(await shown(alice, 'bob')).toMatchObject({ evidence: 'live' })
  await tunnel.down()
  await pass(4_000)
  expect(changes(alicePeer, 'bob', from[0])).toEqual([])
  expect(changes(bobPeer, 'alice', from[1])).toEqual([])
})

scene(
  'Behind a firewall that lets nobody in, and the cable is pulled: back within 3 s once plugged',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    await bob.takesNoCalls()
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    const unknown = alicePeer.next('the loss of bob', presenceOf('bob', 'unknown'))
    await alice.cable.pull()
    await unknown
    await pass(5_500)
    const back = [alicePeer.next('bob', came('bob')), bobPeer.next('alice', came('alice'))]
    const plugged = now()
    await alice.cable.plug()
    await Promise.all(back)
    measured('firewall, after a cut', { back: now() - plugged })
    expect(now() - plugged).toBeLessThan(3_000)
  },
)
