/**
 * Back from a backup (fault M7): a restored sender sends nothing twice and learns how it ended; a restored receiver
 * lacks what came later, and is told from when.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/agent.ts'
import { createPeer, type Peer, restorePeer } from '../../src/index.ts'
import { type Line, terminals } from '../support/terminals.ts'

const passphrase = 'correct horse battery'
const IN_FLIGHT = 100
const texts = Array.from({ length: IN_FLIGHT }, (_, number) => `message ${number}`)

for (const fate of ['read them', 'died'] as const)
  test(`A hundred are in flight when Alice’s backup is made, and Bob ${fate}: restored, she learns it, and nothing is doubled (fault M7)`, async () => {
    await using world = terminals()
    await using alice = await aliceOn(world)
    const bob = await world.up('bob')
    const [self] = (await world.run('bob', 'whoami')).lines
    await alice.peer.addContact({ who: self?.card })
    const { card } = await alice.peer.whoami()
    expect((await world.run('bob', 'contacts', 'add', card)).code).toBe(0)
    expect(await alice.peer.send({ to: self?.peerId, text: 'the first', waitMs: 30_000 })).toMatchObject({
      outcome: 'success',
    })

    bob.signal('SIGSTOP')
    for (const text of texts) await alice.peer.send({ to: self?.peerId, text })
    const file = join(world.data, 'alice.nigh')
    await alice.peer.backup({ file, passphrase })
    expect(await states(alice.peer)).toEqual({ 'indeterminate sent': IN_FLIGHT, 'success settled': 1 })
    if (fate === 'died') bob.signal('SIGKILL')
    else {
      bob.signal('SIGCONT')
      await bob.line('the last one', (line) => line.event === 'message' && line.text === texts.at(-1), 60_000)
    }
    await alice.peer.close()

    const again = join(world.data, 'restored')
    expect(await restorePeer({ home: again, file, passphrase })).toMatchObject({ unsettled: IN_FLIGHT })
    if (fate === 'died') {
      await bob.exit
      await world.up('bob')
    }
    await using restored = await aliceOn(world, again)
    const ended = fate === 'died' ? 'failure settled' : 'success settled'
    await expect
      .poll(() => states(restored.peer), { timeout: 60_000, interval: 200 })
      .toEqual(fate === 'died' ? { [ended]: IN_FLIGHT, 'success settled': 1 } : { [ended]: IN_FLIGHT + 1 })
    expect(await restored.peer.send({ to: self?.peerId, text: 'the last', waitMs: 30_000 })).toMatchObject({
      outcome: 'success',
    })
    const kept = (await world.run('bob', 'inbox', '--limit', '1000')).lines.map((line: Line) => line.text)
    expect(kept).toEqual(['the first', ...(fate === 'died' ? [] : texts), 'the last'])
  }, 120_000)

test('Bob is restored: what came after his backup is gone and its day is told; nothing is sent to him again (fault M7)', async () => {
  await using world = terminals(() => ({ NIGH_PASSPHRASE: passphrase }))
  await using alice = await aliceOn(world)
  const bob = await world.up('bob')
  const [self] = (await world.run('bob', 'whoami')).lines
  await alice.peer.addContact({ who: self?.card })
  expect((await world.run('bob', 'contacts', 'add', (await alice.peer.whoami()).card)).code).toBe(0)
  const send = (text: string): Promise<Outcome> => alice.peer.send({ to: self?.peerId, text, waitMs: 30_000 })
  expect(await send('before')).toMatchObject({ outcome: 'success' })
  const file = join(world.data, 'bob.nigh')
  const [made] = (await world.run('bob', 'backup', file)).lines
  expect(await send('after')).toMatchObject({ outcome: 'success' })
  const seen = (await bob.line('it', (line) => line.event === 'message' && line.text === 'after')).seq
  bob.signal('SIGKILL')
  await bob.exit
  rmSync(world.home('bob'), { recursive: true })

  expect((await world.run('bob', 'restore', file)).lines).toMatchObject([{ madeAt: made?.at, unsettled: 0 }])
  const back = await world.up('bob')
  expect(await send('now')).toMatchObject({ outcome: 'success' })
  const kept = (await world.run('bob', 'inbox')).lines.map((line: Line) => line.text)
  expect(kept).toEqual(['before', 'now'])
  expect(await states(alice.peer)).toEqual({ 'success settled': 3 })
  // Whoever reads on from where they were misses nothing: the numbers after it are all new.
  const now = await back.line('it', (line) => line.event === 'message' && line.text === 'now')
  expect(now.seq).toBeGreaterThan(seen)
}, 120_000)

/** Alice in this process, so that a hundred messages are a hundred calls; her home is on the disk as everybody's. */
async function aliceOn(
  world: Awaited<ReturnType<typeof terminals>>,
  home = mkdtempSync(join(tmpdir(), `nigh-alice-${randomBytes(2).toString('hex')}`)),
): Promise<AsyncDisposable & { peer: Peer }> {
  const peer = await createPeer({
    home,
    name: 'alice',
    interfaces: ['lo'],
    mesh: world.env.NIGH_MESH ?? '',
  })
  return {
    peer,
    async [Symbol.asyncDispose]() {
      await peer.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** How many messages of mine stand how. */
async function states(peer: Peer): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { outcome, state } of await peer.outbox({ limit: 1000 }))
    counts[`${outcome} ${state}`] = (counts[`${outcome} ${state}`] ?? 0) + 1
  return counts
}
