/**
 * One peer: home, store, mesh and hallway in one call. The one place where the parts are joined; nothing is global,
 * so two peers live in one process and share nothing.
 */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { appearsReady } from './agent/readiness.ts'
import type { Agent, AgentEvent, Backup, Person } from './agent.ts'
import { carrierTopic } from './envelope/protocol.ts'
import { asNighError, NighError } from './errors.ts'
import { hourlyTally } from './inbox/addresses.ts'
import { localNetworks, needsZone, tcpAddress } from './mesh/networks.ts'
import type { Clock, Entropy, JournalEntry, Mesh, Store } from './ports.ts'
import { createGrants } from './presentity/grants.ts'
import { presenceAddress } from './principal/address.ts'
import type { PeerId } from './principal/ids.ts'
import { DEFAULT_MESH, meshHash } from './principal/mesh-name.ts'
import { tidyName } from './principal/names.ts'
import { makeKey, principalOf } from './principal/principal.ts'
import { createAccess } from './service/access.ts'
import { createAcquaintances } from './service/acquaintances.ts'
import { createAgenda } from './service/agenda.ts'
import { createAgent } from './service/agent.ts'
import { createComposing } from './service/composing.ts'
import { createContactBook } from './service/contact-book.ts'
import { createDelivery } from './service/delivery.ts'
import { createDiagnosing } from './service/diagnosing.ts'
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
import { createSending } from './service/sending.ts'
import { sleeplessClock } from './service/sleepless-clock.ts'
import { createTelling } from './service/telling.ts'
import { createVisibility } from './service/visibility.ts'
import { createWatcherLog } from './service/watcher-log.ts'
import { createWatching, type Watching } from './service/watching.ts'
import { forgetCopy, writeBackup } from './store/backup.ts'
import { homeKey, homePaths, homeSecret, lockHome, openHome } from './store/home.ts'
import { restoreHome } from './store/restore.ts'
import { openStore } from './store/store.ts'
import { systemClock, systemEntropy } from './system.ts'

/** A peer that acts: an Agent and what its doors need. */
export interface Peer extends Agent {
  readonly peerId: PeerId
  readonly home: string
  /** Shared by the processes of this home: the doors prove it to each other. */
  readonly secret: Uint8Array
  /** This call made the home. */
  readonly created: boolean
}

export interface PeerOptions {
  /** The home folder. */
  home: string
  /** Makes the home where there is none; otherwise NighError `no-home`. */
  create: boolean
  /** Display name, at creation only; the OS user's by default. */
  name?: string
  /** Mesh name; kept in the home. It separates, it does not protect. */
  mesh?: string
  /** Runs the mesh. Without it the peer rests: it acts on its store only. */
  network: boolean
  /** Here for one command: it asks, writes and receives; it publishes and grants nothing, and is listed nowhere. */
  visiting?: boolean
  /** TCP port; then it must be free. By default the kept one, else any. */
  port?: number
  /** Speak on these interfaces only, by name. */
  interfaces?: readonly string[]
  /** Services that stay stopped this time; the other runs by itself. */
  without?: readonly (keyof Services)[]
}

/** Warnings remembered as told. A guess: a network has few ways to be broken, a stranger has many names. */
const WARNED_LIMIT = 100
/** Warnings of one kind within the hour: whoever read ten learns nothing from the eleventh. A guess. */
const WARNED_PER_CODE = 10

/** Keys in the store's settings. */
const MESH = 'mesh'
const PORT = 'port'
const NAME = 'name'
const EPOCH = 'epoch'
const PRESET = 'preset'

/**
 * Opens the peer of a home and, with `network`, brings it up. Rejects with NighError: `no-home`, `home-in-use`,
 * `home-unreadable`, `store-damaged`, `store-newer`, `port-taken`.
 */
