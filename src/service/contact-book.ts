/** The person decides about people: contacts, requests, the rules. Each change is stored, then takes effect at once. */
import type { AddContact, Answered, Contact, ContactAdded, Preset, Request, RulesSummary } from '../agent.ts'
import { NighError } from '../errors.ts'
import type { ContactRow } from '../ports.ts'
import { type Card, shortId } from '../principal/address.ts'
import {
  addContact,
  groupContact,
  removeContact,
  renameContact,
  unverifyContact,
  verifyContact,
} from '../principal/contacts.ts'
import type { PeerId } from '../principal/ids.ts'
import { effectOf } from '../rules/access-rules.ts'
import { isBlocked, isPolitelyBlocked, ruleAbout } from '../rules/rule.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Granting } from './granting.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import type { Receiving } from './receiving.ts'
import type { Watching } from './watching.ts'

export interface ContactBook {
  contacts(): Contact[]
  add(found: { peer: PeerId; card?: Card }, asked: AddContact): Promise<ContactAdded>
  rename(peer: PeerId, name: string): Promise<Contact>
  group(peer: PeerId, groups: readonly string[]): Promise<Contact>
  remove(peer: PeerId): Promise<Contact>
  verify(peer: PeerId, verified: boolean): Promise<Contact>
  requests(): Promise<Request[]>
  accept(peer: PeerId, asContact: { name?: string } | undefined): Promise<Answered>
  refuse(peer: PeerId): Promise<Answered>
  preset(preset: Preset | undefined): Promise<RulesSummary>
}

