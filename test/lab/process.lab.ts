/** Processes that stop, sleep and die, with and without the network going on without them. */
import { expect } from 'vitest'
import { came, presenceOf } from '../support/running.ts'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { atFullLength, measured, scene } from './means.ts'
import { changes, expectNoFalseGoodbye, now, pass, received, seesLive, shown } from './sightings.ts'

/** Longer than links live without a beat. */
const STOPPED_MS = atFullLength ? 60_000 : 12_000
const TEXTS = ['one', 'two', 'three', 'four', 'five']

scene(
  'Bob is stopped: unknown within 5 s; when he goes on he is back within 3 s, and what was said meanwhile is there once',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    const from = alicePeer.lines.length
    const unknown = alicePeer.next('the loss of bob', presenceOf('bob', 'unknown'))
    const stopped = now()
    bob.freezes()
    // The first leaves into a socket that nobody reads, the others wait behind it.
    await owes(alice, TEXTS)
    await unknown
    const lost = now() - stopped
    expect(lost).toBeLessThan(5_000)
    await pass(STOPPED_MS - (now() - stopped))
    expect(changes(alicePeer, 'bob', from)).toEqual(['unknown'])
    expect(await shown(alice, 'bob')).toMatchObject({ evidence: 'unknown' })

    const back = alicePeer.next('bob', came('bob'))
    const thawed = now()
    bob.thaws()
    await back
    const aliceKnows = now() - thawed
    await seesLive(bob, 'alice')
    const bobKnows = now() - thawed
    expect(aliceKnows).toBeLessThan(3_000)
    expect(bobKnows).toBeLessThan(3_000)
    await expect.poll(() => received(bob), { timeout: 10_000 }).toEqual(TEXTS)
    await isSettled(alice, TEXTS.length)
    measured(`stopped for ${STOPPED_MS} ms`, { unknown: lost, back: aliceKnows, 'he knows': bobKnows })
    expectNoFalseGoodbye(alicePeer, bobPeer)
  },
  { seconds: 120 },
)

scene(
  'Bob’s laptop sleeps, off the network: within 3 s of waking they know each other again, and nobody was said to have left',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    bob.freezes()
    await bob.cable.pull()
    await owes(alice, ['good night'])
    await alicePeer.next('the loss of bob', presenceOf('bob', 'unknown'))
    await pass(9_000)
    const back = alicePeer.next('bob', came('bob'))
    const woke = now()
    await bob.cable.plug()
    bob.thaws()
    await back
    const aliceKnows = now() - woke
    await seesLive(bob, 'alice')
    const bobKnows = now() - woke
    await expect.poll(() => received(bob), { timeout: 10_000 }).toEqual(['good night'])
    measured('sleep off the network', { back: aliceKnows, 'he knows': bobKnows })
    expect(aliceKnows).toBeLessThan(3_000)
    expect(bobKnows).toBeLessThan(3_000)
    expectNoFalseGoodbye(alicePeer, bobPeer)
  },
)

scene('Pauses of 1.5 s make nobody unknown (fault N2)', async () => {
  await using world = await lab('alice', 'bob')
  const { alice, bob } = world.hosts
  const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
  const from = [alicePeer.lines.length, bobPeer.lines.length]
  for (let round = 0; round < 3; round++) {
    bob.freezes()
    await pass(1_500)
    bob.thaws()
    await pass(2_500)
  }
  expect(changes(alicePeer, 'bob', from[0])).toEqual([])
  expect(changes(bobPeer, 'alice', from[1])).toEqual([])
})

scene(
  'Bob is killed: unknown within 1 s, never left; his next life is known at once (scene 25)',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [alicePeer] = await world.acquainted(alice, bob)
    const unknown = alicePeer.next('the loss of bob', presenceOf('bob', 'unknown'))
    const killed = now()
    await bob.dies()
    await unknown
    const lost = now() - killed
    expect(lost).toBeLessThan(1_000)
    await owes(alice, TEXTS)
    expect(await shown(alice, 'bob')).toMatchObject({ evidence: 'unknown' })

    const back = alicePeer.next('bob', came('bob'))
    const started = now()
    const again = await bob.up()
    await back
    const aliceKnows = now() - started
    await again.line('alice', came('alice'))
    await expect.poll(() => received(bob), { timeout: 10_000 }).toEqual(TEXTS)
    await isSettled(alice, TEXTS.length)
    measured('killed', { unknown: lost, 'back, from process start': aliceKnows })
    expect(aliceKnows).toBeLessThan(3_000)
    expectNoFalseGoodbye(alicePeer)
  },
)

scene('The power fails at Bob’s: unknown within 5 s, and his next life replaces the dead link', async () => {
  await using world = await lab('alice', 'bob')
  const { alice, bob } = world.hosts
  const [alicePeer] = await world.acquainted(alice, bob)
  const unknown = alicePeer.next('the loss of bob', presenceOf('bob', 'unknown'))
  const out = now()
  await bob.cable.pull()
  await bob.dies()
  await unknown
  const lost = now() - out
  expect(lost).toBeLessThan(5_000)
  const from = alicePeer.lines.length
  const back = alicePeer.next('bob', came('bob'))
  await bob.cable.plug()
  await bob.up()
  await back
  // The dead link of his former life ends meanwhile, and that is no news.
  await pass(6_000)
  expect(changes(alicePeer, 'bob', from)).toEqual(['came'])
  measured('power cut', { unknown: lost })
  expectNoFalseGoodbye(alicePeer)
})

/** Writes to Bob, who does not answer now. */
async function owes(alice: Host, texts: readonly string[]): Promise<void> {
  for (const text of texts)
    expect(await alice.run('send', 'bob', text, '--wait', '0s')).toMatchObject({ code: 4 })
}

/** Everything Alice wrote was delivered, and she knows. */
async function isSettled(alice: Host, count: number): Promise<void> {
  const states = async () =>
    (await alice.run('outbox')).lines.map((line) => `${line.state} ${line.disposition}`)
  await expect.poll(states, { timeout: 10_000 }).toEqual(Array(count).fill('settled delivered'))
}

scene(
  'A copied home is started on another host: refused with a sentence that says where, and Alice does not see him leave; once the first is gone it starts (fault P16)',
  async () => {
    await using world = await lab('alice', 'bob', 'carol')
    const { alice, bob, carol } = world.hosts
    // Bob's home, port and all, as a backup brings it to another computer; there it goes by the name of that host.
    await bob.peerId()
    await bob.copiesHomeTo(carol)
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    const from = alicePeer.lines.length
    const refused = await carol.run('up')
    expect(refused.code).toBe(3)
    expect(refused.lines.at(-1)).toMatchObject({ event: 'error', code: 'identity-twice' })
    expect(refused.stderr).toContain(bob.address)
    await pass(3_000)
    expect(changes(alicePeer, 'bob', from)).not.toContain('left')
    await expect.poll(() => shown(alice, 'bob')).toMatchObject({ evidence: 'live' })
    bobPeer.signal('SIGTERM')
    await bobPeer.exit
    await carol.up()
  },
)
