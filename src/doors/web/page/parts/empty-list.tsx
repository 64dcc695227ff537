/** @jsxImportSource preact */
/** Nobody is listed: never a blank, but what is being done, why it may be so, and what can be done. */
import { harmless } from '../../../cli/harmless.ts'
import { useAround } from './around.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { Icon } from './icon.tsx'

/** Somebody near is found within this time, ms (the first queries go out within a second); then it is said why not. */
const FOUND_WITHIN_MS = 3_000

export function EmptyList() {
  const { words, state, monotonic } = useAround()
  if (monotonic - state.since < FOUND_WITHIN_MS)
    return (
      <div class="empty" role="status">
        <span class="radar" aria-hidden="true" />
        <p>{words.empty.searching}</p>
      </div>
    )
  return (
    <section class="empty">
      <span class="radar" aria-hidden="true" />
      <h2 class="empty-title">{words.empty.nobody}</h2>
      <p>{words.empty.why}</p>
      <ul class="reasons">
        {words.empty.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <Diagnosis />
      {state.self === undefined ? null : <p>{words.empty.meshIs(harmless(state.self.mesh))}</p>}
      <p class="acts">
        <a class="button" href="#/add">
          <Icon name="plus" />
          {words.empty.add}
        </a>
        <a class="button quiet" href="#/card">
          <Icon name="card" />
          {words.empty.card}
        </a>
      </p>
    </section>
  )
}
