/**
 * All that the page knows, as plain values, and how what happens changes it. Ages count from `heardAt`, the page's own
 * monotonic clock, so a wrong wall clock makes nobody older.
 */
import {
  amended,
  type Conversation,
  fared,
  glimpsed,
  heard,
  type Listing,
  listed,
  NOTHING_SAID,
  unsaid,
  wereRead,
} from '../../../../agent/conversation.ts'
import { isRequest, otherOf, type Said } from '../../../../agent/said.ts'
import type {
  AgentEvent,
  Contact,
  Evidence,
  OwnStatus,
  Person,
  PersonRuleMade,
  Presence,
  Request,
  Self,
  Sighting,
} from '../../../../agent.ts'
import type { PeerId } from '../../../../principal/ids.ts'

/**
 * `opening`: nothing is known yet. `open`: what happens is told. `away`: it is looked for. `strange`: somebody answers
 * who is not our server, and it is looked for on. `used`: the link was spent before, and nothing can be done here.
 */
export type Link = 'opening' | 'open' | 'away' | 'strange' | 'used'

export interface Seen {
  who: Person
  presence?: Presence
  evidence: Evidence
  /** How old the last proof was at `heardAt`, ms; absent where there is none. */
  ageMs?: number
  heardAt: number
  /** When an event told of it: a listing that was asked for before knows less. */
  toldAt?: number
}

export interface PageState {
  link: Link
  /** When people began to be looked for. */
  since: number
  /** The last stored event that is in here: what comes next begins after it. */
  seq?: number
  self?: Self
  status?: OwnStatus
  people: ReadonlyMap<PeerId, Seen>
  conversations: ReadonlyMap<PeerId, Conversation>
  requests: readonly Request[]
  /** The one rule about each person for whom there is one. */
  personRules: ReadonlyMap<PeerId, PersonRuleMade>
  writing: ReadonlySet<PeerId>
  warnings: readonly Warning[]
  /** Said about what was just done. */
  notice?: Notice
}

export interface Warning {
  code: string
  message: string
}

export interface Notice {
  kind: 'done' | 'failed'
  text: string
  /** It came from the peer, in English. */
  english?: true
}

/** What happens to the page. */
export type Happening =
  | { it: 'link'; link: Link }
  | { it: 'self'; self: Self }
  | { it: 'status'; status: OwnStatus }
  | { it: 'people'; people: readonly Sighting[]; askedAt: number; now: number }
  | { it: 'contacts'; contacts: readonly Contact[]; now: number }
  | { it: 'requests'; requests: readonly Request[] }
  | { it: 'person-rules'; rules: readonly PersonRuleMade[] }
  /** The newest messages of everybody: who is in them has a conversation. */
  | { it: 'recent'; rows: readonly Said[]; asOf: number; now: number }
  | { it: 'page'; peer: PeerId; listing: Listing }
  | { it: 'event'; event: AgentEvent; now: number }
  /** What I said, before the peer has answered. */
  | { it: 'saying'; said: Said }
  /** The peer did not take it. */
  | { it: 'unsaid'; peer: PeerId; id: string }
  | { it: 'read'; peer: PeerId; ids: readonly string[] }
  | { it: 'notice'; notice?: Notice }
  | { it: 'dismissed'; code: string; message: string }

/** Warnings shown at once: whoever has read these learns nothing from more. */
const WARNINGS_SHOWN = 3

export function beginning(now: number): PageState {
  return {
    link: 'opening',
    since: now,
    people: new Map(),
    conversations: new Map(),
    requests: [],
    personRules: new Map(),
    writing: new Set(),
    warnings: [],
  }
}

export function change(state: PageState, happening: Happening): PageState {
  switch (happening.it) {
    case 'link':
      return { ...state, link: happening.link }
    case 'self':
      return { ...state, self: happening.self }
    case 'status':
      return { ...state, status: happening.status }
    case 'people':
      return { ...state, people: withListing(state.people, happening) }
    case 'contacts':
      return { ...state, people: withContacts(state.people, happening.contacts, happening.now) }
    case 'requests':
      return { ...state, requests: happening.requests }
    case 'person-rules':
      return { ...state, personRules: new Map(happening.rules.map((rule) => [rule.who.peerId, rule])) }
    case 'recent':
      return withRecent(state, happening)
    case 'page':
      return withConversation(state, happening.peer, (conversation) =>
        listed(conversation, happening.listing),
      )
    case 'event':
      return changeByEvent(state, happening.event, happening.now)
    case 'saying':
      return spoken(state, happening.said, 0)
    case 'unsaid':
      return withConversation(state, happening.peer, (conversation) =>
        unsaid(conversation, `me ${happening.id}`),
      )
    case 'read':
      return withConversation(state, happening.peer, (conversation) => wereRead(conversation, happening.ids))
    case 'notice':
      return without({ ...state, notice: happening.notice })
    case 'dismissed':
      return {
        ...state,
        warnings: state.warnings.filter(
          ({ code, message }) => code !== happening.code || message !== happening.message,
        ),
      }
  }
}

