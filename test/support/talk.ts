/** Two who talk with each other while something happens to one of them: they must notice nothing. */
import { expect } from 'vitest'
import type { AgentEvent } from '../../src/agent.ts'
import type { Resident, Town } from './town.ts'

const ROUNDS = 10
/** Virtual ms in which a message is answered, whatever goes on. */
const ANSWERED_WITHIN_MS = 1_000
/** Virtual time stands still while work goes on, but not for ever: in steps, so that what is much to do gets done. */
const STEPS = 20

/** Contacts of each other, linked, and each has answered the other once. */
export async function friends(
  place: Town,
  arrive: { alice?: Parameters<Town['moveIn']>[1]; bob?: Parameters<Town['moveIn']>[1] } = {},
): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice', arrive.alice)
  const bob = await place.moveIn('Bob', arrive.bob)
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return { alice, bob }
}

/** Texts from `from`, oldest first. */
export const textsFrom = async (resident: Resident, from: Pick<Resident, 'peerId'>): Promise<string[]> =>
  (await resident.agent.inbox({ limit: 100_000 })).flatMap((row) =>
    'from' in row && row.from.peerId === from.peerId ? [row.text] : [],
  )

const lossesOf = (events: readonly AgentEvent[], peer: Resident): string[] =>
  events.flatMap((event) =>
    event.event === 'presence' && event.who.peerId === peer.peerId && event.change !== 'changed'
      ? [event.change]
      : [],
  )

/**
 * Runs `attack` once per round while Alice and Bob write to each other: all arrives at once and in order, and
 * nobody seems away for a moment.
 */
export async function theyNoticeNothing(
  place: Town,
  { alice, bob }: { alice: Resident; bob: Resident },
  attack: (round: number) => unknown,
): Promise<void> {
  const from = { alice: alice.events.length, bob: bob.events.length }
  const had = { alice: (await textsFrom(alice, bob)).length, bob: (await textsFrom(bob, alice)).length }
  for (let round = 0; round < ROUNDS; round += 1) {
    await attack(round)
    const answered = Promise.all([
      bob.agent.send({ to: `im:${alice.peerId}`, text: `there ${round}`, waitMs: ANSWERED_WITHIN_MS }),
      alice.agent.send({ to: `im:${bob.peerId}`, text: `back ${round}`, waitMs: ANSWERED_WITHIN_MS }),
    ])
    for (let step = 0; step < STEPS; step += 1) await place.pass(ANSWERED_WITHIN_MS / STEPS)
    await place.pass(1)
    expect(await answered).toMatchObject(Array(2).fill({ outcome: 'success', disposition: 'delivered' }))
  }
  const words = (word: string) => Array.from({ length: ROUNDS }, (_, round) => `${word} ${round}`)
  expect((await textsFrom(alice, bob)).slice(had.alice)).toEqual(words('there'))
  expect((await textsFrom(bob, alice)).slice(had.bob)).toEqual(words('back'))
  expect(lossesOf(alice.events.slice(from.alice), bob)).toEqual([])
  expect(lossesOf(bob.events.slice(from.bob), alice)).toEqual([])
  const seen = (await alice.agent.who()).find(({ who }) => who.peerId === bob.peerId)
  expect(seen?.evidence).toBe('live')
}
