/** Two who know each other, in a town. */
import type { Resident, Town } from './town.ts'

/** Alice and Bob are contacts of each other, and she has said hello. */
export async function friends(
  place: Town,
  options: { alice?: Parameters<Town['moveIn']>[1]; bob?: Parameters<Town['moveIn']>[1] } = {},
): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice', options.alice)
  const bob = await place.moveIn('Bob', options.bob)
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Alice' })
  await alice.agent.addContact({ who: 'Bob' })
  await place.pass(1_000)
  const sending = alice.agent.send({ to: 'Bob', text: 'hello' })
  await place.pass(100)
  await sending
  return { alice, bob }
}
