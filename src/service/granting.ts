/**
 * Granting: somebody asks for my presence, the ACCESS RULES answer, the log is written, the keys are given. Nothing
 * leaves without a decision, and what was handed out is in WATCHER INFORMATION (RFC 2778) before it is sent.
 */
import type { Basic, WatcherInformation } from '../agent.ts'
import type { Renew, Subscribe, SubscriptionEvent, SubscriptionState } from '../envelope/presence-frame.ts'
import { NEAR_GRACE_MS } from '../envelope/protocol.ts'
import type { PendingSubscription, ShownAs } from '../ports.ts'
import type { Grants } from '../presentity/grants.ts'
import { derivedBasic } from '../presentity/presentity.ts'
import { type ViewName, viewNamed } from '../presentity/views.ts'
import { hasRunOut, roomFor, type WatcherEntry } from '../presentity/watchers.ts'
import type { PeerId } from '../principal/ids.ts'
import type { AccessDecision } from '../rules/access-rules.ts'
import { coverOf, isCover } from '../rules/rule.ts'
import { notHere } from './absence.ts'
import type { Access } from './access.ts'
import type { Acquaintances } from './acquaintances.ts'
import { createCovering } from './covering.ts'
import type { House } from './house.ts'
import type { Links, Neighbour } from './links.ts'
import type { Publishing } from './publishing.ts'
import type { WatcherLog } from './watcher-log.ts'

/** What a request says of who asks. */
type Asked = Pick<Subscribe, 'byPerson' | 'name' | 'visibility'>

/** Ends whose reason is remembered; without it one reads as lapsed. A guess. */
const ENDED_LIMIT = 1_000

export interface Granting {
  load(): Promise<void>
  /** Requests that wait for the person, refused ones left out. */
  pending(): PendingSubscription[]
  /** WATCHER INFORMATION, and as the log has it. */
  watchers(): Promise<WatcherInformation[]>
  entries(): Promise<WatcherEntry[]>
  /** The person answered a request: it is pending no more, or refused for good. */
  settlePending(peer: PeerId, answer: 'accept' | 'refuse'): Promise<boolean>
  /** Rules about this person changed: decides again, at once. */
  reconsider(peer: PeerId): void
  /** Rules in general changed. */
  reconsiderAll(): void
  /** The grant this neighbour holds, for the beat. */
  standing(peer: PeerId): { grant: number; counter: number } | undefined
  /** Somebody whom the person has to decide about asked from this address: to be listed, within bounds. */
  knock(peer: PeerId, from: string, as: ShownAs): Promise<void>
  /** The name that somebody came with is theirs from now on. */
  callBy(peer: PeerId, as: ShownAs): Promise<void>
  decide(peer: PeerId, byPerson: boolean): AccessDecision
  /** The `basic` that this peer sees of me: what the inbox goes by. Who gets no view is treated as nearby. */
  seenAs(peer: PeerId): Basic
}

/** A blocked key that connects and asks for nothing is hung up on all the same. */
const SILENT_FOR_MS = 10_000
/** Long enough for the refusal to be read, and for what was under way to be refused as well. A guess. */
const REFUSED_FOR_MS = 1_000

