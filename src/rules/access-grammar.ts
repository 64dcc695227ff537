/**
 * The grammar of general ACCESS RULES: a JSON document with one list. After RFC 5025 rules only ever give: their order
 * means nothing, and of all that match the most permissive counts (see access-rules).
 */
import * as v from 'valibot'
import type { AccessRules, GeneralRule } from '../agent.ts'
import { NAME_LIMIT } from '../envelope/protocol.ts'
import type { PeerId } from '../principal/ids.ts'
import { isTime, type WallTime } from './delivery-conditions.ts'
import {
  BETWEEN,
  DAYS,
  entered,
  idsOf,
  listOf,
  ofBoundedSize,
  oneOf,
  say,
  strict,
  WHO_LIMIT,
  words,
} from './grammar.ts'
import type { AccessRule, Standing } from './rule.ts'

const RULES_PER_DOCUMENT = 100

/** What stands without a document: the preset alone. */
export const NO_ACCESS_RULES: AccessRules = { rules: [] }

/**
 * The document in `given`, with everybody in `from` as a peer id. `resolve` knows whom the person means by a word and
 * throws where it does not; its sentence is told with the place. Throws `usage` for any other mistake.
 */
export function readAccessRules(given: unknown, resolve: (who: string) => PeerId): AccessRules {
  const { rules } = entered(DOCUMENT, given, []) as AccessRules
  return ofBoundedSize({
    rules: rules.map((rule, index): GeneralRule => {
      const from = rule.if?.from
      if (from === undefined) return rule
      return { ...rule, if: { ...rule.if, from: idsOf(from, ['rules', index, 'if', 'from'], resolve) } }
    }),
  })
}

/**
 * What of the document speaks about `peer` now, as rules for the narrowest audience that they name, each with its
 * place in the list.
 */
export function speakingOf(
  { rules }: AccessRules,
  about: { peer: PeerId; standing: Standing; wall: WallTime },
): (AccessRule & { index: number })[] {
  return rules.flatMap((rule, index) => {
    const { if: conditions = {}, then, view, fetchOnly } = rule
    if (!speaks(conditions, about)) return []
    return {
      index,
      audience: audienceOf(conditions),
      decision: then,
      ...(view === undefined ? {} : { view }),
      ...(fetchOnly === true ? { fetchOnly } : {}),
    }
  })
}

/** Which of the rules are waiting for their hour: another answer later means that something has to be decided again. */
export function hoursOf({ rules }: AccessRules, wall: WallTime): string {
  return rules.map(({ if: { between, days } = {} }) => (isTime(between, days, wall) ? '1' : '0')).join('')
}

/** Whether the hour matters at all. */
export function mindsTheHour({ rules }: AccessRules): boolean {
  return rules.some(({ if: { between, days } = {} }) => between !== undefined || days !== undefined)
}

function speaks(
  { from, group, relation, between, days }: NonNullable<GeneralRule['if']>,
  { peer, standing, wall }: { peer: PeerId; standing: Standing; wall: WallTime },
): boolean {
  return (
    (from === undefined || from.includes(peer)) &&
    (group === undefined || (standing.contact && standing.groups.includes(group))) &&
    // A contact who is near is a contact, as everywhere.
    (relation !== 'contact' || standing.contact) &&
    (relation !== 'near' || (standing.near && !standing.contact)) &&
    isTime(between, days, wall)
  )
}

function audienceOf({ from, group, relation }: NonNullable<GeneralRule['if']>): AccessRule['audience'] {
  if (from !== undefined) return { of: 'people' }
  if (group !== undefined) return { of: 'group', group }
  if (relation === 'contact') return { of: 'contacts' }
  return { of: relation === 'near' ? 'nearby' : 'anyone' }
}

const CONDITIONS = strict(
  {
    from: v.exactOptional(
      listOf(words(WHO_LIMIT, 'a person'), 'as in ["bob", "12D3KooW…"]') as v.GenericSchema<string[]>,
    ),
    group: v.exactOptional(words(NAME_LIMIT, 'the name of a group')),
    relation: v.exactOptional(oneOf(['contact', 'near', 'anyone'])),
    between: v.exactOptional(BETWEEN),
    days: v.exactOptional(listOf(oneOf(DAYS), 'as in ["sat", "sun"]')),
  },
  'The conditions must be an object, as in { "group": "family" }.',
)

const NOTHING_SEEN = 'goes with "allow" only: nobody else sees anything of you.'

const RULE = v.pipe(
  strict(
    {
      if: v.exactOptional(CONDITIONS),
      then: oneOf(['block', 'confirm', 'polite-block', 'allow']),
      view: v.exactOptional(oneOf(['nearby', 'contacts'])),
      fetchOnly: v.exactOptional(v.boolean(say('It must be true or false.'))),
    },
    'A rule must be an object, as in { "if": { "relation": "near" }, "then": "confirm" }.',
  ),
  v.forward(
    v.check(({ then, view }) => view === undefined || then === 'allow', say(`"view" ${NOTHING_SEEN}`)),
    ['view'],
  ),
  v.forward(
    v.check(
      ({ then, fetchOnly }) => fetchOnly === undefined || then === 'allow',
      say(`"fetchOnly" ${NOTHING_SEEN}`),
    ),
    ['fetchOnly'],
  ),
)

const DOCUMENT = strict(
  {
    rules: v.pipe(
      v.array(RULE, say('The rules must be a list.')),
      v.maxLength(RULES_PER_DOCUMENT, say(`There are ${RULES_PER_DOCUMENT} rules at most.`)),
    ),
  },
  'The rules must be an object, as in { "rules": [] }.',
)
