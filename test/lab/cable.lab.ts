/** What cables do to two contacts: found at start, pulled, plugged, late, renumbered, exchanged. */
import { expect } from 'vitest'
import { came, presenceOf } from '../support/running.ts'
import type { Host } from './host.ts'
import { LAN, lab } from './lab.ts'
import { measured, scene } from './means.ts'
import { changes, expectNoFalseGoodbye, now, pass, sees, seesLive, shown } from './sightings.ts'

scene('Hosts without a default route find and list each other at once', async () => {
  await using world = await lab('alice', 'bob', 'carol')
  const { alice, bob, carol } = world.hosts
  expect(await alice.does('ip', 'route', 'show', 'default')).toBe('')
  // Two at the same moment: each has just answered, and the air allows one answer a second (fault N1).
  const together = now()
  const [alicePeer, bobPeer] = await Promise.all([alice.up(), bob.up()])
  await Promise.all([alicePeer.line('bob', sees('bob')), bobPeer.line('alice', sees('alice'))])
  const found = now() - together
  expect(found).toBeLessThan(3_000)

  await pass(1_500)
  const began = now()
  const carolPeer = await carol.up()
  const online = now()
  await carolPeer.line('alice', sees('alice'))
  const first = now()
  await Promise.all([
    carolPeer.line('bob', sees('bob')),
    alicePeer.line('carol', sees('carol')),
    bobPeer.line('carol', sees('carol')),
  ])
  measured('found at start, ms from process start', {
    online: online - began,
    'first colleague': first - began,
    everybody: now() - began,
    'two at once': found,
  })
  expect(now() - online).toBeLessThan(2_000)
  // Whoever dialled at once with the other has merged the two: one link between any two.
  for (const other of [bob, carol])
    await expect.poll(() => linksBetween(alice, other), { timeout: 10_000 }).toBe(1)
  expect(await shown(carol, 'bob')).toMatchObject({ evidence: 'live', presence: { name: 'bob' } })
  expect(await shown(bob, 'carol')).toMatchObject({ evidence: 'live', presence: { name: 'carol' } })
})

scene(
  'A pulled cable is unknown within 5 s and never left; plugged in, they are back within 3 s (scene 25, fault N2)',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    // Shorter than the links live without a beat, then longer.
    for (const outFor of [1_000, 7_000]) {
      const from = alicePeer.lines.length
      const unknown = [
        alicePeer.next('the loss of bob', presenceOf('bob', 'unknown')),
        bobPeer.next('the loss of alice', presenceOf('alice', 'unknown')),
      ]
      const pulled = now()
      await bob.cable.pull()
      await Promise.all(unknown)
      const lost = now() - pulled
      expect(lost).toBeLessThan(5_000)
      await pass(outFor)
      // No ghost meanwhile.
      expect(changes(alicePeer, 'bob', from)).toEqual(['unknown'])
      expect(await shown(alice, 'bob')).toMatchObject({ evidence: 'unknown' })
      const back = [alicePeer.next('bob', came('bob')), bobPeer.next('alice', came('alice'))]
      const plugged = now()
      await bob.cable.plug()
      await Promise.all(back)
      measured(`cable out for ${Math.round(plugged - pulled)} ms`, { unknown: lost, back: now() - plugged })
      expect(now() - plugged).toBeLessThan(3_000)
      expectNoFalseGoodbye(alicePeer, bobPeer)
    }
  },
)

scene('An interface comes up late: found within 3 s', async () => {
  await using world = await lab('alice', 'bob', { late: ['bob'] })
  const { alice, bob } = world.hosts
  const alicePeer = await alice.up()
  const bobPeer = await bob.up()
  // The questions of the start have gone nowhere by then.
  await pass(3_000)
  expect(changes(alicePeer, 'bob')).toEqual([])
  const linked = now()
  await bob.cable.up()
  await Promise.all([alicePeer.line('bob', sees('bob')), bobPeer.line('alice', sees('alice'))])
  measured('late link', { found: now() - linked })
  expect(now() - linked).toBeLessThan(3_000)
})

scene('Bob is renumbered: back within 5 s', async () => {
  await using world = await lab('alice', 'bob')
  const { alice, bob } = world.hosts
  const peers = await world.acquainted(alice, bob)
  const moved = now()
  await bob.cable.moveTo('10.77.0.99/24')
  await talkAgain(alice, bob)
  measured('address change', { back: now() - moved })
  expect(now() - moved).toBeLessThan(5_000)
  expectNoFalseGoodbye(...peers)
})

scene('Bob goes from one interface to another: back within 5 s', async () => {
  await using world = await lab('alice', 'bob')
  const { alice, bob } = world.hosts
  const peers = await world.acquainted(alice, bob)
  const switched = now()
  await world.cable(bob, { lan: LAN, address: '10.77.0.77/24', interface: 'wlan0' })
  await bob.cable.down()
  await talkAgain(alice, bob)
  measured('interface switch', { back: now() - switched })
  expect(now() - switched).toBeLessThan(5_000)
  expectNoFalseGoodbye(...peers)
})

async function linksBetween(one: Host, other: Host): Promise<number> {
  const established = await one.does('ss', '-Htn', 'state', 'established', 'dst', other.address)
  return established.split('\n').filter((line) => line !== '').length
}

/** A word each way was kept, and each shows the other as live. */
async function talkAgain(alice: Host, bob: Host): Promise<void> {
  const sent = await Promise.all([
    alice.run('send', 'bob', 'there?', '--wait', '10s'),
    bob.run('send', 'alice', 'and you?', '--wait', '10s'),
  ])
  expect(sent.map(({ code }) => code)).toEqual([0, 0])
  await Promise.all([seesLive(alice, 'bob'), seesLive(bob, 'alice')])
}
