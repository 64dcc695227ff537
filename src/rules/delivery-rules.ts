/**
 * May this SENDER's message ring? DELIVERY RULES run before the store and before any bell, and every message is
 * answered: who should not learn that they are turned away gets the answer that others in their place get.
 * How many requests are held, of what size and from where, is the inbox's own arithmetic.
 */
import type { Reason } from '../agent.ts'
import type { PersonRule } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { isBlocked, isPolitelyBlocked, ruleAbout } from './rule.ts'

export type DeliveryDecision =
  | { kind: 'accept' }
  /** Kept as a request until the person answers. */
  | { kind: 'hold' }
  /** `because` travels and may be a cover; `truly` stays here, in words. */
  | { kind: 'refuse'; because: Extract<Reason, 'refused' | 'closed' | 'rate-limited'>; truly: string }

/**
 * Contacts and accepted people ring; everybody else is held, near or not. A block and a polite block stand above
 * what was accepted. `now` is wall ms.
 */
export function decideDelivery(asked: {
  sender: { peer: PeerId; contact: boolean }
  personRules: readonly PersonRule[]
  now: number
}): DeliveryDecision {
  const { sender, personRules, now } = asked
  if (isBlocked(personRules, sender.peer, now))
    return { kind: 'refuse', because: 'refused', truly: 'this person is blocked' }
  if (isPolitelyBlocked(personRules, sender.peer, now))
    return { kind: 'refuse', because: 'closed', truly: 'this person sees you closed' }
  switch (ruleAbout(personRules, { peer: sender.peer, subject: 'messages', now })?.decision) {
    case 'refuse':
      // The very answer of a stranger who writes again before the first request was looked at.
      return { kind: 'refuse', because: 'rate-limited', truly: 'you refused messages from this person' }
    case 'accept':
    case 'allow':
      return { kind: 'accept' }
  }
  return { kind: sender.contact ? 'accept' : 'hold' }
}

/** Contact or accepted: not a stranger to the inbox. */
export function isWelcome(asked: Parameters<typeof decideDelivery>[0]): boolean {
  return decideDelivery(asked).kind === 'accept'
}
