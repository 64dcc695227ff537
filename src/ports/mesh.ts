/** The mesh as the house sees it: links to peers, the carrier for announcements, the air in which peers are heard. */
import type { PeerId } from '../principal/ids.ts'

export type Unsubscribe = () => void

export type ChannelKind = 'presence' | 'messages'

/** The mesh: links to peers, the carrier for announcements, and the air in which peers are heard. */
export interface Mesh {
  readonly self: PeerId
  readonly carrier: Carrier
  readonly air: Air
  start(): Promise<void>
  /** Ends every link and leaves nothing running; while it starts, when that has ended. Idempotent. */
  stop(): Promise<void>
  /** Dialable addresses (multiaddrs without /p2p); empty when not listening. */
  listening(): string[]
  /** The networks this host is on, read afresh: decides nearness. */
  networks(): LocalNetwork[]
  /** What the host tells of itself without anything leaving it. Never rejects: what cannot be told is absent. */
  host(): Promise<HostFacts>
  /** Links to `peer`; resolves with the new link, rejects with NighError `unreachable` or `aborted`. Never merges with an existing link. */
  dial(peer: PeerId, addresses: readonly string[], options: DialOptions): Promise<Link>
  /** Every new link, both directions, already authenticated. Called before any of its channels. */
  onLink(listener: (link: Link) => void): Unsubscribe
  /**
   * Answers questions that come over links, at most QUESTIONS_AT_ONCE of each at a time; the newest to be named does.
   * What it throws, and what takes longer than ANSWER_WITHIN_MS, is no answer.
   */
  onQuestion(answer: (link: Link, question: Uint8Array) => Promise<Uint8Array>): void
}

export interface DialOptions {
  signal: AbortSignal
  /** An address that takes longer to connect, handshake apart, is given up. */
  connectWithinMs?: number
  /** Told of each address that came to nothing, also of those given up because `signal` fired. */
  onFailure?: (address: string, why: DialFailure) => void
}

/**
 * Why an address came to nothing: its host says no (`refused`), says nothing (`silent`), or no machine has the address on
 * that network (`absent`); no network leads there (`no-route`); our own host forbids it (`forbidden`); something takes
 * the connection and is no Nigh (`handshake`), or another peer's (`somebody-else`).
 */
export type DialFailure =
  | 'refused'
  | 'silent'
  | 'absent'
  | 'no-route'
  | 'forbidden'
  | 'handshake'
  | 'somebody-else'

/** Firewalls whose commands are known here: what is installed and on, as far as anybody may see. */
export type Firewall = 'ufw' | 'firewalld' | 'nftables' | 'iptables' | 'windows' | 'macos'

/** What this host tells of itself, for a diagnosis. */
export interface HostFacts {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  platform: string
  firewall?: Firewall
  /** The interface by which everything leaves that is for no network of this host. */
  defaultRoute?: string
}

export interface LocalNetwork {
  /** Interface name, `eth0`. */
  name: string
  address: string
  prefix: number
  family: 4 | 6
  loopback: boolean
  /** Where known (IPv4 on Linux). */
  gateway?: string
}

/** One authenticated connection to a peer. */
export interface Link {
  /** Rises with every link of this mesh: the newest has the highest. */
  readonly number: number
  readonly peer: PeerId
  readonly outbound: boolean
  /** IP address and port of the other side; `relayed` when a relay stands between. */
  readonly remote: { host: string; port: number; relayed: boolean }
  readonly closed: boolean
  /** Opens one of the two long-lived channels; only the dialler does. */
  open(kind: ChannelKind, options: { signal: AbortSignal }): Promise<Channel>
  /**
   * Asks one question (at most QUESTION_LIMIT bytes) on a stream of its own; either side may. Resolves with the answer
   * (at most FRAME_LIMIT bytes); rejects with `unreachable` without one, `aborted` or `too-large`.
   */
  ask(question: Uint8Array, options: { signal: AbortSignal }): Promise<Uint8Array>
  /** Channels opened by the other side. Frames that came early wait for the channel's `onFrame`. */
  onChannel(listener: (channel: Channel) => void): Unsubscribe
  /** Called once, at once if already closed. */
  onClose(listener: () => void): Unsubscribe
  close(): void
}

