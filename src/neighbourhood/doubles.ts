/**
 * Two peers that dial each other at once end with two links, and a peer that restarts leaves a dead one behind.
 * Which stays is decided by evidence, the same on both sides: a restart ends what came before it; two links of
 * one life are doubles only when both have proved to work after both were up, and then one side alone closes
 * one (fault N3, N5). Closing on a mere guess could close the only link that works.
 */
import type { PeerId } from '../principal/ids.ts'

/** One link of ours with one and the same peer. */
export interface Twin {
  /** Rises with every link: the newest has the highest. */
  number: number
  /** We dialled it. */
  outbound: boolean
  /** Monotonic ms. */
  upAt: number
  /** The other side's instance (hex), once its hello came. */
  instance?: string
  /**
   * Monotonic ms of the latest proof: when the last beat that was answered had been *sent*; for the side that
   * echoes, when the last beat came.
   */
  provenAt?: number
}

/** Numbers of the links that an older life of the peer left behind: to be closed as soon as the newer hello is read. */
export function leftBehind(links: readonly Twin[]): number[] {
  const newest = newestFirst(links).find((link) => link.instance !== undefined)
  if (newest === undefined) return []
  return links
    .filter((link) => link.number < newest.number)
    .filter((link) => link.instance !== undefined && link.instance !== newest.instance)
    .map((link) => link.number)
}

/** The number of the link that this side is to close now as a double, if any. */
export function doubleToClose(pair: {
  self: PeerId
  peer: PeerId
  links: readonly Twin[]
}): number | undefined {
  const [newer, ...olders] = newestFirst(pair.links).filter((link) => link.instance !== undefined)
  const older = olders.find((link) => link.instance === newer?.instance)
  if (newer === undefined || older === undefined) return undefined
  const bothUp = Math.max(newer.upAt, older.upAt)
  if (!isProven(newer, bothUp) || !isProven(older, bothUp)) return undefined
  const double = newer.outbound === older.outbound ? older : dialledBySmaller(pair, newer, older)
  return double.outbound ? double.number : undefined
}

/** What is said goes over the newest link that has said hello; older ones are read until they end. */
export function linkToWriteTo<Link extends Pick<Twin, 'number' | 'instance'>>(
  links: readonly Link[],
): Link | undefined {
  return newestFirst(links).find((link) => link.instance !== undefined)
}

function dialledBySmaller(pair: { self: PeerId; peer: PeerId }, one: Twin, other: Twin): Twin {
  const weAreSmaller = pair.self < pair.peer
  return one.outbound === weAreSmaller ? one : other
}

function isProven(link: Twin, since: number): boolean {
  return link.provenAt !== undefined && link.provenAt > since
}

function newestFirst<Link extends { number: number }>(links: readonly Link[]): Link[] {
  return [...links].sort((one, other) => other.number - one.number)
}
