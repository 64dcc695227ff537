/** `nigh down`: asks the running peer to leave, and waits until it is gone. */
import { setTimeout as after } from 'node:timers/promises'
import { NighError } from '../../../errors.ts'
import { findRunning } from '../attach.ts'
import type { Call } from '../call.ts'

/** Goodbyes take milliseconds; what takes longer hangs, ms. */
const GONE_WITHIN_MS = 10_000

export async function down(call: Call): Promise<number> {
  const remote = await findRunning(call)
  if (remote === undefined) {
    call.print.note('No Nigh is running for this home.')
    return 0
  }
  const gone = new Promise<boolean>((resolve) => void remote.onEnd(() => resolve(true)))
  const late = new AbortController()
  try {
    await remote.close()
    if (!(await Promise.race([gone, after(GONE_WITHIN_MS, false, { signal: late.signal, ref: false })]))) {
      throw new NighError(
        'unreachable',
        'The running Nigh said goodbye but does not end. Try again, or end its process.',
      )
    }
  } finally {
    late.abort()
    remote.detach()
  }
  call.print.print({ event: 'offline', at: call.around.now().toISOString() }, () => 'Left.')
  return 0
}
