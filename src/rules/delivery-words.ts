/** DELIVERY RULES as sentences for the person who made them. Names of people are the caller's to make harmless. */
import type { DeliveryConditions, DeliveryRule } from '../agent.ts'
import { DEFAULT_LABEL } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import type { DAYS } from './grammar.ts'

/** What happens where no rule matches. */
export const USUALLY =
  'messages of contacts and of people you accepted are taken, and anyone else is held as a request.'

/** `From strangers, between 22:00 and 07:00: refused, untold.` */
export function sentenceOf(rule: DeliveryRule, nameOf: (peer: PeerId) => string): string {
  const said = `${[fromWhom(rule.if ?? {}, nameOf), ...provided(rule.if ?? {})].join(', ')}: ${answer(rule)}.`
  return said.charAt(0).toUpperCase() + said.slice(1)
}

/** How an inbox is called: `default`, or its label. */
export function inboxName(label: string): string {
  return label === '' ? DEFAULT_LABEL : label
}

const RELATIONS: Record<NonNullable<DeliveryConditions['relation']>, string> = {
  contact: 'contacts',
  near: 'people on this network who are no contacts',
  stranger: 'people who are neither contacts nor on this network',
}

const DAY_NAMES: Record<(typeof DAYS)[number], string> = {
  sun: 'Sunday',
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
}

function fromWhom({ from, relation, group }: DeliveryConditions, nameOf: (peer: PeerId) => string): string {
  const people = [
    ...(from === undefined ? [] : [either(from.map((peer) => nameOf(peer as PeerId)))]),
    ...(relation === undefined ? [] : [RELATIONS[relation]]),
    ...(group === undefined ? [] : [`contacts of the group ${group}`]),
  ]
  return `from ${people.length === 0 ? 'anyone' : people.join(' who are also ')}`
}

function provided(conditions: DeliveryConditions): string[] {
  const { perMinute, largerThan, contentType, between, days, myStatus } = conditions
  return [
    ...(perMinute === undefined ? [] : [`what exceeds ${perMinute} a minute`]),
    ...(largerThan === undefined ? [] : [`larger than ${largerThan} bytes`]),
    ...(contentType === undefined ? [] : [`of type ${either(contentType)}`]),
    ...timeWords(between, days),
    ...(myStatus === undefined ? [] : [`while you show ${myStatus}`]),
  ]
}

function answer({ then, tell }: DeliveryRule): string {
  if (then === 'accept') return 'taken'
  if (then === 'hold') return 'held as a request'
  return tell === true ? 'refused, and told so' : 'refused, untold'
}

/** `a, b or c` */
export function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** `on Saturday or Sunday`, `between 22:00 and 07:00` */
export function timeWords(
  between: DeliveryConditions['between'],
  days: DeliveryConditions['days'],
): string[] {
  return [
    ...(days === undefined ? [] : [`on ${either(days.map((day) => DAY_NAMES[day]))}`]),
    ...(between === undefined ? [] : [`between ${between[0]} and ${between[1]}`]),
  ]
}
