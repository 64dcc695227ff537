/**
 * The ground a world in memory stands on: addresses on networks, and wires between peers that take their time,
 * keep their order, and can be cut.
 */

import type { Clock } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { Wire } from './memory-pipe.ts'

/** Each network of the world is 10.N.0.0/16; the first host on it has the number 2, as behind a router. */
const FIRST_NETWORK = 1
const FIRST_HOST = 2

export interface MemoryGround {
  /** The address of `host` on `network`, always the same. */
  addressOn(network: string, host: string): string
  wireBetween(a: PeerId, b: PeerId): Wire
  isCut(a: PeerId, b: PeerId): boolean
  cut(a: PeerId, b: PeerId): void
  /** What was under way arrives now. */
  heal(a: PeerId, b: PeerId): void
  setLatency(ms: number): void
  /** Runs `run` one latency from now. */
  soon(run: () => void): void
}

export function memoryGround(clock: Clock, latencyMs: number): MemoryGround {
  let latency = latencyMs
  const networks = new Map<string, { number: number; hosts: Map<string, number> }>()
  /** `held` is there while the wire is cut. */
  const wires = new Map<string, { held: (() => void)[] | undefined; lastAt: number }>()

  function wire(a: PeerId, b: PeerId) {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`
    let state = wires.get(key)
    if (state === undefined) {
      state = { held: undefined, lastAt: 0 }
      wires.set(key, state)
    }
    return state
  }

  function runAt(at: number, run: () => void): void {
    if (at <= clock.monotonic()) queueMicrotask(run)
    else clock.wake(at, run)
  }

  return {
    addressOn(network, host) {
      let place = networks.get(network)
      if (place === undefined) {
        place = { number: FIRST_NETWORK + networks.size, hosts: new Map() }
        networks.set(network, place)
      }
      let number = place.hosts.get(host)
      if (number === undefined) {
        number = FIRST_HOST + place.hosts.size
        place.hosts.set(host, number)
      }
      return `10.${place.number}.${number >> 8}.${number & 0xff}`
    },
    wireBetween(a, b) {
      const state = wire(a, b)
      const underWay: (() => void)[] = []
      const arriveNext = () => {
        const arrive = underWay.shift()
        if (arrive === undefined) return
        if (state.held === undefined) arrive()
        else state.held.push(arrive)
      }
      return {
        carry(arrive) {
          underWay.push(arrive)
          // What leaves later never arrives earlier, even when the latency falls.
          state.lastAt = Math.max(state.lastAt, clock.monotonic() + latency)
          runAt(state.lastAt, arriveNext)
        },
      }
    },
    isCut: (a, b) => wire(a, b).held !== undefined,
    cut(a, b) {
      wire(a, b).held ??= []
    },
    heal(a, b) {
      const state = wire(a, b)
      const held = state.held ?? []
      state.held = undefined
      for (const arrive of held) arrive()
    },
    setLatency(ms) {
      latency = ms
    },
    soon(run) {
      runAt(clock.monotonic() + latency, run)
    },
  }
}
