/**
 * What can go wrong, told to a person: what was asked, what stood in the way, what can be done.
 * That a message was refused is an outcome, never one of these. Codes are API: scripts read them.
 */

/** Every failure has one of these codes; the command line gives each an exit code (doors/cli/exit-code.ts). */
export type ErrorCode =
  | 'usage'
  | 'own-address'
  | 'empty-text'
  | 'too-large'
  | 'undecodable-text'
  | 'malformed-address'
  | 'malformed-card'
  | 'name-taken'
  | 'blocked'
  | 'refused'
  | 'pending'
  | 'home-in-use'
  | 'identity-twice'
  | 'home-unreadable'
  | 'home-exists'
  | 'store-full'
  | 'store-damaged'
  | 'store-newer'
  | 'file-exists'
  | 'file-unusable'
  | 'backup-damaged'
  | 'wrong-passphrase'
  | 'port-taken'
  | 'unreachable'
  | 'who-unknown'
  | 'who-ambiguous'
  | 'no-such-message'
  | 'no-home'
  | 'no-peer'
  | 'no-service'
  | 'malformed-frame'
  | 'closed'
  | 'aborted'
  | 'unexpected'

/** A failure with a stable `code`, a sentence for the person, and, where names were ambiguous, the choices. */
export class NighError extends Error {
  static override readonly name = 'NighError'
  readonly code: ErrorCode
  readonly choices?: readonly string[]

  constructor(
    code: ErrorCode,
    sentence: string,
    options: { cause?: unknown; choices?: readonly string[] } = {},
  ) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'NighError'
    this.code = code
    if (options.choices !== undefined) this.choices = options.choices
  }
}

/** `cause` as a NighError: itself where it is one, otherwise `unexpected` with its message. */
export function asNighError(cause: unknown): NighError {
  if (cause instanceof NighError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new NighError('unexpected', `Something went wrong that Nigh does not know: ${message}`, { cause })
}
