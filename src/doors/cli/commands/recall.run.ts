/** `nigh recall`: takes a message back. 0: they will not get it; 3: they have it; 4: nobody knows yet, it is asked for. */
import { withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { exitCodeOfRecall } from '../exit-code.ts'
import { recallSentence } from '../sentences.ts'

/** From start to the answer, ms: as long as `send` waits. */
const WAIT_MS = 5_000

export async function recall(call: Call): Promise<number> {
  const { words, globals, around, print } = call
  const [id = ''] = words
  return withPeer(call, async (agent) => {
    const outcome = await agent.recall(
      { id, waitMs: globals.wait ?? WAIT_MS },
      { signal: around.interrupted() },
    )
    print.print({ event: 'outcome', ...outcome }, () => recallSentence(outcome))
    return exitCodeOfRecall(outcome)
  })
}
