/**
 * The watcher's side of a SUBSCRIPTION: a wish that outlives grants, and where it stands in the states and events
 * of RFC 3857. It is asked again at each link-up and renewed once a period; without an answer the grant ends by
 * itself (fault P1).
 */
import type { SubscriptionStatus } from '../agent.ts'
import type { SubscriptionEvent, SubscriptionState } from '../envelope/presence-frame.ts'
import { GRANT_ANSWER_MS, PERIOD_MS, RENEW_FROM, RENEW_TO } from '../envelope/protocol.ts'

export interface Subscription {
  /** A person asked; otherwise the peer does by itself for contacts and people near. */
  readonly byPerson: boolean
  /** `pending` until an answer says otherwise. */
  readonly status: SubscriptionStatus
  readonly event: SubscriptionEvent
  /** Monotonic ms of the request or renewal that waits for its answer. */
  readonly askedAt?: number
  /** Monotonic ms of the next renewal. */
  readonly renewAt?: number
}

/** A wish without a grant shows as pending. */
export function wish(byPerson: boolean): Subscription {
  return { byPerson, status: 'pending', event: 'subscribe' }
}

/** A request or renewal left at `now`. */
export function asked(subscription: Subscription, now: number): Subscription {
  return { ...subscription, askedAt: now }
}

/** A grant came: renew within this period, at a point that `fraction` in [0, 1) chooses, so that watchers spread. */
export function granted(subscription: Subscription, now: number, fraction: number): Subscription {
  const { byPerson } = subscription
  const renewAt = now + PERIOD_MS * (RENEW_FROM + fraction * (RENEW_TO - RENEW_FROM))
  return { byPerson, status: 'active', event: 'approved', renewAt }
}

/** Something else than a grant came. */
export function answered(subscription: Subscription, state: SubscriptionState): Subscription {
  return { byPerson: subscription.byPerson, status: state.status, event: state.event }
}

/** The link ended: what was asked is asked again at the next. The grant, if any, still runs. */
export function unlinked(subscription: Subscription): Subscription {
  const { askedAt: _, ...rest } = subscription
  return rest
}

/** How it stands, for the person. `holding`: a grant is held; without one there is a wish, and the last reason. */
export function standing(
  subscription: Subscription | undefined,
  { wanted, holding }: { wanted: boolean; holding: boolean },
): { status: SubscriptionStatus; reason: SubscriptionEvent | 'cancelled' } {
  if (!wanted) return { status: 'terminated', reason: 'cancelled' }
  if (subscription === undefined) return { status: 'pending', reason: 'subscribe' }
  const { status, event } = subscription
  return status === 'active' && !holding
    ? { status: 'pending', reason: 'timeout' }
    : { status, reason: event }
}

/** What to do at `now` on a link that is up, or nothing. `holding`: a grant is held. */
export function due(subscription: Subscription, now: number): 'renew' | 'ask-again' | undefined {
  if (subscription.askedAt !== undefined)
    return now >= subscription.askedAt + GRANT_ANSWER_MS ? 'ask-again' : undefined
  return subscription.renewAt !== undefined && now >= subscription.renewAt ? 'renew' : undefined
}

/** When `due` answers next, by time alone. */
export function dueAt(subscription: Subscription): number | undefined {
  return subscription.askedAt === undefined ? subscription.renewAt : subscription.askedAt + GRANT_ANSWER_MS
}
