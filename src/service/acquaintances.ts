/**
 * Everybody we know something of: contacts, rules about persons, names they claim, who is near. Held in memory
 * beside the store, so that the rooms can be asked without waiting; each change is stored first.
 */
import type { Person, Preset } from '../agent.ts'
import { NighError } from '../errors.ts'
import type { ContactRow, PersonRule } from '../ports.ts'
import type { Card } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import { tidyName } from '../principal/names.ts'
import { type Acquaintance, likelyMeant, personOf, resolveWho, toldApart } from '../principal/who.ts'
import type { House } from './house.ts'

export interface Acquaintances {
  /** Reads everything from the store. */
  load(): Promise<void>
  contacts(): readonly ContactRow[]
  contact(peer: PeerId): ContactRow | undefined
  putContact(row: ContactRow): Promise<void>
  removeContact(peer: PeerId): Promise<void>
  personRules(): readonly PersonRule[]
  putRule(rule: PersonRule): Promise<void>
  removeRule(peer: PeerId, subject: PersonRule['subject']): Promise<void>
  preset(): Preset
  setPreset(preset: Preset): Promise<void>
  /** The name a peer claims: from a granted document or a request. */
  claimName(peer: PeerId, name: string): Promise<void>
  knowsNameOf(peer: PeerId): boolean
  /** How I call myself; not stored here. */
  callMyself(name: string): void
  addressesOf(peer: PeerId): readonly string[]
  rememberAddresses(peer: PeerId, addresses: readonly string[]): Promise<void>
  /** Keeps what a card tells: where to find them, and their name where none is known. */
  keepCard(found: { peer: PeerId; card?: Card }): Promise<void>
  person(peer: PeerId): Person
  /** Resolves WHO; `undefined` where nobody is meant. Throws `own-address`, `who-ambiguous` or a malformed address. */
  find(who: string): { peer: PeerId; label: string; card?: Card } | undefined
  /** As `find`, but `who-unknown` where nobody is meant. */
  resolve(who: string): { peer: PeerId; label: string; card?: Card }
  /** Who is near now, and who knocked: they can be named too. Set by the parts that know. */
  isNearby: (peer: PeerId) => boolean
  nearby: () => Iterable<PeerId>
  knocking: () => Iterable<PeerId>
}

/** Keys in the store's settings. */
const PRESET = 'preset'

