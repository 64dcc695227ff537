/**
 * What a program in this process asks of its peer, held to the same questions as what comes through a door: a program
 * without types, or with wrong ones, is told which part does not fit, and nothing of it is kept or sent.
 */
import * as v from 'valibot'
import { whole } from '../agent/bounds.ts'
import { type Method, paramsOf } from '../agent/methods.ts'
import { fitting, Misfit, QUESTIONS } from '../agent/questions.ts'
import type { Agent, CallOptions } from '../agent.ts'
import { asNighError, NighError } from '../errors.ts'

/**
 * Asks `method` of `agent`, which waits for nothing any more once it is `leaving`. Rejects with a NighError, whatever was
 * asked and whatever came of it.
 */
export async function ask(
  { agent, leaving }: { agent: Agent; leaving: AbortSignal },
  method: Method,
  asked: unknown,
  options: unknown,
): Promise<unknown> {
  try {
    const { signal: given } = callOptions(options)
    if (given?.aborted) throw new NighError('aborted', 'Given up before it was asked.')
    const signal = given === undefined ? leaving : AbortSignal.any([given, leaving])
    return await QUESTIONS[method](agent, paramsOf(method, present(asked)), { signal })
  } catch (cause) {
    throw cause instanceof Misfit ? misuse(method, cause) : asNighError(cause)
  }
}

const SINCE = v.strictObject({ since: v.exactOptional(whole(Number.MAX_SAFE_INTEGER)) })

/** Where a stream of events is to begin, and what ends it. */
export function eventsAsked(query: unknown, options: unknown): [query: { since?: number }, CallOptions] {
  return usable('events', () => [fitting(SINCE, present(query ?? {})), callOptions(options)])
}

/** As `read`, or `usage` where what was given to `name` does not fit. */
export function usable<Read>(name: string, read: () => Read): Read {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof Misfit ? misuse(name, cause) : cause
  }
}

/** As JSON would carry it: what is undefined is absent. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present)
  if (!isPlain(value)) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([key, field]) => [key, present(field)]))
}

/** An object that is nothing else, of whatever realm. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** An AbortSignal, of whatever realm. */
export const signal = v.custom<AbortSignal>(
  (given) => given instanceof AbortSignal || Object.prototype.toString.call(given) === '[object AbortSignal]',
  'It is no AbortSignal. A controller has one: its signal.',
)
const OPTIONS = v.strictObject({ signal: v.optional(signal) })

function callOptions(options: unknown): CallOptions {
  const { signal: given } = fitting(OPTIONS, options ?? {})
  return given === undefined ? {} : { signal: given }
}

function misuse(name: string, { message }: Misfit): NighError {
  return new NighError('usage', `This cannot be asked of ${name}: ${message}`)
}
