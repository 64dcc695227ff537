/** Bad networks: packets that are lost, late, or cut off for some. */
import { expect } from 'vitest'
import { came, presenceOf } from '../support/running.ts'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { atFullLength, measured, scene } from './means.ts'
import { changes, expectNoFalseGoodbye, message, now, pass, received } from './sightings.ts'

const LOSSY_MS = atFullLength ? 600_000 : 60_000

scene(
  'With 5 % of all packets lost nobody is falsely unknown, and every message is there once and in order (faults N2, M5)',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    await Promise.all([alice, bob].map((host) => host.cable.loses(0.05)))
    const from = [alicePeer.lines.length, bobPeer.lines.length]
    const began = now()
    const sent: string[] = []
    let slowest = 0
    while (now() - began < LOSSY_MS) {
      const text = `number ${sent.length}`
      const left = now()
      expect(await alice.run('send', 'bob', text, '--wait', '10s')).toMatchObject({ code: 0 })
      slowest = Math.max(slowest, now() - left)
      sent.push(text)
      await pass(400)
    }
    const lost = await dropped(alice, bob)
    measured(`5 % loss for ${LOSSY_MS / 1000} s`, {
      messages: sent.length,
      'packets lost': lost,
      'slowest send': slowest,
    })
    // The control: packets were in fact lost.
    expect(lost).toBeGreaterThan(LOSSY_MS / 10_000)
    expect(changes(alicePeer, 'bob', from[0])).toEqual([])
    expect(changes(bobPeer, 'alice', from[1])).toEqual([])
    const texts = bobPeer.lines.filter((line) => line.event === 'message').map((line) => line.text)
    expect(texts).toEqual(sent)
    expectNoFalseGoodbye(alicePeer, bobPeer)
  },
  { seconds: LOSSY_MS / 1000 + 60 },
)

scene(
  'Through a slow and uneven line, half a second there and back, nobody is unknown and order holds',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [, bobPeer] = await world.acquainted(alice, bob)
    // They meet again, and every connection now goes through the slow line.
    const port = Number(
      /tcp\/(\d+)/.exec(bobPeer.lines[0]?.listen.find((at: string) => at.includes(bob.address)))?.[1],
    )
    await bob.takesNoCalls()
    await bob.does('iptables', '-I', 'INPUT', '-p', 'tcp', '--dport', String(port), '-j', 'ACCEPT')
    await alice.takesNoCalls()
    await alice.isSlowTo(bob, port, { delayMs: 200, unevenMs: 100 })
    await alice.dies()
    const returned = bobPeer.next('alice', came('alice'))
    const alicePeer = await alice.up()
    await Promise.all([alicePeer.line('bob', came('bob')), returned])
    const from = [alicePeer.lines.length, bobPeer.lines.length]
    const texts = Array.from({ length: 8 }, (_, index) => `slow ${index}`)
    const left = now()
    for (const text of texts) expect((await alice.run('send', 'bob', text, '--wait', '10s')).code).toBe(0)
    const each = (now() - left) / texts.length
    await pass(6_000)
    measured('slow line', { 'per message': each })
    expect(each).toBeGreaterThan(400)
    expect(changes(alicePeer, 'bob', from[0])).toEqual([])
    expect(changes(bobPeer, 'alice', from[1])).toEqual([])
    expect(await received(bob)).toEqual(texts)
  },
)

scene(
  'Over a narrow line, 1 Mbit/s, two megabytes of messages delay no beat into a false unknown (fault M11)',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    const from = [alicePeer.lines.length, bobPeer.lines.length]
    await alice.cable.carriesAtMost('1mbit')
    const texts = Array.from({ length: 35 }, (_, index) => `${index} ${'word '.repeat(12_000)}`.trim())
    const began = now()
    for (const text of texts)
      expect([0, 4]).toContain((await alice.run('send', 'bob', text, '--wait', '0s')).code)
    await bobPeer.line('the last message', message(texts.at(-1) ?? ''), 40_000)
    measured('narrow line', { 'until all is there': now() - began })
    // The control: it was narrow, and for longer than it takes to be missed.
    expect(now() - began).toBeGreaterThan(10_000)
    await pass(3_000)
    expect(changes(bobPeer, 'alice', from[1])).toEqual([])
    expect(changes(alicePeer, 'bob', from[0])).toEqual([])
    expect(await received(bob)).toEqual(texts)
  },
)

scene(
  'The network falls in two and heals: each side knows what it can know, and all are back within 3 s',
  async () => {
    await using world = await lab('alice', 'bob', 'carol')
    const { alice, bob, carol } = world.hosts
    const [alicePeer, bobPeer, carolPeer] = await world.acquainted(alice, bob, carol)
    const from = alicePeer.lines.length
    const unknown = [
      alicePeer.next('the loss of carol', presenceOf('carol', 'unknown')),
      bobPeer.next('the loss of carol', presenceOf('carol', 'unknown')),
      carolPeer.next('the loss of alice', presenceOf('alice', 'unknown')),
      carolPeer.next('the loss of bob', presenceOf('bob', 'unknown')),
    ]
    const parted = now()
    await world.part([alice, bob], [carol])
    await Promise.all(unknown)
    const lost = now() - parted
    expect(lost).toBeLessThan(5_000)
    expect((await alice.run('send', 'bob', 'still here?')).code).toBe(0)
    expect((await alice.run('send', 'carol', 'you too?', '--wait', '0s')).code).toBe(4)
    expect((await carol.run('status', '--note', 'alone')).code).toBe(0)
    await pass(6_000)
    expect(changes(alicePeer, 'bob', from)).toEqual([])

    const back = [
      alicePeer.next('carol', came('carol')),
      bobPeer.next('carol', came('carol')),
      carolPeer.next('alice', came('alice')),
      carolPeer.next('bob', came('bob')),
      carolPeer.next('the message', message('you too?')),
    ]
    const healed = now()
    await world.heal()
    await Promise.all(back)
    measured('partition', { unknown: lost, back: now() - healed })
    expect(now() - healed).toBeLessThan(3_000)
    // What was said while they were apart is known on both sides.
    for (const peer of [alicePeer, bobPeer])
      await peer.line('the note', (line) => line.who?.name === 'carol' && line.presence?.note === 'alone')
    expectNoFalseGoodbye(alicePeer, bobPeer, carolPeer)
  },
)

async function dropped(...hosts: readonly Host[]): Promise<number> {
  const counts = await Promise.all(hosts.map((host) => host.packetsDropped()))
  return counts.reduce((sum, count) => sum + count, 0)
}
