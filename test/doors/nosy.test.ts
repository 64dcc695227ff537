/**
 * Promise 1 among real processes: Bob and Alice are commands of their own, and Mallory is a program that keeps no rule.
 * What counts is what reached her over TCP, not what a rule of Bob's answered.
 */
import { expect, test } from 'vitest'
import { libp2pMesh } from '../../src/mesh/node.ts'
import { meshHash } from '../../src/principal/mesh-name.ts'
import { makeKey } from '../../src/principal/principal.ts'
import type { Haunt } from '../support/intruder.ts'
import { realClock, realEntropy } from '../support/mesh-worlds.ts'
import { nosyWatcher } from '../support/nosy-watcher.ts'
import { isOnline, type Line, terminals } from '../support/terminals.ts'

const changedTo =
  (note: string) =>
  (line: Line): boolean =>
    line.event === 'presence' && line.who.name === 'bob' && line.presence?.note === note

test('Bob shows himself to contacts alone: what he says then reaches Mallory sealed, whatever keys she kept, and Alice reads it (promise 1, scene 24)', {
  timeout: 60_000,
}, async () => {
  await using world = terminals()
  const bob = await world.up('bob')
  const alice = await world.up('alice')
  const { who, listen } = await bob.line('being online', isOnline)
  const hers = await alice.line('being online', isOnline)
  await world.run('bob', 'rules', 'preset', 'office')
  await world.run('bob', 'contacts', 'add', hers.who.peerId)
  await world.run('bob', 'status', '--note', 'in Linz')
  await alice.line('Bob in Linz', changedTo('in Linz'))

  const key = await makeKey()
  const hash = meshHash(world.env.NIGH_MESH ?? '')
  const mesh = await libp2pMesh({ privateKey: key, port: 0, interfaces: ['lo'], meshHash: hash })
  const loopback: Haunt = {
    meshHash: hash,
    clock: realClock,
    entropy: realEntropy,
    world: { mesh: () => mesh },
    pass: async () => {},
  }
  const mallory = await nosyWatcher(
    loopback,
    { peerId: who.peerId, mesh: { listening: () => listen } },
    { key },
  )
  try {
    mallory.shout()
    mallory.ask()
    // The control: while Bob shows everybody near what contacts see, she reads what he says, as it comes by.
    await expect.poll(() => mallory.read.map(({ note }) => note), PATIENCE).toContain('in Linz')
    const carriedBefore = mallory.carried.length
    await world.run('bob', 'status', '--note', 'in Graz')
    await expect.poll(() => mallory.read.map(({ note }) => note), PATIENCE).toContain('in Graz')
    expect(mallory.carried.length).toBeGreaterThan(carriedBefore)

    expect((await world.run('bob', 'rules', 'preset', 'private')).code).toBe(0)
    const carried = mallory.carried.length
    for (const note of ['in Paris', 'in Rome']) {
      await world.run('bob', 'status', '--note', note)
      await alice.line(`Bob ${note}`, changedTo(note))
      mallory.ask()
      expect(await mallory.fetch()).toMatch(/^(pending|terminated) /)
    }
    // They came to her, too: Bob is her neighbour, and gossip goes to every one.
    await expect.poll(() => mallory.carried.length, PATIENCE).toBeGreaterThanOrEqual(carried + 2)
    const notes = mallory.read.map(({ note }) => note)
    expect(notes).not.toContain('in Paris')
    expect(notes).not.toContain('in Rome')
  } finally {
    await mallory.leave()
  }
})

/** As long as a busy machine needs. */
const PATIENCE = { timeout: 10_000 }
