/**
 * Diagnosing: looks around as discovery does and tries those who are not linked, then has the neighbourhood say what is
 * in the way. Nothing leaves that discovery and dialling would not send: nobody is asked for anything.
 */
import type { CallOptions, Diagnosis, NetworkObserved, Observations, PersonObserved } from '../agent.ts'
import { ANSWER_GAP_MS, ANSWER_TO_MS, ASK_AT, HEARD_FOR_MS, NEAR_GRACE_MS } from '../envelope/protocol.ts'
import { diagnose } from '../neighbourhood/diagnosis-words.ts'
import { networksReaching } from '../neighbourhood/nearness.ts'
import type { AirTraffic, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { DEFAULT_MESH, meshHash } from '../principal/mesh-name.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import type { Watching } from './watching.ts'

export interface Diagnosing {
  /** Looks for up to `waitMs`, less where it is clear sooner; with 0 it tells from what is known already. */
  diagnose(who: string | undefined, options: CallOptions & { waitMs: number }): Promise<Diagnosis>
}

/** Whoever hears our third question has answered by then. */
const LISTEN_MS = ASK_AT[2] + ANSWER_GAP_MS + ANSWER_TO_MS
/** A request that was just made is answered by then: they may wait to hear us first. A guess. */
const DECIDED_WITHIN_MS = NEAR_GRACE_MS + 500
/** How often it is looked whether it is clear. */
const LOOK_EVERY_MS = 100
/** Discovery dials by itself; only whom it has not linked by then is tried besides. A guess. */
const OURS_AFTER_MS = 500
/** People tried, and people told of, where nobody in particular is asked about. */
const TRIED_LIMIT = 8
const TOLD_LIMIT = 50

export function createDiagnosing(
  house: House & { readonly mesh: Mesh },
  parts: {
    links: Links
    acquaintances: Acquaintances
    watching?: Watching
    blocks: (peer: PeerId) => boolean
    meshName: string
    /** The kept port, where another program has it. */
    portTakenFrom: () => number | undefined
  },
): Diagnosing {
  const { mesh, clock } = house
  const { links, acquaintances } = parts
  const { encounters } = links

  const at = (monotonic: number): string =>
    new Date(clock.now() - (clock.monotonic() - monotonic)).toISOString()

  const isHidden = (): boolean => acquaintances.preset() === 'hidden'

  // ---------------------------------------------------------------- what is known of one person

  const observed = (peer: PeerId): PersonObserved => {
    const met = encounters.of(peer)
    const { heard, saidGoodbyeAt, parted } = met ?? {}
    const link = links.linkTo(peer)
    const addresses = [...new Set([...(heard?.addresses ?? []), ...links.addressesOf(peer)])]
    const hosts = addresses.map((address) => address.split('/')[2] ?? '')
    const networks = mesh.networks()
    const remote = links.neighbour(peer)?.link.remote.host
    const subscription = parts.watching?.subscriptions().find(({ who }) => who.peerId === peer)
    return {
      who: acquaintances.person(peer),
      contact: acquaintances.contact(peer) !== undefined,
      blocked: parts.blocks(peer),
      thisHost: [...hosts, ...(remote === undefined ? [] : [remote])].some(links.isThisHost),
      addresses,
      onOurNetworks: hosts.some(
        (host) => links.isThisHost(host) || networksReaching(host, networks).length > 0,
      ),
      failures: [...(met?.failures ?? [])].map(([address, failure]) => ({
        address,
        why: failure.why,
        at: at(failure.at),
      })),
      ...(link === undefined ? {} : { link }),
      ...(heard === undefined
        ? {}
        : {
            heard: {
              at: at(heard.at),
              network: heard.network,
              mesh: kindOf(heard.mesh),
              visiting: heard.visiting,
            },
          }),
      ...(saidGoodbyeAt === undefined ? {} : { saidGoodbyeAt: at(saidGoodbyeAt) }),
      ...(parted === undefined
        ? {}
        : {
            parted: {
              why: parted.why,
              at: at(parted.at),
              ...(parted.version === undefined ? {} : { version: parted.version }),
            },
          }),
      ...(subscription === undefined
        ? {}
        : {
            subscription: {
              status: subscription.status,
              ...(subscription.reason === undefined ? {} : { reason: subscription.reason }),
            },
          }),
      ...(met?.clock === undefined ? {} : { clockAheadMs: met.clock.aheadMs }),
    }
  }

  const kindOf = (hash: string): 'ours' | 'usual' | 'other' => {
    if (hash === house.meshHash) return 'ours'
    return hash === meshHash(DEFAULT_MESH) ? 'usual' : 'other'
  }

  /** Everybody of whom there is something to tell, the latest sign first. */
  const everybody = (): PeerId[] => {
    const met = [...encounters.all()].map(([peer]) => peer).reverse()
    const contacts = acquaintances.contacts().map(({ peer }) => peer)
    const linked = links.neighbours().map(({ peer }) => peer)
    return [...new Set([...linked, ...met, ...contacts])]
  }

  // ---------------------------------------------------------------- what is known of this host

  const networksSince = (before: readonly AirTraffic[]): NetworkObserved[] => {
    const all = mesh.networks()
    return mesh.air.traffic().flatMap((traffic) => {
      const place = all.find(({ name, family }) => name === traffic.network && family === 4)
      if (place === undefined) return []
      const earlier = before.find(({ network }) => network === traffic.network)
      const { address, prefix, loopback } = place
      return {
        ...traffic,
        said: traffic.said - (earlier?.said ?? 0),
        unsaid: traffic.unsaid - (earlier?.unsaid ?? 0),
        ownHeard: traffic.ownHeard - (earlier?.ownHeard ?? 0),
        address,
        prefix,
        loopback,
      }
    })
  }

  const observe = async (
    since: number,
    before: readonly AirTraffic[],
    asked: PeerId | undefined,
    unknown: string | undefined,
  ): Promise<Observations> => {
    const port = mesh.listening()[0]?.split('/')[4]
    const portTakenFrom = parts.portTakenFrom()
    const { echo } = encounters
    const others = everybody().filter((peer) => peer !== asked)
    return {
      since: at(since),
      visiting: house.visiting,
      hidden: isHidden(),
      mesh: parts.meshName,
      host: await mesh.host(),
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(portTakenFrom === undefined ? {} : { portTakenFrom }),
      networks: networksSince(before),
      cameIn: encounters.cameIn,
      ...(echo === undefined || clock.monotonic() - echo.at > HEARD_FOR_MS
        ? {}
        : { identityAt: echo.source }),
      ...(unknown === undefined ? {} : { unknown }),
      ...(asked === undefined ? {} : { asked: observed(asked) }),
      others: others.slice(0, TOLD_LIMIT).map(observed),
    }
  }

  // ---------------------------------------------------------------- looking

  /** Attempts at people that are not linked, each once. */
  const tries = () => {
    const tried = new Map<PeerId, boolean>()
    return {
      at(peer: PeerId): void {
        if (tried.has(peer) || tried.size >= TRIED_LIMIT || links.linkTo(peer) !== undefined) return
        if (links.addressesOf(peer).length === 0) return
        tried.set(peer, false)
        house.inBackground(links.tryOnce(peer).then(() => void tried.set(peer, true)))
      },
      get ended(): boolean {
        return [...tried.values()].every((isOver) => isOver)
      },
    }
  }

  const worthATry = (peer: PeerId, since: number): boolean => {
    const heard = encounters.of(peer)?.heard
    const isHeard =
      heard !== undefined && heard.at >= since && heard.mesh === house.meshHash && !heard.visiting
    const isContact = acquaintances.contact(peer) !== undefined
    return isHidden() ? isContact : isHeard || isContact
  }

  const heardOurselves = (before: readonly AirTraffic[]): boolean =>
    networksSince(before).every(({ loopback, said, ownHeard }) => loopback || said === 0 || ownHeard > 0)

  const isDecided = (peer: PeerId, elapsed: number): boolean => {
    if (links.linkTo(peer) !== 'live') return false
    const status = parts.watching?.subscriptions().find(({ who }) => who.peerId === peer)?.status
    return status === 'active' || status === 'terminated' || elapsed >= DECIDED_WITHIN_MS
  }

  const pause = (): Promise<void> =>
    new Promise((resolve) => clock.wake(clock.monotonic() + LOOK_EVERY_MS, () => resolve()))

  return {
    async diagnose(who, { waitMs, signal }) {
      const startedAt = clock.monotonic()
      const before = waitMs > 0 ? mesh.air.traffic() : []
      const since = waitMs > 0 ? startedAt : startedAt - HEARD_FOR_MS
      const trying = tries()
      const find = () => (who === undefined ? undefined : acquaintances.find(who))
      let found = find()
      if (waitMs > 0) links.lookAround()
      if (found !== undefined && waitMs > 0) trying.at(found.peer)

      for (let elapsed = 0; elapsed < waitMs && signal?.aborted !== true; ) {
        await pause()
        elapsed = clock.monotonic() - startedAt
        found ??= find()
        if (elapsed >= OURS_AFTER_MS) {
          if (found !== undefined) trying.at(found.peer)
          else for (const peer of everybody()) if (worthATry(peer, since)) trying.at(peer)
        }
        if (found !== undefined && heardOurselves(before) && isDecided(found.peer, elapsed)) break
        const isGreeting = everybody().some((peer) => links.linkTo(peer) === 'greeting')
        const mayStillBeNamed = who !== undefined && found === undefined
        if (elapsed >= LISTEN_MS && trying.ended && !isGreeting && !mayStillBeNamed) break
      }
      const unknown = found === undefined ? who : undefined
      return diagnose(await observe(since, before, found?.peer, unknown), clock.now())
    },
  }
}
