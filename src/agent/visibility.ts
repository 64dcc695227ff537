/** VISIBILITY RULES (RFC 2778) as plain data: what others may learn of me as a WATCHER, and of my own watchers. */
import type { Person } from './people.ts'
import type { SubscriptionStatus, Via } from './presence.ts'

/** What whoever I watch may show of me to third parties: my name, my pseudonym, or nothing. */
export type Visibility = 'named' | 'pseudonym' | 'unlisted'

/** VISIBILITY RULES (RFC 2778): as whom those I watch may show me to others. */
export interface VisibilityRules {
  /** For everybody whom `people` does not name. */
  general: Visibility
  /** By peer id. What is set may name contacts and addresses as well. */
  people: Record<string, Visibility>
  /** Needed where `pseudonym` is chosen. */
  pseudonym?: string
}

/** The rules in force, and what they say in sentences. */
export interface VisibilityRulesInForce extends VisibilityRules {
  /** As sentences for the person. */
  inWords: string[]
}

/** Who may ask my peer who watches me. */
export type WatchersVisible = 'contacts' | 'nobody'

/** A WATCHER of somebody else, as they let me see it. */
export interface ShownWatcher {
  /** Absent for a pseudonym. */
  who?: Person
  /** As whom they are shown instead. */
  pseudonym?: string
  /** How they came to it. */
  via: Exclude<Via, 'touch'>
  /** Of a subscription. */
  status?: SubscriptionStatus
  /** The last event (RFC 3857). */
  reason?: string
  /** This is what they have of me. */
  me: boolean
}
