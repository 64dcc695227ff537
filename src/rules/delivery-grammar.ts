/**
 * The grammar of DELIVERY RULES: a JSON document with one list of rules per INSTANT INBOX. Whoever writes it is told
 * the place of a mistake, and nothing is taken over that is not understood: a condition that was passed over in
 * silence would let in whom it was to keep out.
 */
import * as v from 'valibot'
import type { DeliveryRule, DeliveryRules } from '../agent.ts'
import { ACTIVITY_LIMIT, BODY_LIMIT, LABEL_LIMIT, NAME_LIMIT } from '../envelope/protocol.ts'
import { DEFAULT_LABEL, isLabel } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import {
  BETWEEN,
  DAYS,
  entered,
  idsOf,
  isObject,
  listOf,
  mistake,
  ofBoundedSize,
  oneOf,
  type Place,
  say,
  strict,
  WHO_LIMIT,
  words,
} from './grammar.ts'

const INBOXES_LIMIT = 20
const RULES_PER_INBOX_LIMIT = 100
/** A thousand a minute is no conversation; the counter stays small. */
const PER_MINUTE_LIMIT = 1_000

/** What stands without a document: one inbox, no rule. */
export const NO_RULES: DeliveryRules = { inboxes: { [DEFAULT_LABEL]: [] } }

/**
 * The document in `given`, with everybody in `from` as a peer id. `resolve` knows whom the person means by a word and
 * throws where it does not; its sentence is told with the place. Throws `usage` for any other mistake.
 */
export function readDeliveryRules(given: unknown, resolve: (who: string) => PeerId): DeliveryRules {
  const { inboxes } = entered(DOCUMENT, given, [])
  const named = Object.entries(inboxes as Record<string, unknown>)
  if (named.length > INBOXES_LIMIT)
    throw mistake(['inboxes'], `There are ${named.length} inboxes; at most ${INBOXES_LIMIT} are allowed.`)
  const rules = named.map(([label, list]): [string, DeliveryRule[]] => {
    if (!isLabel(label))
      throw mistake(
        ['inboxes', label],
        `The label of an inbox has 1 to ${LABEL_LIMIT} characters of a-z, 0-9, _ and -.`,
      )
    return [
      label,
      entered(RULES, list, ['inboxes', label]).map((rule, index) =>
        withIds(rule, ['inboxes', label, index, 'if', 'from'], resolve),
      ),
    ]
  })
  // The default inbox exists, named or not. Entries, not assignment: `__proto__` is a label like any other.
  if (!named.some(([label]) => label === DEFAULT_LABEL)) rules.unshift([DEFAULT_LABEL, []])
  const document: DeliveryRules = { inboxes: Object.fromEntries(rules) }
  return ofBoundedSize(document)
}

/** The rules of the inbox with this label; undefined where there is no such inbox. */
export function rulesOfInbox({ inboxes }: DeliveryRules, label: string): readonly DeliveryRule[] | undefined {
  const name = label === '' ? DEFAULT_LABEL : label
  // Own names only: every object has a `constructor`, and not every person an inbox of that name.
  return Object.hasOwn(inboxes, name) ? inboxes[name] : undefined
}

/** The labels of all inboxes, the default one first. */
export function labelsOf({ inboxes }: DeliveryRules): string[] {
  return ['', ...Object.keys(inboxes).filter((name) => name !== DEFAULT_LABEL)]
}

const wholeNumber = (most: number, what: string) => {
  const sentence = say(`It must be a whole number from 0 to ${most}: ${what}.`)
  return v.pipe(v.number(sentence), v.integer(sentence), v.minValue(0, sentence), v.maxValue(most, sentence))
}

const MEDIA_TYPE = v.pipe(
  v.string(say('A content type is written as "text/plain" or "text/*".')),
  v.maxLength(100, say('A content type is written as "text/plain" or "text/*".')),
  v.regex(
    /^[\w.+-]+\/(?:\*|[\w.+-]+)$/,
    say('A content type is written as "text/plain" or "text/*", without parameters.'),
  ),
)

const CONDITIONS = strict(
  {
    from: v.exactOptional(
      listOf(words(WHO_LIMIT, 'a person'), 'as in ["bob", "12D3KooW…"]') as v.GenericSchema<string[]>,
    ),
    relation: v.exactOptional(oneOf(['contact', 'near', 'stranger'])),
    group: v.exactOptional(words(NAME_LIMIT, 'the name of a group')),
    perMinute: v.exactOptional(
      wholeNumber(PER_MINUTE_LIMIT, 'it holds for what one person writes beyond so many within a minute'),
    ),
    largerThan: v.exactOptional(wholeNumber(BODY_LIMIT, 'it holds for what has more bytes')),
    contentType: v.exactOptional(listOf(MEDIA_TYPE, 'as in ["text/*"]')),
    between: v.exactOptional(BETWEEN),
    days: v.exactOptional(listOf(oneOf(DAYS), 'as in ["sat", "sun"]')),
    myStatus: v.exactOptional(words(ACTIVITY_LIMIT, '"open" or an activity of yours')),
  },
  'The conditions must be an object, as in { "relation": "stranger" }.',
)

const RULE = v.pipe(
  strict(
    {
      if: v.exactOptional(CONDITIONS),
      then: oneOf(['accept', 'hold', 'refuse']),
      tell: v.exactOptional(v.boolean(say('It must be true or false.'))),
    },
    'A rule must be an object, as in { "if": { "relation": "stranger" }, "then": "refuse" }.',
  ),
  v.forward(
    v.check(
      ({ then, tell }) => tell === undefined || then === 'refuse',
      say('"tell" goes with "refuse" only: who is accepted or held is told so anyway.'),
    ),
    ['tell'],
  ),
)

const RULES = v.pipe(
  v.array(RULE, say('The rules of an inbox must be a list.')),
  v.maxLength(RULES_PER_INBOX_LIMIT, say(`An inbox has ${RULES_PER_INBOX_LIMIT} rules at most.`)),
)

const DOCUMENT = strict(
  { inboxes: v.custom<object>(isObject, say('It must be an object, with a list of rules per inbox.')) },
  'The rules must be an object, as in { "inboxes": { "default": [] } }.',
)

function withIds(rule: DeliveryRule, at: Place, resolve: (who: string) => PeerId): DeliveryRule {
  const from = rule.if?.from
  return from === undefined ? rule : { ...rule, if: { ...rule.if, from: idsOf(from, at, resolve) } }
}
