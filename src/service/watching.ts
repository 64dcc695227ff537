/**
 * Watching: whom I want to see, asked at each link-up, renewed once a period; what came by grant, carrier and beat
 * becomes belief, and news of it is told. A running peer subscribes by itself to every contact and everyone near.
 */
import type { Sighting, Subscription } from '../agent.ts'
import type { Grant, Subscribe, SubscriptionState } from '../envelope/presence-frame.ts'
import { carrierTopic, LISTED_FOR_MS, NEAR_GRACE_MS, REPAIR_AFTER_MS } from '../envelope/protocol.ts'
import { createValidator } from '../envelope/validator.ts'
import type { Wish } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { isThere } from '../watcher/notification.ts'
import * as subscriptions from '../watcher/subscription.ts'
import { type Belief, createWatcher, type News } from '../watcher/watcher.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'
import type { Links, Neighbour } from './links.ts'

export interface Watching {
  load(): Promise<void>
  /** The links are up: whom the person wants to see is looked for. */
  start(): void
  /** The person asks, or no longer wants, to see somebody. The wish is kept over restarts. */
  want(peer: PeerId, wanted: boolean): Promise<Subscription>
  /** Every wish, the contacts, and who is watched now because they are near. */
  subscriptions(): Subscription[]
  /** As whom I ask may be another: whoever is linked and was asked otherwise is asked anew. */
  askAnew(): void
  /** Contacts changed: automatic wishes may be others. */
  reconsider(peer: PeerId): void
  sighting(peer: PeerId): Sighting
  /** Contacts always; people near until 20 min after their last evidence, or their goodbye. */
  listed(): Sighting[]
}

/** A neighbour whose answer to our question is late is told of all the same. A guess. */
const INTRODUCED_AFTER_MS = NEAR_GRACE_MS + 500

