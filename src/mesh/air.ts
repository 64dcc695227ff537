/**
 * The air: who is heard on the networks of this host. It says one packet at a time, when told to; it believes
 * a packet only about the network it came from, and an address only where that network can reach it.
 */
import { randomBytes } from 'node:crypto'
import type { RemoteInfo } from 'node:dgram'
import type { Packet } from 'dns-packet'
import { HEARD_ADDRESSES_LIMIT, HEARD_FOR_MS, HEARD_PEERS_LIMIT } from '../envelope/protocol.ts'
import type { Air, Echo, Heard, LocalNetwork } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { airCounts } from './air-counts.ts'
import { listeners, type OnFault } from './listeners.ts'
import { addressesOn } from './listening.ts'
import {
  type Answered,
  answer,
  asksAfter,
  isQuestion,
  parseAddress,
  question,
  readAnswers,
} from './mdns-packet.ts'
import { localNetworks, onNetwork, sameNetworks } from './networks.ts'
import { MDNS_PORT, openVoice, type Voice } from './voice.ts'

/** How often the networks are compared: a new Wi-Fi is noticed well within the first second somebody looks for people. */
const LOOK_EVERY_MS = 2_000
/** Looked into at once. A guess: each is a dial. */
const DOUBTS_AT_ONCE = 2
/** A goodbye on its way holds up the end for this long at most. */
const LAST_WORDS_MS = 200

export interface MulticastAir extends Air {
  /** Resolves when every network that can be spoken on is open. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface AirOptions {
  self: PeerId
  /** 16 hex digits. */
  meshHash: string
  interfaces?: readonly string[]
  /** Asks, never answers. */
  hidden: boolean
  /** Our dialable addresses. */
  listening: () => string[]
  /** Whether whoever answers at one of these holds our own key. */
  isOwnKey: (addresses: readonly string[]) => Promise<boolean>
  onFault: OnFault
}

