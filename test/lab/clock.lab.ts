/** Wall clocks that jump while everything runs, and one that was wrong for a whole life (faults P6, P7, M2). */
import { expect } from 'vitest'
import { came } from '../support/running.ts'
import type { Host } from './host.ts'
import { lab } from './lab.ts'
import { measured, scene } from './means.ts'
import { changes, expectNoFalseGoodbye, now, pass, received, shown } from './sightings.ts'

const HOUR_MS = 3_600_000
/** Two beats and more: who would be missed is missed by then. */
const AFTER_A_JUMP_MS = 6_000

scene(
  'Clocks jump two hours ahead and one back on either side: no ghost, nobody unknown, and messages stay in the order they came',
  async () => {
    await using world = await lab('alice', 'bob', { ownClocks: true })
    const { alice, bob } = world.hosts
    const [alicePeer, bobPeer] = await world.acquainted(alice, bob)
    const from = [alicePeer.lines.length, bobPeer.lines.length]
    const said: string[] = []
    for (const [host, jump] of [
      [bob, '+2h'],
      [bob, '-1h'],
      [alice, '+2h'],
      [alice, '-1h'],
    ] as const) {
      host.clockJumps(jump)
      // The control: the process lives in another hour indeed.
      expect(await hoursAhead(host)).toBeCloseTo(jump === '+2h' ? 2 : -1, 1)
      const text = `${host.name} is at ${jump}`
      expect((await bob.run('send', 'alice', text)).code).toBe(0)
      said.push(text)
      expect((await bob.run('status', '--note', text)).code).toBe(0)
      await alicePeer.line('the note', (line) => line.event === 'presence' && line.presence?.note === text)
      await pass(AFTER_A_JUMP_MS)
    }
    expect(changes(alicePeer, 'bob', from[0])).toEqual([])
    expect(changes(bobPeer, 'alice', from[1])).toEqual([])
    expect(await received(alice)).toEqual(said)
    expectNoFalseGoodbye(alicePeer, bobPeer)
    // A ghost would outlive him: neither clock keeps him alive.
    await bob.cable.pull()
    const pulled = now()
    await expect.poll(async () => (await shown(alice, 'bob'))?.evidence, { timeout: 6_000 }).toBe('unknown')
    measured('clocks jumped', { 'unknown after a pulled cable': now() - pulled })
    const [row] = (await alice.run('who')).lines
    expect(row?.ageMs).toBeLessThan(60_000)
  },
  { needs: ['faketime'], seconds: 90 },
)

scene(
  'Bob lives once in 2031 and then in our year again: Alice follows every change (fault P6)',
  async () => {
    await using world = await lab('alice', 'bob', { ownClocks: true })
    const { alice, bob } = world.hosts
    const [alicePeer] = await world.acquainted(alice, bob)
    for (const [year, note] of [
      ['+5y', 'in the future'],
      ['+0', 'back again'],
    ] as const) {
      await bob.dies()
      bob.clockJumps(year)
      const back = alicePeer.next('bob', came('bob'))
      const told = alicePeer.next('the note', (line) => line.presence?.note === note)
      await bob.up()
      await back
      expect((await bob.run('status', '--note', note)).code).toBe(0)
      await told
      expect((await bob.run('send', 'alice', note)).code).toBe(0)
    }
    expect(await shown(alice, 'bob')).toMatchObject({ evidence: 'live', presence: { note: 'back again' } })
    expect(await received(alice)).toEqual(['in the future', 'back again'])
  },
  { needs: ['faketime'] },
)

/** What the host's processes read on the wall, against ours. */
async function hoursAhead(host: Host): Promise<number> {
  const { lines } = await host.run('whoami')
  return (Date.parse(lines[0]?.at) - Date.now()) / HOUR_MS
}
