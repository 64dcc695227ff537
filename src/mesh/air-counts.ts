/** What the air let through on each network, counted: whoever cannot be heard wants to know where it ends. */
import type { AirTraffic } from '../ports.ts'

export interface AirCounts {
  /** A packet was handed to the system, or not, because of `fault`. */
  said(network: string, fault: unknown): void
  heardOurselves(network: string): void
  heardOther(network: string): void
  /** The networks there are now; what was counted on others is forgotten, so that no list grows. */
  keepOnly(networks: readonly string[]): void
  traffic(): AirTraffic[]
}

export function airCounts(): AirCounts {
  const counted = new Map<string, AirTraffic>()
  const on = (network: string): AirTraffic => {
    const known = counted.get(network)
    if (known !== undefined) return known
    const fresh = { network, said: 0, unsaid: 0, ownHeard: 0, othersHeard: 0 }
    counted.set(network, fresh)
    return fresh
  }
  return {
    said(network, fault) {
      const count = on(network)
      if (fault === undefined) {
        count.said += 1
        delete count.fault
        return
      }
      count.unsaid += 1
      count.fault = codeOf(fault)
    },
    heardOurselves(network) {
      on(network).ownHeard += 1
    },
    heardOther(network) {
      on(network).othersHeard += 1
    },
    keepOnly(networks) {
      for (const network of counted.keys()) if (!networks.includes(network)) counted.delete(network)
    },
    traffic: () => [...counted.values()].map((count) => ({ ...count })),
  }
}

/** The system's own word for it, as `EPERM`. */
function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : 'unknown'
}
