/** @jsxImportSource preact */
/** Who watches me, who did, and until when they could read. */
import { harmless } from '../../../cli/harmless.ts'
import { idEnd } from '../state/people.ts'
import { withPerson } from '../state/route.ts'
import { clock } from '../words/spoken.ts'
import { useAnswer, useAround } from './around.tsx'
import { Disc, Name } from './person.tsx'
import { Sheet } from './sheet.tsx'

/** Looked at again so often, ms, while it is on the screen: watchers are told of by no event. */
const AGAIN_MS = 5_000

export function WatchersView() {
  const { words, now, monotonic } = useAround()
  const [watchers] = useAnswer((agent) => agent.watchers(), [Math.floor(monotonic / AGAIN_MS)])
  return (
    <Sheet title={words.watchers.title} says={words.watchers.explained}>
      {watchers?.length === 0 ? <p class="nothing">{words.watchers.none}</p> : null}
      <ul class="cards">
        {watchers?.map((one) => (
          <li class="panel" key={`${one.who.peerId} ${one.via} ${one.denied === true} ${one.first}`}>
            <a class="head-line" href={withPerson(one.who.peerId, 'details')}>
              <Disc who={one.who} />
              <div class="row-text">
                <h2>
                  <Name who={one.who} />
                  <span class="id-end">{idEnd(one.who.peerId)}</span>
                </h2>
                <p class="row-more">
                  {one.denied === true ? <strong>{words.watchers.denied} · </strong> : null}
                  {words.watchers.via(one.via)}
                  {one.status === undefined ? '' : `, ${words.watchers.subscription(one.status)}`}
                </p>
              </div>
            </a>
            <dl class="facts">
              {one.view === undefined ? null : (
                <Fact name={words.watchers.sees} value={harmless(one.view.replace(/:.*/s, ''))} />
              )}
              <Fact name={words.watchers.last} value={clock(one.last, now, words)} />
              <Fact name={words.watchers.times} value={String(one.count)} />
              {one.couldReadUntil === undefined ? null : (
                <Fact name={words.watchers.could} value={clock(one.couldReadUntil, now, words)} />
              )}
            </dl>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
