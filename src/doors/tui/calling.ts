/** A message came: what calls the person, out of all that the screen knows. */
import type { Message } from '../../agent.ts'
import { harmless } from '../cli/harmless.ts'
import { callOn } from './calls.ts'
import { isLooking } from './looking.ts'
import { called } from './people.ts'
import { type Ask, type Changed, openWith, type State } from './state.ts'

/** Characters of a message that a notification shows; the rest is in the conversation. */
const TEXT_LIMIT = 200
/** Letters and marks of a name; one that is longer was made to be a nuisance. */
const NAME_LIMIT = 64

/** `before` is how it stood when the message came. */
export function callFor(before: State, [after, asks]: Changed, message: Message): Changed {
  // Strangers knock quietly.
  if (message.disposition === 'held') return [after, asks]
  // Deleted for both before it came: there is nothing to come for.
  if (message.deleted !== undefined) return [after, asks]
  const { from, text } = message
  const { self, status } = after
  if (self === undefined || status === undefined) return [after, asks]
  const who = from.peerId
  const { call, calls } = callOn(
    {
      who,
      now: after.now,
      seen: openWith(before) === who && isLooking(after),
      wasUnread: (before.people.get(who)?.unread ?? 0) > 0,
      status,
      choice: self,
    },
    after.calls,
  )
  if (!call.bell && call.notify === 'off') return [after, asks]
  const name = clipped(called(after, from), NAME_LIMIT)
  const notification =
    call.notify === 'off'
      ? {}
      : { notification: { from: name, ...(call.notify === 'text' ? { text: lineOf(text) } : {}) } }
  return [{ ...after, calls }, [...asks, { ask: 'call', who, bell: call.bell, ...notification }]]
}

/**
 * Another screen of this home may be the one before the person's eyes. What is read there is told within a fraction of
 * this, and then calls nobody here, ms. A guess, and too short to be missed.
 */
export const READ_ELSEWHERE_MS = 300

/** Whether there still is something to call for. */
export function stillCalls({ people }: State, { who }: Extract<Ask, { ask: 'call' }>): boolean {
  return (people.get(who)?.unread ?? 0) > 0
}

/** On one line, and nothing in it that a terminal or a desktop could take for a command. */
function lineOf(text: string): string {
  return clipped(harmless(text.slice(0, 4 * TEXT_LIMIT).replace(/\s+/gu, ' ')).trim(), TEXT_LIMIT)
}

function clipped(text: string, limit: number): string {
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`
}
