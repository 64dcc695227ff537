/**
 * PRESENCE INFORMATION in words: status, note in the reader's language, and the other tuples, as many as a line bears.
 * What is said here was written by others: it is bounded and made harmless.
 */

import { inboxBasic, inboxTuple } from '../../agent/readiness.ts'
import type { Notes, OwnTuple, PresenceTuple, Sighting, UserInput } from '../../agent.ts'
import { activityWords } from './activities.ts'
import { harmless } from './harmless.ts'
import { clock, statusWords } from './sentences.ts'
import type { Surroundings } from './surroundings.ts'

/** For whom it is said, and when. */
export interface Reader {
  now: Date
  /** Language tag, `de-AT`; undefined: whatever comes first. */
  language?: string
}

/** Tuples beside the inbox's that a line shows, and characters of each: two ways to reach somebody, not a screenful. */
const ON_A_LINE = 2
const WORDS_LIMIT = 80
/** Tuples that a look at one person shows in full. */
const IN_FULL = 20

/** The person's language as POSIX says it: LC_ALL, else LC_MESSAGES, else LANG, `de_AT.UTF-8`. */
export function readerOf({ env, now }: Pick<Surroundings, 'env' | 'now'>): Reader {
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '')
  const language = locale?.split(/[.@]/)[0]?.replaceAll('_', '-')
  const isNone = language === undefined || language === '' || language === 'C' || language === 'POSIX'
  return { now: now(), ...(isNone ? {} : { language }) }
}

/** `open (in a meeting) back at five, until 17:30; phone: tel:+123 until six; and 4 more` */
export function presenceWords(sighting: Sighting, reader: Reader): string {
  const rest = others(sighting)
  const more = rest.length > ON_A_LINE ? [`and ${rest.length - ON_A_LINE} more`] : []
  const shown = rest.slice(0, ON_A_LINE).map((tuple) => harmless(clipped(tupleWords(tuple, reader))))
  return [personWords(sighting, reader), ...shown, ...more].join('; ')
}

/** The person in one line, then a line for each tuple beside the inbox's, the preferred ones first. */
export function presenceInFull(sighting: Sighting, reader: Reader): string {
  const rest = others(sighting)
  const lines = rest
    .slice(0, IN_FULL)
    .map((tuple) => `    ${harmless(tupleWords(tuple, reader) + markupWords(tuple))}`)
  const more = rest.length > IN_FULL ? [`    and ${rest.length - IN_FULL} more: --json shows all`] : []
  return [personWords(sighting, reader), ...lines, ...more].join('\n')
}

/** A tuple of mine, as it is shown to me. */
export function ownTupleWords({ id, status = {}, views, ...rest }: OwnTuple, reader: Reader): string {
  const words = tupleWords({ id, status, ...rest }, reader) + markupWords(rest)
  return harmless(words) + (views?.length === 0 ? ' (shown to nobody)' : '')
}

function personWords(sighting: Sighting, reader: Reader): string {
  const { presence } = sighting
  if (presence === undefined) return '-'
  const inbox = inboxTuple(sighting)
  const notes = [
    inbox === undefined ? undefined : noteFor(inbox.status.note, inbox.notes, reader),
    noteFor(presence.note, presence.notes, reader),
  ].filter((note) => note !== undefined)
  const input = inputWords(presence.userInput ?? inbox?.status.userInput, reader)
  return [
    statusWords({
      basic: inboxBasic(sighting) ?? 'present',
      activities: inbox?.status.activities ?? [],
      note: [...new Set(notes)].join('; '),
    }),
    ...(input === undefined ? [] : [input]),
    ...(presence.until === undefined ? [] : [`until ${clock(presence.until, reader.now)}`]),
  ].join(', ')
}

/** `phone: open tel:+123 (on the phone) until six, until 18:00`, still as others wrote it. */
function tupleWords(tuple: PresenceTuple, reader: Reader): string {
  const { basic, activities = [], note, userInput } = tuple.status
  const said = noteFor(note, tuple.notes, reader)
  const input = inputWords(userInput, reader)
  const words = [
    ...(basic === undefined ? [] : [basic]),
    ...(tuple.address === undefined ? [] : [tuple.address]),
    ...(activities.length === 0 ? [] : [`(${activities.map(activityWords).join(', ')})`]),
    ...(said === undefined ? [] : [said]),
  ].join(' ')
  return `${tuple.id}: ${[
    ...(words === '' ? [] : [words]),
    ...(input === undefined ? [] : [input]),
    ...(tuple.until === undefined ? [] : [`until ${clock(tuple.until, reader.now)}`]),
  ].join(', ')}`.replace(/: $/, '')
}

/** Which kinds of markup came along: nobody here can say what they mean. */
function markupWords({ markup = [] }: Pick<PresenceTuple, 'markup'>): string {
  const namespaces = [...new Set(markup.map(({ namespace }) => namespace))]
  return namespaces.length === 0 ? '' : ` [and ${namespaces.join(', ')}]`
}

/** RFC 4647 lookup: `de-AT`, then `de`, then any kind of German; else the first note. */
function noteFor(
  note: string | undefined,
  notes: Notes | undefined,
  { language }: Reader,
): string | undefined {
  const tags = Object.keys(notes ?? {})
  for (
    let range = language?.toLowerCase();
    range;
    range = range.slice(0, Math.max(0, range.lastIndexOf('-')))
  ) {
    const exact = tags.find((tag) => tag.toLowerCase() === range)
    if (exact !== undefined) return notes?.[exact]
  }
  const primary = language?.toLowerCase().split('-')[0]
  const kindred = tags.find((tag) => tag.toLowerCase().split('-')[0] === primary)
  return (kindred === undefined ? undefined : notes?.[kindred]) ?? note
}

function inputWords(input: UserInput | undefined, { now }: Reader): string | undefined {
  if (input?.state !== 'idle') return undefined
  return input.since === undefined ? 'idle' : `idle since ${clock(input.since, now)}`
}

/** The tuples beside that of the inbox, the preferred ones first; one without priority comes last (RFC 3863). */
function others(sighting: Sighting): PresenceTuple[] {
  const inbox = inboxTuple(sighting)
  return (sighting.presence?.tuples ?? [])
    .filter((tuple) => tuple !== inbox)
    .sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0))
}

function clipped(text: string): string {
  const characters = [...text.slice(0, 4 * WORDS_LIMIT)]
  return characters.length > WORDS_LIMIT ? `${characters.slice(0, WORDS_LIMIT - 1).join('')}…` : text
}