export function createContactBook(
  house: House,
  parts: {
    acquaintances: Acquaintances
    granting: Granting
    receiving: Receiving
    watching?: Watching
    links?: Links
  },
): ContactBook {
  const { store, clock } = house
  const { acquaintances, granting, receiving, watching, links } = parts

  const contactOf = (row: ContactRow): Contact => ({
    who: acquaintances.person(row.peer),
    groups: [...row.groups],
    addedAt: new Date(row.addedAt).toISOString(),
  })

  /** What changed about `peer` is felt by links, grants and wishes. */
  const takeEffect = (peer: PeerId): void => {
    links?.reconsider()
    granting.reconsider(peer)
    watching?.reconsider(peer)
  }

  const refuseIfBlocked = (peer: PeerId, what: string): void => {
    const rules = acquaintances.personRules()
    const blocked = isBlocked(rules, peer, clock.now()) || isPolitelyBlocked(rules, peer, clock.now())
    if (!blocked) return
    const { name } = acquaintances.person(peer)
    throw new NighError(
      'blocked',
      `${name} is blocked, and ${what} does not lift that. First: nigh unblock ${shortId(peer)}`,
    )
  }

  /** A refusal given earlier does not outlive a yes. */
  const liftRefusals = async (peer: PeerId): Promise<void> => {
    const refusals = acquaintances
      .personRules()
      .filter((rule) => rule.peer === peer && rule.decision === 'refuse')
    for (const { subject } of refusals) await acquaintances.removeRule(peer, subject)
  }

  /** A contact rings without a rule: a rule of the inbox has held them, and goes on deciding about what comes next. */
  const takeMessages = async (peer: PeerId, madeAt: number): Promise<void> => {
    const isContact = acquaintances.contact(peer) !== undefined
    if (!isContact) return acquaintances.putRule({ peer, subject: 'messages', decision: 'accept', madeAt })
    const rule = ruleAbout(acquaintances.personRules(), { peer, subject: 'messages', now: madeAt })
    if (rule?.decision === 'refuse') await acquaintances.removeRule(peer, 'messages')
  }

  const heldFrom = async (peer: PeerId): Promise<boolean> =>
    (await store.inbox.held()).some((row) => row.peer === peer)

  const addAsContact = async (
    peer: PeerId,
    name?: string,
    groups?: readonly string[],
  ): Promise<ContactRow> => {
    const row = addContact(acquaintances.contacts(), { peer, petname: name, groups, at: clock.now() })
    await acquaintances.putContact(row)
    return row
  }

  return {
    contacts: () => acquaintances.contacts().map(contactOf),

    async add(found, { name, groups }) {
      const { peer } = found
      refuseIfBlocked(peer, 'adding a contact')
      await acquaintances.keepCard(found)
      await addAsContact(peer, name, groups)
      await liftRefusals(peer)
      const messages = await receiving.answerHeld(peer, 'accept')
      const subscription = await granting.settlePending(peer, 'accept')
      takeEffect(peer)
      links?.want(peer)
      const opens = granting.decide(peer, true).view ?? 'nothing'
      return { who: acquaintances.person(peer), opens, accepted: { messages, subscription } }
    },

    async rename(peer, name) {
      const row = renameContact(acquaintances.contacts(), peer, name)
      await acquaintances.putContact(row)
      return contactOf(row)
    },

    async group(peer, groups) {
      const row = groupContact(acquaintances.contacts(), peer, groups)
      await acquaintances.putContact(row)
      takeEffect(peer)
      return contactOf(row)
    },

    async remove(peer) {
      const contact = acquaintances.contact(peer)
      removeContact(acquaintances.contacts(), peer)
      const gone = contact === undefined ? undefined : contactOf(contact)
      await acquaintances.removeContact(peer)
      takeEffect(peer)
      if (gone === undefined) throw new NighError('who-unknown', 'That is none of your contacts.')
      return gone
    },

    async verify(peer, verified) {
      const contacts = acquaintances.contacts()
      const row = verified ? verifyContact(contacts, peer, clock.now()) : unverifyContact(contacts, peer)
      await acquaintances.putContact(row)
      return contactOf(row)
    },

    async requests() {
      const held = await store.inbox.held()
      const messages = held.map((row): Request => {
        const { from, text, at } = receiving.message(row)
        return { who: from, kind: 'message', text, at }
      })
      const subscriptions = granting.pending().map(
        (row): Request => ({
          who: acquaintances.person(row.peer),
          kind: 'subscription',
          at: new Date(row.askedAt).toISOString(),
        }),
      )
      return [...messages, ...subscriptions].sort((one, other) => (one.at < other.at ? -1 : 1))
    },

    async accept(peer, asContact) {
      refuseIfBlocked(peer, 'accepting')
      const madeAt = clock.now()
      // Refused ones too: who accepts now has changed their mind, about what comes next as well.
      const hadMessages = (await store.inbox.heldCount(peer)).from > 0
      const subscription = await granting.settlePending(peer, 'accept')
      if (asContact !== undefined) {
        await addAsContact(peer, asContact.name)
        await liftRefusals(peer)
      } else {
        if (hadMessages) await takeMessages(peer, madeAt)
        if (subscription)
          await acquaintances.putRule({ peer, subject: 'access', decision: 'allow', view: 'nearby', madeAt })
      }
      const messages = await receiving.answerHeld(peer, 'accept')
      takeEffect(peer)
      if (messages > 0 || asContact !== undefined) links?.want(peer)
      return {
        who: acquaintances.person(peer),
        messages,
        subscription,
        contact: acquaintances.contact(peer) !== undefined,
      }
    },

    async refuse(peer) {
      const madeAt = clock.now()
      const messages = (await heldFrom(peer)) ? await receiving.answerHeld(peer, 'refuse') : 0
      const subscription = await granting.settlePending(peer, 'refuse')
      if (messages > 0) await acquaintances.putRule({ peer, subject: 'messages', decision: 'refuse', madeAt })
      if (subscription) await acquaintances.putRule({ peer, subject: 'access', decision: 'refuse', madeAt })
      takeEffect(peer)
      return {
        who: acquaintances.person(peer),
        messages,
        subscription,
        contact: acquaintances.contact(peer) !== undefined,
      }
    },

    async preset(preset) {
      const before = acquaintances.preset()
      if (preset !== undefined) {
        await acquaintances.setPreset(preset)
        granting.reconsiderAll()
      }
      const now = acquaintances.preset()
      const turns = (now === 'hidden') !== (before === 'hidden')
      const later = turns && house.mesh !== undefined ? [LISTENS_UNTIL_RESTART] : []
      return { preset: now, effect: [...effectOf(now), ...later] }
    },
  }
}

/** Whether we listen and answer on the air is decided where the mesh starts. */
const LISTENS_UNTIL_RESTART =
  'Whether others can hear this peer and connect to it changes when it is started again: nigh down, then nigh up.'
