/**
 * Why can I not see or reach them? One cause: the most specific one that the observations bear. What is known of
 * somebody directly (a live link, a refusal, another version) stands before what is wrong with this host, and that
 * before what can only be concluded from silence.
 */
import type { Cause, NetworkObserved, Observations, PersonObserved } from '../agent.ts'
import { HEARD_FOR_MS } from '../envelope/protocol.ts'

export interface Finding {
  cause: Cause
  /** Whom it is about. */
  person?: PersonObserved
}

/** `now` is wall ms. The same observations always have the same cause. */
export function findCause(seen: Observations, now: number): Finding {
  const { asked } = seen
  const looks =
    asked === undefined
      ? [identityTwice, thisHost, beingHidden, somebodyShut, nobodyAtAll, unknownWho, portTaken, clocksApart]
      : [identityTwice, directly(asked), thisHost, strangerWhileHidden(asked), shut(asked), absence(asked)]
  for (const look of looks) {
    const found = look(seen, now)
    if (found !== undefined) return found
  }
  return { cause: 'fine' }
}

/** Apart by less, times are still read rightly. A guess. */
export const CLOCKS_APART_MS = 2 * 60_000

/** Whether somebody was heard while we looked. */
export function isHeardNow({ heard }: PersonObserved, { since }: Pick<Observations, 'since'>): boolean {
  return heard !== undefined && Date.parse(heard.at) >= Date.parse(since)
}

/** A VPN's interface, by the names that systems and products give it: there is no other sign that all of them share. */
export function isTunnel(network: string): boolean {
  return (
    /^(tun|tap|wg|utun|ppp|ipsec|tailscale|zt|nordlynx|proton|cscotun|gpd)[\d-]*/i.test(network) ||
    /vpn|wireguard|wintun|tailscale|openvpn|\btap\b|\btun\b/i.test(network)
  )
}

/** A bridge to containers and virtual machines of this very host. */
function isInside(network: string): boolean {
  return /^(docker|br-|veth|virbr|lxc|podman|cni|vmnet|vboxnet|vEthernet)/.test(network)
}

/** Networks that other people can be on. */
export function lans({ networks }: Pick<Observations, 'networks'>): NetworkObserved[] {
  return networks.filter(({ loopback, network }) => !loopback && !isTunnel(network) && !isInside(network))
}

/** Multicast that was handed to the system there did not come back, as it must. */
export function isDeaf({ said, ownHeard }: NetworkObserved): boolean {
  return said > 0 && ownHeard === 0
}

/** Nothing could be said there. */
export function isMute({ said, unsaid }: NetworkObserved): boolean {
  return said === 0 && unsaid > 0
}

/** The firewall's own word: everything else is the network's. */
export function isForbidden({ fault }: NetworkObserved): boolean {
  return fault === 'EPERM' || fault === 'EACCES'
}

type Look = (seen: Observations, now: number) => Finding | undefined

// ---------------------------------------------------------------- this host

const identityTwice: Look = ({ identityAt }) =>
  identityAt === undefined ? undefined : { cause: 'identity-twice' }

const thisHost: Look = (seen) => {
  const places = lans(seen)
  const linked = everybody(seen).filter((person) => person.link === 'live')
  if (places.length === 0) return linked.length > 0 ? undefined : { cause: 'no-network' }
  const closed = places.every((network) => isDeaf(network) || isMute(network))
  const isAlone = linked.every((person) => person.thisHost)
  const heardNothing = isAlone && places.every((network) => network.othersHeard === 0)
  const { defaultRoute } = seen.host
  if (defaultRoute !== undefined && isTunnel(defaultRoute) && (closed || heardNothing))
    return { cause: 'vpn' }
  if (!closed) return undefined
  return places.every((network) => isMute(network) && !isForbidden(network))
    ? { cause: 'no-multicast' }
    : { cause: 'multicast-blocked' }
}

const beingHidden: Look = (seen) =>
  seen.hidden && !everybody(seen).some((person) => person.link === 'live') ? { cause: 'hidden' } : undefined

const portTaken: Look = ({ portTakenFrom }) =>
  portTakenFrom === undefined ? undefined : { cause: 'port-taken' }

const clocksApart: Look = (seen) => {
  const apart = everybody(seen).find((person) => person.link === 'live' && isApart(person))
  return apart && { cause: 'clocks-apart', person: apart }
}

function isApart({ clockAheadMs = 0 }: PersonObserved): boolean {
  return Math.abs(clockAheadMs) >= CLOCKS_APART_MS
}

// ---------------------------------------------------------------- one person

