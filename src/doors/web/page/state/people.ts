/** Who is listed, where and in which order, and how old what is shown is. */
import { inboxBasic } from '../../../../agent/readiness.ts'
import type { Request } from '../../../../agent.ts'
import type { PeerId } from '../../../../principal/ids.ts'
import { unreadIn } from './conversation.ts'
import type { PageState, Seen } from './page-state.ts'

export interface Listed extends Seen {
  unread: number
  /** Somebody else who is listed has the same name: the end of the key tells them apart. */
  namesake: boolean
}

export interface PeopleList {
  contacts: readonly Listed[]
  near: readonly Listed[]
  /** Neither, but something was said, or they are in a rule of mine. */
  others: readonly Listed[]
}

export function listed({ people, conversations, self }: PageState): PeopleList {
  const names = new Map<string, number>()
  const all: Listed[] = []
  for (const seen of people.values()) {
    if (seen.who.peerId === self?.peerId) continue
    const conversation = conversations.get(seen.who.peerId)
    if (seen.who.relation === 'stranger' && (conversation?.said.length ?? 0) === 0) continue
    names.set(seen.who.name, (names.get(seen.who.name) ?? 0) + 1)
    all.push({ ...seen, unread: unreadIn(conversation).length, namesake: false })
  }
  const rows = all
    .map((row) => ({ ...row, namesake: (names.get(row.who.name) ?? 0) > 1 }))
    .sort(
      (one, other) =>
        rankOf(one) - rankOf(other) || COLLATOR.compare(one.who.name, other.who.name) || order(one, other),
    )
  return {
    contacts: rows.filter(({ who }) => who.relation === 'contact'),
    near: rows.filter(({ who }) => who.relation === 'near'),
    others: rows.filter(({ who }) => who.relation === 'stranger'),
  }
}

/** Requests by who makes them, the oldest first. */
export function knocks({ requests }: Pick<PageState, 'requests'>): ReadonlyMap<PeerId, readonly Request[]> {
  const all = new Map<PeerId, Request[]>()
  for (const request of requests)
    all.set(request.who.peerId, [...(all.get(request.who.peerId) ?? []), request])
  return all
}

export function unreadOfAll({ conversations }: PageState): number {
  let sum = 0
  for (const conversation of conversations.values()) sum += unreadIn(conversation).length
  return sum
}

/** How old the last proof is at `now`, ms. */
export function ageAt(seen: Pick<Seen, 'ageMs' | 'heardAt'>, now: number): number | undefined {
  return seen.ageMs === undefined ? undefined : seen.ageMs + Math.max(0, now - seen.heardAt)
}

/** What the mark beside a name says; in words it is said as well. */
export type Mark = 'open' | 'closed' | 'present' | 'unknown' | 'gone'

export function markOf(seen: Seen): Mark {
  if (seen.evidence === 'unknown' || seen.evidence === 'gone') return seen.evidence
  return inboxBasic(seen) ?? 'present'
}

/** What somebody may be called by the last characters of their key. */
export function idEnd(peer: PeerId): string {
  return `…${peer.slice(-8)}`
}

/** Who is there before who is not. */
function rankOf({ evidence }: Seen): number {
  return evidence === 'live' || evidence === 'heard' ? 0 : 1
}

function order(one: Seen, other: Seen): number {
  return one.who.peerId < other.who.peerId ? -1 : 1
}

const COLLATOR = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true })
