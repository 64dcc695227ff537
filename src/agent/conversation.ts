/**
 * A conversation as far as it is loaded: what listings of it say, joined with what events say meanwhile. The two come by
 * different ways and overtake one another, so each part of a message has its rule:
 *
 * - how mine fares: the word from further on (see outcome.ts);
 * - theirs is unread until anything says that it was read, held until anything says that it was accepted;
 * - the message itself, its text, reaction, what it quotes: as it was told since the listing was asked for, else as listed;
 * - its place: by the number that it was born under, which is the lowest that is ever told of it.
 *
 * So whatever comes first, it stands in the end as in a listing that is read anew.
 */
import type { Outcome } from '../agent.ts'
import { isAsFar, isFurther } from './outcome.ts'
import { requoted } from './quote.ts'
import { indexOf, isMine, keyOf, type Said, timeOf, UNNUMBERED } from './said.ts'

export interface Conversation {
  /** In the order of their numbers: mine that no peer has taken yet are last. */
  said: readonly Said[]
  /** What only events have told, by `keyOf`: a listing that was asked for before does not know it. */
  told: ReadonlyMap<string, Told>
  /** Nothing is missing from this number on, -Infinity where that is all there is; absent until something is listed. */
  from?: number
  /** Mine of which an outcome was told and no text, as it was sent at another door: a listing is to bring them. */
  missing: readonly { key: string; seq: number }[]
}

export interface Told {
  /** The message as it was after its last change, and the number of that news. */
  changed?: { seq: number; message: Said }
  /** How it fares, where it is not here itself. */
  outcome?: Outcome
  /** It was read, where it is not here itself. */
  read?: true
  /** It was deleted here. */
  gone?: true
}

/** One page of the history, as the Agent listed it. */
export interface Listing {
  /** Oldest first. */
  rows: readonly Said[]
  /** The number up to which events had been told when it was asked for: it knows all these. */
  asOf: number
  /** Id of the message that it was asked before; absent: these are the newest. */
  before?: string
  /** Nothing is older than these. */
  whole: boolean
}

export const NOTHING_SAID: Conversation = { said: [], told: new Map(), missing: [] }

/** A message that came, or is about to leave. One that is here stays the one it is. */
export function heard<Loaded extends Conversation>(conversation: Loaded, said: Said): Loaded {
  const { told } = conversation
  const key = keyOf(said)
  const known = conversation.said[indexOf(conversation.said, key)]
  if (known === undefined) {
    const before = told.get(key)
    if (before?.gone === true) return conversation
    const quoting = isMine(said) ? conversation.said : conversation.said.map((each) => requoted(each, said))
    return placed({ ...conversation, said: quoting }, withTold(said, before))
  }
  if (isMine(said)) return fared(conversation, said)
  // Told again under a later number it is news: a request that was accepted, as it stands by then.
  if (said.seq > known.seq) return amended(conversation, said, said.seq)
  return placed(conversation, joined(known, said, known))
}

/** How a message of mine fares. */
export function fared<Loaded extends Conversation>(conversation: Loaded, outcome: Outcome): Loaded {
  const key = keyOf(outcome)
  const known = conversation.said[indexOf(conversation.said, key)]
  if (known !== undefined) {
    const { to, sentAt } = outcome
    return placed(conversation, joined(known, outcome, { ...known, to, sentAt }))
  }
  const before = conversation.told.get(key)
  if (before?.gone === true) return conversation
  if (outcome.text !== undefined) return placed(conversation, outcome)
  const furthest = before?.outcome === undefined ? outcome : further(before.outcome, outcome)
  const next = noted(conversation, key, { ...before, outcome: furthest })
  if (isOlder(conversation, outcome)) return next
  const others = conversation.missing.filter((each) => each.key !== key)
  return { ...next, missing: [...others, { key, seq: outcome.seq }] }
}

