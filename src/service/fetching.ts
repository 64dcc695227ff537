/**
 * FETCH: the current document once, without a key and without a SUBSCRIPTION. Asked here, and answered here by the same
 * rules, from the same view and into the same log as everything else that is handed out.
 */
import type { ShownWatcher, Sighting } from '../agent.ts'
import {
  encodeFetchAnswer,
  encodeFetchRequest,
  type FetchAnswer,
  type FetchRequest,
  openFetchAnswer,
  openFetchRequest,
  type ShownWatcher as ShownOnTheWire,
} from '../envelope/fetch-frame.ts'
import { openDocument, readable } from '../envelope/presence-information.ts'
import { ANSWER_WITHIN_MS, NEAR_GRACE_MS } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { Link, Mesh } from '../ports.ts'
import type { Grants } from '../presentity/grants.ts'
import { viewNamed } from '../presentity/views.ts'
import { shownWatchers } from '../presentity/watchers.ts'
import type { PeerId } from '../principal/ids.ts'
import { tidyName } from '../principal/names.ts'
import { notHere } from './absence.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Granting } from './granting.ts'
import type { House } from './house.ts'
import type { Links, Neighbour } from './links.ts'
import type { Publishing } from './publishing.ts'
import type { Visibility } from './visibility.ts'
import type { WatcherLog } from './watcher-log.ts'

export interface Fetching {
  /**
   * What `peer` shows me now. Waits up to `waitMs` for a link; rejects with `unreachable` without an answer (nobody
   * knows then, scene 17), `pending` or `refused` where it is not a document.
   */
  fetch(peer: PeerId, options: Patience): Promise<Sighting>
  /** Who watches `peer`, as far as I may see it. Rejects as `fetch` does. */
  watchersOf(peer: PeerId, options: Patience): Promise<ShownWatcher[]>
}

interface Patience {
  waitMs: number
  signal?: AbortSignal | undefined
}

/** A blocked key hears its refusal; then it is hung up on. Long enough for the answer to leave. */
const HANG_UP_AFTER_MS = 1_000

