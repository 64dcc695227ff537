/**
 * A message that expires while Bob stands still with its bytes in his buffer, then goes on (fault M1): one run by its
 * seed, with crashes, recalls and delays as chance has it.
 */
import { expect } from 'vitest'
import { friends, textsFrom } from './talk.ts'
import { type Resident, town } from './town.ts'

export interface Ending {
  outcome: 'success' | 'failure'
  reason?: string
  /** Its bytes lay in the buffer when it expired. */
  late: boolean
}

const TEXT = 'lunch at noon?'

export async function expiryRace(seed: string): Promise<Ending> {
  await using place = await town(seed)
  const chance = place.entropy.fraction
  const upTo = (ms: number): number => Math.floor(chance() * ms)
  let { alice, bob } = await friends(place)
  const to = `im:${bob.peerId}`
  await says(place, alice.agent.send({ to, text: 'hello' }))
  place.world.setLatency(1 + upTo(20))

  const freezes = (): void => place.world.cut(alice.peerId, bob.peerId)
  const first = chance() < 0.5
  if (first) freezes()
  const expireMs = 500 + upTo(4_000)
  const { id } = await says(place, alice.agent.send({ to, text: TEXT, expireMs }))
  const after = alice.agent.send({ to, text: 'and after' })
  await place.pass(upTo(60))
  await after
  if (!first) freezes()
  const lives: Resident[] = [alice]
  if (chance() < 0.3) void alice.agent.recall({ id })
  if (chance() < 0.25) {
    await alice.kill()
    alice = await alice.restart()
    lives.push(alice)
  }
  // Sometimes shorter than the link lives without a beat, sometimes longer.
  await place.pass(chance() < 0.3 ? expireMs / 2 : expireMs + upTo(30_000))
  const late = (await rowOf(alice, id))?.outcome === 'indeterminate'
  if (chance() < 0.2) {
    await bob.kill()
    bob = await bob.restart()
  }
  const failedBefore = (await rowOf(alice, id))?.outcome === 'failure'
  place.world.heal(alice.peerId, bob.peerId)
  for (let step = 0; step < 60; step += 1) {
    await place.pass(1_000)
    const row = await rowOf(alice, id)
    // At no moment: failed, and there all the same.
    if (row?.outcome === 'failure') expect(await textsFrom(bob, alice)).not.toContain(TEXT)
    else expect(failedBefore).toBe(false)
    if (row?.state === 'settled' && step > 20) break
  }
  const row = await rowOf(alice, id)
  expect(row?.state).toBe('settled')
  const texts = await textsFrom(bob, alice)
  expect(texts.filter((text) => text === TEXT)).toHaveLength(row?.outcome === 'success' ? 1 : 0)
  expect(texts.filter((text) => text !== TEXT)).toEqual(['hello', 'and after'])
  // One ending, once said.
  const endings = lives.flatMap(({ events }) =>
    events.flatMap((event) =>
      event.event === 'outcome' && event.id === id && event.state === 'settled' ? [event.outcome] : [],
    ),
  )
  expect(new Set(endings).size).toBeLessThanOrEqual(1)
  return {
    outcome: row?.outcome === 'success' ? 'success' : 'failure',
    late,
    ...(row?.reason === undefined ? {} : { reason: row.reason }),
  }
}

async function says<Result>(
  place: { pass(ms: number): Promise<void> },
  work: Promise<Result>,
): Promise<Result> {
  await place.pass(5)
  return work
}

const rowOf = async (resident: Resident, id: string) =>
  (await resident.agent.outbox()).find((row) => row.id === id)

/** Runs seeds one after another; what they ended in, in words. */
export async function expiryRaces(from: number, count: number): Promise<Map<string, number>> {
  const ended = new Map<string, number>()
  for (let seed = from; seed < from + count; seed += 1) {
    const { outcome, reason, late } = await expiryRace(`expiry ${seed}`).catch((cause: unknown) => {
      throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    })
    const word = `${outcome}${reason === undefined ? '' : ` ${reason}`}${late ? ', late' : ''}`
    ended.set(word, (ended.get(word) ?? 0) + 1)
  }
  return ended
}
