/** @jsxImportSource preact */
/** Why somebody cannot be seen or reached, as the peer finds it: one cause, one thing to do; where its language has no words for that cause, as it came. */
import type { PeerId } from '../../../../principal/ids.ts'
import { harmless } from '../../../cli/harmless.ts'
import { useAnswer, useAround } from './around.tsx'

/** Long enough for everybody to answer, ms. */
const WAIT_MS = 5_000
/** Somebody may come, or a cable; it is asked again so often, ms. */
const AGAIN_MS = 30_000

/** About `who`, or about everybody. It looks again while it is shown. */
export function Diagnosis({ who }: { who?: PeerId }) {
  const { words, monotonic } = useAround()
  const [found] = useAnswer(
    (agent) => agent.diagnose({ ...(who === undefined ? {} : { who }), waitMs: WAIT_MS }),
    [who, Math.floor(monotonic / AGAIN_MS)],
  )
  if (found === undefined) return <p class="soft">{words.diagnosis.looking}</p>
  const own = words.causes[found.cause]?.(found)
  const { sentence, act } = own ?? found
  return (
    <div class="diagnosis" lang={own === undefined ? 'en' : undefined}>
      <p>
        <strong>{harmless(sentence)}</strong>
      </p>
      <p>{harmless(act)}</p>
      {found.command === undefined ? null : <p class="key">{harmless(found.command)}</p>}
    </div>
  )
}
