/**
 * `nigh fetch` and `nigh poll`: a FETCHER looks once, a POLLER again and again. What was not shown is an error of its
 * own, said last; a poller says it when it begins, and goes on.
 */
import { setTimeout as after } from 'node:timers/promises'
import type { Sighting } from '../../../agent.ts'
import { asNighError, NighError } from '../../../errors.ts'
import type { RemoteAgent } from '../../rpc/connect-agent.ts'
import { withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { exitCodeOf } from '../exit-code.ts'
import { presenceInFull, presenceWords, readerOf } from '../presence-words.ts'
import { clock, nameOf } from '../sentences.ts'

/** From start to the answer, ms: long enough for a peer that must be found and dialled. */
const WAIT_MS = 5_000
/** People looked at at once; the rest wait for a place. The door takes 256 questions, a person's list is shorter. */
const LOOKS_AT_ONCE = 32
/** Faster is no look but a load on the other side. A guess. */
const SHORTEST_POLL_MS = 1_000

export async function fetch(call: Call): Promise<number> {
  const { print } = call
  const people = peopleOf(call)
  /** What came of each look; nothing yet where it is still to be done, or was handed over in the middle. */
  const outcomes = new Map<number, NighError | 'seen'>()
  await withPeer(call, async (agent) => {
    const waiting = people.map((_, index) => index).filter((index) => !outcomes.has(index))
    const lookOn = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        try {
          show(call, await look(call, agent, people[index] ?? ''), presenceInFull)
          outcomes.set(index, 'seen')
        } catch (cause) {
          const failure = asNighError(cause)
          // Handed over in the middle: the next peer is asked.
          if (failure.code === 'closed' || failure.code === 'aborted') throw failure
          outcomes.set(index, failure)
        }
      }
    }
    // All are under way before one may throw: nobody is asked twice for having been slower.
    const looks = await Promise.allSettled(Array.from({ length: LOOKS_AT_ONCE }, lookOn))
    for (const each of looks) if (each.status === 'rejected') throw each.reason
  })
  const failures = people.flatMap((_, index) => {
    const outcome = outcomes.get(index)
    return outcome instanceof NighError ? [outcome] : []
  })
  for (const failure of failures) print.fail(failure)
  return Math.max(0, ...failures.map((failure) => exitCodeOf(failure.code)))
}

export async function poll(call: Call<{ every: number }>): Promise<number> {
  const { options, around } = call
  if (options.every < SHORTEST_POLL_MS)
    throw new NighError('usage', 'Once a second is as often as anybody may be polled, as in: --every 10s')
  const people = peopleOf(call)
  const interrupted = around.interrupted()
  const said = new Map<string, string>()
  await withPeer(call, async (agent) => {
    while (!interrupted.aborted) {
      const round = after(options.every, undefined, { signal: interrupted }).catch(() => {})
      await Promise.all(people.map((who) => pollOne(call, agent, who, said)))
      await round
    }
  }).catch((cause: unknown) => {
    // Ctrl-C in the middle of a question.
    if (!interrupted.aborted) throw cause
  })
  return 0
}

/** One look; why there was nothing to see is said once, until it is another reason. */
async function pollOne(
  call: Call<{ every: number }>,
  agent: RemoteAgent,
  who: string,
  said: Map<string, string>,
): Promise<void> {
  try {
    show(call, await look(call, agent, who), presenceWords)
    said.delete(who)
  } catch (cause) {
    const { code, message } = asNighError(cause)
    if (code !== 'pending' && code !== 'refused' && code !== 'unreachable') throw cause
    if (said.get(who) !== code) call.print.warn({ code, message })
    said.set(who, code)
  }
}

function look({ globals, around }: Call<object>, agent: RemoteAgent, who: string): Promise<Sighting> {
  return agent.fetch({ who, waitMs: globals.wait ?? WAIT_MS }, { signal: around.interrupted() })
}

/** Whoever looks once sees all of it; a poller, who looks again and again, a line. */
function show({ print, around }: Call<object>, sighting: Sighting, words: typeof presenceWords): void {
  const now = around.now()
  const at = now.toISOString()
  print.print(
    { event: 'presence', at, ...sighting },
    () => `${clock(at, now)} ${nameOf(sighting.who)} is ${words(sighting, readerOf(around))}`,
  )
}

function peopleOf({ words }: Call<object>): string[] {
  return words.filter((word) => word !== undefined)
}
