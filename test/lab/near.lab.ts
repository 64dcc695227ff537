/**
 * Private is not near (fault P8): somebody behind a router that hides its people, in a tunnel, or let in through a
 * forwarded port looks local by the address. Such a one gets nothing unasked; a true neighbour gets name and open.
 */
import { expect } from 'vitest'
import { came, type Running } from '../support/running.ts'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { measured, scene } from './means.ts'
import { now, pass, sees } from './sightings.ts'

/** A request that lacks only the hearing waits 2 s for it; nothing may come by then or after. */
const DECIDED_BY_MS = 5_000

for (const knowsRouter of [true, false])
  scene(
    `Mallory comes from behind a masquerading router, ${knowsRouter ? 'which is' : 'which is not'} Bob’s gateway: not near`,
    async () => {
      await using world = await lab('bob', 'carol')
      const { bob, carol } = world.hosts
      const router = await world.join('router', { address: '10.77.0.254/24' })
      await world.cable(router, { lan: 'wan0', address: '10.88.0.1/24' })
      await router.does('sysctl', '-qw', 'net.ipv4.ip_forward=1')
      await router.does('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth0', '-j', 'MASQUERADE')
      const mallory = await world.join('mallory', { lan: 'wan0', address: '10.88.0.2/24' })
      await mallory.does('ip', 'route', 'add', 'default', 'via', '10.88.0.1')
      if (knowsRouter) await bob.does('ip', 'route', 'add', 'default', 'via', '10.77.0.254')
      const bobPeer = await bob.up()
      await isNobodyNear({ bob, bobPeer, stranger: mallory, at: bob.address, port: portOf(bobPeer) })
      await isSomebodyNear(bob, carol)
    },
  )

scene('Mallory comes over a tunnel whose subnet both are in: not near', async () => {
  await using world = await lab('bob', 'carol')
  const { bob, carol } = world.hosts
  const mallory = await world.join('mallory', { lan: 'tunnel0', address: '10.0.0.2/8' })
  await world.cable(bob, { lan: 'tunnel0', address: '10.0.0.1/8', interface: 'tun0' })
  // Tunnels carry no multicast, and often take the default route.
  await bob.does('iptables', '-A', 'INPUT', '-i', 'tun0', '-d', '224.0.0.0/4', '-j', 'DROP')
  await bob.does('ip', 'route', 'add', 'default', 'via', '10.255.255.1', 'dev', 'tun0')
  const bobPeer = await bob.up()
  await isNobodyNear({ bob, bobPeer, stranger: mallory, at: '10.0.0.1', port: portOf(bobPeer) })
  await isSomebodyNear(bob, carol)
})

scene('Mallory comes through a forwarded port: not near', async () => {
  await using world = await lab('bob', 'carol')
  const { bob, carol } = world.hosts
  const router = await world.join('router', { address: '10.77.0.254/24' })
  await world.cable(router, { lan: 'wan0', address: '10.88.0.1/24' })
  await router.does('sysctl', '-qw', 'net.ipv4.ip_forward=1')
  const mallory = await world.join('mallory', { lan: 'wan0', address: '10.88.0.2/24' })
  await bob.does('ip', 'route', 'add', 'default', 'via', '10.77.0.254')
  const bobPeer = await bob.up()
  const to = `${bob.address}:${portOf(bobPeer)}`
  await router.does(
    'iptables',
    '-t',
    'nat',
    '-A',
    'PREROUTING',
    '-p',
    'tcp',
    '--dport',
    '4001',
    '-j',
    'DNAT',
    '--to-destination',
    to,
  )
  await isNobodyNear({ bob, bobPeer, stranger: mallory, at: '10.88.0.1', port: 4001 })
  await isSomebodyNear(bob, carol)
})

/** The stranger dials Bob, who waits for nobody: both are linked, Bob tells nothing, and lists nobody. */
async function isNobodyNear(met: { bob: Host; bobPeer: Running; stranger: Host; at: string; port: number }) {
  const { bob, bobPeer, stranger, at, port } = met
  const peer = await stranger.up()
  const addr = encodeURIComponent(`/ip4/${at}/tcp/${port}`)
  const added = await stranger.run('contacts', 'add', `nigh:${await bob.peerId()}?name=bob&addr=${addr}`)
  expect(added.code).toBe(0)
  // The control: the link stands.
  await peer.line('bob', came('bob'))
  await pass(DECIDED_BY_MS)
  expect(peer.lines.filter((line) => line.presence !== undefined)).toEqual([])
  expect((await bob.run('who')).lines).toEqual([])
  expect(bobPeer.lines.filter((line) => line.event === 'presence')).toEqual([])
}

/** The control: whoever is on the LAN gets name and open, unasked. */
async function isSomebodyNear(bob: Host, carol: Host): Promise<void> {
  const began = now()
  const peer = await carol.up()
  const seen = await peer.line('bob', sees('bob'))
  expect(seen.presence).toEqual({ name: 'bob', tuples: [{ id: 'im', status: { basic: 'open' } }] })
  expect((await bob.run('who')).lines).toMatchObject([{ who: { name: 'carol', relation: 'near' } }])
  measured('near, beside one who is not', { 'from process start': now() - began })
}

function portOf(peer: Running): number {
  return Number(/tcp\/(\d+)/.exec(peer.lines[0]?.listen[0])?.[1])
}
