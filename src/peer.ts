/**
 * One peer: the one place where store, mesh and the parts of the hallway are joined. Nothing is global, so two peers
 * live in one process and share nothing.
 */
import type { Log } from './agent/log.ts'
import { appearsReady } from './agent/readiness.ts'
import type { Agent, AgentEvent, Message, Outcome } from './agent.ts'
import { carrierTopic } from './envelope/protocol.ts'
import { asNighError, NighError } from './errors.ts'
import type { Clock, Entropy, HistoryRow, JournalEntry, Mesh, Store } from './ports.ts'
import { createGrants } from './presentity/grants.ts'
import type { PeerId } from './principal/ids.ts'
import { meshHash } from './principal/mesh-name.ts'
import { principalOf } from './principal/principal.ts'
import { createAccess } from './service/access.ts'
import { createAcquaintances } from './service/acquaintances.ts'
import { createAgenda } from './service/agenda.ts'
import { createAgent } from './service/agent.ts'
import { amendedEvent, listed } from './service/amending.ts'
import { createComposing } from './service/composing.ts'
import { createContactBook } from './service/contact-book.ts'
import { createDelivery } from './service/delivery.ts'
import { createDiagnosing } from './service/diagnosing.ts'
import { createDiary } from './service/diary.ts'
import { createDiscretion } from './service/discretion.ts'
import { createEventHub, type EventHub } from './service/event-hub.ts'
import { createExplaining } from './service/explaining.ts'
import { createFetching } from './service/fetching.ts'
import { createGranting, type Granting } from './service/granting.ts'
import { createHistory } from './service/history.ts'
import type { House, Services } from './service/house.ts'
import { createLinks } from './service/link-service.ts'
import { createPersonRules } from './service/person-rules.ts'
import { createPublishing } from './service/publishing.ts'
import { createReceiving } from './service/receiving.ts'
import { createReferring } from './service/referring.ts'
import { createScreenChoices } from './service/screen-choices.ts'
import { createSending } from './service/sending.ts'
import { sleeplessClock } from './service/sleepless-clock.ts'
import { createTelling } from './service/telling.ts'
import { createVisibility } from './service/visibility.ts'
import { createWarnings } from './service/warnings.ts'
import { createWatcherLog } from './service/watcher-log.ts'
import { createWatching, type Watching } from './service/watching.ts'

/** The epoch of the last start, in the store's settings. */
const EPOCH = 'epoch'

/** What a peer is joined of; tests join their own. */
export interface Parts {
  store: Store
  /** Private key, protobuf-encoded. */
  key: Uint8Array
  home: string
  meshName: string
  mesh?: Mesh
  visiting?: boolean
  without?: readonly (keyof Services)[]
  portWasTaken?: () => { from: number; to: number } | undefined
  /** Tells what was found at the start. */
  warnAtStart?: (warn: House['warn']) => void
  log?: Log
  /** Of a resting peer: where it will listen. */
  willListen?: () => string[]
  /** Nobody waits any more for it to come up. */
  signal?: AbortSignal
  /** Given its `on` before anything is told: whoever listens from then on misses nothing. */
  hearAt?: (on: Agent['on']) => void
  clock: Clock
  entropy: Entropy
  /** Where there is a home on a disk. */
  backup?: Agent['backup']
}

/** A peer joined of its parts. Closing it closes its store. */
export interface Joined extends Agent {
  readonly peerId: PeerId
  /** As `close`, and neighbours are told that it sleeps. */
  sleep(): Promise<void>
  /** Whoever closes it waits no longer for its network: all that listen hear the end, and nothing is done any more. */
  letGo(): void
  /**
   * Resolves within some seconds of the start where another home with this key was here first (`identity-twice`, fault
   * P16): this peer then closes by itself. Otherwise never.
   */
  readonly refused: Promise<NighError>
}

