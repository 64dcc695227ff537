/** A NighError on the wire and back: `{code, message, data: {code, choices}}`. Nothing else of it crosses. */
import { asNighError, type ErrorCode, NighError } from '../../errors.ts'
import { ErrorCodes, ResponseError } from './json-rpc.ts'

/** JSON-RPC's number for every failure of ours; which one it is says `data.code`. */
export const FAILED = -32000
/** LSP's number for a request that its asker gave up before it began. */
const CANCELLED = -32800

interface FailureFacts {
  code: string
  choices?: readonly string[]
}

/** For the far end. */
export function failureOf(cause: unknown): ResponseError<FailureFacts> {
  if (cause instanceof ResponseError) return cause
  const failure = asNighError(cause)
  return new ResponseError(FAILED, failure.message, {
    code: failure.code,
    ...(failure.choices === undefined ? {} : { choices: failure.choices }),
  })
}

/** A request that makes no sense at the doorway. */
export function misuse(
  sentence: string,
  number: number = ErrorCodes.InvalidParams,
): ResponseError<FailureFacts> {
  return new ResponseError(number, sentence, { code: 'usage' })
}

/** What the far end answered, as the NighError it was there. */
export function nighErrorOf(cause: unknown): NighError {
  if (!(cause instanceof ResponseError)) {
    return new NighError('closed', 'The running Nigh ended before it answered. Try again.', { cause })
  }
  if (cause.code === ErrorCodes.PendingResponseRejected) {
    return new NighError('closed', 'The running Nigh ended before it answered. Try again.')
  }
  if (cause.code === CANCELLED) return new NighError('aborted', 'Given up before it was answered.')
  const facts: unknown = cause.data
  const said = typeof facts === 'object' && facts !== null ? (facts as Partial<FailureFacts>) : {}
  // A newer Nigh may know codes that we do not: they are kept, and end in exit code 1.
  const code = typeof said.code === 'string' ? (said.code as ErrorCode) : 'unexpected'
  return new NighError(code, cause.message, isChoices(said.choices) ? { choices: said.choices } : {})
}

function isChoices(choices: unknown): choices is readonly string[] {
  return Array.isArray(choices) && choices.every((choice) => typeof choice === 'string')
}