export function createGranting(
  house: House,
  parts: {
    grants: Grants
    publishing: Publishing
    acquaintances: Acquaintances
    access: Pick<Access, 'decide'>
    log: WatcherLog
    links?: Links
  },
): Granting {
  const { store, clock, agenda } = house
  const { grants, publishing, acquaintances, log, links } = parts
  const { decide } = parts.access
  const pending = new Map<PeerId, PendingSubscription>()
  /** Whose grant is being logged, to be sent right after. */
  const giving = new Set<PeerId>()
  /** Who asks on the link that is up, and how; decided again when rules or nearness change. */
  const asking = new Map<PeerId, Asked>()
  /** Why those who had a grant have none any more. */
  const ended = new Map<PeerId, SubscriptionEvent>()

  const tell = (peer: PeerId, state: SubscriptionState): void => {
    links?.say(peer, { kind: 'state', ...state })
  }

  const covering = createCovering(house, {
    ...parts,
    giveAgain: (peer, view) => giveAgain(peer, view),
    renewKeys: (view) => renewKeys(view),
    takeBack: (peer, now) => takeBack(peer, grants.readable(peer, clock.monotonic()), now),
  })

  const give = (peer: PeerId, view: ViewName, renewal: boolean): void => {
    if (isCover(view)) covering.up(peer, view)
    const before = grants.readable(peer, clock.monotonic())
    const { grant, given } = grants.give(peer, view, publishing.rendition(view), publishing.times())
    ended.delete(peer)
    const couldReadUntil = clock.now() + (given.couldReadUntil - clock.monotonic())
    // Logged before it is sent: what was handed out is in the list, whatever happens next.
    giving.add(peer)
    house.inBackground(
      log
        .granted(peer, view, { couldReadUntil, renewal, ...shownAsOf(peer) })
        .then(() => {
          // Withdrawn or replaced while it was logged: it must not arrive after its own end.
          if (grants.standing(peer, clock.monotonic())?.number === grant.number)
            links?.say(peer, { kind: 'grant', ...grant })
        })
        .finally(() => giving.delete(peer)),
    )
    takeBack(peer, before, view)
  }

  const shownAsOf = (peer: PeerId): { shownAs?: ShownAs } => {
    const asked = asking.get(peer)
    return asked === undefined ? {} : { shownAs: { visibility: asked.visibility, name: asked.name } }
  }

  /** Of the views whose keys somebody may still hold, those that show more than he may see from now on get fresh keys. */
  const takeBack = (peer: PeerId, readable: readonly ViewName[], now: ViewName | undefined): void => {
    renewKeys(...readable.filter((view) => opens(view, peer) > shows(now)))
  }

  /** The keys of views that somebody must not read any more end now; those who remain get fresh ones. */
  const renewKeys = (...views: ViewName[]): void => {
    const now = clock.monotonic()
    // Those behind a cover of such a view see what its readers see: fresh keys, all at once, and once.
    for (const each of new Set(views.flatMap((view) => [view, ...grants.coversOf(view, now)])))
      for (const remaining of grants.discard(each)) giveAgain(remaining, each)
  }

  const giveAgain = (peer: PeerId, view: ViewName): void => {
    // Whoever is away asks again when they come; until then they hold nothing.
    if (links?.neighbour(peer) === undefined) grants.end(peer)
    else give(peer, view, true)
  }

  /** What was given ends at once, also what was cancelled and still opens (scene 24). */
  const withdraw = (peer: PeerId): void => {
    const readable = grants.readable(peer, clock.monotonic())
    end(peer, 'rejected')
    takeBack(peer, readable, undefined)
  }

  const end = (peer: PeerId, why: SubscriptionEvent): void => {
    if (grants.standing(peer, clock.monotonic()) !== undefined) {
      if (ended.size >= ENDED_LIMIT) ended.clear()
      ended.set(peer, why)
    }
    grants.end(peer)
  }

  const unanswered = (): PendingSubscription[] => [...pending.values()].filter((row) => !row.refused)

  const knock = async (peer: PeerId, from: string, as: ShownAs): Promise<void> => {
    const before = pending.get(peer)
    if (before !== undefined) {
      // It ran out and is asked anew (RFC 3857 giveup): the same line in the list, and no second bell.
      if (before.refused || !hasRunOut({ askedAt: before.askedAt, here: false }, clock.now())) return
      const again = { ...before, askedAt: clock.now() }
      pending.set(peer, again)
      return store.pending.put(again)
    }
    // Refused ones are kept for good and take no place: or a flood, once refused, would end all requests.
    const open = unanswered().map((row) => ({ ...row, here: asking.has(row.peer) }))
    // Other homes of this host are many people behind one address.
    const room = roomFor({ from, crowded: links?.isThisHost(from) !== true }, open, clock.now())
    if (room === 'none') return // same answer, not kept (fault P15)
    if (room !== 'free') pending.delete(room.insteadOf)
    // Only who is listed is remembered by name: keys are free.
    const claimed = callBy(peer, as)
    const row = { peer, name: acquaintances.person(peer).name, from, askedAt: clock.now(), refused: false }
    pending.set(peer, row)
    await claimed
    if (room !== 'free') await store.pending.remove(room.insteadOf)
    await store.pending.put(row)
    const entry = await store.journal.request({ peer, name: row.name, at: row.askedAt })
    house.tell({
      event: 'request',
      seq: entry.seq,
      who: acquaintances.person(peer),
      kind: 'subscription',
      at: new Date(row.askedAt).toISOString(),
    })
  }

  const refuse = (peer: PeerId): void => {
    withdraw(peer)
    log.denied(peer, 'subscribe')
    tell(peer, { status: 'terminated', event: 'rejected' })
  }

  /** A pseudonym is for others: whoever is known here by a name keeps it. */
  const callBy = (peer: PeerId, { name, visibility }: ShownAs): Promise<void> =>
    visibility === 'pseudonym' && acquaintances.knowsNameOf(peer)
      ? Promise.resolve()
      : acquaintances.claimName(peer, name)

  const answer = (neighbour: Neighbour, asked: Asked, renewal: boolean): void => {
    const { peer } = neighbour
    const { decision, view, listed, fetchOnly } = decide(peer, asked.byPerson)
    switch (decision) {
      case 'allow':
      case 'polite-block':
        if (fetchOnly === true) return refuse(peer)
        if (!renewal) house.inBackground(callBy(peer, asked))
        return give(peer, viewNamed(view ?? 'nearby'), renewal)
      case 'block':
        refuse(peer)
        return turnAway(peer, REFUSED_FOR_MS)
      case 'confirm':
        withdraw(peer)
        tell(peer, { status: 'pending', event: 'subscribe' })
        if (listed) house.inBackground(knock(peer, neighbour.link.remote.host, asked))
    }
  }

  const subscribed = (neighbour: Neighbour, frame: Subscribe): void => {
    const { peer } = neighbour
    log.asked(peer)
    const absent = notHere(house)
    if (absent !== undefined) return tell(peer, absent)
    // The same question over another link of the same life: the same episode goes on.
    const before = asking.get(peer)
    const again = before?.byPerson === frame.byPerson
    const { byPerson, name, visibility } = frame
    asking.set(peer, { byPerson, name, visibility })
    // At once, whatever becomes of the request.
    if (before !== undefined && (before.visibility !== visibility || before.name !== name))
      log.shownAs(peer, { visibility, name })
    // A grant is on its way: whoever asks again and again costs one at a time.
    if (giving.has(peer)) return
    if (!decide(peer, frame.byPerson).waitsToBeHeard) return answer(neighbour, frame, again)
    // Everything but the multicast speaks for near: it may be on its way.
    agenda.at(`near ${peer}`, clock.monotonic() + NEAR_GRACE_MS, () => {
      const still = links?.neighbour(peer)
      if (still !== undefined) answer(still, frame, again)
    })
  }

  const renewed = (neighbour: Neighbour, _frame: Renew): void => {
    const absent = notHere(house)
    if (absent !== undefined) return tell(neighbour.peer, absent)
    const asked = asking.get(neighbour.peer)
    // Only who has asked may ask again: a renewal alone opens nothing.
    if (asked === undefined) return tell(neighbour.peer, { status: 'terminated', event: 'deactivated' })
    if (!giving.has(neighbour.peer)) answer(neighbour, asked, true)
  }

  const cancelled = (peer: PeerId): void => {
    asking.delete(peer)
    end(peer, 'timeout') // RFC 3857: a watcher who unsubscribes
    agenda.cancel(`near ${peer}`)
  }

  const reconsider = (peer: PeerId): void => {
    const neighbour = links?.neighbour(peer)
    const asked = asking.get(peer)
    if (neighbour === undefined || asked === undefined) return withdrawIfDenied(peer)
    agenda.cancel(`near ${peer}`)
    const before = grants.standing(peer, clock.monotonic())?.view
    const after = viewFor(peer, asked.byPerson)
    if (after !== undefined && isCover(after) && covering.up(peer, after)) return
    if (before === undefined || before !== after) answer(neighbour, asked, false)
  }

  /** Somebody without a link, or who cancelled, may still hold keys: they end with the rule that gave them. */
  const withdrawIfDenied = (peer: PeerId): void => {
    const after = viewFor(peer, false)
    if (after === undefined) withdraw(peer)
    else if (!isCover(after)) takeBack(peer, grants.readable(peer, clock.monotonic()), after)
    else if (!covering.up(peer, after)) covering.behind(peer, after)
    if (decide(peer, false).decision === 'block') turnAway(peer, REFUSED_FOR_MS)
  }

  /** A blocked key is hung up on, in a while: what it has under way is refused in so many words first. */
  const turnAway = (peer: PeerId, afterMs: number): void =>
    agenda.at(`turn away ${peer}`, clock.monotonic() + afterMs, () => {
      if (decide(peer, false).decision === 'block') links?.hangUp(peer, 'rejected')
    })

  /** What somebody may read who subscribes; nothing where a SUBSCRIPTION is not theirs to have. */
  const viewFor = (peer: PeerId, byPerson: boolean): ViewName | undefined => {
    const { decision, view, fetchOnly } = decide(peer, byPerson)
    const shown = decision === 'allow' || decision === 'polite-block'
    return shown && fetchOnly !== true ? viewNamed(view ?? 'nearby') : undefined
  }

  links?.listen({
    presence(neighbour, frame) {
      if (frame.kind === 'subscribe') subscribed(neighbour, frame)
      if (frame.kind === 'renew') renewed(neighbour, frame)
      if (frame.kind === 'cancel') cancelled(neighbour.peer)
    },
    // A multicast heard late makes near who was not: he need not wait for the grace to end.
    nearness(peer) {
      if (asking.has(peer)) reconsider(peer)
    },
    up({ peer, link }) {
      if (!link.outbound) log.came(peer, link.remote.host)
      if (decide(peer, false).decision === 'block') turnAway(peer, SILENT_FOR_MS)
    },
    touched: log.touched,
    // Keys that ended in our sleep are nobody's any more: who still asks is given the present ones, not at the next renewal.
    resumed() {
      for (const [peer, asked] of asking) {
        const neighbour = links?.neighbour(peer)
        const ended = grants.standing(peer, clock.monotonic()) === undefined
        if (neighbour !== undefined && ended && !giving.has(peer)) answer(neighbour, asked, true)
      }
    },
    down: (peer) => forget(peer),
    goodbye(peer) {
      forget(peer)
      end(peer, 'timeout') // the subscription is over; what it gave lapses by itself
    },
  })

  const forget = (peer: PeerId): void => {
    asking.delete(peer)
    agenda.cancel(`near ${peer}`)
    agenda.cancel(`turn away ${peer}`)
    log.left(peer)
  }

  const entries = (): Promise<WatcherEntry[]> => {
    const now = clock.monotonic()
    const current = grants.given().filter((given) => given.couldReadUntil > now)
    return log.entries({
      current: new Map(current.map(({ watcher, view }) => [watcher, view])),
      ended,
      asking: unanswered().map(({ peer, askedAt }) => ({ peer, askedAt, here: asking.has(peer) })),
    })
  }

  return {
    async load() {
      for (const row of await store.pending.all()) pending.set(row.peer, row)
    },
    pending: unanswered,

    entries,
    watchers: async () => (await entries()).map(log.told),

    async settlePending(peer, answer) {
      const row = pending.get(peer)
      if (row === undefined || row.refused) return false
      if (answer === 'accept') {
        pending.delete(peer)
        await store.pending.remove(peer)
      } else {
        const refused = { ...row, refused: true }
        pending.set(peer, refused)
        await store.pending.put(refused)
      }
      return true
    },

    reconsider,
    reconsiderAll() {
      // Also who cancelled or left, and could read on.
      for (const peer of new Set([...asking.keys(), ...grants.holders(clock.monotonic())])) reconsider(peer)
    },

    standing(peer) {
      const standing = grants.standing(peer, clock.monotonic())
      return standing && { grant: standing.number, counter: standing.counter }
    },

    knock,
    callBy,
    decide,

    seenAs(peer) {
      const { view } = decide(peer, false)
      const truly = derivedBasic(publishing.presentity())
      if (!isCover(view)) return truly
      // Who is hidden from goes on seeing what they saw; a word that the inbox cannot keep is still not kept.
      return (grants.frozen(view)?.basic ?? 'closed') === 'open' ? truly : 'closed'
    },
  }
}

/** How much the keys of a view open for somebody: those of another's cover are those of the view that it covers. */
function opens(view: ViewName, peer: PeerId): number {
  return isCover(view) && coverOf(view).watcher !== peer ? shows(coverOf(view).covers) : shows(view)
}

/** How much a view shows: whoever gets one that shows less has something taken away. A cover shows nothing true. */
function shows(view: ViewName | undefined): number {
  if (view === 'contacts') return 2
  return view === 'nearby' ? 1 : 0
}
