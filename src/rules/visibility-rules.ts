/**
 * VISIBILITY RULES of RFC 2778: what a PRESENTITY may show to third parties of me as its WATCHER. They travel with each
 * request, and hide nothing from the one who is asked: that peer speaks with my key (fault P13).
 */
import type { Visibility, VisibilityRules } from '../agent.ts'
import { NAME_LIMIT } from '../envelope/protocol.ts'
import { NighError } from '../errors.ts'
import type { PeerId } from '../principal/ids.ts'
import { tidyName } from '../principal/names.ts'

/** What stands without a document. */
export const NO_VISIBILITY_RULES: VisibilityRules = { general: 'named', people: {} }

/** People named one by one; more would be a list to search. A guess. */
const PEOPLE_LIMIT = 500
const CHOICES: readonly string[] = ['named', 'pseudonym', 'unlisted'] satisfies Visibility[]
const KNOWN = ['general', 'people', 'pseudonym']

/**
 * The document in `given`, with everybody in `people` as a peer id. `resolve` knows whom the person means by a word and
 * throws where it does not. Throws `usage` that names the place of any other mistake.
 */
export function readVisibilityRules(given: unknown, resolve: (who: string) => PeerId): VisibilityRules {
  if (!isObject(given)) throw mistake('The rules must be an object, as in { "general": "unlisted" }.')
  const stray = Object.keys(given).find((key) => !KNOWN.includes(key))
  if (stray !== undefined)
    throw mistake(`${stray.slice(0, 100)}: This is not known here. Known are: ${KNOWN.join(', ')}.`)
  const { general = NO_VISIBILITY_RULES.general, people = {}, pseudonym } = given
  if (!isObject(people)) throw mistake('people: It must be an object, as in { "bob": "unlisted" }.')
  const named = Object.entries(people)
  if (named.length > PEOPLE_LIMIT)
    throw mistake(`people: There are ${named.length} people; at most ${PEOPLE_LIMIT} are allowed.`)
  const rules: VisibilityRules = {
    general: choice(general, 'general'),
    people: Object.fromEntries(
      named.map(([who, visibility]) => [resolve(who), choice(visibility, `people.${who.slice(0, 100)}`)]),
    ),
    ...(pseudonym === undefined ? {} : { pseudonym: nameIn(pseudonym) }),
  }
  const chosen = [rules.general, ...Object.values(rules.people)]
  if (chosen.includes('pseudonym') && rules.pseudonym === undefined)
    throw mistake('pseudonym: Say which, as in "pseudonym": "Owl".')
  return rules
}

/** What `peer` may show of me, and as whom I ask: `name`, unless it is to know a pseudonym only. */
export function shownTo(
  rules: VisibilityRules,
  peer: PeerId,
  name: string,
): { visibility: Visibility; name: string } {
  const visibility = Object.hasOwn(rules.people, peer) ? (rules.people[peer] ?? 'unlisted') : rules.general
  return { visibility, name: visibility === 'pseudonym' ? (rules.pseudonym ?? '') : name }
}

/** The rules as sentences for the person. Names are the caller's to make harmless. */
export function visibilityInWords(rules: VisibilityRules, nameOf: (peer: PeerId) => string): string[] {
  const others = Object.entries(rules.people).map(
    ([peer, visibility]) => `${nameOf(peer as PeerId)} may show others ${what(visibility, rules)}.`,
  )
  return [
    `Whoever you watch may show others ${what(rules.general, rules)}.`,
    ...others,
    'Whoever you watch knows your key all the same. To be unknown to them, watch from another profile: nigh --as NAME',
  ]
}

function what(visibility: Visibility, { pseudonym = '' }: VisibilityRules): string {
  if (visibility === 'named') return 'that you do, by name'
  if (visibility === 'pseudonym') return `that somebody does who is called ${pseudonym}`
  return 'nothing of you'
}

function choice(given: unknown, at: string): Visibility {
  if (typeof given === 'string' && CHOICES.includes(given)) return given as Visibility
  throw mistake(`${at}: It must be one of: ${CHOICES.join(', ')}.`)
}

function nameIn(given: unknown): string {
  const tidy = typeof given === 'string' && [...given].length <= NAME_LIMIT ? tidyName(given) : undefined
  if (tidy !== undefined) return tidy
  throw mistake(`pseudonym: It must be a name that can be seen, of 1 to ${NAME_LIMIT} characters.`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mistake(sentence: string): NighError {
  return new NighError('usage', sentence)
}
