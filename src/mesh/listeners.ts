/**
 * Those who asked to be told. Events of the mesh arrive inside libp2p's own dispatch, where an exception
 * would end the whole house, so each listener is called with its fault caught and handed on.
 */
import type { Unsubscribe } from '../ports.ts'

/** Takes the fault of somebody's listener; must not throw. */
export type OnFault = (fault: unknown) => void

export interface Listeners<Told extends unknown[]> {
  readonly size: number
  add(listener: (...told: Told) => void): Unsubscribe
  tell(...told: Told): void
}

export function listeners<Told extends unknown[]>(onFault: OnFault = ignore): Listeners<Told> {
  const all = new Set<{ listener: (...told: Told) => void }>()
  return {
    get size() {
      return all.size
    },
    add(listener) {
      const entry = { listener }
      all.add(entry)
      return () => all.delete(entry)
    },
    tell(...told) {
      for (const { listener } of [...all]) {
        try {
          listener(...told)
        } catch (fault) {
          onFault(fault)
        }
      }
    },
  }
}

/** Something that ends once: whoever asks late is told at once. */
export interface Ending {
  readonly ended: boolean
  /** Ends it and tells everyone; false if it had ended before. */
  end(): boolean
  add(listener: () => void): Unsubscribe
}

export function ending(onFault: OnFault = ignore): Ending {
  const waiting = listeners<[]>(onFault)
  let ended = false
  return {
    get ended() {
      return ended
    },
    end() {
      if (ended) return false
      ended = true
      waiting.tell()
      return true
    },
    add(listener) {
      if (!ended) return waiting.add(listener)
      try {
        listener()
      } catch (fault) {
        onFault(fault)
      }
      return ignore
    },
  }
}

function ignore(): void {}
