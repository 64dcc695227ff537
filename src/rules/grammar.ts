/**
 * What the grammars of rules share: a JSON document that a person writes, opened strictly. Whoever writes it is told the
 * place of a mistake, and nothing is taken over that is not understood.
 */
import * as v from 'valibot'
import { asNighError, NighError } from '../errors.ts'
import type { PeerId } from '../principal/ids.ts'

/** Bytes of the document as JSON without blanks. It is read by a person and walked for every request. */
export const RULES_LIMIT = 32 * 1024
const LIST_LIMIT = 100
/** The longest card, as everywhere that takes WHO. */
export const WHO_LIMIT = 4096

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** Minutes since midnight of `22:00`. */
export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

export const say = (what: string) => () => what

export const listOf = <Item extends v.GenericSchema>(item: Item, what: string) =>
  v.pipe(
    v.array(item, say(`It must be a list, ${what}.`)),
    v.minLength(1, say('An empty list matches nobody and nothing. Leave it out.')),
    v.maxLength(LIST_LIMIT, say(`A list holds ${LIST_LIMIT} at most.`)),
  )

/** Characters are code points, as in the names of groups. */
export const words = (limit: number, what: string) => {
  const sentence = say(`It must be ${what}, of 1 to ${limit} characters.`)
  return v.pipe(
    v.string(sentence),
    v.minLength(1, sentence),
    v.check((text) => [...text].length <= limit, sentence),
  )
}

const TIME = v.pipe(
  v.string(say('A time is written as "22:00".')),
  v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, say('A time is written as "22:00", from 00:00 to 23:59.')),
)

export const BETWEEN = v.pipe(
  v.strictTuple([TIME, TIME], say('It must be two times, as in ["22:00", "07:00"].')),
  v.check(([from, to]) => from !== to, say('Both times are the same, so it would never hold.')),
)

export const oneOf = <const Words extends readonly string[]>(choices: Words) =>
  v.picklist(choices, say(`It must be one of: ${choices.join(', ')}.`))

export const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an object may say; whatever else it says is named, with what it could have been. A list is no object. */
export const strict = <Entries extends v.ObjectEntries>(entries: Entries, what: string) =>
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

/** Everybody in `from`, a list at `at`, as a peer id, once. What `resolve` throws is told with the place. */
export function idsOf(from: readonly string[], at: Place, resolve: (who: string) => PeerId): PeerId[] {
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
  return [...new Set(ids)]
}

/** `document`, unless it is too long. */
export function ofBoundedSize<Document>(document: Document): Document {
  const size = new TextEncoder().encode(JSON.stringify(document)).length
  if (size > RULES_LIMIT)
    throw mistake(
      [],
      `The rules have ${size} bytes; at most ${RULES_LIMIT} are allowed. Groups make lists short.`,
    )
  return document
}

export type Place = readonly (string | number)[]

export function entered<Schema extends v.GenericSchema>(
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

export function mistake(at: Place, sentence: string): NighError {
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
