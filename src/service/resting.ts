/**
 * A peer that rests: without a mesh nothing is known of anybody but what the store holds. Contacts are unknown, wishes
 * are pending, and a wish of now counts from the next start.
 */
import type { Sighting, Subscription } from '../agent.ts'
import type { PeerId } from '../principal/ids.ts'
import { standing } from '../watcher/subscription.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'
import type { Watching } from './watching.ts'

export function createResting(
  { store, clock }: House,
  acquaintances: Acquaintances,
): {
  listed(): Sighting[]
  want: Watching['want']
  subscriptions(): Promise<Subscription[]>
} {
  const stands = (peer: PeerId, wanted: boolean): Subscription => ({
    who: acquaintances.person(peer),
    ...standing(undefined, { wanted, holding: false }),
  })

  return {
    listed: () =>
      acquaintances
        .contacts()
        .map((contact) => ({ who: acquaintances.person(contact.peer), evidence: 'unknown' })),

    async want(peer, wanted) {
      await store.wishes.put({ peer, wanted, byPerson: true, at: clock.now() })
      return stands(peer, wanted)
    },

    async subscriptions() {
      const wishes = new Map((await store.wishes.all()).map((wish) => [wish.peer, wish.wanted]))
      const contacts = acquaintances.contacts().map((contact) => contact.peer)
      return [...new Set([...wishes.keys(), ...contacts])].map((peer) =>
        stands(peer, wishes.get(peer) ?? true),
      )
    },
  }
}
