/** Work that frames cause takes longer than reading them: whoever sends more than is done with waits (fault M11). */
import { IN_FLIGHT_MESSAGES } from '../envelope/protocol.ts'
import type { Channel } from '../ports.ts'

/** Twice what an honest peer can have to say at once: a receipt for each message in flight. */
const AT_ONCE = 2 * IN_FLIGHT_MESSAGES

/** Lets work pass, weighed by the channel that caused it. Beyond AT_ONCE the channel is not read until half is done. */
export function turnstile(): (channel: Channel, weight: number, work: Promise<void>) => Promise<void> {
  const inside = new Map<Channel, number>()
  return (channel, weight, work) => {
    const now = (inside.get(channel) ?? 0) + weight
    inside.set(channel, now)
    if (now >= AT_ONCE) channel.pause()
    return work.finally(() => {
      const left = (inside.get(channel) ?? weight) - weight
      if (left === 0) inside.delete(channel)
      else inside.set(channel, left)
      if (left <= AT_ONCE / 2 && left + weight > AT_ONCE / 2) channel.resume()
    })
  }
}