function changeByEvent(before: PageState, event: AgentEvent, now: number): PageState {
  const state = before.seq === undefined || event.seq > before.seq ? { ...before, seq: event.seq } : before
  switch (event.event) {
    case 'snapshot':
      return {
        ...state,
        people: withSightings(onlyThese(state.people, event.people, now), event.people, now),
      }
    case 'presence':
      return { ...state, people: withSightings(state.people, [event], now) }
    case 'message': {
      const { event: _, ...message } = event
      // A request is listed with the requests, not said in a conversation.
      if (isRequest(message)) return state
      return stopped(spoken(state, message, now), message.from.peerId)
    }
    case 'outcome': {
      const { event: _, ...outcome } = event
      return withConversation(met(state, outcome.to, now), outcome.to.peerId, (conversation) =>
        fared(conversation, outcome),
      )
    }
    case 'amended': {
      const { message, seq } = event
      const who = otherOf(message)
      return withConversation(met(state, who, now), who.peerId, (conversation) =>
        amended(conversation, message, seq),
      )
    }
    case 'request': {
      const { event: _, seq: __, ...request } = event
      const others = state.requests.filter(
        ({ who, kind }) => who.peerId !== request.who.peerId || kind !== request.kind,
      )
      return { ...state, requests: [...others, request] }
    }
    case 'read':
      return change(state, { it: 'read', peer: event.who.peerId, ids: event.ids })
    case 'composing':
      if (event.state === 'idle') return stopped(state, event.who.peerId)
      return { ...state, writing: new Set(state.writing).add(event.who.peerId) }
    case 'warning': {
      const warning = { code: event.code, message: event.message }
      const others = state.warnings.filter(({ message }) => message !== warning.message)
      return { ...state, warnings: [...others, warning].slice(-WARNINGS_SHOWN) }
    }
    case 'subscription':
      return state
    case 'offline':
      return { ...state, link: 'away', writing: new Set() }
  }
}

/** As an event tells it. */
function withSightings(
  people: ReadonlyMap<PeerId, Seen>,
  rows: readonly Sighting[],
  now: number,
): ReadonlyMap<PeerId, Seen> {
  const next = new Map(people)
  for (const row of rows) next.set(row.who.peerId, { ...seenAs(row, now), toldAt: now })
  return next
}

/** As a listing has it, except of those of whom an event told while it was on its way. */
function withListing(
  people: ReadonlyMap<PeerId, Seen>,
  { people: rows, askedAt, now }: { people: readonly Sighting[]; askedAt: number; now: number },
): ReadonlyMap<PeerId, Seen> {
  const next = new Map(people)
  for (const row of rows) {
    const toldAt = people.get(row.who.peerId)?.toldAt
    if (toldAt === undefined || toldAt < askedAt) next.set(row.who.peerId, seenAs(row, now))
  }
  return next
}

/** `rows` are all there are: whoever is not among them is known no longer, unless something was said. */
function onlyThese(
  people: ReadonlyMap<PeerId, Seen>,
  rows: readonly Sighting[],
  now: number,
): ReadonlyMap<PeerId, Seen> {
  const listed = new Set(rows.map(({ who }) => who.peerId))
  return new Map([...people].map(([peer, seen]) => [peer, listed.has(peer) ? seen : lostSight(seen, now)]))
}

function seenAs({ who, presence, evidence, ageMs }: Sighting, now: number): Seen {
  return without({ who, presence, evidence, ageMs: evidence === 'live' ? 0 : ageMs, heardAt: now })
}

/** Not listed any more: a stranger of whom nothing is known now. */
function lostSight(seen: Seen, now: number): Seen {
  const { relation } = seen.who
  const age = seen.ageMs === undefined ? undefined : seen.ageMs + (now - seen.heardAt)
  return without({
    ...seen,
    who: { ...seen.who, relation: relation === 'near' ? 'stranger' : relation },
    evidence: seen.evidence === 'gone' ? 'gone' : 'unknown',
    ageMs: age,
    heardAt: now,
  })
}

function withContacts(
  people: ReadonlyMap<PeerId, Seen>,
  contacts: readonly Contact[],
  now: number,
): ReadonlyMap<PeerId, Seen> {
  const next = new Map(people)
  for (const { who } of contacts)
    next.set(who.peerId, { ...(next.get(who.peerId) ?? { evidence: 'unknown', heardAt: now }), who })
  return next
}

function met(state: PageState, who: Person, now: number): PageState {
  if (state.people.has(who.peerId)) return state
  return {
    ...state,
    people: new Map(state.people).set(who.peerId, { who, evidence: 'unknown', heardAt: now }),
  }
}

function spoken(state: PageState, said: Said, now: number): PageState {
  const who = otherOf(said)
  return withConversation(met(state, who, now), who.peerId, (conversation) => heard(conversation, said))
}

function withRecent(
  state: PageState,
  { rows, asOf, now }: { rows: readonly Said[]; asOf: number; now: number },
): PageState {
  const said = rows.filter((row) => !isRequest(row))
  return [...Map.groupBy(said, (row) => otherOf(row).peerId)].reduce(
    (so, [peer, theirs]) =>
      withConversation(
        theirs.reduce((before, row) => met(before, otherOf(row), now), so),
        peer,
        (conversation) => glimpsed(conversation, { rows: theirs, asOf }),
      ),
    state,
  )
}

function stopped(state: PageState, peer: PeerId): PageState {
  if (!state.writing.has(peer)) return state
  const writing = new Set(state.writing)
  writing.delete(peer)
  return { ...state, writing }
}

function withConversation(
  state: PageState,
  peer: PeerId,
  next: (conversation: Conversation) => Conversation,
): PageState {
  const before = state.conversations.get(peer) ?? NOTHING_SAID
  const after = next(before)
  if (after === before) return state
  return { ...state, conversations: new Map(state.conversations).set(peer, after) }
}

/** Without the fields that are undefined. */
function without<Fields extends object>(
  fields: { [Field in keyof Fields]: Fields[Field] | undefined },
): Fields {
  for (const [field, value] of Object.entries(fields))
    if (value === undefined) delete (fields as Record<string, unknown>)[field]
  return fields as Fields
}
