/** @jsxImportSource preact */
/** Somebody, for the eye: a disc with their first letter, and the mark of how they are. */
import type { Person } from '../../../../agent.ts'
import { harmless } from '../../../cli/harmless.ts'
import { idEnd, type Listed, type Mark, markOf } from '../state/people.ts'
import { withPerson } from '../state/route.ts'
import { evidence, presenceWords } from '../words/spoken.ts'
import { useAround } from './around.tsx'
import { Icon } from './icon.tsx'

/** The colour comes from the key: another key under the same name looks different. */
export function Disc({ who, mark }: { who: Person; mark?: Mark }) {
  const hue = [...who.peerId.slice(-6)].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 360, 7)
  const [letter = '?'] = [...harmless(who.name)]
  return (
    <span class="disc" style={{ '--hue': String(hue) }} aria-hidden="true">
      {letter.toUpperCase()}
      {mark === undefined ? null : <span class={`mark mark-${mark}`} />}
    </span>
  )
}

/** A name as it was given or claimed, and what tells it apart. */
export function Name({ who, namesake = false }: { who: Person; namesake?: boolean }) {
  const { words } = useAround()
  return (
    <span class="name">
      <bdi>{harmless(who.name)}</bdi>
      {namesake ? <span class="id-end">{idEnd(who.peerId)}</span> : null}
      {who.verified ? (
        <span class="verified" title={words.people.verified}>
          <Icon name="shield" />
          <span class="unseen">{words.people.verified}</span>
        </span>
      ) : null}
    </span>
  )
}

export function PersonRow({ seen, current }: { seen: Listed; current: boolean }) {
  const { words, now, monotonic, state } = useAround()
  const presence = presenceWords(seen, now, words)
  const isWriting = state.writing.has(seen.who.peerId)
  return (
    <li>
      <a class="row" href={withPerson(seen.who.peerId)} aria-current={current ? 'page' : undefined}>
        <Disc who={seen.who} mark={markOf(seen)} />
        <span class="row-text">
          <Name who={seen.who} namesake={seen.namesake} />
          <span class="row-more">
            {isWriting ? (
              <span class="writing">{words.conversation.isWriting(harmless(seen.who.name))}</span>
            ) : (
              <>
                <span>{evidence(seen, monotonic, words)}</span>
                {presence === undefined ? null : (
                  <>
                    <span class="dot"> · </span>
                    <bdi>{presence}</bdi>
                  </>
                )}
              </>
            )}
          </span>
        </span>
        {seen.unread > 0 ? (
          <span class="badge">
            <span aria-hidden="true">{seen.unread}</span>
            <span class="unseen">{words.people.unread(seen.unread)}</span>
          </span>
        ) : null}
      </a>
    </li>
  )
}
