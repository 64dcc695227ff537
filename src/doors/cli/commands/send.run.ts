/** `nigh send`: one message and its outcome. Giving up waiting changes nothing: what is owed stays owed. */
import { randomUUID } from 'node:crypto'
import type { Outcome } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import type { MessageId } from '../../../principal/ids.ts'
import { withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { exitCodeOfOutcome } from '../exit-code.ts'
import { outcomeSentence } from '../sentences.ts'
import { textOf } from '../stdin-text.ts'

/** From start to the first outcome, ms: long enough for a peer that must be dialled. */
const WAIT_MS = 5_000

export interface SendOptions {
  expire?: number
  untilOpen?: boolean
}

export async function send(call: Call<SendOptions>): Promise<number> {
  const { words, options, globals, around } = call
  const [to = '', given] = words
  if (to === '') throw new NighError('usage', 'Say to whom, as in: nigh send bob "hello"')
  const text = await textOf(given, around, 'nigh send bob "hello"')
  // Named here, so that it stays one message when it has to be asked for twice. No clock in it tells when it was typed.
  const id = randomUUID() as MessageId
  return withPeer(call, async (agent) => {
    const outcome = await agent.send(
      {
        id,
        to,
        text,
        waitMs: globals.wait ?? WAIT_MS,
        ...(options.expire === undefined ? {} : { expireMs: options.expire }),
        ...(options.untilOpen ? { untilOpen: true } : {}),
      },
      { signal: around.interrupted() },
    )
    return tellOutcome(call, outcome)
  })
}

function tellOutcome({ print }: Call<SendOptions>, outcome: Outcome): number {
  print.print({ event: 'outcome', ...outcome }, () => outcomeSentence(outcome))
  return exitCodeOfOutcome(outcome)
}
