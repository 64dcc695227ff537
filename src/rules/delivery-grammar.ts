/**
 * The grammar of DELIVERY RULES: a JSON document with one list of rules per INSTANT INBOX. Whoever writes it is told
 * the place of a mistake, and nothing is taken over that is not understood: a condition that was passed over in
 * silence would let in whom it was to keep out.
 */
import * as v from 'valibot'
import type { DeliveryRule, DeliveryRules } from '../agent.ts'
import { ACTIVITY_LIMIT, BODY_LIMIT, LABEL_LIMIT, NAME_LIMIT } from '../envelope/protocol.ts'
import { asNighError, NighError } from '../errors.ts'
import { DEFAULT_LABEL, isLabel } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'

/** Bytes of the document as JSON without blanks. It is read by a person and walked for every message. */
export const RULES_LIMIT = 32 * 1024
const INBOXES_LIMIT = 20
const RULES_PER_INBOX_LIMIT = 100
const LIST_LIMIT = 100
/** A thousand a minute is no conversation; the counter stays small. */
const PER_MINUTE_LIMIT = 1_000
/** The longest card, as everywhere that takes WHO. */
const WHO_LIMIT = 4096

/** What stands without a document: one inbox, no rule. */
export const NO_RULES: DeliveryRules = { inboxes: { [DEFAULT_LABEL]: [] } }

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

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
  const size = new TextEncoder().encode(JSON.stringify(document)).length
  if (size > RULES_LIMIT)
    throw mistake(
      [],
      `The rules have ${size} bytes; at most ${RULES_LIMIT} are allowed. Groups make lists short.`,
    )
  return document
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

/** Minutes since midnight of `22:00`. */
export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

const say = (what: string) => () => what

const listOf = <Item extends v.GenericSchema>(item: Item, what: string) =>
  v.pipe(
    v.array(item, say(`It must be a list, ${what}.`)),
    v.minLength(1, say('An empty list matches nobody and nothing. Leave it out.')),
    v.maxLength(LIST_LIMIT, say(`A list holds ${LIST_LIMIT} at most.`)),
  )

const wholeNumber = (most: number, what: string) => {
  const sentence = say(`It must be a whole number from 0 to ${most}: ${what}.`)
  return v.pipe(v.number(sentence), v.integer(sentence), v.minValue(0, sentence), v.maxValue(most, sentence))
}

const words = (limit: number, what: string) => {
  const sentence = say(`It must be ${what}, of 1 to ${limit} characters.`)
  return v.pipe(v.string(sentence), v.minLength(1, sentence), v.maxLength(limit, sentence))
}

const TIME = v.pipe(
  v.string(say('A time is written as "22:00".')),
  v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, say('A time is written as "22:00", from 00:00 to 23:59.')),
)

const BETWEEN = v.pipe(
  v.strictTuple([TIME, TIME], say('It must be two times, as in ["22:00", "07:00"].')),
  v.check(([from, to]) => from !== to, say('Both times are the same, so it would never hold.')),
)

const MEDIA_TYPE = v.pipe(
  v.string(say('A content type is written as "text/plain" or "text/*".')),
  v.maxLength(100, say('A content type is written as "text/plain" or "text/*".')),
  v.regex(
    /^[\w.+-]+\/(?:\*|[\w.+-]+)$/,
    say('A content type is written as "text/plain" or "text/*", without parameters.'),
  ),
)

const oneOf = <const Words extends readonly string[]>(choices: Words) =>
  v.picklist(choices, say(`It must be one of: ${choices.join(', ')}.`))

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an object may say; whatever else it says is named, with what it could have been. A list is no object. */
const strict = <Entries extends v.ObjectEntries>(entries: Entries, what: string) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isObject, say(what)),
    v.strictObject(entries, (issue) =>
      issue.expected === 'never'
        ? `This is not known here. Known are: ${Object.keys(entries).join(', ')}.`
        : issue.received === 'undefined'
          ? `This is missing. ${what}`
          : what,
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
  if (from === undefined) return rule
  const ids = from.map((who, index) => {
    try {
      return resolve(who)
    } catch (cause) {
      const { code, message, choices } = asNighError(cause)
      throw new NighError(
        code,
        `${inWords([...at, index])}: ${message}`,
        choices === undefined ? {} : { choices },
      )
    }
  })
  return { ...rule, if: { ...rule.if, from: [...new Set(ids)] } }
}

type Place = readonly (string | number)[]

function entered<Schema extends v.GenericSchema>(
  schema: Schema,
  given: unknown,
  at: Place,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, given, { abortEarly: true })
  if (read.success) return read.output
  const [issue] = read.issues
  const inside = (issue.path ?? []).map((item) => item.key as string | number)
  throw mistake([...at, ...inside], issue.message)
}

function mistake(at: Place, sentence: string): NighError {
  return new NighError('usage', at.length === 0 ? sentence : `${inWords(at)}: ${sentence}`)
}

/** `inboxes.oncall[2].if.between[0]`; a rule is counted from 1 where people read it, from 0 in a path as programs do. */
function inWords(at: Place): string {
  return at
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part.slice(0, 100)}`,
    )
    .join('')
}
