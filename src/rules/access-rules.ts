/**
 * May this WATCHER see me, and what? First the block list; then the one rule about this person, alone; only
 * without one the general rules, combined as in RFC 5025. The general rules are chosen by one word, a preset.
 */
import type { Preset } from '../agent.ts'
import type { PersonRule } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import {
  type AccessRule,
  type Audience,
  appliesTo,
  type Decision,
  isBlocked,
  ruleAbout,
  type Standing,
  strongest,
  type View,
} from './rule.ts'

/** What is known of a watcher who asks. */
export interface AskingWatcher {
  peer: PeerId
  contact: boolean
  groups: readonly string[]
  /** `unheard`: everything speaks for near, only the multicast was not heard (yet). */
  near: 'near' | 'unheard' | 'not'
  /** A person asked, not the peer by itself. */
  byPerson: boolean
}

export interface AccessDecision {
  decision: Decision
  /** With `allow` and `polite-block`: what they see. */
  view?: View
  /** The rule that decided, in words. */
  because: string
  /** `confirm`, and a person asked: to be listed as a request. What a peer asks by itself is pending and unlisted. */
  listed: boolean
  /** Being heard by multicast would change this: worth waiting NEAR_GRACE_MS before it is answered. */
  waitsToBeHeard: boolean
}

/**
 * Decides one request, fetch or renewal. `now` is wall ms, because people end rules by the clock on the wall.
 * `more` are general rules beside the preset's (for groups).
 */
export function decideAccess(asked: {
  watcher: AskingWatcher
  personRules: readonly PersonRule[]
  preset: Preset
  now: number
  more?: readonly AccessRule[]
}): AccessDecision {
  const { watcher, personRules, now } = asked
  const { peer } = watcher
  const final = (decision: Decision, because: string, view?: View): AccessDecision => ({
    decision,
    because,
    ...(view === undefined ? {} : { view }),
    listed: decision === 'confirm' && watcher.byPerson,
    waitsToBeHeard: false,
  })

  if (isBlocked(personRules, peer, now)) return final('block', 'this person is blocked')

  const rule = ruleAbout(personRules, { peer, subject: 'access', now })
  switch (rule?.decision) {
    case 'allow':
    case 'accept':
      return final('allow', 'the rule about this person', rule.view ?? 'nearby')
    case 'polite-block':
      return final('polite-block', 'this person is politely blocked', coverView(peer))
    case 'hide':
      return final('polite-block', 'you hide from this person', coverView(peer))
    case 'confirm':
      return final('confirm', 'the rule about this person')
    case 'refuse':
      // A refusal lasts and does not show: pending at their side, never listed again.
      return { ...final('confirm', 'you refused this person'), listed: false }
  }

  const general = [...rulesOf(asked.preset), ...(asked.more ?? [])]
  const standing: Standing = {
    contact: watcher.contact,
    groups: watcher.groups,
    near: watcher.near === 'near',
  }
  const chosen = chosenFor(general, standing)
  const heard = chosenFor(general, { ...standing, near: true })
  return {
    ...final(chosen.decision, chosen.because, chosen.view),
    waitsToBeHeard:
      watcher.near === 'unheard' && (heard.decision !== chosen.decision || heard.view !== chosen.view),
  }
}

/** The general rules a preset stands for. */
export function rulesOf(preset: Preset): readonly AccessRule[] {
  return PRESETS[preset]
}

/** Whether the peer answers multicast and listens at all: the other half of `hidden`. */
export function isReachable(preset: Preset): boolean {
  return preset !== 'hidden'
}

/** What each audience sees, as sentences for the person. */
export function effectOf(preset: Preset): string[] {
  return [...EFFECTS[preset]]
}

/** Each politely blocked watcher has a view of their own, so that no two can find out that they share a cover. */
export function coverView(peer: PeerId): View {
  return `polite-block:${peer}`
}

const contactsSeeContacts: AccessRule = { audience: { of: 'contacts' }, decision: 'allow', view: 'contacts' }
const anyoneAsks: AccessRule = { audience: { of: 'anyone' }, decision: 'confirm' }
const nearSee = (view: View): AccessRule => ({ audience: { of: 'nearby' }, decision: 'allow', view })

const PRESETS: Record<Preset, readonly AccessRule[]> = {
  default: [contactsSeeContacts, nearSee('nearby'), anyoneAsks],
  office: [contactsSeeContacts, nearSee('contacts'), anyoneAsks],
  private: [contactsSeeContacts, anyoneAsks],
  hidden: [contactsSeeContacts, anyoneAsks],
}

const FULLY = 'your name, whether you are open, your activity and your note'
const CONTACTS_SEE = `Your contacts can see: ${FULLY}.`
const OTHERS_ASK = 'Anyone else has to ask, and sees nothing until you accept.'

const EFFECTS: Record<Preset, readonly string[]> = {
  default: [CONTACTS_SEE, 'People on this network can see: your name and whether you are open.', OTHERS_ASK],
  office: [CONTACTS_SEE, `People on this network can see: ${FULLY}.`, OTHERS_ASK],
  private: [
    CONTACTS_SEE,
    'People on this network can see that a peer is here, and have to ask, as anyone else.',
    'They see nothing of you until you accept.',
  ],
  hidden: [
    `Contacts that you reach can see: ${FULLY}.`,
    'Nobody on this network hears of you, and nobody can connect to you: only your own peer calls your contacts.',
    OTHERS_ASK,
  ],
}

function chosenFor(
  general: readonly AccessRule[],
  standing: Standing,
): { decision: Decision; because: string; view?: View } {
  const rule = strongest(general.filter((each) => appliesTo(each, standing)))
  if (rule === undefined) return { decision: 'block', because: 'no rule lets them see anything' }
  const because = `the rule for ${inWords(rule.audience)}`
  return rule.decision === 'allow'
    ? { decision: 'allow', because, view: rule.view ?? 'nearby' }
    : { decision: rule.decision, because }
}

function inWords(audience: Audience): string {
  switch (audience.of) {
    case 'group':
      return `the group ${audience.group}`
    case 'contacts':
      return 'contacts'
    case 'nearby':
      return 'people on this network'
    case 'anyone':
      return 'anyone'
  }
}
