/** What documents of rules say of people and of time: whom a word means, how an id is called, what the clock on the wall shows. */
import { NighError } from '../errors.ts'
import { shortId } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import { parsePeerId } from '../principal/principal.ts'
import { resolveWho, toldApart } from '../principal/who.ts'
import type { WallTime } from '../rules/delivery-conditions.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'

/** Contacts named to somebody who named none; more would be a list to search. */
const CHOICES_LIMIT = 20

export function peopleInRules(
  { self }: Pick<House, 'self'>,
  acquaintances: Acquaintances,
): { meant(who: string): PeerId; nameOf(peer: PeerId): string } {
  /** Whom the person means in a rule: contacts and keys. A name that anybody near can take stands in no lasting rule. */
  const meant = (who: string): PeerId => {
    const contacts = acquaintances.contacts()
    const people = contacts.map(({ peer }) => acquaintances.person(peer))
    const names = new Map(contacts.map(({ peer }) => [peer, acquaintances.person(peer).name]))
    const known = { self: self.peerId, contacts, near: new Set<PeerId>(), names }
    const found = resolveWho(who, known)
    if (found.kind === 'one') return found.peer
    if (found.kind === 'self')
      throw new NighError('own-address', 'That is you, and you do not write to yourself.')
    if (found.kind === 'ambiguous')
      throw new NighError('who-ambiguous', `Several contacts are called ${who}. Say which, by the peer id:`, {
        choices: found.choices.map(toldApart),
      })
    throw new NighError(
      'who-unknown',
      `No contact is called ${JSON.stringify(who)}, and it is no peer id or address.${people.length === 0 ? '' : ' Your contacts:'}`,
      { choices: people.slice(0, CHOICES_LIMIT).map(toldApart) },
    )
  }

  return {
    meant,
    nameOf: (peer) => `${acquaintances.person(peer).name} (…${shortId(peer)})`,
  }
}

/** In the store stand ids only. */
export function keptId(text: string): PeerId {
  const peer = parsePeerId(text)
  if (peer !== undefined) return peer
  throw new NighError('usage', 'That is no peer id.')
}

/** Local time at wall ms `now`. */
export function wallTimeAt(now: number): WallTime {
  const local = new Date(now)
  return { minute: local.getHours() * 60 + local.getMinutes(), day: local.getDay() }
}
