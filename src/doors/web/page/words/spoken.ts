/** People, presence, time and outcomes as the page says them. Everything that others wrote leaves here harmless. */

import { inboxBasic, inboxTuple } from '../../../../agent/readiness.ts'
import { isMine, type Said, UNNUMBERED } from '../../../../agent/said.ts'
import type { Disposition, Message, Outcome, OwnStatus, Presence, Sighting } from '../../../../agent.ts'
import { harmless } from '../../../cli/harmless.ts'
import type { Seen } from '../state/page-state.ts'
import { ageAt } from '../state/people.ts'
import type { Words } from './words.ts'

/** Time of day in the language's own way; with the date where it is not today. */
export function clock(at: string, now: Date, { locale }: Pick<Words, 'locale'>): string {
  const instant = new Date(at)
  if (Number.isNaN(instant.getTime())) return '?'
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
  if (instant.toDateString() === now.toDateString()) return time.format(instant)
  const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  return whole.format(instant)
}

/** The day as a heading between messages. */
export function day(at: string, { locale }: Pick<Words, 'locale'>): string {
  const instant = new Date(at)
  if (Number.isNaN(instant.getTime())) return ''
  return new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(instant)
}

/** On what it rests that they are shown so, and how old that is. */
export function evidence(seen: Seen, now: number, words: Words): string {
  const age = ageAt(seen, now)
  if (seen.evidence === 'live') return words.evidence.live
  if (seen.evidence === 'gone') return words.evidence.gone(age)
  if (age === undefined) return words.evidence.never
  return seen.evidence === 'heard' ? words.evidence.heard(age) : words.evidence.unknownSince(age)
}

/** `open, in a meeting, “back at five”`, or nothing where nothing was shown; of who is not here, what it was. */
export function presenceWords(
  seen: Pick<Sighting, 'who' | 'presence'> & Partial<Pick<Sighting, 'evidence'>>,
  now: Date,
  words: Words,
): string | undefined {
  const { presence } = seen
  if (presence === undefined) return undefined
  const status = inboxTuple(seen)?.status
  const parts = [
    words.basic[inboxBasic(seen) ?? 'present'],
    ...(status?.activities ?? []).map((each) => harmless(words.activity(each))),
    ...notesOf(seen, words).map(harmless),
  ]
  if ((presence.userInput ?? status?.userInput)?.state === 'idle') parts.push(words.idle)
  if (presence.until !== undefined) parts.push(words.until(clock(presence.until, now, words)))
  const said = parts.join(' · ')
  const isOver = seen.evidence === 'unknown' || seen.evidence === 'gone'
  return isOver ? words.evidence.was(said) : said
}

/** The notes about the person, each once, in the page's language where there is one. */
function notesOf(seen: Pick<Sighting, 'who' | 'presence'>, { language }: Words): string[] {
  const inbox = inboxTuple(seen)
  const notes = [
    inbox?.notes?.[language] ?? inbox?.status.note,
    seen.presence?.notes?.[language] ?? seen.presence?.note,
  ]
  return [...new Set(notes.filter((note) => note !== undefined && note !== ''))] as string[]
}

export function ownStatusWords(status: OwnStatus, now: Date, words: Words): string {
  return [
    words.basic[status.basic],
    ...status.activities.map((each) => harmless(words.activity(each))),
    ...(status.note ? [harmless(status.note)] : []),
    ...(status.until === undefined ? [] : [words.until(clock(status.until, now, words))]),
  ].join(' · ')
}

/** Ways beside the inbox, the preferred first. */
export function otherWays(seen: Pick<Sighting, 'who' | 'presence'>, words: Words): string[] {
  const inbox = inboxTuple(seen)
  return (seen.presence?.tuples ?? [])
    .filter((tuple) => tuple !== inbox)
    .sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0))
    .map(({ id, address, status }) =>
      harmless(
        [
          `${id}:`,
          ...(status.basic === undefined ? [] : [words.basic[status.basic]]),
          ...(address === undefined ? [] : [address]),
          ...(status.activities ?? []).map(words.activity),
          ...(status.note === undefined ? [] : [status.note]),
        ].join(' '),
      ),
    )
}

/** My own document as somebody else reads it. */
export function documentWords(presence: Presence, words: Words): string {
  const inbox = presence.tuples.find(({ id }) => id === 'im') ?? presence.tuples[0]
  return [
    harmless(presence.name),
    ...(inbox?.status.basic === undefined ? [] : [words.basic[inbox.status.basic]]),
    ...(inbox?.status.activities ?? []).map((each) => harmless(words.activity(each))),
    ...[inbox?.status.note, presence.note]
      .filter((note) => note !== undefined && note !== '')
      .map((note) => harmless(note ?? '')),
  ].join(' · ')
}

/** How a message of mine stands, for the eye. */
export type Standing = Disposition | 'failed' | 'pending' | 'sending'

/** How a message of mine stands: a mark for the eye, and words. */
export function outcome(said: Outcome, linked: boolean, words: Words): { kind: Standing; text: string } {
  const name = harmless(said.to.name)
  if (said.seq === UNNUMBERED)
    return linked
      ? { kind: 'sending', text: words.outcome.sending }
      : { kind: 'pending', text: words.conversation.notSent }
  if (said.outcome === 'success') {
    const disposition = said.disposition ?? 'delivered'
    return { kind: disposition, text: words.outcome.kept(disposition) }
  }
  if (said.outcome === 'failure')
    return { kind: 'failed', text: words.outcome.failed(said.reason ?? 'refused', name) }
  const text =
    said.waits === undefined ? words.outcome.state(said.state) : words.outcome.waits(said.waits, name)
  return { kind: 'pending', text }
}

/** Over several lines; nothing in it moves or hides anything. */
export function textOf(said: Said): string {
  return (said.text ?? '…')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => harmless(line.replaceAll('\t', '    ')))
    .join('\n')
}

export function authorOf(said: Said, words: Words): string {
  return isMine(said) ? words.conversation.you : harmless((said as Message).from.name)
}
