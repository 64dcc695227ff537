/**
 * Whom does a person mean by a word? The order: my petname; an exact peer id, address or card; the name of a
 * contact or of somebody near; the end of a peer id. A stranger never wins over a contact of the same name, not
 * even by spelling it better or by taking the end of the contact's id as a name: then the answer is "ambiguous".
 */
import type { Person } from '../agent.ts'
import { NighError } from '../errors.ts'
import type { ContactRow } from '../ports.ts'
import {
  type Card,
  DEFAULT_LABEL,
  isLabel,
  looksLikeAddress,
  notALabel,
  parseAddress,
  parseCard,
  presenceAddress,
  shortId,
} from './address.ts'
import { contactOf } from './contacts.ts'
import type { PeerId } from './ids.ts'
import { sameButForCase, tidyName } from './names.ts'
import { slipOf } from './nearest.ts'
import { parsePeerId } from './principal.ts'

/** What is known of people, as plain values. */
export interface Acquaintance {
  self: PeerId
  contacts: readonly ContactRow[]
  near: Iterable<PeerId> & { has(peer: PeerId): boolean }
  /** What people call themselves (contacts, people near, people who wrote; our own name too). */
  names: ReadonlyMap<PeerId, string>
  /** Names that stood on cards: less than what they claim themselves. */
  cardNames?: ReadonlyMap<PeerId, string>
}

export type Who =
  /** `card` where one was given: its name and addresses help to find a stranger; `label` where an inbox was named. */
  | { kind: 'one'; peer: PeerId; card?: Card; label?: string }
  | { kind: 'self' }
  | { kind: 'unknown' }
  | { kind: 'ambiguous'; choices: Person[] }

/** At least this many characters from the end of a peer id name a person. */
export const ID_END_LEAST = 4

/**
 * `WHO/label` names an inbox of WHO; a name that has such an ending itself is looked for first. Throws
 * `malformed-address` or `malformed-card` where `text` means to be one and is none.
 */
export function resolveWho(text: string, known: Acquaintance): Who {
  const word = text.trim()
  const whole = resolveWhole(word, known)
  const slash = word.lastIndexOf('/')
  if (slash < 1 || looksLikeAddress(word) || contactsCalled(word, known).length > 0) return whole

  const owner = resolveWhole(word.slice(0, slash), known)
  if (owner.kind === 'unknown') return whole
  const label = word.slice(slash + 1)
  if (!isLabel(label)) {
    if (whole.kind !== 'unknown') return whole
    throw new NighError('malformed-address', notALabel(label))
  }
  const atInbox: Who = owner.kind === 'one' && label !== DEFAULT_LABEL ? { ...owner, label } : owner
  if (whole.kind === 'unknown') return atInbox
  // Somebody calls themself as others' inboxes are called: that is for the person to decide.
  return {
    kind: 'ambiguous',
    choices: choicesOf([...peopleOf(whole, known), ...peopleOf(owner, known)], known),
  }
}

function resolveWhole(word: string, known: Acquaintance): Who {
  if (word === '') return { kind: 'unknown' }

  const byPetname = contactsCalled(word, known)
  if (byPetname.length > 0) return answer(byPetname, known)

  const exact = exactly(word)
  if (exact !== undefined) return exact.peer === known.self ? { kind: 'self' } : exact

  const named = peopleNamed(word, known)
  const ended = peopleWhoseIdEndsWith(word, known)
  const contact = (peer: PeerId) => contactOf(known.contacts, peer) !== undefined
  if (named.length > 0 && !named.some(contact)) return answer([...named, ...ended.filter(contact)], known)
  if (named.length > 0) return answer(named, known)
  if (ended.length > 0) return answer(ended, known)
  return meansMyself(word, known) ? { kind: 'self' } : { kind: 'unknown' }
}

/** Somebody whose name is a slip of a finger away, contacts before others: to be asked about, never taken for it. */
export function likelyMeant(text: string, known: Acquaintance): Person | undefined {
  const contacts = known.contacts.map(({ peer }) => peer)
  const named = [...new Set([...contacts, ...known.near])]
    .filter((peer) => peer !== known.self)
    .map((peer) => personOf(peer, known))
    // Who has no name is called by their id, and an id is right or wrong.
    .filter(({ name, peerId }) => name !== shortId(peerId))
  const near = slipOf(
    text.trim().toLowerCase(),
    named.map(({ name }) => name.toLowerCase()),
  )
  return named.find(({ name }) => name.toLowerCase() === near)
}