/** What is known of somebody without any conclusion. */
function directly(person: PersonObserved): Look {
  return (seen) => {
    const is = (cause: Cause): Finding => ({ cause, person })
    if (person.blocked) return is('blocked')
    if (person.link === 'live') {
      const standing = shown(person)
      if (standing !== 'fine') return is(standing)
      return is(isApart(person) ? 'clocks-apart' : 'fine')
    }
    if (person.parted !== undefined && person.link === undefined) return is(person.parted.why)
    if (isHeardNow(person, seen) && person.heard?.mesh !== 'ours') return is('other-mesh')
    return isHeardNow(person, seen) && person.heard?.visiting === true ? is('visiting') : undefined
  }
}

/** How somebody linked stands to me. Undecided and refused without a word are one and the same, on purpose. */
function shown({ subscription }: PersonObserved): Cause {
  if (subscription === undefined) return 'not-watched'
  const { status, reason } = subscription
  if (reason === 'cancelled') return 'not-watched'
  if (reason === 'not-now') return 'visiting'
  if (reason === 'no-service') return 'no-presence'
  if (status === 'terminated') return 'rejected'
  return status === 'active' ? 'fine' : 'not-accepted'
}

function strangerWhileHidden(person: PersonObserved): Look {
  return (seen) => (seen.hidden && !person.contact ? { cause: 'hidden', person } : undefined)
}

/** Linked and silent, or heard and not to be linked. */
function shut(person: PersonObserved): Look {
  return (seen) => {
    if (person.link === 'silent') return { cause: 'silent', person }
    const cause = wall(person, seen)
    return cause && { cause, person }
  }
}

/** What stands between us and somebody who is heard, of our mesh, here to stay, and not linked. */
function wall(
  person: PersonObserved,
  seen: Observations,
): 'isolated' | 'blocked-here' | 'blocked-there' | undefined {
  if (!isHeardAndUnlinked(person, seen)) return undefined
  const whys = new Set(person.failures.map(({ why }) => why))
  if (whys.has('refused') || whys.has('handshake') || whys.has('somebody-else')) return 'blocked-there'
  if (whys.has('forbidden')) return 'blocked-here'
  // Multicast passes, and not even the question for their hardware address is answered: no firewall does that.
  if (whys.has('absent')) return 'isolated'
  if (everybody(seen).some((other) => other.link === 'live' && !other.thisHost)) return 'blocked-there'
  const silent = everybody(seen).filter((other) => isHeardAndUnlinked(other, seen) && !other.thisHost)
  if (silent.length > 1 && silent.every(isTried)) return 'isolated'
  // A visitor is dialled by nobody, so that nobody came in says nothing of our firewall.
  return seen.cameIn > 0 || seen.visiting ? 'blocked-there' : 'blocked-here'
}

function isHeardAndUnlinked(person: PersonObserved, seen: Observations): boolean {
  if (person.link !== undefined || person.parted !== undefined || person.blocked) return false
  return isHeardNow(person, seen) && person.heard?.mesh === 'ours' && !person.heard.visiting
}

function isTried({ failures }: PersonObserved): boolean {
  return failures.length > 0
}

/** Nothing of them but memory. */
function absence(person: PersonObserved): Look {
  return () => {
    if (person.saidGoodbyeAt !== undefined) return { cause: 'left', person }
    const isElsewhere = person.addresses.length > 0 && !person.onOurNetworks
    return { cause: isElsewhere ? 'other-network' : 'away', person }
  }
}

// ---------------------------------------------------------------- people in general

/** Somebody who is here and cannot be seen. Whose decision that is, is nobody else's business. */
const somebodyShut: Look = (seen, now) => {
  for (const person of everybody(seen)) {
    const { parted } = person
    const isLate = parted !== undefined && now - Date.parse(parted.at) > HEARD_FOR_MS
    if (person.link === undefined && parted?.why === 'other-version' && !isLate)
      return { cause: 'other-version', person }
  }
  for (const person of everybody(seen)) {
    const found = person.thisHost ? undefined : shut(person)(seen, now)
    if (found !== undefined) return found
  }
  return undefined
}

const nobodyAtAll: Look = (seen) => {
  if (everybody(seen).some((person) => person.link === 'live')) return undefined
  const others = everybody(seen).find((person) => isHeardNow(person, seen) && person.heard?.mesh !== 'ours')
  if (others !== undefined) return { cause: 'other-mesh', person: others }
  if (isKeptApart(seen)) return { cause: 'isolated' }
  return seen.unknown === undefined ? { cause: 'nobody' } : undefined
}

/** Several people who should be on this network, none of whom answers, on a network where no device says a word. */
function isKeptApart(seen: Observations): boolean {
  const missed = everybody(seen).filter(
    (person) =>
      person.contact && person.onOurNetworks && !person.thisHost && person.saidGoodbyeAt === undefined,
  )
  return (
    missed.length > 1 && missed.every(isTried) && lans(seen).every(({ othersHeard }) => othersHeard === 0)
  )
}

const unknownWho: Look = ({ unknown }) => (unknown === undefined ? undefined : { cause: 'who-unknown' })

function everybody({ asked, others }: Observations): PersonObserved[] {
  return asked === undefined ? others : [asked, ...others]
}