export function multicastAir(options: AirOptions): MulticastAir {
  const { self, meshHash, interfaces, hidden, listening, isOwnKey, onFault } = options
  const asked = listeners<[boolean]>(onFault)
  const heard = listeners<[Heard]>(onFault)
  const echoed = listeners<[Echo]>(onFault)
  const troubled = listeners<[string | undefined]>(onFault)
  const changed = listeners<[]>(onFault)
  /** Our own questions come back: this number (two homes of one host share address and port) tells them. */
  const questionId = 1 + Math.floor(Math.random() * 0xffff)
  /** Tells our own answers from those of another home with our key. */
  const life = randomBytes(4).toString('hex')
  /** Answers in our name that are being looked into: a forger makes few dials. */
  let doubting = 0
  const believed = boundedPeers()
  const counts = airCounts()
  const saying = new Set<Promise<unknown>>()
  let networks: LocalNetwork[] = []
  let voices: Voice[] = []
  let looking: NodeJS.Timeout | undefined
  let renewing: Promise<void> = Promise.resolve()
  let trouble: string | undefined
  let running = false
  let startedAt = 0

  /** The one network whose subnet holds `source`; each socket hears all networks, so each packet is taken once. */
  const voiceFor = (source: string) =>
    voices.find(({ network: { name } }) =>
      networks.some((network) => network.name === name && onNetwork(network, source)),
    )

  /**
   * Of two homes with our key the one that was started first, as both see it. Where the clocks of two hosts differ, it may
   * be the other one: which is no matter between two that start within seconds, as long as both see the same.
   */
  const isOlder = (theirStart: number, theirLife: string): boolean =>
    theirStart === startedAt ? theirLife < life : theirStart < startedAt

  function onPacket(at: LocalNetwork, packet: Packet, { address, port }: RemoteInfo): void {
    if (!running || port !== MDNS_PORT || voiceFor(address)?.network !== at) return
    const isHere = networks.some((network) => network.address === address)
    if (!isHere) counts.heardOther(at.name)
    if (packet.type === 'query') {
      if (!isQuestion(packet)) return
      if (packet.id === questionId) counts.heardOurselves(at.name)
      else asked.tell(asksAfter(packet, self))
      return
    }
    const answers = readAnswers(packet)
    if (isHere && answers.some((said) => said.peer === self)) counts.heardOurselves(at.name)
    for (const said of answers) {
      if (said.peer === self) hearOurselves(said, at, address)
      else if (believed.admit(said)) heard.tell(onLink(said, at, address))
    }
  }

  /**
   * Another home with our key, or somebody who only says so: whoever does not prove it could keep us from starting. Our
   * own answers come back as well, and those of a life before this one may be on their way.
   */
  function hearOurselves(said: Answered, at: LocalNetwork, source: string): void {
    if (said.goodbye || said.life === undefined || said.life === life || doubting >= DOUBTS_AT_ONCE) return
    const ours = new Set(listening())
    const theirs = onLink(said, at, source).addresses.filter((address) => !ours.has(address))
    if (theirs.length === 0) return
    doubting += 1
    const { visiting } = said
    const starting = said.startedAt !== undefined
    const stays = isOlder(said.startedAt ?? Number.NEGATIVE_INFINITY, said.life)
    void isOwnKey(theirs)
      .then((proved) => {
        if (proved && running) echoed.tell({ source, visiting, starting, stays })
      })
      .catch(onFault)
      .finally(() => {
        doubting -= 1
      })
  }

  /** Only what this network reaches is believed: a forged answer cannot aim our dials elsewhere. */
  function onLink(said: Answered, at: LocalNetwork, source: string): Heard {
    const subnets = networks.filter(({ name }) => name === at.name)
    const addresses = said.addresses.filter((address) => {
      const host = parseAddress(address)?.host
      return host !== undefined && subnets.some((subnet) => onNetwork(subnet, host))
    })
    return { ...said, addresses: addresses.slice(0, HEARD_ADDRESSES_LIMIT), network: at.name, source }
  }

  function sayEverywhere(packetFor: (network: LocalNetwork) => Packet): void {
    if (!running) return
    const round = (async () => {
      await renewing
      const said = await Promise.all(
        voices.map(async (voice) => ({ voice, fault: await voice.say(packetFor(voice.network)) })),
      )
      for (const { voice, fault } of said) counts.said(voice.network.name, fault)
      judge(said.filter(({ fault }) => fault === undefined).map(({ voice }) => voice.network))
    })()
    saying.add(round)
    void round.catch(onFault).finally(() => saying.delete(round))
  }

  /** Trouble is a host with a network beyond itself on none of which a packet could be sent. */
  function judge(spoken: readonly LocalNetwork[]): void {
    const beyond = networks.some(({ loopback }) => !loopback)
    const works = spoken.some(({ loopback }) => !beyond || !loopback) || networks.length === 0
    const now = works
      ? undefined
      : 'Nobody near can be found: this network or a firewall does not let multicast (UDP port 5353) through.'
    if (now === trouble) return
    trouble = now
    if (running) troubled.tell(trouble)
  }

  /** Opens the networks that cannot be spoken on yet, closes those that are gone, leaves the others alone. */
  async function renewVoices(): Promise<void> {
    const wanted = firstPerInterface(networks.filter(({ family }) => family === 4))
    const isOn = (network: LocalNetwork) => (voice: Voice) => sameNetworks([voice.network], [network])
    const kept = voices.filter((voice) => wanted.some((network) => isOn(network)(voice)))
    const gone = voices.filter((voice) => !kept.includes(voice))
    voices = kept
    await Promise.all(gone.map((voice) => voice.close()))
    const toOpen = wanted.filter((network) => !kept.some(isOn(network)))
    const opened = await Promise.allSettled(
      toOpen.map((network) => openVoice(network, (packet, source) => onPacket(network, packet, source))),
    )
    const fresh = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    counts.keepOnly(wanted.map(({ name }) => name))
    for (const [index, result] of opened.entries())
      if (result.status === 'rejected') counts.said(toOpen[index]?.name ?? '', result.reason)
    if (running) voices = [...kept, ...fresh]
    else await Promise.all(fresh.map((voice) => voice.close()))
  }

  async function look(): Promise<void> {
    const now = localNetworks(interfaces)
    const same = sameNetworks(now, networks)
    networks = now
    // Also without a change: a network may let itself be spoken on a moment after it came up.
    renewing = renewing.then(renewVoices).catch(onFault)
    await renewing
    if (running && !same) changed.tell()
  }

  return {
    async start() {
      running = true
      startedAt = Date.now()
      networks = localNetworks(interfaces)
      renewing = renewVoices()
      looking = setInterval(() => void look().catch(onFault), LOOK_EVERY_MS).unref()
      await renewing
    },
    async stop() {
      clearInterval(looking)
      await Promise.race([
        Promise.allSettled([...saying]),
        new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref()),
      ])
      running = false
      await renewing
      const open = voices
      voices = []
      await Promise.all(open.map((voice) => voice.close()))
    },
    ask({ own = false } = {}) {
      // Who hides is named nowhere.
      sayEverywhere(() => question(questionId, own && !hidden ? self : undefined))
    },
    answer({ goodbye = false, visiting = false, starting = false }) {
      if (hidden) return
      const addresses = listening()
      sayEverywhere(({ name }) =>
        answer({
          peer: self,
          mesh: meshHash,
          addresses: addressesOn(
            addresses,
            networks.filter((network) => network.name === name),
          ),
          visiting,
          ...(starting ? { startedAt } : {}),
          life,
          goodbye,
        }),
      )
    },
    onAsked: asked.add,
    onHeard: heard.add,
    onEcho: echoed.add,
    onTrouble: troubled.add,
    onNetworkChange: changed.add,
    traffic: counts.traffic,
  }
}

/** One voice per interface is enough: multicast goes out on interfaces, not on addresses. */
function firstPerInterface(networks: readonly LocalNetwork[]): LocalNetwork[] {
  const first = new Map<string, LocalNetwork>()
  for (const network of networks) if (!first.has(network.name)) first.set(network.name, network)
  return [...first.values()]
}

/** At most HEARD_PEERS_LIMIT peers are believed at a time; the first come stay for as long as they are heard. */
function boundedPeers(): { admit(said: Answered): boolean } {
  const lastHeard = new Map<PeerId, number>()
  return {
    admit({ peer, goodbye }) {
      const now = performance.now()
      const known = lastHeard.delete(peer)
      if (goodbye) return known
      if (lastHeard.size >= HEARD_PEERS_LIMIT) {
        const [oldest] = lastHeard
        if (oldest !== undefined && now - oldest[1] > HEARD_FOR_MS) lastHeard.delete(oldest[0])
        else return false
      }
      lastHeard.set(peer, now)
      return true
    },
  }
}
