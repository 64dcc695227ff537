/** How people, presence, time and outcomes are said. Everything that others wrote leaves here harmless. */
import { age } from '../../agent/age.ts'
import type {
  EventOf,
  Message,
  Outcome,
  OwnStatus,
  Person,
  Self,
  Sighting,
  Subscription,
} from '../../agent.ts'
import { activityWords } from './activities.ts'
import { harmless, harmlessText } from './harmless.ts'

export { age }

/** Characters of a peer id's end that stand for it. */
const ID_END = 8

export function nameOf(person: Person): string {
  return harmless(person.name)
}

/** The end of a peer id: it tells two people of one name apart. */
export function idEnd(peerId: string): string {
  return `…${harmless(peerId.slice(-ID_END))}`
}

/** The person I am, as everywhere else a person is shown. */
export function selfAsPerson(self: Self): Person {
  return { peerId: self.peerId, name: self.name, address: self.presence, relation: 'near', verified: true }
}

/** `open (meeting) back at five` */
export function statusWords(status: { basic: string; activities: string[]; note?: string }): string {
  const doing =
    status.activities.length > 0
      ? ` (${status.activities.map((each) => harmless(activityWords(each))).join(', ')})`
      : ''
  return `${status.basic}${doing}${status.note ? ` ${harmless(status.note)}` : ''}`
}

export function ownStatusSentence(status: OwnStatus, now: Date): string {
  const until = status.until === undefined ? '' : `, until ${clock(status.until, now)}`
  return `You are ${statusWords(status)}${until}.`
}

/** How old what is shown is, and on what it rests: unknown is not offline. */
export function evidenceWords({ evidence, seenAt, ageMs }: Sighting, now: Date): string {
  if (evidence === 'live') return 'now'
  if (evidence === 'gone') return seenAt === undefined ? 'gone' : `gone since ${clock(seenAt, now)}`
  if (evidence === 'heard') return ageMs === undefined ? 'heard' : `${age(ageMs)} ago`
  return seenAt === undefined ? 'not seen yet' : `unknown since ${clock(seenAt, now)}`
}

/** Local time of day; the date as well when it is not today. */
export function clock(at: string, now: Date): string {
  const instant = new Date(at)
  if (Number.isNaN(instant.getTime())) return 'some time'
  const two = (part: number) => String(part).padStart(2, '0')
  const time = `${two(instant.getHours())}:${two(instant.getMinutes())}`
  if (instant.toDateString() === now.toDateString()) return time
  return `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())} ${time}`
}

/** `12:31 bob: hello`, to a labelled inbox `12:31 bob to oncall: hello`. Further lines are indented, so that a text cannot pose as another message. */
export function messageLine(message: Message, now: Date): string {
  const held = message.disposition === 'held' ? ' (request)' : ''
  const inbox = message.inbox === undefined ? '' : ` to ${harmless(message.inbox)}`
  return `${clock(message.at, now)} ${nameOf(message.from)}${inbox}${held}${answered(message)}${marks(message)}: ${textOf(message)}`
}

/** `12:31 to bob: hello [delivered]`, to a labelled inbox `12:31 to bob/oncall: hello [delivered]` */
export function sentLine(outcome: Outcome, now: Date): string {
  const text = outcome.text === undefined ? '' : ` ${textOf(outcome)}`
  const inbox = outcome.inbox === undefined ? '' : `/${harmless(outcome.inbox)}`
  return `${clock(outcome.sentAt, now)} to ${nameOf(outcome.to)}${inbox}${answered(outcome)}${marks(outcome)}:${text} [${outcomeWord(outcome)}]`
}

function textOf({ text = '', deleted }: Message | Outcome): string {
  return deleted === undefined ? harmlessText(text, '      | ') : '(deleted)'
}

/** ` (edited; you: 👍)`: before the text, where no text can pose as it. */
function marks(row: Message | Outcome): string {
  const { edited, reaction, amending } = row
  const by = 'outcome' in row ? nameOf(row.to) : 'you'
  const all = [
    ...(edited === undefined ? [] : ['edited']),
    ...(reaction === undefined ? [] : [`${by}: ${harmless(reaction)}`]),
    ...(amending === undefined ? [] : ['a change is on its way']),
  ]
  return all.length === 0 ? '' : ` (${all.join('; ')})`
}

/** `12:31 bob edited: lunch at one?`; nothing of a change of mine that is still on its way. */
export function amendedLine({ at, by, undone, message }: EventOf<'amended'>, now: Date): string | undefined {
  const isMine = 'outcome' in message
  const isByMe = isMine === (by === 'edit' || by === 'delete')
  if (isByMe && message.amending !== undefined) return undefined
  const other = nameOf(isMine ? message.to : message.from)
  const time = clock(at, now)
  if (undone) return `${time} to ${other}: that change did not arrive, so all is as before`
  if (by === 'edit') return `${time} ${isMine ? `to ${other}` : other} edited: ${textOf(message)}`
  if (by === 'delete')
    return isMine ? `${time} to ${other}: a message deleted for both` : `${time} ${other} deleted a message`
  const who = isMine ? other : 'you'
  const about = `“${harmless([...(message.text ?? '').replace(/\s+/gu, ' ')].slice(0, 80).join(''))}”`
  if (by === 'unreact' || message.reaction === undefined)
    return `${time} ${who}: no reaction any more to ${about}`
  return `${time} ${who}: ${harmless(message.reaction)} to ${about}`
}