export function createFetching(
  house: House & { readonly mesh: Mesh },
  parts: {
    links: Links
    acquaintances: Acquaintances
    granting: Granting
    grants: Grants
    publishing: Publishing
    log: WatcherLog
    visibility: Visibility
  },
): Fetching {
  const { mesh, clock, agenda } = house
  const { links, acquaintances, granting, grants, publishing, log, visibility } = parts
  /** Who waits for a link to somebody, and for somebody to be heard. */
  const arrivals = new Map<PeerId, Set<(neighbour: Neighbour) => void>>()
  const unheard = new Map<PeerId, Set<() => void>>()

  const within = (ms: number, signal: AbortSignal | undefined): { signal: AbortSignal; over(): void } => {
    const late = new AbortController()
    const over = clock.wake(clock.monotonic() + ms, () => late.abort(new DOMException('', 'TimeoutError')))
    return { signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]), over }
  }

  const neighbourWithin = (
    peer: PeerId,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Neighbour | undefined> => {
    const there = links.neighbour(peer)
    if (there !== undefined || waitMs <= 0) return Promise.resolve(there)
    links.want(peer)
    return new Promise((resolve) => {
      const waiting = arrivals.get(peer) ?? new Set()
      arrivals.set(peer, waiting)
      const done = (neighbour?: Neighbour): void => {
        waiting.delete(done)
        if (waiting.size === 0) arrivals.delete(peer)
        time.over()
        resolve(neighbour)
      }
      const time = within(waitMs, signal)
      time.signal.addEventListener('abort', () => done(), { once: true })
      waiting.add(done)
    })
  }

  const answerTo = async (link: Link, question: Uint8Array): Promise<FetchAnswer> => {
    const { peer } = link
    const { asked, ...as } = openFetchRequest(question)
    if (asked === 'unknown') return { kind: 'unknown' }
    const absent = notHere(house)
    if (absent !== undefined) return { kind: 'state', ...absent }
    if (asked === 'watchers') return watchersFor(peer)
    log.asked(peer)
    // Everything but the multicast may speak for near: it may be on its way.
    if (granting.decide(peer, true).waitsToBeHeard) await heardOrLate(peer)
    const { decision, view, listed } = granting.decide(peer, true)
    switch (decision) {
      case 'allow':
      case 'polite-block': {
        const shown = viewNamed(view ?? 'nearby')
        const document = grants.document(shown, publishing.rendition(shown), publishing.times(), peer)
        await log.fetched(peer, shown, as) // logged before it leaves
        await granting.callBy(peer, as)
        return { kind: 'document', document }
      }
      case 'block':
        return turnedAway(peer)
      case 'confirm':
        if (listed) await granting.knock(peer, link.remote.host, as)
        return { kind: 'state', status: 'pending', event: 'subscribe' }
    }
  }

  const turnedAway = (peer: PeerId): FetchAnswer => {
    log.denied(peer, 'fetch')
    agenda.at(`refused ${peer}`, clock.monotonic() + HANG_UP_AFTER_MS, () => links.hangUp(peer, 'rejected'))
    return { kind: 'state', status: 'terminated', event: 'rejected' }
  }

  /** Whoever asks sees themselves; others are for contacts who see me as I am, where I let them (scenes 34, 44, 46). */
  const watchersFor = async (peer: PeerId): Promise<FetchAnswer> => {
    const { decision } = granting.decide(peer, true)
    if (decision === 'block') return turnedAway(peer)
    const mayAsk = visibility.watchersVisible() === 'contacts' && acquaintances.contact(peer) !== undefined
    const watchers = shownWatchers(await granting.entries(), {
      asker: peer,
      undecided: decision === 'confirm',
      others: mayAsk && decision === 'allow',
    })
    return { kind: 'watchers', watchers }
  }

  /** Resolves when the grace for being heard is over, or as soon as nearness is another. */
  const heardOrLate = (peer: PeerId): Promise<void> =>
    new Promise((resolve) => {
      const waiting = unheard.get(peer) ?? new Set()
      unheard.set(peer, waiting)
      const done = (): void => {
        waiting.delete(done)
        if (waiting.size === 0) unheard.delete(peer)
        late()
        resolve()
      }
      const late = clock.wake(clock.monotonic() + NEAR_GRACE_MS, done)
      waiting.add(done)
    })
  links.listen({
    up(neighbour) {
      for (const tell of [...(arrivals.get(neighbour.peer) ?? [])]) tell(neighbour)
    },
    nearness(peer) {
      if (links.nearness(peer) === 'near') for (const tell of [...(unheard.get(peer) ?? [])]) tell()
    },
  })
  mesh.onQuestion(async (link, question) => {
    const answer = await answerTo(link, question)
    if (answer.kind === 'unknown') throw new NighError('unexpected', 'There is no such answer.')
    return encodeFetchAnswer(answer)
  })

  /** The answer of `peer` to a question of mine, and what they are called. */
  const ask = async (
    peer: PeerId,
    asked: Pick<FetchRequest, 'asked'>,
    { waitMs, signal }: Patience,
  ): Promise<{ name: string; answer: Exclude<FetchAnswer, { kind: 'state' | 'unknown' }> }> => {
    const neighbour = await neighbourWithin(peer, waitMs, signal)
    const { name } = acquaintances.person(peer)
    if (neighbour === undefined)
      throw new NighError(
        'unreachable',
        `${name} cannot be reached now, so nobody knows whether they are there.`,
      )
    const question = encodeFetchRequest({ ...visibility.as(peer), ...asked })
    const time = within(ANSWER_WITHIN_MS, signal)
    const answer = await neighbour.link
      .ask(question, { signal: time.signal })
      .then(openFetchAnswer)
      .finally(time.over)
    if (answer.kind === 'unknown')
      throw new NighError('unreachable', `${name} answered in words of a newer Nigh. Update yours.`)
    if (answer.kind === 'state') throw notShown(name, answer)
    return { name, answer }
  }

  const shownHere = (shown: ShownOnTheWire): ShownWatcher => {
    const { peer, name, via, state } = shown
    const stands = state === undefined ? {} : { status: state.status, reason: state.event }
    if (peer === undefined) return { pseudonym: tidyName(name) ?? '?', via, ...stands, me: false }
    const who = acquaintances.person(peer)
    // Nobody I know by a name: what they are said to be called. It is hearsay, and not remembered.
    const known = acquaintances.knowsNameOf(peer) || who.petname !== undefined
    return {
      who: known ? who : { ...who, name: tidyName(name) ?? who.name },
      via,
      ...stands,
      me: peer === house.self.peerId,
    }
  }

  return {
    async fetch(peer, patience) {
      const { name, answer } = await ask(peer, {}, patience)
      if (answer.kind !== 'document') throw notAnswered(name)
      const presence = readable(openDocument(answer.document))
      await acquaintances.claimName(peer, presence.name)
      const seenAt = new Date(clock.now()).toISOString()
      return { who: acquaintances.person(peer), evidence: 'live', presence, seenAt, ageMs: 0 }
    },

    async watchersOf(peer, patience) {
      const { name, answer } = await ask(peer, { asked: 'watchers' }, patience)
      if (answer.kind !== 'watchers') throw notAnswered(name)
      return answer.watchers.map(shownHere)
    },
  }
}

function notAnswered(name: string): NighError {
  return new NighError('unreachable', `${name} runs a Nigh that does not know this question.`)
}

function notShown(name: string, { status, event }: { status: string; event: string }): NighError {
  if (status === 'terminated') return new NighError('refused', `${name} does not let you see them.`)
  if (event === 'no-service')
    return new NighError('pending', `${name} shows no presence now. Try again later.`)
  if (event === 'not-now')
    return new NighError('pending', `${name} is here for a moment only, and shows nothing. Try again later.`)
  return new NighError('pending', `${name} has to decide first whether you may see them. Try again later.`)
}
