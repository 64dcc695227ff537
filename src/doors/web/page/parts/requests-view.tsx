/** @jsxImportSource preact */
/** Who knocks. */
import { knocks } from '../state/people.ts'
import { useAround } from './around.tsx'
import { RequestCard } from './request-card.tsx'
import { Sheet } from './sheet.tsx'

export function RequestsView() {
  const { state, words } = useAround()
  const all = knocks(state)
  return (
    <Sheet title={words.requests.title} says={words.requests.explained}>
      {all.size === 0 ? <p class="nothing">{words.requests.none}</p> : null}
      <ul class="cards">
        {[...all].map(([peer, requests]) => (
          <li key={peer}>
            <RequestCard requests={requests} />
          </li>
        ))}
      </ul>
    </Sheet>
  )
}
