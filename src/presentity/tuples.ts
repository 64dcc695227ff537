/**
 * My PRESENCE TUPLES beside the one of the inbox: read from outside, put in, taken out, ended by their time. What is
 * kept is plain data, and what breaks a rule is refused with a sentence before anything changes.
 */
import type { Markup, Notes, OwnTuple, UserInput } from '../agent.ts'
import { isLanguage } from '../envelope/presence-information.ts'
import {
  ACTIVITIES_LIMIT,
  ACTIVITY_LIMIT,
  ADDRESS_LIMIT,
  LANGUAGE_LIMIT,
  MARKUP_CONTENT_LIMIT,
  MARKUP_LIMIT,
  NAME_LIMIT,
  NOTE_LIMIT,
  TUPLES_LIMIT,
} from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'

/** The tuple of the instant inbox; its id stays the same over all documents. */
export const INBOX_TUPLE = 'im'

/** What fits a document beside the tuple of the inbox. */
export const OWN_TUPLES_LIMIT = TUPLES_LIMIT - 1

/** A tuple as it is kept: every choice made, so that a later default changes nothing. */
export interface KeptTuple extends OwnTuple {
  status: NonNullable<OwnTuple['status']>
  views: NonNullable<OwnTuple['views']>
}

/** RFC 4480 3.2: whoever is away for good is closed throughout. */
const AWAY_FOR_GOOD = 'permanent-absence'
/** Seconds that fit the wire, and any desk. */
const THRESHOLD_MOST = 2 ** 32 - 1
/** RFC 3986, by its characters: a scheme, and what may follow. Spaces and other scripts are percent-encoded. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/

/** `tuples` with `tuple` in them, in its old place if it had one. Throws `usage`, also where there are too many. */
export function withTuple(tuples: readonly KeptTuple[], tuple: OwnTuple, now: number): KeptTuple[] {
  const kept = checkedTuple(tuple, now)
  if (tuples.some(({ id }) => id === kept.id))
    return tuples.map((each) => (each.id === kept.id ? kept : each))
  if (tuples.length >= OWN_TUPLES_LIMIT)
    throw wrong(
      `${OWN_TUPLES_LIMIT} tuples fit beside that of the inbox, and all are taken. Withdraw one first.`,
    )
  return [...tuples, kept]
}

/** What stands at wall time `now`: a timed tuple has ended when its time is reached. */
export function tuplesAt(tuples: readonly KeptTuple[], now: number): KeptTuple[] {
  return tuples.filter(({ until }) => until === undefined || Date.parse(until) > now)
}

/** Throws `usage` unless `activities` fit a tuple, and go with `basic`. */
export function checkActivities(activities: readonly string[], basic: string | undefined): void {
  if (activities.length > ACTIVITIES_LIMIT)
    throw wrong(`At most ${ACTIVITIES_LIMIT} activities fit; there are ${activities.length}.`)
  const odd = activities.find((activity) => activity.length === 0 || activity.length > ACTIVITY_LIMIT)
  if (odd !== undefined)
    throw wrong(`An activity has 1 to ${ACTIVITY_LIMIT} characters; one has ${odd.length}.`)
  if (basic === 'open' && activities.includes(AWAY_FOR_GOOD))
    throw wrong(`Whoever is away for good is closed: ${AWAY_FOR_GOOD} does not go with open.`)
}

/** Throws `usage` unless the note and its languages fit. */
export function checkNotes(note: string | null | undefined, notes: Notes | null | undefined): void {
  const languages = Object.keys(notes ?? {})
  if (languages.length >= MARKUP_LIMIT)
    throw wrong(`A note fits in ${MARKUP_LIMIT - 1} languages; these are ${languages.length}.`)
  for (const language of languages)
    if (!isLanguage(language))
      throw wrong(
        `${shown(language)} is no language tag. Write it as de or pt-BR, in at most ${LANGUAGE_LIMIT} characters.`,
      )
  for (const text of [note ?? '', ...Object.values(notes ?? {})])
    if (text.length > NOTE_LIMIT)
      throw wrong(`A note has at most ${NOTE_LIMIT} characters; this one has ${text.length}.`)
}

/** Throws `usage` unless it can travel. */
export function checkInput(input: UserInput | null | undefined): void {
  if (input === null || input === undefined) return
  const { since, thresholdSeconds = 0 } = input
  if (since !== undefined) instantMs(since)
  if (!Number.isInteger(thresholdSeconds) || thresholdSeconds < 0 || thresholdSeconds > THRESHOLD_MOST)
    throw wrong('The threshold of idleness is a whole number of seconds.')
}

/** Wall ms of an instant given as text. Throws `usage`. */
export function instantMs(text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw wrong(`${shown(text)} is no time that can be read (RFC 3339 is understood).`)
  return ms
}

function checkedTuple(tuple: OwnTuple, now: number): KeptTuple {
  const { id, status = {}, address, priority, notes, until, markup = [], views = ['contacts'] } = tuple
  if (id === '' || id.length > NAME_LIMIT) throw wrong(`The id of a tuple has 1 to ${NAME_LIMIT} characters.`)
  if (id === INBOX_TUPLE)
    throw wrong(`"${INBOX_TUPLE}" is the tuple of your inbox: your own status and rules say what is in it.`)
  checkActivities(status.activities ?? [], status.basic)
  checkNotes(status.note, notes)
  checkInput(status.userInput)
  if (address !== undefined) checkAddress(address)
  if (priority !== undefined && !(priority >= 0 && priority <= 1))
    throw wrong('A priority is a number from 0 to 1; more is preferred.')
  if (until !== undefined && instantMs(until) <= now) throw wrong(`${shown(until)} has passed already.`)
  checkMarkup(markup)
  for (const view of views)
    if (view !== 'contacts')
      throw wrong(
        `A tuple is for contacts, not for ${shown(view)}: people nearby see name and open or closed, and nothing else. ` +
          'To show them what contacts see: nigh rules preset office',
      )
  const kept: KeptTuple = {
    ...tuple,
    status,
    ...(until === undefined ? {} : { until: new Date(instantMs(until)).toISOString() }),
    // Three decimals travel (RFC 3863).
    ...(priority === undefined ? {} : { priority: Math.round(priority * 1000) / 1000 }),
    views: [...new Set(views)],
  }
  // As it will be read from the store, and nothing that its giver may change later.
  return JSON.parse(JSON.stringify(kept)) as KeptTuple
}

function checkAddress(address: string): void {
  if (address.length > ADDRESS_LIMIT)
    throw wrong(`An address has at most ${ADDRESS_LIMIT} characters; this one has ${address.length}.`)
  if (!URI.test(address))
    throw wrong(
      `${shown(address)} is no address. It is a URI, such as tel:+43123456, mailto:bob@example.com or https://example.com/bob.`,
    )
}

function checkMarkup(markup: readonly Markup[]): void {
  if (markup.length > MARKUP_LIMIT)
    throw wrong(`At most ${MARKUP_LIMIT} elements of markup fit; there are ${markup.length}.`)
  for (const { namespace, content } of markup) {
    if (namespace.length > ADDRESS_LIMIT || !URI.test(namespace))
      throw wrong(`${shown(namespace)} is no namespace. It is a URI, such as urn:example:mood.`)
    const bytes = Buffer.byteLength(content)
    if (bytes > MARKUP_CONTENT_LIMIT)
      throw new NighError(
        'too-large',
        `An element of markup has at most ${MARKUP_CONTENT_LIMIT} bytes; this one has ${bytes}.`,
      )
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

function wrong(sentence: string): NighError {
  return new NighError('usage', sentence)
}
