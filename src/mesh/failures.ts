/** Why a peer could not be reached, in words for the person who asked; the same over libp2p and in memory. */
import { FRAME_LIMIT } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { DialFailure } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** Nobody answered at any of `tried` addresses. */
export function unreachable(peer: PeerId, tried: number, cause?: unknown): NighError {
  const sentence =
    tried === 0
      ? `No address of ${shortly(peer)} is known.`
      : `Nobody answered as ${shortly(peer)} at ${tried === 1 ? 'the one address' : `${tried} addresses`} known.`
  return new NighError('unreachable', `${sentence} Are they online, and on this network?`, { cause })
}

/** The caller's signal fired: time that ran out is nobody's answer, everything else the caller's own wish. */
export function aborted(peer: PeerId, signal: AbortSignal): NighError {
  const cause: unknown = signal.reason
  if (isTimeUp(signal)) {
    return new NighError('unreachable', `${shortly(peer)} did not answer in time.`, { cause })
  }
  return new NighError('aborted', `Reaching ${shortly(peer)} was given up before they answered.`, { cause })
}

/** The time is over; nobody changed their mind. */
export function isTimeUp({ reason }: AbortSignal): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}

/** Why a dial came to nothing; `connected`: TCP stood, and the handshake had begun. */
export function whyNothing(fault: unknown, connected: boolean): DialFailure {
  const { name, code } = fault instanceof Error ? (fault as NodeJS.ErrnoException) : { name: '', code: '' }
  if (name === 'UnexpectedPeerError') return 'somebody-else'
  if (connected) return 'handshake'
  return (code !== undefined && OF_THE_SYSTEM[code]) || 'silent'
}

/** What the systems call it (errno); `EHOSTUNREACH` is what an ARP question without an answer becomes. */
const OF_THE_SYSTEM: Readonly<Record<string, DialFailure>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  EHOSTUNREACH: 'absent',
  EHOSTDOWN: 'absent',
  ENETUNREACH: 'no-route',
  ENETDOWN: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  EPERM: 'forbidden',
  EACCES: 'forbidden',
}

/** The link is over, or its other side refuses a channel. */
export function linkGone(peer: PeerId, cause?: unknown): NighError {
  return new NighError('unreachable', `${shortly(peer)} is linked no more, or refuses a channel.`, { cause })
}

/** A frame nobody would accept. */
export function tooLarge(length: number, limit = FRAME_LIMIT): NighError {
  return new NighError('too-large', `A frame of ${length} bytes is longer than the ${limit} that may travel.`)
}

export function notRunning(): NighError {
  return new NighError('closed', 'This peer is not running, so it reaches nobody.')
}

/** A peer for a sentence: the end of its id is what tells people apart. */
function shortly(peer: PeerId): string {
  return `…${peer.slice(-8)}`
}
