/** Exit codes: scripts read them, so each failure and each outcome has exactly one. */
import type { Cause, Outcome, Reason } from '../../agent.ts'
import type { ErrorCode } from '../../errors.ts'

const OF_FAILURE: Readonly<Record<ErrorCode, number>> = {
  unexpected: 1,
  'malformed-frame': 1,
  usage: 2,
  'own-address': 2,
  'empty-text': 2,
  'too-large': 2,
  'undecodable-text': 2,
  'malformed-address': 2,
  'malformed-card': 2,
  'name-taken': 2,
  blocked: 3,
  refused: 3,
  pending: 3,
  'no-service': 3,
  'home-in-use': 3,
  'identity-twice': 3,
  'home-unreadable': 3,
  'home-exists': 3,
  'store-full': 3,
  'store-damaged': 3,
  'store-newer': 3,
  'file-exists': 3,
  'file-unusable': 3,
  'backup-damaged': 3,
  'wrong-passphrase': 3,
  'port-taken': 3,
  unreachable: 4,
  // The running peer ended, or the person gave up, before it was known how things stand.
  closed: 4,
  aborted: 4,
  'who-unknown': 5,
  'who-ambiguous': 5,
  'no-such-message': 5,
  'no-home': 6,
  'no-peer': 6,
}

const OF_REASON: Readonly<Record<Reason, number>> = {
  closed: 3,
  refused: 3,
  'rate-limited': 3,
  'unsupported-type': 3,
  'no-such-inbox': 3,
  recalled: 3,
  unreachable: 4,
  expired: 4,
  'hop-limit': 4,
  'too-large': 2,
}

/** Of `doctor`: 3 where something is wrong that can be changed or was decided, 4 where they are just not there. */
const OF_CAUSE: Readonly<Record<Cause, number>> = {
  fine: 0,
  'identity-twice': 3,
  'no-network': 3,
  vpn: 3,
  'multicast-blocked': 3,
  'no-multicast': 3,
  hidden: 3,
  'other-mesh': 3,
  'other-version': 3,
  isolated: 3,
  'blocked-here': 3,
  'blocked-there': 3,
  rejected: 3,
  'not-accepted': 3,
  'no-presence': 3,
  'not-watched': 3,
  blocked: 3,
  'port-taken': 3,
  'clocks-apart': 3,
  silent: 4,
  visiting: 4,
  left: 4,
  'other-network': 4,
  away: 4,
  nobody: 4,
  'who-unknown': 5,
}

/** Of a failed command. A code of a newer Nigh that is not known here is unexpected. */
export function exitCodeOf(code: ErrorCode): number {
  return OF_FAILURE[code] ?? 1
}

/** A cause of a newer Nigh that is not known here is something wrong. */
export function exitCodeOfCause(cause: Cause): number {
  return OF_CAUSE[cause] ?? 3
}

/** Of `send`: the outcome is the exit code. */
export function exitCodeOfOutcome({ outcome, state, reason }: Outcome): number {
  if (state !== 'settled' || outcome === 'indeterminate') return outcome === 'success' ? 0 : 4
  if (outcome === 'success') return 0
  return reason === undefined ? 3 : (OF_REASON[reason] ?? 3)
}

/** Of `recall`: taken back, kept, or not answered. */
export function exitCodeOfRecall({ outcome, state }: Outcome): number {
  if (outcome === 'success') return 3
  return outcome === 'failure' && state === 'settled' ? 0 : 4
}
