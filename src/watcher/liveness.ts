/**
 * Liveness is arithmetic over evidence. Unknown is not offline: a closed connection proves nothing about the
 * person, an open one nothing about the process behind it (fault P7, N2). All instants are monotonic ms of our
 * own clock, so neither a wrong remote clock nor a slow relay makes a ghost.
 */
import type { Evidence } from '../agent.ts'

/** What we have seen of one presentity. */
export interface Traces {
  /** The current instance's link answers: set by a hello or a beat, cleared by two misses or the last link's end. */
  answering: boolean
  /** The instance said goodbye and no newer one was met. */
  saidGoodbye: boolean
  /** When an announcement was last opened under the grant that still holds. */
  heardAt?: number
  /** When the link last answered. */
  answeredAt?: number
  /** When it stopped answering. What was heard before then is part of what was lost. */
  lostAt?: number
  /** Since when there is no link for want of places; cleared when a call went unanswered. */
  asideSince?: number
  /** End of the grant under which we read; belief never outlasts it. */
  grantEndsAt?: number
}

/** `live` → `heard` → `unknown`, or `gone` after an explicit goodbye. */
export function evidenceOf(traces: Traces, now: number): Evidence {
  if (traces.answering) return 'live'
  if (traces.saidGoodbye) return 'gone'
  const { heardAt, lostAt, asideSince, grantEndsAt } = traces
  const heardSinceLost = heardAt !== undefined && heardAt > (lostAt ?? Number.NEGATIVE_INFINITY)
  if ((heardSinceLost || asideSince !== undefined) && grantEndsAt !== undefined && now < grantEndsAt)
    return 'heard'
  return 'unknown'
}

/** The instant at which evidence changes by time alone, if there is one. */
export function evidenceTurnsAt(traces: Traces, now: number): number | undefined {
  return evidenceOf(traces, now) === 'heard' ? traces.grantEndsAt : undefined
}

/** The last instant at which we had proof of any kind. */
export function lastProof(traces: Traces): number | undefined {
  const { heardAt, answeredAt } = traces
  if (heardAt === undefined) return answeredAt
  return answeredAt === undefined ? heardAt : Math.max(heardAt, answeredAt)
}
