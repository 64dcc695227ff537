/**
 * May this WATCHER see me, and what? First the block list; then the one rule about this person, alone; only
 * without one the general rules of the document, combined as in RFC 5025; where none of them speaks of this watcher,
 * those that one word stands for, a preset.
 */
import type { AccessRules, Preset } from '../agent.ts'
import type { PersonRule } from '../ports.ts'
import type { PeerId } from '../principal/ids.ts'
import { speakingOf } from './access-grammar.ts'
import { accessSentence } from './access-words.ts'
import type { WallTime } from './delivery-conditions.ts'
import {
  type AccessRule,
  type Audience,
  appliesTo,
  type Cover,
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
  /** With `allow`: a document each time they ask; a SUBSCRIPTION is refused. */
  fetchOnly?: boolean
  /** The rule that decided, in words. */
  because: string
  /** `confirm`, and a person asked: to be listed as a request. What a peer asks by itself is pending and unlisted. */
  listed: boolean
  /** Being heard by multicast would change this: worth waiting NEAR_GRACE_MS before it is answered. */
  waitsToBeHeard: boolean
}

/**
 * Decides one request, fetch or renewal. `now` is wall ms, because people end rules by the clock on the wall.
 * `general` is the document and the local time: where none of its rules speaks of this watcher, the preset decides.
 */
export function decideAccess(asked: {
  watcher: AskingWatcher
  personRules: readonly PersonRule[]
  preset: Preset
  now: number
  general?: General
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

  const standing: Standing = {
    contact: watcher.contact,
    groups: watcher.groups,
    near: watcher.near === 'near',
  }
  const chosen = chosenFor(asked, standing)
  const heard = chosenFor(asked, { ...standing, near: true })
  // A cover waits as the truth would: who is answered before he is heard would know that no nearness was asked for.
  const waitsToBeHeard =
    watcher.near === 'unheard' && (heard.decision !== chosen.decision || heard.view !== chosen.view)
  const instead = chosen.decision === 'polite-block' ? presetFor(asked.preset, standing) : chosen
  const cover = coverView(peer, instead.view)

  const rule = ruleAbout(personRules, { peer, subject: 'access', now })
  switch (rule?.decision) {
    case 'allow':
    case 'accept':
      return final('allow', 'the rule about this person', rule.view ?? 'nearby')
    case 'fetch-only':
      return {
        ...final('allow', 'the rule about this person, to fetch only', rule.view ?? 'nearby'),
        fetchOnly: true,
      }
    case 'polite-block':
      return { ...final('polite-block', 'this person is politely blocked', cover), waitsToBeHeard }
    case 'hide':
      return { ...final('polite-block', 'you hide from this person', `hide:${peer}`), waitsToBeHeard }
    case 'confirm':
      return final('confirm', 'the rule about this person')
    case 'refuse':
      // A refusal lasts and does not show: pending at their side, never listed again.
      return { ...final('confirm', 'you refused this person'), listed: false }
  }

  const view = chosen.decision === 'polite-block' ? cover : chosen.view
  return {
    ...final(chosen.decision, chosen.because, view),
    ...(chosen.fetchOnly === true ? { fetchOnly: true } : {}),
    waitsToBeHeard,
  }
}

/** The document of general rules as it is read now. */
export interface General {
  document: AccessRules
  wall: WallTime
  /** How a person is called in words. */
  nameOf: (peer: PeerId) => string
}

/** The general rules a preset stands for. */
function rulesOf(preset: Preset): readonly AccessRule[] {
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

/**
 * Each politely blocked watcher has a view of their own, so that no two can find out that they share a cover. It shows
 * a closed person as `instead`, the view that the general rules give them, shows one.
 */
export function coverView(peer: PeerId, instead?: View): Cover {
  return instead === 'contacts' ? `polite-block:${peer}:contacts` : `polite-block:${peer}`
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

interface Chosen {
  decision: Decision
  because: string
  view?: View
  fetchOnly?: boolean
}

function chosenFor(
  { watcher: { peer }, general, preset }: { watcher: AskingWatcher; general?: General; preset: Preset },
  standing: Standing,
): Chosen {
  if (general === undefined) return presetFor(preset, standing)
  const { document, wall, nameOf } = general
  const speaking = speakingOf(document, { peer, standing, wall })
  const rule = strongest(speaking)
  const said = rule && document.rules[rule.index]
  if (rule === undefined || said === undefined) return presetFor(preset, standing)
  const because = `rule ${rule.index + 1} of your access rules: ${accessSentence(said, nameOf)}`
  if (rule.decision !== 'allow') return { decision: rule.decision, because }
  // What one rule gives no other takes away (RFC 4745): subscribing too, if any of them allows it.
  const fetchOnly = speaking.every((each) => each.decision !== 'allow' || each.fetchOnly === true)
  return { decision: 'allow', because, view: rule.view ?? 'nearby', ...(fetchOnly ? { fetchOnly } : {}) }
}

function presetFor(preset: Preset, standing: Standing): Chosen {
  const rule = strongest(rulesOf(preset).filter((each) => appliesTo(each, standing)))
  if (rule === undefined) return { decision: 'block', because: 'no rule lets them see anything' }
  const because = `the rule for ${inWords(rule.audience)}`
  return rule.decision === 'allow'
    ? { decision: 'allow', because, view: rule.view ?? 'nearby' }
    : { decision: rule.decision, because }
}

function inWords(audience: Audience): string {
  switch (audience.of) {
    case 'people':
      return 'people you named'
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