/** The one object that stands for somebody everywhere: petname, else their claim, else the card's, else the end of the id. */
export function personOf(peer: PeerId, known: Acquaintance): Person {
  const contact = contactOf(known.contacts, peer)
  const claimed = known.names.get(peer) ?? known.cardNames?.get(peer)
  const person: Person = {
    peerId: peer,
    name: contact?.petname ?? (claimed === undefined ? undefined : tidyName(claimed)) ?? shortId(peer),
    address: presenceAddress(peer),
    relation: relationOf(peer, known),
    verified: contact?.verifiedAt !== undefined,
  }
  if (contact?.petname !== undefined) person.petname = contact.petname
  return person
}

export function relationOf(peer: PeerId, known: Acquaintance): Person['relation'] {
  if (contactOf(known.contacts, peer) !== undefined) return 'contact'
  return known.near.has(peer) ? 'near' : 'stranger'
}

/** One line that tells people of one name apart: `Alice (contact, …k3Fz9aBc)`. */
export function toldApart(person: Person): string {
  const verified = person.verified ? ', verified' : ''
  return `${person.name} (${person.relation}${verified}, …${shortId(person.peerId)})`
}

function exactly(word: string): Extract<Who, { kind: 'one' }> | undefined {
  const peer = parsePeerId(word)
  if (peer !== undefined) return { kind: 'one', peer }
  if (!looksLikeAddress(word)) return undefined
  if (/^nigh:/i.test(word)) {
    const card = parseCard(word)
    return { kind: 'one', peer: card.peer, card }
  }
  const address = parseAddress(word)
  return address.kind === 'inbox' && address.label !== ''
    ? { kind: 'one', peer: address.peer, label: address.label }
    : { kind: 'one', peer: address.peer }
}

function contactsCalled(word: string, { contacts }: Acquaintance): PeerId[] {
  return bestSpelled(word, contacts, ({ petname }) => petname).map(({ peer }) => peer)
}

/** Contacts, also away, and people near. Where only strangers spell it exactly, a contact of that name in other case counts too. */
function peopleNamed(word: string, known: Acquaintance): PeerId[] {
  const nameOf = (peer: PeerId) => known.names.get(peer) ?? known.cardNames?.get(peer)
  const contacts = known.contacts.map((contact) => contact.peer)
  const strangers = [...known.near].filter((peer) => peer !== known.self && !contacts.includes(peer))
  const amongContacts = bestSpelled(word, contacts, nameOf)
  const amongStrangers = strangers.filter((peer) => nameOf(peer) === word)
  const loosely = strangers.filter((peer) => sameButForCase(nameOf(peer) ?? '', word))
  const exactContact = amongContacts.some((peer) => nameOf(peer) === word)
  if (amongStrangers.length > 0 || exactContact) return [...amongContacts, ...amongStrangers]
  return [...amongContacts, ...loosely]
}

function peopleWhoseIdEndsWith(word: string, known: Acquaintance): PeerId[] {
  if (word.length < ID_END_LEAST || !/^[1-9A-HJ-NP-Za-km-z]+$/i.test(word)) return []
  const people = new Set([
    ...known.contacts.map((contact) => contact.peer),
    ...known.near,
    ...known.names.keys(),
  ])
  people.delete(known.self)
  const exact = [...people].filter((peer) => peer.endsWith(word))
  if (exact.length > 0) return exact
  return [...people].filter((peer) => peer.toLowerCase().endsWith(word.toLowerCase()))
}

function meansMyself(word: string, known: Acquaintance): boolean {
  if (sameButForCase(known.names.get(known.self) ?? '', word)) return true
  return word.length >= ID_END_LEAST && known.self.toLowerCase().endsWith(word.toLowerCase())
}

/** Those who spell it exactly; only where nobody does, those who differ by case. */
function bestSpelled<Somebody>(
  word: string,
  people: readonly Somebody[],
  nameOf: (one: Somebody) => string | undefined,
): Somebody[] {
  const exact = people.filter((one) => nameOf(one) === word)
  return exact.length > 0 ? exact : people.filter((one) => sameButForCase(nameOf(one) ?? '', word))
}

function answer(people: readonly PeerId[], known: Acquaintance): Who {
  const different = [...new Set(people)]
  const [only] = different
  if (only === undefined) return { kind: 'unknown' }
  if (different.length === 1) return { kind: 'one', peer: only }
  return { kind: 'ambiguous', choices: choicesOf(different, known) }
}

function choicesOf(people: readonly PeerId[], known: Acquaintance): Person[] {
  return [...new Set(people)].map((peer) => personOf(peer, known))
}

function peopleOf(who: Who, known: Acquaintance): PeerId[] {
  if (who.kind === 'one') return [who.peer]
  if (who.kind === 'self') return [known.self]
  return who.kind === 'ambiguous' ? who.choices.map((person) => person.peerId) : []
}
