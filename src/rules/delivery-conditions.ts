/** Whether the conditions of one DELIVERY RULE hold for one message: plain facts in, yes or no out. */
import type { Basic, DeliveryConditions, Person } from '../agent.ts'
import type { PeerId } from '../principal/ids.ts'
import { DAYS, minuteOf } from './grammar.ts'

/** What the rules may look at. Members may be getters: a fact that no rule asks for is not worked out. */
export interface LetterFacts {
  readonly from: PeerId
  /** A contact who is near is a contact. */
  readonly relation: Person['relation']
  /** Of a contact; I made them. */
  readonly groups: readonly string[]
  /** What this person wrote within the last minute, this message included. */
  readonly inLastMinute: number
  readonly bytes: number
  readonly contentType: string
  /** On the clock of the wall where I am. */
  readonly wall: WallTime
  readonly myStatus: { readonly basic: Basic; readonly activities: readonly string[] }
}

export interface WallTime {
  /** Since midnight. */
  readonly minute: number
  /** 0 is Sunday. */
  readonly day: number
}

/** All conditions hold; none at all hold always. */
export function holds(conditions: DeliveryConditions | undefined, facts: LetterFacts): boolean {
  if (conditions === undefined) return true
  const { from, relation, group, perMinute, largerThan, contentType, between, days, myStatus } = conditions
  return (
    (from === undefined || from.includes(facts.from)) &&
    (relation === undefined || relation === facts.relation) &&
    (group === undefined || (facts.relation === 'contact' && facts.groups.includes(group))) &&
    (largerThan === undefined || facts.bytes > largerThan) &&
    (contentType === undefined || contentType.some((pattern) => isOfType(facts.contentType, pattern))) &&
    (perMinute === undefined || facts.inLastMinute > perMinute) &&
    isTimeFor(between, days, facts) &&
    (myStatus === undefined || shows(facts.myStatus, myStatus))
  )
}

/**
 * A span begins with its first minute and ends before its last; one that ends earlier than it begins goes over
 * midnight, and its hours after midnight belong to the day on which it began: Friday night ends on Saturday morning.
 */
export function isTime(
  between: DeliveryConditions['between'],
  days: DeliveryConditions['days'],
  { minute, day }: WallTime,
): boolean {
  const [begins, ends] = between === undefined ? [0, 24 * 60] : [minuteOf(between[0]), minuteOf(between[1])]
  const overMidnight = ends < begins
  const inside = overMidnight ? minute >= begins || minute < ends : minute >= begins && minute < ends
  const began = overMidnight && minute < ends ? (day + 6) % 7 : day
  return inside && (days === undefined || days.some((each) => DAYS.indexOf(each) === began))
}

/** The clock is looked at only where a rule asks for it. */
function isTimeFor(
  between: DeliveryConditions['between'],
  days: DeliveryConditions['days'],
  facts: LetterFacts,
): boolean {
  return (between === undefined && days === undefined) || isTime(between, days, facts.wall)
}

/** Types are compared without their parameters, and without regard to case (RFC 2045 5.1). */
function isOfType(contentType: string, pattern: string): boolean {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  const wanted = pattern.toLowerCase()
  return wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted
}

function shows({ basic, activities }: LetterFacts['myStatus'], wanted: string): boolean {
  return wanted === 'open' ? basic === 'open' : activities.includes(wanted)
}