export function createWatching(
  house: House,
  parts: {
    links: Links
    acquaintances: Acquaintances
    /** What goes with a request: what they may show others of me, and my name for them. */
    as: (peer: PeerId) => Pick<Subscribe, 'name' | 'visibility'>
  },
): Watching {
  const { store, clock, agenda, mesh } = house
  const { links, acquaintances, as } = parts
  const watcher = createWatcher()
  const validator = createValidator({
    sourceOf: links.sourceOf,
    isAwaited: watcher.awaits,
    staysOver(neighbour) {
      // What a contact says too much is passed over; anybody else loses the link (fault P11).
      if (acquaintances.contact(neighbour) === undefined) links.hangUp(neighbour, 'no-place')
    },
  })
  const wishes = new Map<PeerId, Wish>()
  const asked = new Map<PeerId, subscriptions.Subscription>()
  /** As whom somebody was asked last. */
  const askedAs = new Map<PeerId, ReturnType<typeof as>>()
  const toldStandings = new Map<PeerId, string>()
  /** Neighbours of whom we may speak: they answered our question, or had the time to. */
  const introduced = new Set<PeerId>()
  /** Neighbours who missed two beats on the link that is up. */
  const silent = new Set<PeerId>()

  const sightingOf = (peer: PeerId, belief: Belief | undefined): Sighting => {
    const now = clock.monotonic()
    const age = belief?.provenAt === undefined ? undefined : Math.max(0, Math.round(now - belief.provenAt))
    const evidence = belief === undefined ? 'unknown' : belief.evidence
    return {
      who: acquaintances.person(peer),
      evidence,
      ...(belief?.presence === undefined ? {} : { presence: belief.presence }),
      ...(age === undefined ? {} : { seenAt: new Date(clock.now() - age).toISOString(), ageMs: age }),
    }
  }

  /** They are called what their presence says, from the moment it is read. */
  const callBy = (peer: PeerId, belief: Belief | undefined): void => {
    const name = belief?.presence?.name
    if (name !== undefined) house.inBackground(acquaintances.claimName(peer, name))
  }

  const tell = (news: News | undefined): void => {
    if (news === undefined) return
    const { peer, change } = news
    const belief = watcher.belief(peer, clock.monotonic())
    callBy(peer, belief)
    house.tell({
      event: 'presence',
      at: new Date(clock.now()).toISOString(),
      seq: 0, // the hub fills in the last stored one
      change,
      ...sightingOf(peer, belief),
    })
  }

  const holds = (peer: PeerId): boolean => (watcher.grantEndsAt(peer) ?? 0) > clock.monotonic()

  const standingOf = (peer: PeerId): Subscription => ({
    who: acquaintances.person(peer),
    ...subscriptions.standing(asked.get(peer), {
      wanted: wishes.get(peer)?.wanted ?? true,
      holding: holds(peer),
    }),
  })

  /** A person who asked hears how it stands whenever that changes. */
  const tellStanding = (peer: PeerId): void => {
    if (wishes.get(peer)?.byPerson !== true) return
    const now = standingOf(peer)
    const words = `${now.status} ${now.reason}`
    if (toldStandings.get(peer) === words) return
    toldStandings.set(peer, words)
    house.tell({ event: 'subscription', at: new Date(clock.now()).toISOString(), seq: 0, ...now })
  }

  const wantsToSee = (peer: PeerId): boolean => {
    const wish = wishes.get(peer)
    if (wish !== undefined) return wish.wanted
    if (acquaintances.contact(peer) !== undefined) return true
    return acquaintances.preset() !== 'hidden' && links.nearness(peer) === 'near'
  }

  /** Whoever made a contact of somebody has asked to see them. */
  const byPerson = (peer: PeerId): boolean =>
    wishes.get(peer)?.byPerson ?? acquaintances.contact(peer) !== undefined

  const introduce = (peer: PeerId): void => {
    agenda.cancel(`introduce ${peer}`)
    if (links.neighbour(peer) === undefined) return
    introduced.add(peer)
    // A link that is up and silent proves nothing (no ghosts).
    if (!silent.has(peer)) tell(watcher.answered(peer, clock.monotonic()))
  }

  const ask = (neighbour: Neighbour): void => {
    const { peer } = neighbour
    const now = clock.monotonic()
    const subscription = asked.get(peer) ?? subscriptions.wish(byPerson(peer))
    asked.set(peer, subscriptions.asked(subscription, now))
    const mine = as(peer)
    askedAs.set(peer, mine)
    links.say(peer, { kind: 'subscribe', byPerson: subscription.byPerson, ...mine })
    awaitDue(peer)
  }

  const renew = (peer: PeerId): void => {
    const subscription = asked.get(peer)
    if (subscription === undefined || subscription.askedAt !== undefined) return
    if (links.say(peer, { kind: 'renew', ...watcher.holding(peer) }))
      asked.set(peer, subscriptions.asked(subscription, clock.monotonic()))
    awaitDue(peer)
  }

  const awaitDue = (peer: PeerId): void => {
    const subscription = asked.get(peer)
    const at = subscription && subscriptions.dueAt(subscription)
    if (at === undefined) return agenda.cancel(`subscription ${peer}`)
    agenda.at(`subscription ${peer}`, at, () => {
      const neighbour = links.neighbour(peer)
      const current = asked.get(peer)
      if (neighbour === undefined || current === undefined) return
      const due = subscriptions.due(current, clock.monotonic())
      if (due === 'renew') renew(peer)
      if (due === 'ask-again') ask(neighbour)
    })
  }

  const up = (neighbour: Neighbour): void => {
    const { peer, hello } = neighbour
    if (hello.visiting) return visited(peer)
    if (!wantsToSee(peer)) return
    watcher.met(peer, hello.instance)
    if (!hello.presence) {
      // What an earlier life showed is not what this one shows: nothing. So there is nobody to ask, and this is the answer.
      watcher.ungranted(peer, clock.monotonic())
      const subscription = asked.get(peer) ?? subscriptions.wish(byPerson(peer))
      asked.set(peer, subscriptions.answered(subscription, { status: 'pending', event: 'no-service' }))
      return introduce(peer)
    }
    ask(neighbour)
    agenda.at(`introduce ${peer}`, clock.monotonic() + INTRODUCED_AFTER_MS, () => introduce(peer))
  }

  /** Somebody is here for one command: no presence of theirs. What an instance before it said has ended with it. */
  const visited = (peer: PeerId): void => {
    unlinked(peer)
    tell(watcher.lost(peer, clock.monotonic()))
    awaitTurn()
  }

  const granted = (peer: PeerId, grant: Grant): void => {
    const subscription = asked.get(peer)
    if (subscription === undefined) return // nobody asked (scene 23)
    const now = clock.monotonic()
    const askedAt = subscription.askedAt ?? now
    asked.set(peer, subscriptions.granted(subscription, now, house.entropy.fraction()))
    const news = watcher.granted(peer, grant, askedAt, now)
    readTheClock(peer, { old: true })
    callBy(peer, watcher.belief(peer, now))
    if (introduced.has(peer)) tell(news)
    else introduce(peer)
    tellStanding(peer)
    awaitDue(peer)
    awaitTurn()
  }

  /** An announcement was published just now; what a grant brings may be of any age. */
  const readTheClock = (peer: PeerId, how: { old: boolean }): void => {
    const said = watcher.belief(peer, clock.monotonic())?.publishedAt
    if (said !== undefined) links.encounters.saidTheTime(peer, said - clock.now(), how)
  }

  const answered = (peer: PeerId, state: SubscriptionState): void => {
    const subscription = asked.get(peer)
    if (subscription === undefined) return
    asked.set(peer, subscriptions.answered(subscription, state))
    awaitDue(peer)
    const keysEnd = state.status !== 'active' && state.event !== 'not-now' && state.event !== 'no-service'
    if (keysEnd) tell(watcher.ungranted(peer, clock.monotonic()))
    if (!introduced.has(peer)) introduce(peer)
    tellStanding(peer)
  }

  const unlinked = (peer: PeerId): void => {
    silent.delete(peer)
    introduced.delete(peer)
    agenda.cancel(`introduce ${peer}`)
    agenda.cancel(`subscription ${peer}`)
    agenda.cancel(`behind ${peer}`)
    const subscription = asked.get(peer)
    if (subscription !== undefined) asked.set(peer, subscriptions.unlinked(subscription))
  }

  /** The beat told of a change: gossip has a moment to bring it, then it is asked for. */
  const behind = (peer: PeerId, standing: { grant: number; counter: number }): void => {
    if (!watcher.isBehind(peer, standing)) return
    agenda.at(`behind ${peer}`, clock.monotonic() + REPAIR_AFTER_MS, () => {
      if (watcher.isBehind(peer, standing)) renew(peer)
    })
  }

  /** Belief that ends by time alone: `heard` becomes `unknown` at the grant's end. */
  const awaitTurn = (): void => {
    const at = watcher.nextTurn(clock.monotonic())
    if (at === undefined) return agenda.cancel('belief turns')
    agenda.at('belief turns', at, () => {
      for (const news of watcher.passed(clock.monotonic())) tell(news)
      awaitTurn()
    })
  }

  const announced = (announcement: Uint8Array): void => {
    const result = watcher.announced(announcement, clock.monotonic())
    if (result?.news !== undefined) readTheClock(result.news.peer, { old: false })
    tell(result?.news)
    if (result?.behind !== undefined) renew(result.behind)
    awaitTurn()
  }

  /** Whoever is no contact, not there and not listed any more is forgotten: keys are free, memory is not. */
  const sweep = (): void => {
    const now = clock.monotonic()
    for (const belief of watcher.beliefs(now)) {
      const { peer } = belief
      if (acquaintances.contact(peer) !== undefined || links.neighbour(peer) !== undefined) continue
      if (recently(belief, now) || wishes.has(peer)) continue
      watcher.forget(peer)
      asked.delete(peer)
      askedAs.delete(peer)
    }
    agenda.at('forget strangers', now + LISTED_FOR_MS, sweep)
  }

  links.listen({
    up(neighbour) {
      silent.delete(neighbour.peer)
      up(neighbour)
    },
    resumed() {
      for (const news of watcher.outlived(clock.monotonic())) tell(news)
      awaitTurn()
    },
    answered(peer) {
      silent.delete(peer)
      if (introduced.has(peer)) tell(watcher.answered(peer, clock.monotonic()))
    },
    missed(peer) {
      silent.add(peer)
      tell(watcher.lost(peer, clock.monotonic()))
      awaitTurn()
    },
    down(peer, how) {
      unlinked(peer)
      const now = clock.monotonic()
      tell(how === 'no-place' ? watcher.stoodAside(peer, now) : watcher.lost(peer, now))
      awaitTurn()
    },
    unreached(peer) {
      tell(watcher.unreached(peer, clock.monotonic()))
      awaitTurn()
    },
    goodbye(peer, instance) {
      unlinked(peer)
      tell(watcher.saidGoodbye(peer, instance, clock.monotonic()))
    },
    presence({ peer }, frame) {
      if (frame.kind === 'grant') granted(peer, frame)
      if (frame.kind === 'state') answered(peer, frame)
    },
    standing: behind,
    nearness(peer) {
      const neighbour = links.neighbour(peer)
      if (neighbour !== undefined && !asked.has(peer)) up(neighbour)
    },
  })

  if (mesh !== undefined) {
    mesh.carrier.join(carrierTopic(house.meshHash), (announcement, neighbour) =>
      validator.judge(announcement, neighbour, clock.monotonic()),
    )
    mesh.carrier.onAnnouncement(announced)
  }

  return {
    async load() {
      for (const wish of await store.wishes.all()) wishes.set(wish.peer, wish)
    },

    start() {
      sweep()
      for (const { peer, wanted } of wishes.values()) if (wanted) links.want(peer)
    },

    async want(peer, wanted) {
      const wish = { peer, wanted, byPerson: true, at: clock.now() }
      await store.wishes.put(wish)
      wishes.set(peer, wish)
      const neighbour = links.neighbour(peer)
      if (wanted) {
        asked.set(peer, subscriptions.wish(true))
        if (neighbour !== undefined) up(neighbour)
        else links.want(peer)
      } else {
        unlinked(peer)
        asked.delete(peer)
        links.say(peer, { kind: 'cancel' })
        // What is still on its way opens no more (scene 21).
        watcher.forget(peer)
      }
      tellStanding(peer)
      return standingOf(peer)
    },

    subscriptions() {
      const contacts = acquaintances.contacts().map((contact) => contact.peer)
      const watched = [...asked.keys()].filter((peer) => links.neighbour(peer) !== undefined || holds(peer))
      return [...new Set([...wishes.keys(), ...contacts, ...watched])].map(standingOf)
    },

    askAnew() {
      for (const [peer, before] of askedAs) {
        const neighbour = links.neighbour(peer)
        if (neighbour === undefined || !asked.has(peer)) continue
        if (before.visibility !== as(peer).visibility || before.name !== as(peer).name) ask(neighbour)
      }
    },

    reconsider(peer) {
      const neighbour = links.neighbour(peer)
      // What the peer asked by itself, and was not given, is asked again in the person's name.
      if (asked.get(peer)?.byPerson === false && byPerson(peer) && !holds(peer)) asked.delete(peer)
      if (neighbour !== undefined && !asked.has(peer) && wantsToSee(peer)) up(neighbour)
    },

    sighting: (peer) => sightingOf(peer, watcher.belief(peer, clock.monotonic())),

    listed() {
      const now = clock.monotonic()
      const contacts = acquaintances.contacts().map((contact) => contact.peer)
      const seen = watcher
        .beliefs(now)
        .filter((belief) => belief.presence !== undefined || isThere(belief.evidence))
        .filter((belief) => isThere(belief.evidence) || recently(belief, now))
        .map((belief) => belief.peer)
      return [...new Set([...contacts, ...seen])].map((peer) => sightingOf(peer, watcher.belief(peer, now)))
    },
  }
}

function recently(belief: Belief, now: number): boolean {
  return belief.evidence !== 'gone' && belief.provenAt !== undefined && now - belief.provenAt < LISTED_FOR_MS
}