/** A long-lived, ordered stream of frames. Frames sent in one turn leave as one write. */
export interface Channel {
  readonly kind: ChannelKind
  readonly link: Link
  readonly closed: boolean
  /** Bytes accepted by `send` and not yet taken by the link. */
  readonly backlog: number
  /** Queues one frame (at most FRAME_LIMIT bytes). On a closed channel it does nothing: onClose has told. */
  send(frame: Uint8Array): void
  /** Resolves when the backlog is empty, or the channel closed. */
  drained(): Promise<void>
  /** The one listener. It may throw: the channel is then closed, nothing else is harmed. */
  onFrame(listener: (frame: Uint8Array) => void): void
  onClose(listener: () => void): Unsubscribe
  /** Stops reading from the link: the sender feels it through the stream's window. */
  pause(): void
  resume(): void
  close(): void
}

export type Verdict = 'accept' | 'ignore' | 'reject'

/** One carrier topic per mesh; it carries sealed announcements only. */
export interface Carrier {
  /** Joins `topic`; `judge` sees every foreign announcement before it is delivered or relayed, and must not wait. */
  join(topic: string, judge: (announcement: Uint8Array, neighbour: PeerId) => Verdict): void
  /** Resolves with the number of neighbours it was handed to; 0 is no error (the beat repairs). */
  publish(announcement: Uint8Array): Promise<number>
  /** Announcements judged `accept`. */
  onAnnouncement(listener: (announcement: Uint8Array, neighbour: PeerId) => void): Unsubscribe
}

/** What multicast told of a peer. */
export interface Heard {
  peer: PeerId
  /** Hash of the mesh name, 16 hex digits. */
  mesh: string
  /** On-link addresses only (multiaddrs without /p2p), at most 8. */
  addresses: string[]
  /** The interface in whose subnet the packet's source address lies. */
  network: string
  source: string
  visiting: boolean
  goodbye: boolean
}

/** What multicast does on one network. Counts rise from the start of the mesh. */
export interface AirTraffic {
  network: string
  /** Packets handed to the system, and those it did not take; `fault` is its last reason. */
  said: number
  unsaid: number
  fault?: string
  /** Packets of ours that came back to us, as the system lets each of them do. */
  ownHeard: number
  /** Packets of mDNS from other hosts, whatever they are about. */
  othersHeard: number
}

/** Another home with our key. */
export interface Echo {
  /** Address it spoke from. */
  source: string
  /** Here for one command. */
  visiting: boolean
  /** It has just been started. */
  starting: boolean
  /** Of two that have just been started it is the one that stays, being the older one; the other sees the opposite. */
  stays: boolean
}

/** Multicast, one packet at a time: the schedule is the neighbourhood's. */
export interface Air {
  /** One query on every network. With `own` it asks by name after other homes with our key, which answer at once. */
  ask(options?: { own?: boolean }): void
  /** One answer about ourselves on every network, each with only that network's addresses. */
  answer(options: { goodbye?: boolean; visiting?: boolean; starting?: boolean }): void
  /** Somebody's query was heard (never our own); `own`: it asks after our key by name. */
  onAsked(listener: (own: boolean) => void): Unsubscribe
  /** Answers of others, of every mesh; own ones are not told, except another home with our key: see `onEcho`. */
  onHeard(listener: (heard: Heard) => void): Unsubscribe
  /** Another home answered with our key, and proved to hold it: this one was copied. */
  onEcho(listener: (echo: Echo) => void): Unsubscribe
  /** Multicast could not be sent anywhere, or works again: for a warning. */
  onTrouble(listener: (trouble: string | undefined) => void): Unsubscribe
  /** The networks changed. */
  onNetworkChange(listener: () => void): Unsubscribe
  /** One entry per network of this host on which multicast was tried. */
  traffic(): AirTraffic[]
}
