/**
 * `nigh message reply|react|edit` and `delete --for-both`: what is said about another message leaves as `nigh send` does,
 * with its outcome as exit code.
 */
import { randomUUID } from 'node:crypto'
import type { AmendOptions, Outcome } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import type { MessageId } from '../../../principal/ids.ts'
import { withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { exitCodeOfOutcome, exitCodeOfRecall } from '../exit-code.ts'
import { amendedSentence, outcomeSentence } from '../sentences.ts'
import { textOf } from '../stdin-text.ts'
import type { SendOptions } from './send.run.ts'

/** From start to the first outcome, ms: as long as `send` waits. */
const WAIT_MS = 5_000

export async function reply(call: Call<SendOptions>): Promise<number> {
  const { words, around, print } = call
  const [replyTo = '', given] = words
  const text = await textOf(given, around, 'nigh message reply ID "yes, at noon"')
  const id = named()
  return withPeer(call, async (agent) => {
    const outcome = await agent.reply(
      { id, replyTo, text, ...patience(call) },
      { signal: around.interrupted() },
    )
    print.print({ event: 'outcome', ...outcome }, () => outcomeSentence(outcome))
    return exitCodeOfOutcome(outcome)
  })
}

export async function edit(call: Call<SendOptions>): Promise<number> {
  const { words, around } = call
  const [id = '', given] = words
  const text = await textOf(given, around, 'nigh message edit ID "lunch at one?"')
  const changeId = named()
  return withPeer(call, async (agent) => {
    const change = { id, changeId, text, ...patience(call) }
    return told(call, await agent.edit(change, { signal: around.interrupted() }))
  })
}

export async function react(call: Call<SendOptions & { remove?: boolean }>): Promise<number> {
  const { words, options, around } = call
  const [id = '', given] = words
  if ((given === undefined) !== (options.remove === true))
    throw new NighError(
      'usage',
      'Say with what, as in: nigh message react ID 👍, or --remove to take it back.',
    )
  const changeId = named()
  return withPeer(call, async (agent) => {
    const change = { id, changeId, reaction: given ?? null, ...patience(call) }
    return told(call, await agent.react(change, { signal: around.interrupted() }))
  })
}

/** One at a time: each has its own outcome, and the worst is the exit code. One that is not here keeps no other from going. */
export async function removeForBoth(call: Call<SendOptions>): Promise<number> {
  const { words, around } = call
  const all = words.flatMap((id) => (id === undefined ? [] : [{ id, changeId: named() }]))
  return withPeer(call, async (agent) => {
    let code = 0
    let failure: NighError | undefined
    for (const each of all) {
      const asked = { ...each, ...patience(call) }
      try {
        const outcome = await agent.deleteForBoth(asked, { signal: around.interrupted() })
        code = Math.max(code, told(call, outcome))
      } catch (cause) {
        if (!(cause instanceof NighError && OF_ONE.has(cause.code))) throw cause
        failure ??= cause
      }
    }
    if (failure !== undefined) throw failure
    return code
  })
}

/** What is wrong with one message says nothing about the others. */
const OF_ONE: ReadonlySet<NighError['code']> = new Set(['no-such-message', 'usage'])

/** Named here, so that it stays one when it has to be asked for twice. */
const named = (): MessageId => randomUUID() as MessageId

/** A change that never had to leave is a recall. */
function told({ print }: Pick<Call<SendOptions>, 'print'>, outcome: Outcome): number {
  print.print({ event: 'outcome', ...outcome }, () => amendedSentence(outcome))
  return outcome.amends === undefined ? exitCodeOfRecall(outcome) : exitCodeOfOutcome(outcome)
}

function patience({
  options,
  globals,
}: Pick<Call<SendOptions>, 'options' | 'globals'>): Omit<AmendOptions, 'id'> {
  return {
    waitMs: globals.wait ?? WAIT_MS,
    ...(options.expire === undefined ? {} : { expireMs: options.expire }),
    ...(options.untilOpen ? { untilOpen: true } : {}),
  }
}
