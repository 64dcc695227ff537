/** `nigh message reply`: what is said about another message leaves as `nigh send` does, with its outcome as exit code. */
import { randomUUID } from 'node:crypto'
import type { MessageId } from '../../../principal/ids.ts'
import { withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { exitCodeOfOutcome } from '../exit-code.ts'
import { outcomeSentence } from '../sentences.ts'
import { textOf } from '../stdin-text.ts'
import type { SendOptions } from './send.run.ts'

/** From start to the first outcome, ms: as long as `send` waits. */
const WAIT_MS = 5_000

export async function reply(call: Call<SendOptions>): Promise<number> {
  const { words, options, globals, around, print } = call
  const [replyTo = '', given] = words
  const text = await textOf(given, around)
  // Named here, so that it stays one message when it has to be asked for twice.
  const id = randomUUID() as MessageId
  return withPeer(call, async (agent) => {
    const outcome = await agent.reply(
      {
        id,
        replyTo,
        text,
        waitMs: globals.wait ?? WAIT_MS,
        ...(options.expire === undefined ? {} : { expireMs: options.expire }),
        ...(options.untilOpen ? { untilOpen: true } : {}),
      },
      { signal: around.interrupted() },
    )
    print.print({ event: 'outcome', ...outcome }, () => outcomeSentence(outcome))
    return exitCodeOfOutcome(outcome)
  })
}
