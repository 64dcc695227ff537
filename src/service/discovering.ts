/** Discovering: asks and answers in the air by the neighbourhood's schedule, and remembers who was heard where. */
import { HEARD_FOR_MS, HEARD_PEERS_LIMIT, STARTING_MS } from '../envelope/protocol.ts'
import { createDiscoverySchedule } from '../neighbourhood/discovery-schedule.ts'
import type { Encounters } from '../neighbourhood/encounters.ts'
import type { Hearing } from '../neighbourhood/nearness.ts'
import type { Echo, Heard, Mesh } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { House } from './house.ts'

export interface Discovering {
  start(): void
  /** `quietly`: without a goodbye, because another home with our key goes on. */
  stop(why: 'leaving' | 'sleeping' | 'quietly'): void
  /** Ask again as at start: the network changed, or the host woke. */
  again(): void
  /** Where and when this peer was heard, at most 10 min ago. */
  hearings(peer: PeerId): Hearing[]
  /** The addresses it gave last. */
  addresses(peer: PeerId): string[]
  heardLately(): PeerId[]
}

interface Remembered {
  hearings: Hearing[]
  addresses: string[]
}

export function createDiscovering(
  house: House,
  mesh: Mesh,
  listener: {
    /** `isNews`: not heard on that network for a while or since we asked anew, or other addresses than before. */
    heard(heard: Heard, isNews: boolean): void
    networkChanged(): void
    /** We have just been started, and our identity runs at `source` already. */
    identityTaken(source: string): void
  },
  encounters: Encounters,
): Discovering {
  const { clock, agenda, entropy, meshHash, visiting } = house
  const schedule = createDiscoverySchedule({ chance: entropy.fraction })
  const remembered = new Map<PeerId, Remembered>()
  let echoWarned = false
  /** Since then everybody heard is news once: the networks may be others. Monotonic ms. */
  let askedAnewAt = clock.monotonic()
  let startedAt = Number.POSITIVE_INFINITY

  const isStarting = (): boolean => !visiting && clock.monotonic() - startedAt < STARTING_MS

  const awaitNext = (): void => {
    const next = schedule.next()
    if (next === undefined) return agenda.cancel('air')
    agenda.at('air', next.at, () => {
      if (next.act === 'ask') mesh.air.ask({ own: isStarting() })
      else mesh.air.answer({ visiting, starting: isStarting() })
      schedule.done(next.act, clock.monotonic())
      awaitNext()
    })
  }

  const fresh = (peer: PeerId): Remembered | undefined => {
    const one = remembered.get(peer)
    if (one === undefined) return undefined
    const now = clock.monotonic()
    const isFresh = (hearing: Hearing): boolean => now - hearing.at < HEARD_FOR_MS
    if (!one.hearings.every(isFresh)) one.hearings = one.hearings.filter(isFresh)
    if (one.hearings.length > 0) return one
    remembered.delete(peer)
    return undefined
  }

  const remember = (heard: Heard): 'news' | 'known' | 'no room' => {
    const one = fresh(heard.peer)
    const before = one?.hearings.find((hearing) => hearing.network === heard.network)
    const saysNothingNew = heard.addresses.every((address) => one?.addresses.includes(address))
    if (before !== undefined && before.at > askedAnewAt && saysNothingNew) {
      before.at = clock.monotonic()
      return 'known'
    }
    if (one === undefined && remembered.size >= HEARD_PEERS_LIMIT) return 'no room'
    const others = (one?.hearings ?? []).filter((hearing) => hearing.network !== heard.network)
    const otherAddresses = (one?.addresses ?? []).filter((address) => !heard.addresses.includes(address))
    remembered.set(heard.peer, {
      hearings: [...others, { network: heard.network, at: clock.monotonic() }],
      addresses: [...heard.addresses, ...otherAddresses].slice(0, 8),
    })
    return 'news'
  }

  const again = (): void => {
    askedAnewAt = clock.monotonic()
    schedule.restart(clock.monotonic())
    awaitNext()
  }

  /** Whoever was here first stays (fault P16); of two that start at one instant, the one that both agree on. */
  const echoed = ({ source, visiting: isBrief, starting, stays }: Echo): void => {
    encounters.heardOurselves(source, clock.monotonic())
    if (isStarting() && !isBrief && (!starting || stays)) return listener.identityTaken(source)
    // A newcomer hears of us, too, and ends by itself; it is told of all the same, once.
    if (echoWarned || (starting && isStarting())) return
    echoWarned = true
    house.warn(
      'identity-twice',
      `This identity was also started at ${source}. Two homes with one key confuse everybody: run one of them.`,
    )
  }

  return {
    start() {
      startedAt = clock.monotonic()
      mesh.air.onAsked((own) => {
        schedule.heardQuestion(clock.monotonic(), remembered.size)
        if (own) schedule.heardOurName(clock.monotonic())
        awaitNext()
      })
      mesh.air.onHeard((heard) => {
        if (heard.goodbye) encounters.saidGoodbye(heard.peer, clock.monotonic())
        else encounters.heard(heard.peer, heard, clock.monotonic())
        if (heard.mesh !== meshHash || heard.goodbye) return
        const what = remember(heard)
        if (what !== 'no room') listener.heard(heard, what === 'news')
      })
      mesh.air.onEcho(echoed)
      mesh.air.onTrouble((trouble) => {
        if (trouble !== undefined) house.warn('no-multicast', trouble)
      })
      mesh.air.onNetworkChange(() => {
        again()
        listener.networkChanged()
      })
      again()
    },
    stop(why) {
      agenda.cancel('air')
      if (why !== 'quietly') mesh.air.answer({ goodbye: true, visiting })
    },
    again,
    hearings: (peer) => fresh(peer)?.hearings ?? [],
    addresses: (peer) => fresh(peer)?.addresses ?? [],
    heardLately: () => [...remembered.keys()].filter((peer) => fresh(peer) !== undefined),
  }
}
