/** What every part of the hallway stands on: the outside, who I am, and where news is told. */
import type { AgentEvent, WarningCode } from '../agent.ts'
import type { Clock, Entropy, Mesh, Store } from '../ports.ts'
import type { Principal } from '../principal/principal.ts'
import type { Agenda } from './agenda.ts'

/** Which of the two services of RFC 2778 run. */
export interface Services {
  readonly presence: boolean
  readonly messages: boolean
}

export interface House {
  readonly store: Store
  readonly clock: Clock
  readonly entropy: Entropy
  readonly agenda: Agenda
  readonly self: Principal
  /** Absent in a resting peer: one that acts on its store only. */
  readonly mesh?: Mesh
  readonly meshHash: string
  /** Random per start, hex: marks a restart. */
  readonly instance: string
  /** Here for one command: listed nowhere, grants nothing. */
  readonly visiting: boolean
  /** Each runs with the other stopped (RFC 2779 2.1.1). */
  readonly services: Services
  /** To everybody who listens to events. */
  tell(event: AgentEvent): void
  /** An event that the journal holds under `seq`, made only if somebody listens. */
  news(kind: 'message' | 'outcome' | 'request' | 'amended', seq: number, event: () => AgentEvent): void
  /** Something that went wrong without anybody having asked: told once as a warning, ends nothing. */
  warn(code: WarningCode, sentence: string): void
  /** The trouble of this code is over: should it come again, it is news. */
  mended(code: string): void
  /** Work nobody waits for; what it throws becomes a warning instead of ending the process. */
  inBackground(work: Promise<unknown>): void
}
