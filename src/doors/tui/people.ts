/** Who is listed, in which order, and as what: names are claims, so two people of one name are told apart. */
import type { Person, Sighting } from '../../agent.ts'
import type { PeerId } from '../../principal/ids.ts'
import { idEnd, nameOf } from '../cli/sentences.ts'
import type { Someone, State } from './state.ts'

/** With `sighting` where something is known, else as somebody of whom nothing is. */
export function met(state: State, who: Person, sighting?: Sighting): State {
  const known = state.people.get(who.peerId)
  const someone: Someone = {
    ...(known ?? { unread: 0, writing: false }),
    who,
    sighting: sighting ?? { ...(known?.sighting ?? { evidence: 'unknown' }), who },
  }
  return withPeople(state, new Map(state.people).set(who.peerId, someone))
}

export function changedPerson(state: State, who: PeerId, fields: Partial<Someone>): State {
  const known = state.people.get(who)
  if (known === undefined || isSame(known, fields)) return state
  return withPeople(state, new Map(state.people).set(who, { ...known, ...fields }))
}

function isSame(known: Someone, fields: Partial<Someone>): boolean {
  return Object.entries(fields).every(([name, value]) => known[name as keyof Someone] === value)
}

/** Everybody anew, in order; whoever was selected stays so. */
export function withPeople(state: State, people: ReadonlyMap<PeerId, Someone>): State {
  const order = inOrder(people.values())
  const selected = state.selected !== undefined && people.has(state.selected) ? state.selected : order[0]
  const next: State = { ...state, people, order }
  if (selected === undefined) delete next.selected
  else next.selected = selected
  return next
}

/** Who is there before who is not, contacts before others, then by name. */
function inOrder(people: Iterable<Someone>): PeerId[] {
  return [...people]
    .map((one) => ({ rank: rankOf(one), name: one.who.name, peer: one.who.peerId }))
    .sort((a, b) => a.rank - b.rank || compare(a.name, b.name) || (a.peer < b.peer ? -1 : 1))
    .map(({ peer }) => peer)
}

function rankOf({ who, sighting, rule }: Someone): number {
  const here = sighting.evidence === 'live' || sighting.evidence === 'heard'
  const relation = who.relation === 'contact' ? 0 : who.relation === 'near' ? 1 : 2
  return (rule === 'block' ? 20 : 0) + (here ? 0 : 10) + relation
}

const COLLATOR = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true })

function compare(one: string, other: string): number {
  return COLLATOR.compare(one, other)
}

/** The name as it is shown: with the end of the id where somebody else who is listed bears it too. */
export function called(state: Pick<State, 'people'>, who: Person): string {
  const name = nameOf(who)
  return bearersOf(state.people).get(name) === 1 ? name : `${name} (${idEnd(who.peerId)})`
}

/** A contact whose name this stranger bears as well: it need not be the same person. */
export function namesake(state: State, who: Person): Person | undefined {
  if (who.relation === 'contact') return undefined
  for (const { who: other } of state.people.values())
    if (other.relation === 'contact' && nameOf(other) === nameOf(who)) return other
  return undefined
}

/** How many bear each name, counted once per list. */
const counted = new WeakMap<ReadonlyMap<PeerId, Someone>, ReadonlyMap<string, number>>()

function bearersOf(people: ReadonlyMap<PeerId, Someone>): ReadonlyMap<string, number> {
  const known = counted.get(people)
  if (known !== undefined) return known
  const bearers = new Map<string, number>()
  for (const { who } of people.values()) bearers.set(nameOf(who), (bearers.get(nameOf(who)) ?? 0) + 1)
  counted.set(people, bearers)
  return bearers
}
