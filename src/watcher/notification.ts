/** NOTIFICATION: what is told when what we believe changes. Renewals are silent; people hear only news. */
import type { Change, Evidence, Presence } from '../agent.ts'

/** What a watcher shows of somebody at one instant. */
export interface Shown {
  evidence: Evidence
  presence?: Presence
}

/** The news between two instants, or nothing. `before` undefined: never shown. */
export function newsBetween(before: Shown | undefined, after: Shown): Change | undefined {
  const wasThere = before !== undefined && isThere(before.evidence)
  if (isThere(after.evidence)) {
    if (!wasThere) return 'came'
    return samePresence(before.presence, after.presence) ? undefined : 'changed'
  }
  // Of somebody who was never shown there is nothing to take back.
  if (before === undefined || before.evidence === after.evidence) return undefined
  return after.evidence === 'gone' ? 'left' : 'unknown'
}

/** Live or heard: the person can be spoken of in the present tense. */
export function isThere(evidence: Evidence): boolean {
  return evidence === 'live' || evidence === 'heard'
}

function samePresence(one: Presence | undefined, other: Presence | undefined): boolean {
  // The very same, at nearly every beat; only a new grant or announcement brings another.
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
