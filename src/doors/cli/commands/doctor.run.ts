/** `nigh doctor`: why can I not see or reach them? One cause, one thing to do, and what that rests on. */
import type { Diagnosis } from '../../../agent.ts'
import { withPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { exitCodeOfCause } from '../exit-code.ts'
import { harmless } from '../harmless.ts'

/** Long enough for everybody to answer, and for an address without a computer to be told by the system, ms. */
const WAIT_MS = 5_000

export async function doctor(call: Call): Promise<number> {
  const { words, globals, print, around, home } = call
  const [who] = words
  return withPeer(call, async (agent) => {
    const diagnosis = await agent.diagnose(
      { ...(who === undefined ? {} : { who }), waitMs: globals.wait ?? WAIT_MS },
      { signal: around.interrupted() },
    )
    print.print({ event: 'diagnosis', at: around.now().toISOString(), ...diagnosis }, () =>
      diagnosisInWords(diagnosis, home.flags, print),
    )
    return exitCodeOfCause(diagnosis.cause)
  })
}

/** `flags` are the home's: they go to commands of Nigh's that are for this computer. */
function diagnosisInWords(
  { sentence, act, command, theirs, evidence }: Diagnosis,
  flags: string,
  { bold, dim }: Call['print'],
): string {
  return [
    bold(harmless(sentence)),
    harmless(act),
    ...(command === undefined
      ? []
      : [`  ${harmless(theirs ? command : command.replace(/^nigh /, `nigh${flags} `))}`]),
    '',
    ...evidence.map((line) => dim(harmless(line))),
  ].join('\n')
}
