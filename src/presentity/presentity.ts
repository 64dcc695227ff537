/**
 * MY PRESENCE: what I say of myself, before anybody in particular sees it (RFC 2778 PRESENTITY). Views turn it
 * into renditions, grants hand those out.
 */
import type { Basic, OwnStatus, StatusChange, UserInput } from '../agent.ts'
import type { StoredStatus } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import type { KeptTuple } from './tuples.ts'

/** Everything a rendition can be made of. */
export interface Presentity {
  readonly peerId: PeerId
  readonly name: string
  readonly status: StoredStatus
  /** The inbox is there and accepts. OPEN is derived from it: a published OPEN must never be a wish only. */
  readonly inboxAccepts: boolean
  /** Beside the one of the inbox. */
  readonly tuples?: readonly KeptTuple[]
  /** The address of the inbox is shown only while open (scene 4). */
  readonly elision?: boolean
  /** Whether I am at the keys, where a program told. */
  readonly userInput?: UserInput
}

/** Plain open: what a new presentity says, and what a timed status returns to. */
export const PLAIN_OPEN: StoredStatus = { basic: 'open', activities: [] }

/** The status after `change` was merged in. Absent fields stay; `null` removes; `clear` starts from plain open. */
export function changeStatus(status: StoredStatus, change: StatusChange): StoredStatus {
  const from = change.clear === true ? PLAIN_OPEN : status
  const note = change.note === undefined ? from.note : (change.note ?? undefined)
  // Another note is another thing said: what it is in other languages has to be said anew.
  const before = change.note === undefined ? from.notes : undefined
  const notes = change.notes === undefined ? before : (change.notes ?? undefined)
  const until = change.until === undefined ? from.until : parseUntil(change.until)
  return {
    basic: change.basic ?? from.basic,
    activities: change.activities ?? from.activities,
    ...(note === undefined || note === '' ? {} : { note }),
    ...(notes === undefined || Object.keys(notes).length === 0 ? {} : { notes: { ...notes } }),
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
export function readableStatus({
  status,
  userInput,
  elision,
}: Pick<Presentity, 'status' | 'userInput' | 'elision'>): OwnStatus {
  return {
    basic: status.basic,
    activities: [...status.activities],
    ...(status.note === undefined ? {} : { note: status.note }),
    ...(status.notes === undefined ? {} : { notes: { ...status.notes } }),
    ...(status.until === undefined ? {} : { until: new Date(status.until).toISOString() }),
    ...(userInput === undefined ? {} : { userInput: { ...userInput } }),
    ...(elision === true ? { elision } : {}),
  }
}

function parseUntil(until: string | null): number | undefined {
  if (until === null) return undefined
  const at = Date.parse(until)
  return Number.isNaN(at) ? undefined : at
}