export function createAcquaintances(house: Pick<House, 'store' | 'self' | 'clock'>): Acquaintances {
  const { store, self, clock } = house
  let contacts: ContactRow[] = []
  /** Asked for at every beat and for every link. */
  let byPeer = new Map<PeerId, ContactRow>()
  let rules: PersonRule[] = []
  let preset: Preset = 'default'
  const names = new Map<PeerId, string>()
  const cardNames = new Map<PeerId, string>()
  const addresses = new Map<PeerId, string[]>()

  const known = (near: Acquaintance['near']): Acquaintance => ({
    self: self.peerId,
    contacts,
    names,
    cardNames,
    near,
  })

  /** One person is asked about at every event, in a crowd of hundreds: nobody else is looked at for it. */
  const nearNow: Acquaintance['near'] = {
    has: (peer) => acquaintances.isNearby(peer),
    [Symbol.iterator]: () => acquaintances.nearby()[Symbol.iterator](),
  }

  /** Whom a word may mean beside contacts: looked for only where it is no petname. */
  const nearOrKnocking = (): Acquaintance['near'] => {
    let all: Set<PeerId> | undefined
    const people = (): Set<PeerId> => {
      all ??= new Set([...acquaintances.nearby(), ...acquaintances.knocking()])
      return all
    }
    return { has: (peer) => people().has(peer), [Symbol.iterator]: () => people()[Symbol.iterator]() }
  }

  const know = (rows: ContactRow[]): void => {
    contacts = rows
    byPeer = new Map(rows.map((row) => [row.peer, row]))
  }

  const acquaintances: Acquaintances = {
    isNearby: () => false,
    nearby: () => [],
    knocking: () => [],

    async load() {
      const [everyContact, everyRule, everybody, stored] = await Promise.all([
        store.contacts.all(),
        store.rules.all(),
        store.people.all(),
        store.settings.get(PRESET),
      ])
      know(everyContact)
      rules = everyRule
      for (const person of everybody) {
        if (person.name !== undefined) names.set(person.peer, person.name)
        addresses.set(person.peer, person.addresses)
      }
      if (isPreset(stored)) preset = stored
    },

    contacts: () => contacts,
    contact: (peer) => byPeer.get(peer),

    async putContact(row) {
      await store.contacts.put(row)
      know([...contacts.filter((contact) => contact.peer !== row.peer), row])
    },

    async removeContact(peer) {
      await store.contacts.remove(peer)
      know(contacts.filter((contact) => contact.peer !== peer))
    },

    personRules: () => rules,

    async putRule(rule) {
      await store.rules.put(rule)
      rules = [...rules.filter((other) => other.peer !== rule.peer || other.subject !== rule.subject), rule]
    },

    async removeRule(peer, subject) {
      await store.rules.remove(peer, subject)
      rules = rules.filter((rule) => rule.peer !== peer || rule.subject !== subject)
    },

    preset: () => preset,

    async setPreset(next) {
      await store.settings.set(PRESET, next)
      preset = next
    },

    async claimName(peer, claim) {
      const name = tidyName(claim)
      if (name === undefined || names.get(peer) === name) return
      names.set(peer, name)
      await store.people.rememberName(peer, name)
    },

    knowsNameOf: (peer) => names.has(peer),

    callMyself: (name) => void names.set(self.peerId, name),

    addressesOf: (peer) => addresses.get(peer) ?? [],

    async rememberAddresses(peer, worked) {
      const known = addresses.get(peer) ?? []
      const merged = [...new Set([...worked, ...known])].slice(0, 8)
      addresses.set(peer, merged)
      await store.people.rememberAddresses(peer, worked, clock.now())
    },

    async keepCard({ peer, card }) {
      if (card?.name !== undefined && !names.has(peer)) await acquaintances.claimName(peer, card.name)
      if (card !== undefined && card.addresses.length > 0)
        await acquaintances.rememberAddresses(peer, card.addresses)
    },

    person: (peer) => personOf(peer, known(nearNow)),

    find(who) {
      if (who.length > WHO_LIMIT)
        throw new NighError('usage', 'WHO is longer than any name, address or card. Copy it again.')
      const found = resolveWho(who, known(nearOrKnocking()))
      if (found.kind === 'self')
        throw new NighError('own-address', `${who} is you. This needs somebody else.`)
      if (found.kind === 'ambiguous')
        throw new NighError(
          'who-ambiguous',
          `Several people are called ${who}. Say which, by the end of the id:`,
          {
            choices: found.choices.map(toldApart),
          },
        )
      if (found.kind === 'unknown') return undefined
      const { peer, label = '', card } = found
      if (card?.name !== undefined) cardNames.set(peer, card.name)
      if (card !== undefined && card.addresses.length > 0)
        addresses.set(peer, [...new Set([...card.addresses, ...(addresses.get(peer) ?? [])])].slice(0, 8))
      return { peer, label, ...(card === undefined ? {} : { card }) }
    },

    resolve(who) {
      const found = acquaintances.find(who)
      if (found !== undefined) return found
      const likely = likelyMeant(who, known(new Set(acquaintances.nearby())))
      const hint = likely === undefined ? '' : ` Did you mean ${toldApart(likely)}?`
      throw new NighError(
        'who-unknown',
        `Nobody is known as ${JSON.stringify(who)}: no contact, nobody near, no address.${hint} To see who is near: nigh who`,
      )
    },
  }
  return acquaintances
}

/** The longest card (`parseCard`). */
const WHO_LIMIT = 4096

const PRESETS: readonly string[] = ['default', 'office', 'private', 'hidden'] satisfies Preset[]

export function isPreset(text: string | undefined): text is Preset {
  return text !== undefined && PRESETS.includes(text)
}