/** What became of a change to a message. */
export function amendedSentence(outcome: Outcome): string {
  const name = nameOf(outcome.to)
  if (outcome.amends === undefined) return recallSentence(outcome)
  if (outcome.outcome === 'failure') return `Nothing was changed. ${outcomeSentence(outcome)}`
  if (outcome.outcome === 'indeterminate') return `Changed here. ${outcomeSentence(outcome)}`
  const { by } = outcome.amends
  if (by === 'edit') return `Edited; ${name} sees that it was.`
  if (by === 'delete') return `Deleted for both. What ${name} has read or copied, nobody can take back.`
  return by === 'react' ? `${name} sees your reaction.` : 'Your reaction is taken back.'
}

/** ` (to “lunch?”)`: what a message answers. */
function answered({ replyTo, quoted }: Message | Outcome): string {
  if (replyTo === undefined) return ''
  return quoted === undefined ? ' (to an earlier message)' : ` (to “${harmless(quoted)}”)`
}

/** How a message stands, in a word or three. */
export function outcomeWord(outcome: Outcome): string {
  const { state, reason, disposition, waits } = outcome
  if (outcome.outcome === 'success')
    return disposition === 'held' ? 'held as a request' : (disposition ?? 'delivered')
  if (outcome.outcome === 'failure')
    return `failed: ${reason === undefined ? 'refused' : (REASONS[reason] ?? reason)}`
  if (waits === 'acceptance') return `waits until ${nameOf(outcome.to)} accepts`
  if (state === 'sent') return 'sent, not answered yet'
  if (state === 'settled') return 'unknown whether kept'
  if (waits === 'open') return `waits until ${nameOf(outcome.to)} is open`
  if (waits === 'turn') return 'waits for its turn'
  return 'owed'
}

/** The reasons that are more than a word. */
const REASONS: Readonly<Record<NonNullable<Outcome['reason']>, string>> = {
  closed: 'closed',
  refused: 'refused',
  recalled: 'recalled',
  expired: 'expired',
  unreachable: 'unreachable',
  'too-large': 'too large',
  'unsupported-type': 'they cannot read this kind',
  'rate-limited': 'no more from you for now',
  'no-such-inbox': 'no such inbox',
  'hop-limit': 'passed on too often',
}

/** What became of a message, and what can be done. */
export function outcomeSentence(outcome: Outcome): string {
  const name = nameOf(outcome.to)
  const { state, reason, disposition, waits } = outcome
  if (outcome.outcome === 'success') {
    if (disposition === 'held') return `Kept as a request: ${name} decides whether to read it.`
    return disposition === 'displayed' ? `${name} has seen it.` : `Delivered to ${name}.`
  }
  if (outcome.outcome === 'indeterminate') {
    if (waits === 'acceptance') return `Owed: it waits until ${name} accepts your request.`
    if (state === 'sent') return `Sent, but ${name} has not answered yet. It is sent again until answered.`
    if (state === 'settled') return `It is not known whether ${name} has it, and it is not sent again.`
    if (waits === 'open') return `Owed: ${name} is closed now. It leaves when ${name} is open.`
    if (waits === 'turn') return `Owed: it waits behind earlier messages to ${name}.`
    return `Owed: ${name} is not reachable now. It leaves as soon as ${name} is, also after a restart.`
  }
  if (reason === 'closed')
    return `Not delivered: ${name} is closed now. With --until-open it waits until ${name} is open.`
  if (reason === 'expired') return `Not delivered: it expired before ${name} could be reached.`
  if (reason === 'unreachable') return `Not delivered: ${name} could not be reached.`
  if (reason === 'too-large') return `Not delivered: it is larger than ${name} takes. Shorten it.`
  if (reason === 'rate-limited')
    return `Not delivered: ${name} takes no more messages from you for now. Try again later.`
  if (reason === 'unsupported-type') return `Not delivered: ${name} cannot read this kind of message.`
  if (reason === 'no-such-inbox') return `Not delivered: ${name} has no such inbox.`
  if (reason === 'recalled') return `Recalled: ${name} will not get it.`
  if (reason === 'hop-limit') return `Not delivered: it was passed on too often.`
  return `Not delivered: ${name} does not take your messages.`
}

/** What became of taking a message back. */
export function recallSentence(outcome: Outcome): string {
  const name = nameOf(outcome.to)
  if (outcome.outcome === 'success')
    return `Too late: ${name} has it${outcome.disposition === 'displayed' ? ' and has seen it' : ''}.`
  if (outcome.outcome === 'indeterminate')
    return `${name} has not answered yet. The recall goes out again as soon as ${name} is reachable, also after a restart.`
  if (outcome.reason === 'recalled') return `Recalled: ${name} will not get it.`
  return `There is nothing to recall. ${outcomeSentence(outcome)}`
}

/** Why a subscription stands as it does, in a few words. */
export function subscriptionWords({ status, reason }: Subscription): string {
  if (status === 'active') return 'you see them'
  if (status === 'waiting') return 'not answered in time; it is asked again'
  if (status === 'terminated') return reason === 'cancelled' ? 'cancelled by you' : 'they do not let you'
  if (reason === 'not-now') return 'they are here for a moment only'
  if (reason === 'no-service') return 'they show no presence now'
  if (reason === 'timeout') return 'not reached since what they gave has run out'
  return 'not answered yet'
}

/**
 * How a subscription stands, and what that means. The command to paste names the end of the id: a name is the other
 * person's claim, and must never be run by a shell. `flags` are the home's.
 */
export function subscriptionSentence(subscription: Subscription, flags: string): string {
  const name = nameOf(subscription.who)
  const { status, reason } = subscription
  if (status === 'active') return `You see ${name}.`
  if (status === 'terminated' && reason === 'cancelled') return `You watch ${name} no longer.`
  if (status === 'terminated') return `${name} does not let you watch.`
  return `You asked to see ${name}: ${subscriptionWords(subscription)}. The wish stays until: nigh watch${flags} ${subscription.who.peerId.slice(-ID_END)} --cancel`
}

/** `1 message`, `2 messages` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
