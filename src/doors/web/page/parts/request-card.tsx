/** @jsxImportSource preact */
/** Somebody knocks: what they want, what they say, and my answer. */
import type { Request } from '../../../../agent.ts'
import { harmless } from '../../../cli/harmless.ts'
import { idEnd } from '../state/people.ts'
import { clock } from '../words/spoken.ts'
import { type Around, useAround } from './around.tsx'
import { Disc, Name } from './person.tsx'

type Answer = 'accept' | 'contact' | 'refuse'

/** All that one person asks. */
export function RequestCard({ requests }: { requests: readonly Request[] }) {
  const around = useAround()
  const { words, now } = around
  const [first] = requests
  if (first === undefined) return null
  const { who } = first
  const answers: [Answer, string][] = [
    ['accept', words.requests.accept],
    ...(who.relation === 'contact' ? [] : [['contact', words.requests.acceptContact] as [Answer, string]]),
    ['refuse', words.requests.refuse],
  ]
  return (
    <div class="panel">
      <div class="head-line">
        <Disc who={who} />
        <div class="row-text">
          <h2>
            <Name who={who} />
            <span class="id-end">{idEnd(who.peerId)}</span>
          </h2>
          {requests.map((request) => (
            <p class="row-more" key={request.kind}>
              {words.requests[request.kind]} · {clock(request.at, now, words)}
            </p>
          ))}
        </div>
      </div>
      {requests.map(({ kind, text }) =>
        text === undefined ? null : (
          <blockquote key={kind} dir="auto">
            {harmless(text)}
          </blockquote>
        ),
      )}
      <div class="acts">
        {answers.map(([answer, label]) => (
          <button
            key={answer}
            type="button"
            class={answer === 'accept' ? 'button' : 'button quiet'}
            onClick={() => void give(around, first, answer)}
          >
            {label}
          </button>
        ))}
      </div>
    </div>
  )
}

async function give({ desk, words }: Around, { who }: Request, answer: Answer): Promise<void> {
  const { peerId } = who
  const given = await desk.ask((agent) =>
    answer === 'refuse'
      ? agent.refuse({ who: peerId })
      : agent.accept({ who: peerId, ...(answer === 'contact' ? { contact: true } : {}) }),
  )
  if (given === undefined) return
  const { accepted, added, refused } = words.requests
  desk.say({ accept: accepted, contact: added, refuse: refused }[answer](harmless(who.name)))
  await desk.answered(peerId)
}
