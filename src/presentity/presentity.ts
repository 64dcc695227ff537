/**
 * MY PRESENCE: what I say of myself, before anybody in particular sees it (RFC 2778 PRESENTITY). Views turn it
 * into renditions, grants hand those out.
 */
import type { Basic, OwnStatus, StatusChange } from '../agent.ts'
import type { StoredStatus } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** Everything a rendition can be made of. */
export interface Presentity {
  readonly peerId: PeerId
  readonly name: string
  readonly status: StoredStatus
  /** The inbox is there and accepts. OPEN is derived from it: a published OPEN must never be a wish only. */
  readonly inboxAccepts: boolean
}

/** Plain open: what a new presentity says, and what a timed status returns to. */
export const PLAIN_OPEN: StoredStatus = { basic: 'open', activities: [] }

/** The status after `change` was merged in. Absent fields stay; `null` removes; `clear` starts from plain open. */
export function changeStatus(status: StoredStatus, change: StatusChange): StoredStatus {
  const from = change.clear === true ? PLAIN_OPEN : status
  const note = change.note === undefined ? from.note : (change.note ?? undefined)
  const until = change.until === undefined ? from.until : parseUntil(change.until)
  return {
    basic: change.basic ?? from.basic,
    activities: change.activities ?? from.activities,
    ...(note === undefined || note === '' ? {} : { note }),
    ...(until === undefined ? {} : { until }),
  }
}

/** The status at wall time `now`: a timed one has ended when its time is reached. */
export function statusAt(status: StoredStatus, now: number): StoredStatus {
  return status.until !== undefined && status.until <= now ? PLAIN_OPEN : status
}

/** RFC 2778 OPEN: my word, and an inbox that keeps it. */
export function derivedBasic(presentity: Presentity): Basic {
  return presentity.status.basic === 'open' && presentity.inboxAccepts ? 'open' : 'closed'
}

/** For the person. */
export function readableStatus(status: StoredStatus): OwnStatus {
  return {
    basic: status.basic,
    activities: [...status.activities],
    ...(status.note === undefined ? {} : { note: status.note }),
    ...(status.until === undefined ? {} : { until: new Date(status.until).toISOString() }),
  }
}

function parseUntil(until: string | null): number | undefined {
  if (until === null) return undefined
  const at = Date.parse(until)
  return Number.isNaN(at) ? undefined : at
}