export async function openPeer(options: PeerOptions): Promise<Peer> {
  if (options.mesh !== undefined) meshHash(options.mesh) // refused before a home is made
  const home = openHome(options.home, { create: options.create })
  const lock = lockHome(home.dir)
  try {
    const freshKey = existsSync(home.keyFile) ? new Uint8Array() : await makeKey()
    const { key } = homeKey(home.dir, () => freshKey)
    const secret = homeSecret(home.dir)
    await forgetCopy(home.dir)
    const store = await openStore(home.storeFile)
    let saved: Promise<unknown> = Promise.resolve()
    try {
      const meshName = await settle(store, MESH, options.mesh, () => DEFAULT_MESH)
      await settle(store, NAME, undefined, () => tidyName(options.name ?? userInfo().username) ?? 'somebody')
      const hash = meshHash(meshName)
      const preset = await store.settings.get(PRESET)
      const mesh = options.network
        ? await realMesh({ key, store, hash, options, hidden: preset === 'hidden' })
        : undefined
      const agent = await joinParts({
        store,
        key,
        home: home.dir,
        meshName,
        ...(mesh === undefined
          ? { willListen: await futureAddresses(store, options, preset === 'hidden') }
          : { mesh: mesh.mesh, portWasTaken: mesh.portWasTaken }),
        visiting: options.visiting ?? false,
        without: options.without ?? [],
        clock: systemClock,
        entropy: systemEntropy,
        backup: (asked) => {
          // One at a time: each makes its copy at the same place.
          const next = saved.then(() => backUp(asked, { home: home.dir, store: home.storeFile, key }))
          saved = next.catch(() => {})
          return next
        },
        release: () => lock.release(),
      })
      if (mesh !== undefined) await mesh.keepPort()
      return { ...agent, home: home.dir, secret, created: home.created }
    } catch (cause) {
      await store.close()
      throw cause
    }
  } catch (cause) {
    lock.release()
    throw cause
  }
}

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
  /** Of a resting peer: where it will listen. */
  willListen?: () => string[]
  clock: Clock
  entropy: Entropy
  /** Where there is a home on a disk. */
  backup?: (asked: { file: string; passphrase: string }) => Promise<Backup>
  release?: () => void
}

