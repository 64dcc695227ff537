/** A message expires while its bytes lie in the buffer of a process that does not read (fault M1). */
import { expect } from 'vitest'
import type { Running } from '../support/running.ts'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { measured, scene } from './means.ts'
import { expectNoFalseGoodbye, now, pass, received } from './sightings.ts'

const EXPIRES_MS = 2_000

/** Bob stops, and then Alice writes what expires before he goes on. */
async function writesIntoTheBuffer(alice: Host, bob: Host, alicePeer: Running): Promise<string> {
  expect(await alice.run('send', 'bob', 'hello')).toMatchObject({ code: 0 })
  bob.freezes()
  const { code, lines } = await alice.run('send', 'bob', 'lunch?', '--expire', '2s', '--wait', '0s')
  expect(code).toBe(4)
  const id = lines.at(-1)?.id
  await alicePeer.line(
    'its bytes to leave',
    (line) => line.event === 'outcome' && line.id === id && line.state === 'sent',
  )
  return id
}

/** How it stands in Alice's outbox. */
const standsOf = async (alice: Host, id: string) =>
  (await alice.run('outbox')).lines.find((line) => line.id === id)

for (const [word, stoppedMs] of [
  ['while the link still stands', EXPIRES_MS + 1_500],
  ['after Alice gave the link up', 14_000],
] as const)
  scene(
    `It expired while Bob was stopped; he goes on ${word}: indeterminate until then, and then what is in his inbox (scenes 52, 53, fault M1)`,
    async () => {
      await using world = await lab('alice', 'bob')
      const { alice, bob } = world.hosts
      const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
      const id = await writesIntoTheBuffer(alice, bob, alicePeer)
      await pass(stoppedMs)
      expect(await standsOf(alice, id)).toMatchObject({ state: 'sent', outcome: 'indeterminate' })
      const thawed = now()
      bob.thaws()
      const settled = async () => (await standsOf(alice, id))?.state
      await expect.poll(settled, { timeout: 15_000 }).toBe('settled')
      const known = now() - thawed
      // Whatever was still under way is over.
      await pass(2_000)
      const { outcome, reason } = (await standsOf(alice, id)) ?? {}
      const texts = await received(bob)
      expect(texts).toEqual(outcome === 'success' ? ['hello', 'lunch?'] : ['hello'])
      if (outcome === 'failure') expect(reason).toBe('expired')
      measured(`expired, stopped for ${stoppedMs} ms`, { outcome, known })
      expectNoFalseGoodbye(alicePeer, bobPeer)
    },
    { seconds: 90 },
  )

scene(
  'It expired while Bob was stopped, and he dies with it in his buffer: failed, and nothing of it is ever delivered (scene 52, fault M1)',
  async () => {
    await using world = await lab('alice', 'bob')
    const { alice, bob } = world.hosts
    const [alicePeer] = await world.acquainted(alice, bob)
    const id = await writesIntoTheBuffer(alice, bob, alicePeer)
    await pass(EXPIRES_MS + 1_000)
    await bob.dies()
    await pass(2_000)
    expect(await standsOf(alice, id)).toMatchObject({ state: 'sent', outcome: 'indeterminate' })
    await bob.up()
    const settled = async () => (await standsOf(alice, id))?.reason
    await expect.poll(settled, { timeout: 15_000 }).toBe('expired')
    expect(await alice.run('send', 'bob', 'and now?')).toMatchObject({ code: 0 })
    expect(await received(bob)).toEqual(['hello', 'and now?'])
  },
  { seconds: 90 },
)
