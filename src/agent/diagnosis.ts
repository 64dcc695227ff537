/** Why somebody cannot be seen or reached: what was observed, the one cause that explains it, and one thing to do. */
import type { AirTraffic, DialFailure, HostFacts } from '../ports.ts'
import type { Person } from './people.ts'
import type { SubscriptionStatus } from './presence.ts'

/** Stable words: scripts read them. */
export type Cause =
  /** Nothing is wrong. */
  | 'fine'
  /** Another home with my key runs at the same time. */
  | 'identity-twice'
  /** This host is on no network but itself. */
  | 'no-network'
  /** A VPN holds the default route, and the local network is closed beside it. */
  | 'vpn'
  /** This host's firewall lets multicast not out, or not in. */
  | 'multicast-blocked'
  /** The network interface takes no multicast. */
  | 'no-multicast'
  /** I am hidden: nobody can find me. */
  | 'hidden'
  /** They are heard, and belong to another mesh. */
  | 'other-mesh'
  /** They speak a version of the wire that I do not, or the other way round. */
  | 'other-version'
  /** The network carries multicast between us, and nothing else. */
  | 'isolated'
  /** No TCP connection comes in here, and none of mine arrives there. */
  | 'blocked-here'
  /** Their host takes no TCP connection. */
  | 'blocked-there'
  /** Linked, and they do not answer. */
  | 'silent'
  /** They do not take my links, and said so. */
  | 'rejected'
  /** They are here, and show me nothing: they have not decided, or do not want to. */
  | 'not-accepted'
  /** They run without the presence service. */
  | 'no-presence'
  /** They are here for one command only. */
  | 'visiting'
  /** I have not asked to see them, or no longer. */
  | 'not-watched'
  /** I block them. */
  | 'blocked'
  /** They said goodbye. */
  | 'left'
  /** They were last on a network that I am not on. */
  | 'other-network'
  /** Known, not heard, and no answer where they were last. */
  | 'away'
  /** WHO is nobody I know. */
  | 'who-unknown'
  /** Nobody of my mesh is heard at all. */
  | 'nobody'
  /** My kept port is another program's now: whoever remembers it cannot come in. */
  | 'port-taken'
  /** Their clock and mine are apart: what is shown as times is wrong. */
  | 'clocks-apart'

/** The one cause, what to do about it, and what it rests on. */
export interface Diagnosis {
  cause: Cause
  /** The cause as a sentence for the person. Names in it are other people's text. */
  sentence: string
  /** What to do about it, as a sentence. */
  act: string
  /** The command that does it, where there is one. A command of Nigh's is without the flags of a home. */
  command?: string
  /** The command is for their computer, not for this one. */
  theirs?: true
  /** Whom it is about. */
  who?: Person
  /** What it rests on, a line each. */
  evidence: string[]
  observations: Observations
}

/** Instants are RFC 3339, by this host's clock. */
export interface Observations {
  /** Since when it was looked: whoever is there was heard since, or is linked. */
  since: string
  /** It runs for one command only: nobody dials it. */
  visiting: boolean
  hidden: boolean
  mesh: string
  host: HostFacts
  /** TCP port that is listened on; absent while hidden. */
  port?: number
  /** The kept port was another program's. */
  portTakenFrom?: number
  networks: NetworkObserved[]
  /** Links that others opened to us, other peers of this host left out. */
  cameIn: number
  /** Where another home with our key was heard. */
  identityAt?: string
  /** WHO, where nobody is known by it. */
  unknown?: string
  /** WHO. */
  asked?: PersonObserved
  /** Everybody else of whom something is known. */
  others: PersonObserved[]
}

/** One network of this host; the counts are those of the diagnosis itself, `othersHeard` of the whole run. */
export interface NetworkObserved extends AirTraffic {
  address: string
  prefix: number
  loopback: boolean
}

/** What is known of one person on the way to them. */
export interface PersonObserved {
  who: Person
  contact: boolean
  /** By me. */
  blocked: boolean
  /** Last heard by multicast. */
  heard?: { at: string; network: string; mesh: 'ours' | 'usual' | 'other'; visiting: boolean }
  /** `greeting`: no hello yet. `silent`: two beats were missed. */
  link?: 'live' | 'silent' | 'greeting'
  /** Another peer of this host. */
  thisHost: boolean
  /** Multiaddrs at which they were, or may be. */
  addresses: string[]
  /** One of these lies on a network of ours. */
  onOurNetworks: boolean
  /** The last thing that became of each address; none since they were linked last. */
  failures: { address: string; why: DialFailure; at: string }[]
  saidGoodbyeAt?: string
  /** They, or we, ended the last link for this reason; `version` is theirs. */
  parted?: { why: 'other-mesh' | 'other-version' | 'rejected'; at: string; version?: number }
  /** How my wish to see them stands; absent where there is none. */
  subscription?: { status: SubscriptionStatus; reason?: string }
  /** Their clock less mine, where it could be told. */
  clockAheadMs?: number
}
