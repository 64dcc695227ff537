/** The diagnosis as people read it: the cause in a sentence, what to do in another, and what it rests on. */
import { age } from '../agent/age.ts'
import type { Cause, Diagnosis, NetworkObserved, Observations, PersonObserved } from '../agent.ts'
import { VERSION } from '../envelope/protocol.ts'
import type { DialFailure } from '../ports.ts'
import { DEFAULT_MESH } from '../principal/mesh-name.ts'
import { findCause, isDeaf, isHeardNow, isMute, isTunnel, lans } from './diagnosis.ts'
import { openFirewall, type Remedy, setClock, whoHolds } from './remedy.ts'

/** RFC 6762 3. */
const MDNS_PORT = 5353
/** People told of one by one in the evidence. */
const PEOPLE_TOLD = 5

/** One cause and one act, in words. `now` is wall ms. */
export function diagnose(seen: Observations, now: number): Diagnosis {
  const { cause, person } = findCause(seen, now)
  const words = WORDS[cause]({ seen, person, now, name: person?.who.name ?? 'They' })
  const who = person?.who
  return {
    cause,
    ...words,
    ...(who === undefined ? {} : { who }),
    evidence: evidence(seen, person, now),
    observations: seen,
  }
}

interface Told {
  seen: Observations
  person: PersonObserved | undefined
  /** Of whom it is about. */
  name: string
  now: number
}

type Words = (told: Told) => { sentence: string } & Remedy