/** A message as it is after a change, also in what answers it; `seq` is the number of that news. */
export function amended<Loaded extends Conversation>(
  conversation: Loaded,
  message: Said,
  seq: number,
): Loaded {
  const key = keyOf(message)
  const before = conversation.told.get(key)
  if (before?.gone === true || (before?.changed?.seq ?? Number.NEGATIVE_INFINITY) > seq) return conversation
  return {
    ...noted(conversation, key, { ...before, changed: { seq, message } }),
    said: conversation.said.map((each) => changed(each, message)),
  }
}

/** These of theirs were read, here or at another door. */
export function wereRead<Loaded extends Conversation>(conversation: Loaded, ids: readonly string[]): Loaded {
  let next = conversation
  for (const id of ids) {
    const key = `they ${id}`
    const at = indexOf(next.said, key)
    const known = next.said[at]
    if (known === undefined) next = noted(next, key, { ...next.told.get(key), read: true })
    else if (!isMine(known) && known.unread)
      next = { ...next, said: next.said.with(at, { ...known, unread: false }) }
  }
  return next
}

/** It was deleted here, for good: no listing that was read before brings it back. */
export function gone<Loaded extends Conversation>(conversation: Loaded, key: string): Loaded {
  return noted(unsaid(conversation, key), key, { gone: true })
}

/** What was about to leave was not taken by the peer. */
export function unsaid<Loaded extends Conversation>(conversation: Loaded, key: string): Loaded {
  return { ...conversation, said: conversation.said.filter((each) => keyOf(each) !== key) }
}

/** Some messages of it, between which others may be missing. */
export function glimpsed<Loaded extends Conversation>(
  conversation: Loaded,
  { rows, asOf }: Pick<Listing, 'rows' | 'asOf'>,
): Loaded {
  const listed = asTold(conversation, rows, asOf)
  const keys = new Set(listed.map(keyOf))
  return withRows(conversation, [...conversation.said.filter((each) => !keys.has(keyOf(each))), ...listed])
}

/**
 * A page of the history. What it should hold and does not was deleted at another door. Where the newest one does not
 * reach what was listed before, that is let go of: a conversation with a gap would read as one without.
 */
export function listed<Loaded extends Conversation>(conversation: Loaded, listing: Listing): Loaded {
  const { said, from, missing } = conversation
  const { asOf, before } = listing
  const isIn = (each: Said): boolean => each.seq >= (from ?? UNNUMBERED)
  const end = before === undefined ? UNNUMBERED : said.find((each) => each.id === before && isIn(each))?.seq
  // What it would join was let go of meanwhile.
  if (end === undefined) return conversation
  const rows = asTold(conversation, listing.rows, asOf)
  const keys = new Set(rows.map(keyOf))
  const [oldest] = rows
  const first = listing.whole ? Number.NEGATIVE_INFINITY : (oldest?.seq ?? end)
  const [due, later] = [missing.filter(({ seq }) => seq <= asOf), missing.filter(({ seq }) => seq > asOf)]
  const joins =
    before !== undefined ||
    (oldest !== undefined &&
      said.some((each) => isIn(each) && keyOf(each) === keyOf(oldest)) &&
      // Where even this page does not bring one, it lies further back, between what is here.
      due.every(({ key }) => keys.has(key)))
  const others = said.filter((each) => {
    if (keys.has(keyOf(each))) return false
    if (each.seq > asOf || each.seq >= end) return true
    return each.seq < first && (joins || from === undefined)
  })
  return {
    ...withRows(conversation, [...others, ...rows]),
    from: joins ? Math.min(from ?? first, first) : first,
    missing: before === undefined ? later : missing,
  }
}

/** The oldest message from which on nothing is missing: what is older is asked for before it. */
export function oldestOf({ said, from = UNNUMBERED }: Conversation): Said | undefined {
  return said.find(({ seq }) => seq >= from && seq !== UNNUMBERED)
}