/** Joins the parts into a peer and, where there is a mesh, brings it up. */
export async function joinParts(parts: Parts): Promise<Joined> {
  const { store, entropy } = parts
  const clock = sleeplessClock(parts.clock)
  const diary = parts.log && createDiary(parts.log, clock)
  const mesh = parts.mesh && (diary?.mesh(parts.mesh) ?? parts.mesh)
  const self = principalOf(parts.key)
  const hash = meshHash(parts.meshName)
  const { warn, mended } = createWarnings(clock, (event) => hub.tell(event))
  const services: Services = {
    presence: parts.without?.includes('presence') !== true,
    messages: parts.without?.includes('messages') !== true,
  }
  let closing: Promise<void> | undefined
  const refused = Promise.withResolvers<NighError>()

  const identityTaken = (source: string): void => {
    refused.resolve(
      new NighError(
        'identity-twice',
        `This identity already runs at ${source}, and it can run in one place only: this home is a copy of that one, or the other way round. Stop the other one first, or make an identity of its own for this place with --as NAME.`,
      ),
    )
    house.inBackground(close('quietly'))
  }

  const house: House = {
    store,
    clock,
    entropy,
    agenda: createAgenda(clock, (fault) => {
      const { code, message } = asNighError(fault)
      warn(code, message)
    }),
    self,
    meshHash: hash,
    instance: Buffer.from(entropy.bytes(16)).toString('hex'),
    visiting: parts.visiting ?? false,
    services,
    tell: (event) => hub.tell(event),
    news(kind, seq, event) {
      hub.news(kind, seq, event)
      history.stirred()
    },
    warn,
    mended,
    inBackground(work) {
      work.catch((cause: unknown) => {
        if (closing !== undefined) return // what was under way when the peer closed
        const { code, message } = asNighError(cause)
        warn(code, message)
      })
    },
    ...(mesh === undefined ? {} : { mesh }),
  }

  const acquaintances = createAcquaintances(house)
  const epoch = Math.max(Number((await store.settings.get(EPOCH)) ?? 0) + 1, clock.now())
  if (mesh !== undefined) await store.settings.set(EPOCH, String(epoch))
  const grants = createGrants({ topic: carrierTopic(hash), epoch, chance: entropy.bytes })
  const publishing = createPublishing(house, {
    grants,
    inboxAccepts: () => services.messages,
    named: acquaintances.callMyself,
    opened: () => house.inBackground(telling.reopened()),
  })
  const myName = (): string => publishing.presentity().name
  const visibility = createVisibility(house, {
    acquaintances,
    myName,
    changed: () => watching?.askAnew(),
  })

  // Each part knows the links, and the links ask granting for the beat: the one knot, tied here.
  let granting: Granting | undefined
  let watching: Watching | undefined
  const blocks = (peer: PeerId): boolean => granting?.decide(peer, false).decision === 'block'
  const bareLinks =
    mesh === undefined
      ? undefined
      : createLinks(
          { ...house, mesh },
          {
            acquaintances,
            standing: (peer) => granting?.standing(peer),
            services,
            blocks,
            identityTaken,
          },
        )
  const links = bareLinks && (diary?.links(bareLinks) ?? bareLinks)
  const withLinks = links === undefined ? {} : { links }

  const accessRules = createAccess(house, {
    acquaintances,
    nearness: (peer) => links?.nearness(peer) ?? 'not',
  })
  const log = createWatcherLog(house, acquaintances, links)
  granting = createGranting(house, {
    grants,
    publishing,
    acquaintances,
    access: accessRules,
    log,
    ...withLinks,
  })
  const { decide: access, seenAs } = granting
  if (links !== undefined && services.presence)
    watching = createWatching(house, { links, acquaintances, as: visibility.as })
  const delivery = createDelivery(house, {
    acquaintances,
    presentity: publishing.presentity,
    ...withLinks,
  })
  const { welcomes } = delivery
  const shown = (row: HistoryRow): Message | Outcome =>
    'inbox' in row ? receiving.message(row.inbox) : listed(row.outbox, sending.outcomeNow(row.outbox))
  const sending = createSending(house, {
    acquaintances,
    myName,
    welcomes,
    shown,
    left: (peer) => composing.sent(peer),
    // Stopped, it owes and sends nothing; what came is answered all the same.
    ...(services.messages ? withLinks : {}),
  })
  /** No sign of life goes to somebody who sees me closed (fault M9). */
  const seesMeOpen = (peer: PeerId): boolean =>
    access(peer, false).decision !== 'block' && seenAs(peer) === 'open'
  const discretion = createDiscretion(house)
  const screenChoices = createScreenChoices(house)
  const telling = createTelling(house, { discretion, welcomes, seesMeOpen, ...withLinks })
  const receiving = createReceiving(house, {
    acquaintances,
    access: (peer) => access(peer, false),
    seenAs,
    delivery,
    welcomes,
    telling,
    shown,
    held(peer, host) {
      // Who may see me is in the list already.
      if (granting?.standing(peer) === undefined) log.wrote(peer, host)
    },
    ...withLinks,
  })
  const composing = createComposing(house, {
    acquaintances,
    discretion,
    welcomes,
    seesMeOpen,
    trusts: sending.trusts,
    ...withLinks,
  })
  const fetching =
    links === undefined || mesh === undefined
      ? undefined
      : createFetching(
          { ...house, mesh },
          { links, acquaintances, granting, grants, publishing, log, visibility },
        )
  const withWatching = watching === undefined ? {} : { watching }
  const diagnosing =
    links === undefined || mesh === undefined
      ? undefined
      : createDiagnosing(
          { ...house, mesh },
          {
            links,
            acquaintances,
            blocks,
            meshName: parts.meshName,
            portTakenFrom: () => parts.portWasTaken?.()?.from,
            ...withWatching,
          },
        )
  const contactBook = createContactBook(house, {
    acquaintances,
    granting,
    receiving,
    ...withWatching,
    ...withLinks,
  })
  const explaining = createExplaining(house, {
    acquaintances,
    access: accessRules,
    granting,
    grants,
    publishing,
    delivery,
  })
  const history = createHistory(house, { acquaintances, sending, receiving, telling })
  const hub: EventHub = createEventHub(store, {
    wall: clock.now,
    people: () => watching?.listed() ?? [],
    replayed: (entry) => replayed(entry),
  })

  const replayed = (entry: JournalEntry): AgentEvent | undefined => {
    const at = new Date(entry.at).toISOString()
    const carrier = entry.kind === 'amended' ? (entry.inbox ?? entry.outbox) : undefined
    if (carrier !== undefined) return amendedEvent(carrier, shown, entry)
    if (entry.inbox !== undefined && entry.kind === 'message')
      return { event: 'message', ...receiving.message(entry.inbox), seq: entry.seq }
    if (entry.inbox !== undefined) {
      const { from, text } = receiving.message(entry.inbox)
      return { event: 'request', seq: entry.seq, who: from, kind: 'message', text, at }
    }
    if (entry.outbox !== undefined)
      return { event: 'outcome', ...sending.outcomeNow(entry.outbox), seq: entry.seq }
    const who = acquaintances.person(entry.subscription?.peer ?? self.peerId)
    return { event: 'request', seq: entry.seq, who, kind: 'subscription', at }
  }

  acquaintances.isNearby = (peer) => links?.isAround(peer) ?? false
  acquaintances.nearby = () => links?.around() ?? []
  const knocking = new Set<PeerId>()
  acquaintances.knocking = () => [...knocking, ...(granting?.pending().map((row) => row.peer) ?? [])]
  hub.onTold('request', ({ who }) => void knocking.add(who.peerId))
  hub.onTold('presence', (sighting) => {
    if (appearsReady(sighting)) sending.reopened(sighting.who.peerId)
  })

  const letGo = (): void => {
    house.agenda.close()
    hub.close()
  }
  const close = (why: 'leaving' | 'sleeping' | 'quietly' = 'leaving'): Promise<void> => {
    closing ??= (async () => {
      try {
        await links?.stop(why)
      } finally {
        letGo()
        await store.close()
      }
    })()
    return closing
  }

  parts.hearAt?.(hub.on)
  await acquaintances.load()
  await Promise.all([
    publishing.load(),
    discretion.load(),
    screenChoices.load(),
    granting.load(),
    delivery.load(),
    accessRules.load(),
    visibility.load(),
    log.load(),
    watching?.load(),
  ])
  for (const row of await store.inbox.held()) knocking.add(row.peer)
  try {
    parts.signal?.throwIfAborted()
    await Promise.race([links?.start(), abortOf(parts.signal)])
    watching?.start()
    await sending.load()
    await history.load()
  } catch (cause) {
    house.agenda.close()
    const stopped = links?.stop().catch(() => {})
    if (parts.signal?.aborted !== true) await stopped
    throw cause
  }
  parts.warnAtStart?.(warn)

  const agent = createAgent(house, {
    acquaintances,
    publishing,
    sending,
    referring: createReferring(store),
    composing,
    discretion,
    screenChoices,
    contactBook,
    history,
    delivery,
    explaining,
    personRules: createPersonRules(house, {
      acquaintances,
      access: accessRules,
      granting,
      explaining,
      receiving,
      sending,
      telling,
      ...withWatching,
      ...withLinks,
    }),
    visibility,
    granting,
    ...(fetching === undefined ? {} : { fetching }),
    ...(diagnosing === undefined ? {} : { diagnosing }),
    hub,
    willListen: parts.willListen ?? (() => []),
    backup: parts.backup ?? noBackup,
    home: parts.home,
    meshName: parts.meshName,
    close: () => close(),
    ...withWatching,
  })
  return { ...agent, peerId: self.peerId, sleep: () => close('sleeping'), letGo, refused: refused.promise }
}

/** Rejects when `signal` is aborted, and never otherwise. */
const abortOf = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

const noBackup = async (): Promise<never> => {
  throw new NighError('usage', 'This peer has no home on a disk, so there is nothing to back up.')
}