const WORDS: Readonly<Record<Cause, Words>> = {
  fine: ({ seen, person, name }) => ({
    sentence:
      person === undefined
        ? `Nothing is wrong: ${linkedWords(seen)}.`
        : `Nothing is wrong: ${name} is here, linked, and answers.`,
    act: 'There is nothing to do.',
  }),

  'identity-twice': ({ seen }) => ({
    sentence: `Your identity runs a second time, at ${seen.identityAt}: people who look for you find now one, now the other.`,
    act: 'Stop one of the two; each computer needs a home of its own.',
    command: 'nigh down',
  }),

  'no-network': () => ({
    sentence: 'This computer is on no network but itself.',
    act: 'Connect it to the Wi-Fi or the cable that the others use, and ask again.',
  }),

  vpn: ({ seen }) => ({
    sentence: `A VPN (${seen.host.defaultRoute}) takes all that leaves this computer, and the local network is closed beside it.`,
    act: 'Allow the local network in the settings of the VPN, or pause the VPN, and ask again.',
  }),

  'multicast-blocked': ({ seen }) => {
    const outward = lans(seen).some(isMute)
    return {
      sentence: outward
        ? 'A firewall on this computer lets no multicast out, so nobody hears you.'
        : 'A firewall on this computer throws multicast away, so you hear nobody.',
      ...openFirewall(seen.host, { protocol: 'udp', port: MDNS_PORT, outward }),
    }
  },

  'no-multicast': ({ seen }) => ({
    sentence: `The network of this computer takes no multicast (${faults(lans(seen))}), so nobody can be found.`,
    act: 'Use another network, or exchange addresses by hand: this shows yours, the others add it as a contact.',
    command: 'nigh whoami',
  }),

  hidden: ({ seen }) => ({
    sentence:
      seen.asked === undefined
        ? 'You are hidden: nobody can find you, and you look for your contacts only.'
        : `You are hidden, and ${seen.asked.who.name} is no contact of yours: you do not look for each other.`,
    act: 'Choose other rules, and start Nigh again.',
    command: 'nigh rules preset default',
  }),

  'other-mesh': ({ seen, person, name }) => {
    const isUsual = person?.heard?.mesh === 'usual'
    const theirs = isUsual ? `the mesh "${DEFAULT_MESH}"` : 'another mesh'
    return {
      sentence:
        seen.asked === undefined
          ? `Somebody is here, but on ${theirs}; you are on "${seen.mesh}".`
          : `${name} is here, but on ${theirs}; you are on "${seen.mesh}".`,
      act: isUsual
        ? 'Join that mesh.'
        : 'Agree on the name of one mesh: they join yours with this command, or you join theirs.',
      command: `nigh up --mesh ${isUsual ? DEFAULT_MESH : seen.mesh}`,
      ...(isUsual ? {} : { theirs: true }),
    }
  },

  'other-version': ({ person, name }) => {
    const theirs = person?.parted?.version
    if (theirs === undefined)
      return {
        sentence: `${name} runs a Nigh that speaks another version.`,
        act: 'Update the older of the two.',
      }
    const isNewer = theirs > VERSION
    return {
      sentence: `${name} runs ${isNewer ? 'a newer' : 'an older'} Nigh: it speaks version ${theirs}, yours ${VERSION}.`,
      act: isNewer ? 'Update Nigh on this computer.' : `Ask ${name} to update Nigh.`,
    }
  },

  isolated: ({ person, name }) => ({
    sentence:
      person === undefined
        ? 'Nobody you know here answers, and no other device is heard: this network keeps its devices apart.'
        : `${name} is heard, but this network lets nothing else pass between your computers: it keeps its devices apart.`,
    act: 'Leave the guest Wi-Fi, or switch off the isolation of clients (AP isolation) in the router; a cable helps too.',
  }),

  'blocked-here': ({ seen, name, person }) => {
    const isOurs = person?.failures.some(({ why }) => why === 'forbidden') === true
    const remedy = openFirewall(seen.host, { protocol: 'tcp', port: seen.port ?? 0, outward: isOurs })
    if (isOurs)
      return { sentence: `A firewall on this computer forbids the connection to ${name}.`, ...remedy }
    return {
      sentence: `${name} is heard, but no connection passes either way: firewalls on both computers keep them out.`,
      ...remedy,
      act: `${remedy.act} If that changes nothing, this network keeps its devices apart: leave the guest Wi-Fi.`,
    }
  },

  'blocked-there': ({ person, name }) => {
    const refused = person?.failures.find(({ why }) => why !== 'silent')
    const at = portsOf(person)
    return {
      sentence:
        refused === undefined
          ? `${name} is heard, but a firewall on their computer does not let you in.`
          : `${name} is heard, but their computer ${refused.why === 'refused' ? 'refuses the connection' : 'does not answer as their Nigh'}.`,
      act: `Ask ${name} to let TCP port ${at} in; on their computer this names the command.`,
      command: 'nigh doctor',
      theirs: true,
    }
  },

  silent: ({ name }) => ({
    sentence: `${name} is linked and does not answer: the computer sleeps or hangs, or the network between you just broke.`,
    act: 'Wait half a minute: the link is made anew as soon as they answer. Ask again then.',
  }),

  rejected: ({ name }) => ({
    sentence: `${name} does not let you in.`,
    act: `Only ${name} can change that. Ask in another way.`,
  }),

  'not-accepted': ({ name, person }) => ({
    sentence: `${name} is here and linked, and shows you nothing so far.`,
    act: 'That is for them to decide. A message waits for them as a request.',
    command: `nigh send ${end(person)} "hello"`,
  }),

  'no-presence': ({ name, person }) => ({
    sentence: `${name} is here, and shows no presence to anybody now.`,
    act: 'Messages reach them all the same.',
    command: `nigh send ${end(person)} "hello"`,
  }),

  visiting: ({ name }) => ({
    sentence: `${name} is here for the length of one command, and shows nothing.`,
    act: 'On their computer Nigh must run.',
    command: 'nigh up',
    theirs: true,
  }),

  'not-watched': ({ name, person }) => ({
    sentence: `${name} is here, and you do not ask to see them.`,
    act: 'Ask.',
    command: `nigh watch ${end(person)}`,
  }),

  blocked: ({ name, person }) => ({
    sentence: `You block ${name}.`,
    act: 'Lift the block, if you want to see each other.',
    command: `nigh unblock ${end(person)}`,
  }),

  left: ({ name, person, now }) => ({
    sentence: `${name} said goodbye ${since(person?.saidGoodbyeAt, now)} ago.`,
    act: 'Wait, or write: a message is kept here and leaves when they are back.',
    command: `nigh send ${end(person)} "hello"`,
  }),

  'other-network': ({ seen, name, person }) => ({
    sentence: `${name} was last at ${hosts(person)}, which is on no network of yours (${placesWords(seen)}).`,
    act: `Join the network that ${name} is on, and ask again.`,
  }),

  away: ({ name, seen }) => ({
    sentence: `${name} is not heard on this network, and does not answer where they were last.`,
    act: `Ask ${name} whether Nigh runs there, on this network (${placesWords(seen)}); if so, this says more there.`,
    command: 'nigh doctor',
    theirs: true,
  }),

  'who-unknown': ({ seen }) => ({
    sentence: `Nobody is known as ${JSON.stringify(seen.unknown)}: no contact, nobody near, no address.`,
    act: 'Ask them for their card, which this shows on their computer, and add it with: nigh contacts add CARD',
    command: 'nigh whoami',
    theirs: true,
  }),

  nobody: ({ seen }) => ({
    sentence: `Multicast works here, and nobody else is heard on the mesh "${seen.mesh}" (${placesWords(seen)}).`,
    act: 'Start Nigh on another computer of this network.',
    command: 'nigh up',
    theirs: true,
  }),

  'port-taken': ({ seen }) => ({
    sentence: `Another program has your TCP port ${seen.portTakenFrom}; now it is ${seen.port ?? 'none'}, and whoever remembers the old one does not find you there.`,
    act: 'See which program it is, end it, and start Nigh again.',
    ...command(whoHolds(seen.host, seen.portTakenFrom ?? 0)),
  }),

  'clocks-apart': ({ seen, person, name }) => {
    const ahead = person?.clockAheadMs ?? 0
    return {
      sentence: `The clock of ${name} is ${age(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} yours: times and "until" are read wrongly.`,
      act: 'Set the clock that is wrong by the time of the network.',
      ...command(setClock(seen.host)),
    }
  },
}

