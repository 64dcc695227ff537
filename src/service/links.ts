/** What the rest of the hallway asks of the links, and what the links tell it. */
import type { Goodbye, GoodbyeWhy, Hello } from '../envelope/hello.ts'
import type { MessageFrame } from '../envelope/message-frame.ts'
import type { PresenceFrame } from '../envelope/presence-frame.ts'
import type { Encounters } from '../neighbourhood/encounters.ts'
import type { Channel, Link } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** A peer whose hello was read on a presence channel that is up. */
export interface Neighbour {
  readonly peer: PeerId
  readonly hello: Hello
  /** The link whose presence channel is written to: the newest. */
  readonly link: Link
}

/** Frames of the presence channel that are not the links' own business. */
export type PresenceNews = Extract<
  PresenceFrame,
  { kind: 'subscribe' | 'grant' | 'renew' | 'cancel' | 'state' }
>

/** Frames of the message channel that are not the links' own business. */
export type Letter = Extract<
  MessageFrame,
  { kind: 'message' | 'receipt' | 'recall' | 'recall-answer' | 'composing' }
>

/** What the links tell; every part of the hallway listens to what it needs. */
export interface LinkListener {
  /** A neighbour came up, or a newer instance or link of it took over. */
  up?(neighbour: Neighbour): void
  /** The neighbour proved that it lives: a beat, an echo or any other frame. */
  answered?(peer: PeerId): void
  /** Two beats were missed; the link is kept. */
  missed?(peer: PeerId): void
  /** The last link of the current instance ended: without goodbye, or because others need its place for a while. */
  down?(peer: PeerId, how: 'lost' | 'no-place'): void
  /** A dial came to nothing, and no link stands. */
  unreached?(peer: PeerId): void
  /** A link from `host` ended, and its peer never said hello. */
  touched?(peer: PeerId, host: string): void
  /** They hung up on us because they block us: there is no use in trying again. */
  rejected?(peer: PeerId): void
  goodbye?(peer: PeerId, instance: string, goodbye: Goodbye): void
  presence?(neighbour: Neighbour, frame: PresenceNews): void
  /** The peer's beat told which edition of its presence stands for us. */
  standing?(peer: PeerId, standing: { grant: number; counter: number }): void
  /** Our own host slept, or its network changed: what was believed without a link may be old. */
  resumed?(): void
  /** Multicast was heard, or the networks changed: nearness may be another. */
  nearness?(peer: PeerId): void
  /** A message channel whose hello was read; the newest is written to. */
  messagesUp?(peer: PeerId, channel: Channel): void
  messagesDown?(peer: PeerId): void
  letter?(peer: PeerId, letter: Letter, channel: Channel): void
}

export interface Links {
  start(): Promise<void>
  /** Goodbye to everyone, then nothing is left running; `quietly` without it: another home with our key goes on. */
  stop(why?: 'leaving' | 'sleeping' | 'quietly'): Promise<void>
  listen(listener: LinkListener): void
  neighbour(peer: PeerId): Neighbour | undefined
  neighbours(): Neighbour[]
  /** Sends on the presence channel; false when there is none. */
  say(peer: PeerId, frame: Exclude<PresenceFrame, { kind: 'unknown' }>): boolean
  /** Tells why, then closes every link of the peer. */
  hangUp(peer: PeerId, why: GoodbyeWhy): void
  /** By multicast and subnet, see neighbourhood/nearness. */
  nearness(peer: PeerId): 'near' | 'unheard' | 'not'
  /** Whose quota this neighbour spends on the carrier: its own, or that of its network where it is no contact. */
  sourceOf(peer: PeerId): string
  /** Loopback or an address of our own: limits by address never apply to it. */
  isThisHost(host: string): boolean
  /** Linked and near, or heard lately. */
  isAround(peer: PeerId): boolean
  /** Everybody of whom that holds. */
  around(): PeerId[]
  /** Somebody has a reason to reach this peer now: a message owed, a person who asked. */
  want(peer: PeerId): void
  /** The reason is gone: nothing is owed any more. Contacts are sought all the same. */
  done(peer: PeerId): void
  /** What stood between us and others, last. */
  readonly encounters: Encounters
  /** How the link to this peer is; `greeting` before its hello, `silent` after two missed beats. */
  linkTo(peer: PeerId): 'live' | 'silent' | 'greeting' | undefined
  /** Where this peer may be: as it was heard, and where it answered last. */
  addressesOf(peer: PeerId): string[]
  /** Asks the network anew, as at start. */
  lookAround(): void
  /** One try at a peer that is not linked, whatever patience says; resolves when it has ended. A blocked one is left alone. */
  tryOnce(peer: PeerId): Promise<void>
  /** The contacts changed, or the rules: who is dialled and how closely is beaten is decided again. */
  reconsider(): void
}
