/** What the parties to the measurement of presence can do, whatever they are made of. */
import { Socket } from 'node:net'
import { hostClock } from './participant.ts'

/** Bytes that say a status: a name, a note, two tuples; the yardsticks carry so many, ours what its document takes. */
export const STATUS_BYTES = 200

export type PresentityParty = {
  /** Starts; resolves with what watchers need to find it. */
  open(options: { folder: string; mesh: string }): Promise<string>
  /** Watchers that will come, as their `open` named them; resolves when all of them can be told. */
  welcome(watchers: string[]): Promise<void>
  /** Makes the change of this number; the instant just before it, on the host's clock. */
  change(number: number): Promise<number>
  /** Bytes this process wrote to sockets so far. */
  written(): Promise<number>
  close(): Promise<void>
}

/** Several watchers in one process, each with a node of its own. */
export type WatchersParty = {
  /** Starts so many; resolves with what each is called. `star`: they are to know nobody but the presentity. */
  open(options: { folder: string; mesh: string; count: number; star: boolean }): Promise<string[]>
  /** All of them watch the presentity; in a LAN, `others` are whom they meet besides. */
  watch(presentity: string, others: string[]): Promise<void>
  /** Resolves when each of them was told of this change: the instants, on the host's clock. */
  seen(number: number): Promise<number[]>
  written(): Promise<number>
  close(): Promise<void>
}

/** Who was told of which change, and when. */
export function sightings(count: number): {
  saw(watcher: number, change: number): void
  all(change: number): Promise<number[]>
} {
  const seen = new Map<number, Map<number, number>>()
  const waiting = new Map<number, () => void>()
  const complete = (change: number): boolean => seen.get(change)?.size === count
  return {
    saw(watcher, change) {
      const at = hostClock()
      const by = seen.get(change) ?? new Map<number, number>()
      seen.set(change, by)
      if (!by.has(watcher)) by.set(watcher, at)
      if (complete(change)) waiting.get(change)?.()
    },
    async all(change) {
      if (!complete(change)) await new Promise<void>((resolve) => waiting.set(change, resolve))
      waiting.delete(change)
      return [...(seen.get(change)?.values() ?? [])]
    },
  }
}

/** Counts every byte written to sockets that are open now; a socket that closes takes its bytes along. */
export async function written(): Promise<number> {
  // Not in Node's documentation, and the only way to count alike for parties that do not show their sockets.
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles()
  return handles.reduce<number>((sum, handle) => sum + (isLink(handle) ? handle.bytesWritten : 0), 0)
}

const isLink = (handle: unknown): handle is Socket =>
  handle instanceof Socket && handle.remoteAddress !== undefined
