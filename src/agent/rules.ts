/** The rules of a person as plain data, and what they come to. */
import type { Reason } from './messages.ts'
import type { Person } from './people.ts'
import type { Presence } from './presence.ts'

/** The rules as one word. */
export type Preset = 'default' | 'office' | 'private' | 'hidden'

/** The preset, and what it comes to. */
export interface RulesSummary {
  /** The one in force. */
  preset: Preset
  /** What each audience sees, as sentences for the person. */
  effect: string[]
}

/**
 * General ACCESS RULES (RFC 2778, RFC 5025): of all that match the most permissive decides, among equal ones the view
 * of the most specific. Where none matches, the preset does; the block list and the rule about one person stand above.
 */
export type AccessRules = { rules: GeneralRule[] }

/** One general ACCESS RULE: for whom, and what becomes of them. */
export interface GeneralRule {
  /** All of them must hold; without any the rule always matches. */
  if?: AccessConditions
  /** What becomes of whoever it is about; `confirm`: they wait until I accept. */
  then: 'block' | 'confirm' | 'polite-block' | 'allow'
  /** With `allow`; `nearby` (name and open or closed) unless said otherwise. */
  view?: 'nearby' | 'contacts'
  /** With `allow`: a document each time they ask, and no subscription. */
  fetchOnly?: boolean
}

/** For whom and when an ACCESS RULE holds. */
export interface AccessConditions {
  /** Peer ids. What is set may name contacts and addresses as well. */
  from?: string[]
  /** One of my groups of contacts. */
  group?: string
  /** A contact is never `near`. */
  relation?: 'contact' | 'near' | 'anyone'
  /** Local time, as in DELIVERY RULES. */
  between?: [from: string, to: string]
  /** The days on which it holds, local time. */
  days?: DeliveryConditions['days'] & {}
}

/** The document in force, in sentences, and what stands above and below it. */
export interface AccessRulesInForce extends AccessRules {
  /** The general rules, as sentences for the person. */
  inWords: string[]
  /** What the preset says where no rule matches. */
  otherwise: string[]
  /** The one rule about each person for whom there is one. */
  people: PersonRuleMade[]
}

/** A change of the one rule about a person. `forMs`: it ends by itself. */
export interface PersonRuleChange {
  /** About whom. */
  who: string
  /**
   * `polite-block`: they see me closed and cannot tell. `hide`: they keep what they saw last. `unblock` lifts any of
   * these.
   */
  then: 'allow' | 'block' | 'polite-block' | 'hide' | 'unblock'
  /** With `allow`: which view; `nearby` (name and open or closed) unless said otherwise. */
  view?: 'nearby' | 'contacts'
  /** With `allow`: a document each time they ask, and no subscription. */
  fetchOnly?: boolean
  /** It ends by itself after so many ms; absent: it lasts. */
  forMs?: number
}

/** The one rule about a person, and what it does. */
export interface PersonRuleMade {
  /** About whom. */
  who: Person
  /** What was chosen. */
  then: PersonRuleChange['then']
  /** With `allow`. */
  view?: string
  /** With `allow`. */
  fetchOnly?: boolean
  /** It ends by itself then, RFC 3339. */
  until?: string
  /** With `unblock`: there was something to lift. */
  lifted?: boolean
  /** What it does, as sentences. */
  effect: string[]
  /** With `polite-block`: what a fresh key on this network sees, where that is more than the cover. */
  strangers?: Explanation['access']
}

/** DELIVERY RULES of RFC 2778: a list per inbox (`default` has no label), of which the first that matches decides. */
export type DeliveryRules = { inboxes: Record<string, DeliveryRule[]> }

/** One DELIVERY RULE: which messages, and what becomes of them. */
export interface DeliveryRule {
  /** All of them must hold; without any the rule always matches. */
  if?: DeliveryConditions
  /** `hold`: it waits as a request. */
  then: 'accept' | 'hold' | 'refuse'
  /** With `refuse`: the sender reads `refused`; else what others in their place read. */
  tell?: boolean
}

/** Which messages a DELIVERY RULE is about. */
export interface DeliveryConditions {
  /** Peer ids. What is set may name contacts and addresses as well. */
  from?: string[]
  /** Who writes. */
  relation?: Person['relation']
  /** One of my groups of contacts. */
  group?: string
  /** Holds for what one person writes beyond so many within a minute. */
  perMinute?: number
  /** Holds for messages of more bytes than that. */
  largerThan?: number
  /** `text/plain` or `text/*` */
  contentType?: string[]
  /** Local time, `["22:00", "07:00"]` goes over midnight; its hours after midnight belong to the day before. */
  between?: [from: string, to: string]
  /** The days on which it holds, local time. */
  days?: ('sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat')[]
  /** `open`, or an activity that I show now. */
  myStatus?: string
}

/** The document in force, and what it says in sentences. */
export interface DeliveryRulesInForce extends DeliveryRules {
  /** `otherwise` is absent where a rule without conditions leaves nothing over. */
  inWords: { inbox: string; address: string; rules: string[]; otherwise?: string }[]
}

/** What one person sees of me, what becomes of what they write, and because of which rule. */
export interface Explanation {
  /** About whom. */
  who: Person
  /** What they see of me. */
  access: {
    decision: 'allow' | 'confirm' | 'polite-block' | 'block'
    view?: string
    /** A document each time they ask; a subscription is refused. */
    fetchOnly?: boolean
    because: string
    /** The very document they would get. */
    presence?: Presence
  }
  /** Of a short plain text that comes now. */
  delivery: DeliveryExplained[]
}

/** What becomes of a message in one inbox, and because of which rule. */
export interface DeliveryExplained {
  /** Its label; `default` has none. */
  inbox: string
  /** What would become of it. */
  decision: 'accept' | 'hold' | 'refuse'
  /** What the sender reads where it is refused; it may be a cover. */
  reason?: Reason
  /** The rule that decides, as a sentence. */
  because: string
}