/** Joins the parts into a peer and, where there is a mesh, brings it up. */
export async function joinParts(parts: Parts): Promise<Agent & { readonly peerId: PeerId }> {
  const { store, entropy, mesh } = parts
  const clock = sleeplessClock(parts.clock)
  const self = principalOf(parts.key)
  const hash = meshHash(parts.meshName)
  /** Sentences already told, with the code of each. */
  const warned = new Map<string, string>()
  const warnedOf = hourlyTally(WARNED_PER_CODE)
  const services: Services = {
    presence: parts.without?.includes('presence') !== true,
    messages: parts.without?.includes('messages') !== true,
  }
  let closing: Promise<void> | undefined

  const warn = (code: string, message: string): void => {
    if (warned.has(message) || warnedOf.of(code, clock.monotonic()) >= WARNED_PER_CODE) return
    warnedOf.add(code, clock.monotonic())
    // Told once; beyond the bound some are told again rather than remembered for ever.
    if (warned.size >= WARNED_LIMIT) warned.clear()
    warned.set(message, code)
    hub.tell({ event: 'warning', at: new Date(clock.now()).toISOString(), seq: 0, code, message })
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
    mended(code) {
      for (const [message, told] of warned) if (told === code) warned.delete(message)
    },
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
  const links =
    mesh === undefined
      ? undefined
      : createLinks(
          { ...house, mesh },
          {
            acquaintances,
            standing: (peer) => granting?.standing(peer),
            services,
            blocks,
          },
        )
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
  const sending = createSending(house, {
    acquaintances,
    myName,
    welcomes,
    left: (peer) => composing.sent(peer),
    // Stopped, it owes and sends nothing; what came is answered all the same.
    ...(services.messages ? withLinks : {}),
  })
  /** No sign of life goes to somebody who sees me closed (fault M9). */
  const seesMeOpen = (peer: PeerId): boolean =>
    access(peer, false).decision !== 'block' && seenAs(peer) === 'open'
  const discretion = createDiscretion(house)
  const telling = createTelling(house, { discretion, welcomes, seesMeOpen, ...withLinks })
  const receiving = createReceiving(house, {
    acquaintances,
    access: (peer) => access(peer, false),
    seenAs,
    delivery,
    welcomes,
    telling,
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

  const replayed = (entry: JournalEntry): AgentEvent => {
    const at = new Date(entry.at).toISOString()
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

  const close = (): Promise<void> => {
    closing ??= (async () => {
      try {
        await links?.stop()
      } finally {
        house.agenda.close()
        hub.close()
        await store.close()
        parts.release?.()
      }
    })()
    return closing
  }

  await acquaintances.load()
  await Promise.all([
    publishing.load(),
    discretion.load(),
    granting.load(),
    delivery.load(),
    accessRules.load(),
    visibility.load(),
    log.load(),
    watching?.load(),
  ])
  for (const row of await store.inbox.held()) knocking.add(row.peer)
  try {
    await links?.start()
    watching?.start()
    await sending.load()
    await history.load()
  } catch (cause) {
    house.agenda.close()
    await links?.stop().catch(() => {})
    throw cause
  }
  const moved = parts.portWasTaken?.()
  if (moved !== undefined)
    warn('port-replaced', `Port ${moved.from} is taken by another program; this time it is ${moved.to}.`)

  const agent = createAgent(house, {
    acquaintances,
    publishing,
    sending,
    composing,
    discretion,
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
    close,
    ...withWatching,
  })
  return { ...agent, peerId: self.peerId }
}

async function backUp(
  { file, passphrase }: { file: string; passphrase: string },
  from: { home: string; store: string; key: Uint8Array },
): Promise<Backup> {
  const now = systemClock.now()
  const bytes = await writeBackup({ ...from, file, passphrase, now })
  return { file, at: new Date(now).toISOString(), bytes }
}

const noBackup = async (): Promise<never> => {
  throw new NighError('usage', 'This peer has no home on a disk, so there is nothing to back up.')
}

/** What was restored, and from when. */
export interface RestoredHome {
  who: Person
  home: string
  /** RFC 3339: messages received later are not in it. */
  madeAt: string
  /** Messages of mine of which it is not known how they ended; their inboxes are asked. */
  unsettled: number
}

/**
 * Makes a home from a backup; what is there already is never replaced. Rejects with NighError: `home-exists`,
 * `wrong-passphrase`, `backup-damaged`, `file-unusable`, `store-newer`, `store-full`; nothing is left behind then.
 */
export async function restorePeer(asked: {
  home: string
  /** Path of the backup. */
  file: string
  passphrase: string
}): Promise<RestoredHome> {
  const { madeAt, key, unsettled } = await restoreHome(asked.home, asked)
  const { peerId } = principalOf(key)
  const store = await openStore(homePaths(asked.home).storeFile)
  const name = (await store.settings.get(NAME)) ?? 'somebody'
  await store.close()
  return {
    who: { peerId, name, address: presenceAddress(peerId), relation: 'near', verified: true },
    home: homePaths(asked.home).dir,
    madeAt: new Date(madeAt).toISOString(),
    unsettled,
  }
}

/** The asked value, kept; else the kept one; else the usual one, kept. */
async function settle(
  store: Store,
  key: string,
  asked: string | undefined,
  usual: () => string,
): Promise<string> {
  const kept = await store.settings.get(key)
  const value = asked ?? kept ?? usual()
  if (key === MESH) meshHash(value) // a name outside the grammar is refused before it is kept
  if (value !== kept) await store.settings.set(key, value)
  return value
}

/** Where the peer of this home will listen once it runs, as far as its port is known already. */
async function futureAddresses(
  store: Store,
  { interfaces }: PeerOptions,
  hidden: boolean,
): Promise<() => string[]> {
  const port = Number((await store.settings.get(PORT)) ?? 0)
  if (hidden || port === 0) return () => []
  return () =>
    localNetworks(interfaces)
      .filter(({ address }) => !needsZone(address))
      .map(({ address }) => tcpAddress(address, port))
}

/** libp2p is loaded here and nowhere earlier: a peer that rests never needs it. */
async function realMesh(from: {
  key: Uint8Array
  store: Store
  hash: string
  options: PeerOptions
  hidden: boolean
}) {
  const { key, store, hash, options, hidden } = from
  const { libp2pMesh } = await import('./mesh/node.ts')
  const kept = Number((await store.settings.get(PORT)) ?? 0)
  const asked = options.port ?? kept
  const mesh = await libp2pMesh({
    privateKey: key,
    port: asked,
    portRequired: options.port !== undefined && options.port !== 0,
    meshHash: hash,
    hidden,
    ...(options.interfaces === undefined ? {} : { interfaces: options.interfaces }),
  })
  return {
    mesh,
    portWasTaken: () =>
      mesh.portWasTaken && mesh.port !== undefined ? { from: asked, to: mesh.port } : undefined,
    /** The port of the first start is kept, so that remembered addresses live over restarts. */
    async keepPort() {
      if (mesh.port !== undefined && kept === 0) await store.settings.set(PORT, String(mesh.port))
    },
  }
}