/** Rows of a listing as events have told them since it was asked for. */
function asTold({ said, told }: Conversation, listing: readonly Said[], asOf: number): readonly Said[] {
  const here = new Map(said.map((each) => [keyOf(each), each]))
  let rows = listing.flatMap((row) => {
    const known = here.get(keyOf(row))
    const before = told.get(keyOf(row))
    if (before?.gone === true) return []
    if (known === undefined) return [withTold(row, before)]
    return [joined(known, row, known.seq > asOf && known.seq !== UNNUMBERED ? known : row)]
  })
  const since = [...told.values()].flatMap((each) => each.changed ?? []).filter(({ seq }) => seq > asOf)
  for (const { message } of since.toSorted((one, other) => one.seq - other.seq))
    rows = rows.map((row) => changed(row, message))
  return rows
}

/** As it is after `message` was changed, which it is itself, or answers, or neither. */
function changed(said: Said, message: Said): Said {
  return keyOf(said) === keyOf(message) ? joined(said, message, message) : requoted(said, message)
}

/** With what was told of it while it was not here. */
function withTold(said: Said, told: Told | undefined): Said {
  if (!isMine(said)) return told?.read === true ? { ...said, unread: false } : said
  return told?.outcome === undefined ? said : faring(said, further(told.outcome, said))
}

/** Two words of one message; `itself` is the one that has the message as it is. */
function joined(known: Said, word: Said, itself: Said): Said {
  const seq = Math.min(known.seq, word.seq)
  if (isMine(known) && isMine(word) && isMine(itself)) return { ...faring(itself, further(known, word)), seq }
  // A key names one side: there is no third way.
  if (isMine(known) || isMine(word) || isMine(itself)) return known
  const { disposition } = known.disposition === 'held' ? word : known
  return { ...itself, unread: known.unread && word.unread, disposition, seq }
}

/** Of two that are as far the second: what it waits for may be another by now. */
function further(known: Outcome, word: Outcome): Outcome {
  return isFurther(word, known) || isAsFar(word, known) ? word : known
}

/** The message, with how it fares from `word`. */
function faring(message: Outcome, word: Outcome): Outcome {
  const { reason: _, disposition: __, waits: ___, ...itself } = message
  const { outcome, state, at, reason, disposition, waits } = word
  return {
    ...itself,
    ...{ outcome, state, at },
    ...(reason === undefined ? {} : { reason }),
    ...(disposition === undefined ? {} : { disposition }),
    ...(waits === undefined ? {} : { waits }),
  }
}

/** It was sent before all that is loaded, so it is not missed. */
function isOlder(conversation: Conversation, { sentAt }: Outcome): boolean {
  const oldest = conversation.from === Number.NEGATIVE_INFINITY ? undefined : oldestOf(conversation)
  return oldest !== undefined && sentAt < timeOf(oldest)
}

/** At its place, instead of what was known of it. */
function placed<Loaded extends Conversation>(conversation: Loaded, said: Said): Loaded {
  const at = indexOf(conversation.said, keyOf(said))
  if (conversation.said[at]?.seq === said.seq)
    return { ...conversation, said: conversation.said.with(at, said) }
  const others = at < 0 ? conversation.said : conversation.said.toSpliced(at, 1)
  const place = others.findLastIndex(({ seq }) => seq <= said.seq) + 1
  return { ...conversation, said: others.toSpliced(place, 0, said) }
}

function withRows<Loaded extends Conversation>(conversation: Loaded, rows: readonly Said[]): Loaded {
  // Two without a number stay as they were said.
  const said = rows.toSorted((one, other) => (one.seq === other.seq ? 0 : one.seq - other.seq))
  return { ...conversation, said }
}

function noted<Loaded extends Conversation>(conversation: Loaded, key: string, told: Told): Loaded {
  return { ...conversation, told: new Map(conversation.told).set(key, told) }
}
