/**
 * The grammar of ACCESS RULES, after RFC 4745 and RFC 5025: a general rule speaks about an audience and says how
 * a subscription is handled and which view it gets. Rules only ever give; when several match, the most generous
 * decision wins, and among equal ones the view made for the smallest audience.
 */
import type { PersonRule } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'

/** RFC 5025 3.2.1, `sub-handling`. */
export type Decision = 'block' | 'confirm' | 'polite-block' | 'allow'

/** Names of views that always exist. Others are made for one person. */
export type View = 'nearby' | 'contacts' | Cover | (string & {})

/**
 * What one watcher alone is shown instead of the truth: a closed person as `nearby` or `contacts` are shown one, or,
 * while I hide, what that watcher saw last.
 */
export type Cover = `polite-block:${PeerId}` | `polite-block:${PeerId}:contacts` | `hide:${PeerId}`

export function isCover(view: View | undefined): view is Cover {
  return view !== undefined && /^(?:polite-block|hide):/.test(view)
}

/** How a view is called before people: covers are many, and one of a kind. */
export function viewInWords(view: View): string {
  return isCover(view) ? view.slice(0, view.indexOf(':')) : view
}

/** For whom a cover is, and in place of which view. */
export function coverOf(view: Cover): { watcher: PeerId; covers: 'nearby' | 'contacts' } {
  const [, watcher, covers] = view.split(':')
  return { watcher: watcher as PeerId, covers: covers === 'contacts' ? 'contacts' : 'nearby' }
}

export type Audience =
  | { of: 'people' }
  | { of: 'group'; group: string }
  | { of: 'contacts' }
  | { of: 'nearby' }
  | { of: 'anyone' }

export interface AccessRule {
  audience: Audience
  decision: Decision
  /** With `allow`: what they see. */
  view?: View
  /** With `allow`: each time they ask, and no SUBSCRIPTION. */
  fetchOnly?: boolean
}

/** Where somebody stands with me; a group counts for contacts only, because I made it of them. */
export interface Standing {
  contact: boolean
  groups: readonly string[]
  near: boolean
}

export function appliesTo(rule: AccessRule, standing: Standing): boolean {
  switch (rule.audience.of) {
    case 'people':
      return false // named one by one: who they are is not told by where they stand
    case 'group':
      return standing.contact && standing.groups.includes(rule.audience.group)
    case 'contacts':
      return standing.contact
    case 'nearby':
      return standing.near
    case 'anyone':
      return true
  }
}

/** The rule that counts among those that match; `undefined` where none does (RFC 5025: then `block`). */
export function strongest<Rule extends AccessRule>(matching: readonly Rule[]): Rule | undefined {
  return matching.reduce<Rule | undefined>(
    (best, rule) => (best === undefined || isStronger(rule, best) ? rule : best),
    undefined,
  )
}

/** Whether a rule about a person counts at wall instant `now`. */
export function isInForce(rule: PersonRule, now: number): boolean {
  return rule.until === undefined || now < rule.until
}

/**
 * The one rule about `peer` and `subject` that counts: the newest in force. One that ends by itself is kept beside the
 * lasting one, which counts again afterwards.
 */
export function ruleAbout(
  rules: readonly PersonRule[],
  about: { peer: PeerId; subject: 'access' | 'messages'; now: number },
): PersonRule | undefined {
  return rules
    .filter(
      (rule) =>
        rule.peer === about.peer &&
        (rule.subject === about.subject ||
          (about.subject === 'access' && rule.subject === 'access-for-a-time')) &&
        isInForce(rule, about.now),
    )
    .reduce<PersonRule | undefined>(
      (newest, rule) => (newest === undefined || rule.madeAt >= newest.madeAt ? rule : newest),
      undefined,
    )
}

/** The block list stands above all rules: no allowance for a group or a person lifts it, only `unblock` does. */
export function isBlocked(rules: readonly PersonRule[], peer: PeerId, now: number): boolean {
  return rules.some((rule) => rule.peer === peer && rule.decision === 'block' && isInForce(rule, now))
}

/** By the one rule about this person. Whoever is hidden from is not. */
export function isPolitelyBlocked(rules: readonly PersonRule[], peer: PeerId, now: number): boolean {
  return ruleAbout(rules, { peer, subject: 'access', now })?.decision === 'polite-block'
}

/** RFC 5025 3.2.1 gives the numbers. */
const GENEROSITY: Record<Decision, number> = { block: 0, confirm: 10, 'polite-block': 20, allow: 30 }

const SMALLNESS: Record<Audience['of'], number> = { people: 4, group: 3, contacts: 2, nearby: 1, anyone: 0 }

function isStronger(rule: AccessRule, than: AccessRule): boolean {
  const more = GENEROSITY[rule.decision] - GENEROSITY[than.decision]
  return more > 0 || (more === 0 && SMALLNESS[rule.audience.of] > SMALLNESS[than.audience.of])
}
