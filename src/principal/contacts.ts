/**
 * Contacts are the people I know, under the names I gave them: a petname is mine, so no stranger can take it.
 * Pure changes on plain rows; each answers the row to keep.
 */
import { NighError } from '../errors.ts'
import type { ContactRow } from '../ports.ts'
import { looksLikeAddress, shortId, shown } from './address.ts'
import type { PeerId } from './ids.ts'
import { givenName, sameButForCase } from './names.ts'
import { parsePeerId } from './principal.ts'

export function contactOf(contacts: readonly ContactRow[], peer: PeerId): ContactRow | undefined {
  return contacts.find((contact) => contact.peer === peer)
}

export function isContact(contacts: readonly ContactRow[], peer: PeerId): boolean {
  return contactOf(contacts, peer) !== undefined
}

/**
 * The row of a new contact, or of a known one with what is new: adding twice adds nothing. `at` is wall ms.
 * Throws `name-taken` or `usage` where the petname cannot be, `usage` where groups are too many or too long.
 */
export function addContact(
  contacts: readonly ContactRow[],
  added: { peer: PeerId; petname?: string | undefined; groups?: readonly string[] | undefined; at: number },
): ContactRow {
  const known = contactOf(contacts, added.peer)
  const petname =
    added.petname === undefined ? known?.petname : freePetname(contacts, added.peer, added.petname)
  const row: ContactRow = {
    ...(known ?? { peer: added.peer, addedAt: added.at }),
    groups: tidyGroups([...(known?.groups ?? []), ...(added.groups ?? [])]),
  }
  if (petname !== undefined) row.petname = petname
  return row
}

/** Throws `who-unknown` where the person is no contact, `name-taken` or `usage` where the petname cannot be. */
export function renameContact(contacts: readonly ContactRow[], peer: PeerId, petname: string): ContactRow {
  return { ...existing(contacts, peer), petname: freePetname(contacts, peer, petname) }
}

/** Replaces the groups. Throws `who-unknown` where the person is no contact, `usage` where they are too many or too long. */
export function groupContact(
  contacts: readonly ContactRow[],
  peer: PeerId,
  groups: readonly string[],
): ContactRow {
  return { ...existing(contacts, peer), groups: tidyGroups(groups) }
}

/** The person compared the safety words. `at` is wall ms. */
export function verifyContact(contacts: readonly ContactRow[], peer: PeerId, at: number): ContactRow {
  return { ...existing(contacts, peer), verifiedAt: at }
}

/** What was compared holds no longer, or was a mistake. */
export function unverifyContact(contacts: readonly ContactRow[], peer: PeerId): ContactRow {
  const { verifiedAt: _, ...row } = existing(contacts, peer)
  return row
}

/** The others. Throws `who-unknown` where the person is no contact. */
export function removeContact(contacts: readonly ContactRow[], peer: PeerId): ContactRow[] {
  existing(contacts, peer)
  return contacts.filter((contact) => contact.peer !== peer)
}

/** More groups on one person sort nobody. A guess. */
const GROUPS_LIMIT = 32

function existing(contacts: readonly ContactRow[], peer: PeerId): ContactRow {
  const known = contactOf(contacts, peer)
  if (known !== undefined) return known
  throw new NighError(
    'who-unknown',
    `…${shortId(peer)} is not among your contacts. Add them first: nigh contacts add.`,
  )
}

/** Petnames are looked up first, so none may pass for another person's address or differ from another by case alone. */
function freePetname(contacts: readonly ContactRow[], peer: PeerId, wanted: string): string {
  const petname = givenName(wanted)
  if (petname === undefined)
    throw new NighError('usage', 'A contact needs a name with at least one visible character.')
  if (looksLikeAddress(petname) || parsePeerId(petname) !== undefined)
    throw new NighError('usage', `A contact cannot be called like an address: ${shown(petname)}.`)
  const taken = contacts.find(
    (contact) =>
      contact.peer !== peer && contact.petname !== undefined && sameButForCase(contact.petname, petname),
  )
  if (taken !== undefined)
    throw new NighError(
      'name-taken',
      `You already call …${shortId(taken.peer)} ${shown(taken.petname ?? '')}. Choose another name, or rename that contact.`,
    )
  return petname
}

function tidyGroups(wanted: readonly string[]): string[] {
  const tidy = wanted.map(givenName).filter((group) => group !== undefined)
  const groups = [...new Set(tidy)]
  // None is left out in silence: a rule about it would not count for this person.
  if (groups.length > GROUPS_LIMIT)
    throw new NighError(
      'usage',
      `One person belongs to ${GROUPS_LIMIT} groups at most; that would be ${groups.length}.`,
    )
  return groups
}