function command(text: string | undefined): { command?: string } {
  return text === undefined ? {} : { command: text }
}

/** The end of an id for a command to paste: a name is the other person's claim, and must never be run by a shell. */
function end(person: PersonObserved | undefined): string {
  return person?.who.peerId.slice(-8) ?? ''
}

// ---------------------------------------------------------------- what it rests on

function evidence(seen: Observations, about: PersonObserved | undefined, now: number): string[] {
  const { asked, others } = seen
  const told = asked === undefined ? others.slice(0, PEOPLE_TOLD) : [asked]
  const people = about === undefined || told.includes(about) ? told : [about, ...told]
  return [
    ...seen.networks.filter(({ loopback }) => !loopback).map(networkWords),
    ...routeWords(seen),
    portWords(seen),
    ...people.map((person) => personWords(person, seen, now)),
  ]
}

function networkWords(network: NetworkObserved): string {
  const at = `${network.network} ${network.address}/${network.prefix}`
  if (isMute(network)) return `${at}: multicast cannot be sent (${network.fault ?? 'unknown'})`
  if (network.said === 0) return `${at}: nothing was said there`
  const own = isDeaf(network) ? 'goes out and does not come back' : 'goes out and comes back'
  return `${at}: multicast ${own}; ${network.othersHeard === 0 ? 'nothing' : network.othersHeard} heard of other devices`
}

function routeWords({ host: { defaultRoute } }: Observations): string[] {
  if (defaultRoute === undefined) return []
  return [`default route: ${defaultRoute}${isTunnel(defaultRoute) ? ' (a VPN)' : ''}`]
}

function portWords({ port, cameIn, visiting, hidden }: Observations): string {
  if (hidden) return 'hidden: no port is open'
  if (port === undefined) return 'no port is open'
  if (visiting) return `TCP port ${port} is open for this command only`
  return `TCP port ${port} is open; ${cameIn === 0 ? 'nobody' : cameIn} came in from another computer`
}

function personWords(person: PersonObserved, seen: Observations, now: number): string {
  const { who, link, heard, failures, saidGoodbyeAt } = person
  const facts = [
    ...(link === undefined
      ? []
      : [{ live: 'linked', silent: 'linked, no answer', greeting: 'greeting' }[link]]),
    ...(heard === undefined
      ? ['not heard']
      : [`heard ${isHeardNow(person, seen) ? 'now' : `${since(heard.at, now)} ago`} on ${heard.network}`]),
    ...(heard !== undefined && heard.mesh !== 'ours' ? ['another mesh'] : []),
    ...(saidGoodbyeAt === undefined ? [] : [`said goodbye ${since(saidGoodbyeAt, now)} ago`]),
    ...failures.map(({ address, why, at }) => `${place(address)} ${FAILED[why]} ${since(at, now)} ago`),
  ]
  const id = who.peerId.slice(-8)
  const called = who.name === id ? `…${id}` : `${who.name} (…${id})`
  return `${called}: ${facts.join(', ')}`
}

const FAILED: Readonly<Record<DialFailure, string>> = {
  refused: 'refused',
  silent: 'did not answer',
  absent: 'had no computer at it',
  'no-route': 'was on no network of ours',
  forbidden: 'was forbidden by this computer',
  handshake: 'was no Nigh',
  'somebody-else': 'was somebody else',
}

function linkedWords({ others }: Observations): string {
  const linked = others.filter(({ link }) => link === 'live').length
  return linked === 1
    ? 'one other is here, linked, and answers'
    : `${linked} others are here, linked, and answer`
}

function placesWords(seen: Observations): string {
  const places = lans(seen).map(({ address, prefix }) => `${address}/${prefix}`)
  return places.length === 0 ? 'none' : places.join(', ')
}

function faults(networks: readonly NetworkObserved[]): string {
  return [...new Set(networks.map(({ fault }) => fault ?? 'unknown'))].join(', ')
}

/** `/ip4/10.0.0.1/tcp/4001` as `10.0.0.1 port 4001`. */
function place(address: string): string {
  const [, , host = address, , port] = address.split('/')
  return port === undefined ? host : `${host} port ${port}`
}

function hosts(person: PersonObserved | undefined): string {
  const found = [...new Set(person?.addresses.map((address) => address.split('/')[2] ?? address))]
  return found.slice(0, 2).join(' and ')
}

function portsOf(person: PersonObserved | undefined): string {
  const found = [...new Set(person?.addresses.map((address) => address.split('/')[4] ?? ''))]
  return (
    found
      .filter((port) => port !== '')
      .slice(0, 2)
      .join(' or ') || 'of Nigh'
  )
}

function since(at: string | undefined, now: number): string {
  return age(now - Date.parse(at ?? ''))
}
