/** The doorway: what comes over a wire is asked of the Agent as what comes from a program (agent/questions.ts). */
import * as v from 'valibot'
import { whole } from '../../agent/bounds.ts'
import { METHODS as NAMES } from '../../agent/methods.ts'
import { fitting, Misfit, QUESTIONS, type Question } from '../../agent/questions.ts'
import { misuse } from './failure.ts'

/** Version of this door. A client of another version is told so and may only ask to `close`. */
export const DOOR_VERSION = 1

export const SINCE = v.exactOptional(whole(Number.MAX_SAFE_INTEGER))

/** Every method but `events` and `close`, which are conversations of their own. */
export const METHODS: ReadonlyMap<string, Question> = new Map(
  NAMES.map((name) => [name, atTheDoor(QUESTIONS[name])]),
)

/** `params` as `schema` reads it, or a failure that names the part and what is wrong with it. */
export function enter<Schema extends v.GenericSchema>(
  schema: Schema,
  params: unknown,
): v.InferOutput<Schema> {
  try {
    return fitting(schema, params ?? {})
  } catch (cause) {
    throw misfit(cause)
  }
}

/** On the wire an answer without a value is an empty object. */
function atTheDoor(question: Question): Question {
  return async (agent, params, options) => {
    try {
      return (await question(agent, params, options)) ?? {}
    } catch (cause) {
      throw misfit(cause)
    }
  }
}

function misfit(cause: unknown): unknown {
  return cause instanceof Misfit ? misuse(`The request does not fit: ${cause.message}`) : cause
}
