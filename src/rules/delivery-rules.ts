/**
 * May this SENDER's message ring? DELIVERY RULES run before the store and before any bell, and every message is
 * answered: who should not learn that they are turned away gets the answer that others in their place get.
 * How many requests are held, of what size and from where, is the inbox's own arithmetic.
 *
 * The order: the block list and the polite block; the one rule about this person's messages; then the rules of the
 * inbox, of which the first that matches decides; and without any of these contacts ring and everybody else is held,
 * near or not.
 */
import type { DeliveryRule, DeliveryRules, Reason } from '../agent.ts'
import type { PersonRule } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { holds, type LetterFacts } from './delivery-conditions.ts'
import { labelsOf, rulesOfInbox } from './delivery-grammar.ts'
import { inboxName, sentenceOf } from './delivery-words.ts'
import { isBlocked, isPolitelyBlocked, ruleAbout } from './rule.ts'

export type DeliveryAnswer =
  | { kind: 'accept' }
  /** Kept as a request until the person answers. */
  | { kind: 'hold' }
  /** What travels may be a cover. */
  | { kind: 'refuse'; because: Extract<Reason, 'refused' | 'closed' | 'rate-limited'> }

export type DeliveryDecision = DeliveryAnswer & {
  /** Which rule decided, in words. They stay here. */
  truly: string
}

export interface AskedDelivery {
  sender: { peer: PeerId; contact: boolean }
  personRules: readonly PersonRule[]
  /** Wall ms. */
  now: number
}

/** What is addressed, and what comes. */
export interface Letter {
  /** The rules of every inbox there is. */
  document: DeliveryRules
  /** The inbox it names, existing or not; '' is the default one. */
  label: string
  facts: LetterFacts
  /** How a person is called in words. */
  nameOf: (peer: PeerId) => string
}

/**
 * Decides one message. For an inbox that does not exist `accept` means that the sender may be told so: see `nowhere`.
 *
 * `refuse` with `tell` answers `refused`. Untold it answers what others in the sender's place are told who are not
 * refused at all (fault M4). Of people who are not known that is `rate-limited`: any of them whose first request
 * waits for an answer hears it. A contact never waits for one, so for him `rate-limited` would be a tell; what
 * contacts hear now and then is `closed`, from an inbox that has just closed while they still saw it open, and from
 * everyone who hides from them.
 */
export function decideDelivery(asked: AskedDelivery, letter?: Letter): DeliveryDecision {
  const above = aboveRules(asked)
  if (above !== undefined) return above
  const { contact } = asked.sender
  if (letter === undefined) return decidedBy([], contact, '', undefined)
  const rules = rulesOfInbox(letter.document, letter.label)
  return rules === undefined ? nowhere(letter, contact) : decidedBy(rules, contact, letter.label, letter)
}

/** Contact or accepted: not a stranger to the inbox, whatever its rules are. */
export function isWelcome(asked: AskedDelivery): boolean {
  return decideDelivery(asked).kind === 'accept'
}

/** Whether a rule of any inbox holds messages, so that a contact's may become a request as well. */
export function mayHoldAnyone({ inboxes }: DeliveryRules): boolean {
  return Object.values(inboxes).some((rules) => rules.some((rule) => rule.then === 'hold'))
}

/** Nothing reaches the rules below it. */
export function matchesAlways(rule: DeliveryRule): boolean {
  return Object.keys(rule.if ?? {}).length === 0
}

/** Whether the pace of senders matters. */
export function asksForPace({ inboxes }: DeliveryRules): boolean {
  return Object.values(inboxes).some((rules) => rules.some((rule) => rule.if?.perMinute !== undefined))
}

function aboveRules({ sender, personRules, now }: AskedDelivery): DeliveryDecision | undefined {
  const { peer } = sender
  if (isBlocked(personRules, peer, now))
    return { kind: 'refuse', because: 'refused', truly: 'this person is blocked' }
  if (isPolitelyBlocked(personRules, peer, now))
    return { kind: 'refuse', because: 'closed', truly: 'this person sees you closed' }
  switch (ruleAbout(personRules, { peer, subject: 'messages', now })?.decision) {
    case 'refuse':
      // The very answer of a stranger who writes again before the first request was looked at.
      return { kind: 'refuse', because: 'rate-limited', truly: 'you refused messages from this person' }
    case 'accept':
    case 'allow':
      return { kind: 'accept', truly: 'you accepted messages from this person' }
  }
  return undefined
}

function decidedBy(
  rules: readonly DeliveryRule[],
  contact: boolean,
  label: string,
  letter: Letter | undefined,
): DeliveryDecision {
  const index = letter === undefined ? -1 : rules.findIndex((rule) => holds(rule.if, letter.facts))
  const rule = rules[index]
  if (rule === undefined || letter === undefined) {
    const none = rules.length === 0 ? '' : `no rule of the inbox ${inboxName(label)} matches, and `
    return contact
      ? { kind: 'accept', truly: `${none}contacts are taken` }
      : { kind: 'hold', truly: `${none}people you do not know are held as a request` }
  }
  const truly = `rule ${index + 1} of the inbox ${inboxName(label)}: ${sentenceOf(rule, letter.nameOf)}`
  if (rule.then !== 'refuse') return { kind: rule.then, truly }
  return { kind: 'refuse', because: rule.tell === true ? 'refused' : coverFor(contact), truly }
}

function coverFor(contact: boolean): 'closed' | 'rate-limited' {
  return contact ? 'closed' : 'rate-limited'
}

/**
 * An inbox that does not exist (fault M13). A contact who may write to some inbox is told that there is none of this
 * label. Anyone else must not find out which there are by guessing. The inboxes worth hiding are those that refuse
 * untold: where there is one for this sender, that is the answer of all that do not exist, too; otherwise they answer
 * what the default one does. An inbox that takes or holds what strangers write can be found by strangers; a label
 * is no secret that keeps anybody out.
 */
function nowhere(letter: Letter, contact: boolean): DeliveryDecision {
  const truly = `there is no inbox ${inboxName(letter.label)}`
  const answers = labelsOf(letter.document).map((label) =>
    decidedBy(rulesOfInbox(letter.document, label) ?? [], contact, label, letter),
  )
  if (contact && answers.some(({ kind }) => kind === 'accept')) return { kind: 'accept', truly }
  const cover = coverFor(contact)
  if (answers.some((answer) => answer.kind === 'refuse' && answer.because === cover))
    return { kind: 'refuse', because: cover, truly }
  const [byDefault] = answers
  return { ...(byDefault ?? { kind: 'refuse', because: cover }), truly }
}
