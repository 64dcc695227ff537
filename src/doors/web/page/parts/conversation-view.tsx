/** @jsxImportSource preact */
/** What was said with one person: their head line, the messages with what became of them, and the place to write. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { isMine, keyOf, type Said, timeOf, UNNUMBERED } from '../../../../agent/said.ts'
import type { Outcome } from '../../../../agent.ts'
import type { PeerId } from '../../../../principal/ids.ts'
import { harmless } from '../../../cli/harmless.ts'
import { isLoaded, isWhole } from '../state/conversation.ts'
import type { Seen } from '../state/page-state.ts'
import { idEnd, knocks, markOf } from '../state/people.ts'
import { withPerson } from '../state/route.ts'
import {
  authorOf,
  clock,
  day,
  evidence,
  outcome,
  presenceWords,
  type Standing as StandingKind,
  textOf,
} from '../words/spoken.ts'
import { useAround } from './around.tsx'
import { Composer } from './composer.tsx'
import { Icon, type IconName } from './icon.tsx'
import { type About, MessageActs } from './message-acts.tsx'
import { Disc, Name } from './person.tsx'
import { RequestCard } from './request-card.tsx'

/** This near to its end, px, the list follows what comes. */
const AT_THE_END = 80

export function ConversationView({ seen, details }: { seen: Seen; details: boolean }) {
  const { desk, state, words } = useAround()
  const { peerId } = seen.who
  const conversation = state.conversations.get(peerId)
  const name = harmless(seen.who.name)
  const isOpen = state.link === 'open'

  useEffect(() => {
    if (isOpen) desk.openConversation(peerId)
  }, [desk, peerId, isOpen])
  useReading(peerId)

  const said = conversation?.said ?? []
  const knocking = knocks(state).get(peerId)
  const { list, onScroll } = useFollowing(peerId, said)
  const [about, setAbout] = useState<About & { peer: PeerId }>()
  return (
    <section class="talk" aria-label={words.conversation.label(name)}>
      <Head seen={seen} details={details} />
      <div
        class="said"
        role="log"
        aria-label={words.conversation.label(name)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who reads by keyboard has to be able to scroll
        tabIndex={0}
        ref={list}
        onScroll={onScroll}
      >
        {conversation !== undefined && isLoaded(conversation) && !isWhole(conversation) && said.length > 0 ? (
          <p class="earlier">
            <button type="button" class="button quiet" onClick={() => void desk.earlier(peerId)}>
              {words.conversation.earlier}
            </button>
          </p>
        ) : null}
        {isLoaded(conversation) && said.length === 0 ? (
          <p class="nothing">{words.conversation.nothing(name)}</p>
        ) : null}
        <ol>
          {said.map((each, at) => (
            <Line
              key={keyOf(each)}
              said={each}
              before={said[at - 1]}
              isLast={lastOfMine(said, at)}
              onAbout={(next) => setAbout({ ...next, peer: peerId })}
            />
          ))}
        </ol>
        {knocking === undefined ? null : <RequestCard requests={knocking} />}
        <p class="writing" aria-live="polite">
          {state.writing.has(peerId) ? words.conversation.isWriting(name) : ''}
        </p>
      </div>
      <Composer
        key={peerId}
        seen={seen}
        about={about?.peer === peerId ? about : undefined}
        onAbout={(next) => setAbout({ ...next, peer: peerId })}
        onLeft={() => setAbout(undefined)}
      />
    </section>
  )
}

function Head({ seen, details }: { seen: Seen; details: boolean }) {
  const { words, now, monotonic } = useAround()
  const { who } = seen
  const presence = presenceWords(seen, now, words)
  return (
    <header class="head">
      <a class="tool back" href="#/" aria-label={words.conversation.back}>
        <Icon name="back" />
      </a>
      <Disc who={who} mark={markOf(seen)} />
      <div class="row-text">
        <h1>
          <Name who={who} />
          {who.relation === 'contact' ? null : <span class="id-end">{idEnd(who.peerId)}</span>}
        </h1>
        <p class="row-more">
          <span>{evidence(seen, monotonic, words)}</span>
          {presence === undefined ? null : (
            <>
              <span class="dot"> · </span>
              <bdi>{presence}</bdi>
            </>
          )}
        </p>
      </div>
      <button
        type="button"
        class="tool"
        aria-label={words.conversation.details}
        aria-expanded={details}
        onClick={() => {
          location.hash = withPerson(who.peerId, details ? undefined : 'details')
        }}
      >
        <Icon name="info" />
      </button>
    </header>
  )
}

function Line({
  said,
  before,
  isLast,
  onAbout,
}: {
  said: Said
  before: Said | undefined
  isLast: boolean
  onAbout(about: About): void
}) {
  const { words } = useAround()
  const mine = isMine(said)
  const newDay = before === undefined || day(timeOf(before), words) !== day(timeOf(said), words)
  const follows = !newDay && before !== undefined && isMine(before) === mine
  const time = new Intl.DateTimeFormat(words.locale, { hour: '2-digit', minute: '2-digit' })
  const instant = new Date(timeOf(said))
  return (
    <>
      {newDay ? <li class="day">{day(timeOf(said), words)}</li> : null}
      <li class={`line ${mine ? 'mine' : 'theirs'}${follows ? ' follows' : ''}`}>
        <span class="unseen">{authorOf(said, words)}: </span>
        <div class="bubble">
          {said.replyTo === undefined ? null : (
            <blockquote class="quoted" dir="auto">
              {said.quoted === undefined ? words.conversation.anEarlierOne : harmless(said.quoted)}
            </blockquote>
          )}
          {said.deleted === undefined ? (
            <p class="text" dir="auto">
              {textOf(said)}
            </p>
          ) : (
            <p class="text gone">{words.conversation.deleted}</p>
          )}
          {said.reaction === undefined ? null : (
            <p class="reaction">
              <span class="unseen">
                {words.conversation.reaction(mine ? harmless(said.to.name) : words.conversation.you)}{' '}
              </span>
              <bdi>{harmless(said.reaction)}</bdi>
            </p>
          )}
          <p class="foot">
            {said.edited === undefined ? null : (
              <span title={clock(said.edited, new Date(0), words)}>{words.conversation.edited} · </span>
            )}
            {said.amending === undefined ? null : <span>{words.conversation.amending} · </span>}
            {!mine && said.inbox !== undefined ? (
              <span>{words.conversation.toInbox(harmless(said.inbox))} · </span>
            ) : null}
            <time dateTime={timeOf(said)} title={clock(timeOf(said), new Date(0), words)}>
              {Number.isNaN(instant.getTime()) ? '' : time.format(instant)}
            </time>
            {mine ? <Standing said={said} inWords={isLast} /> : null}
            <MessageActs said={said} onAbout={onAbout} />
          </p>
        </div>
      </li>
    </>
  )
}

/** How a message of mine stands: in words for the newest and for whatever is not simply there. */
function Standing({ said, inWords }: { said: Outcome; inWords: boolean }) {
  const { desk, words, state } = useAround()
  const { kind, text } = outcome(said, state.link === 'open', words)
  const isPlain = kind === 'delivered' || kind === 'displayed'
  const again = said.reason === 'closed' ? words.conversation.waitUntilOpen : words.conversation.retry
  return (
    <>
      <span class={`standing standing-${kind}`} title={text}>
        <Icon name={ICONS[kind]} />
        <span class={isPlain && !inWords ? 'unseen' : ''}>{text}</span>
      </span>
      {kind === 'pending' && said.seq !== UNNUMBERED ? (
        <button
          type="button"
          class="link"
          onClick={() => void desk.ask((agent) => agent.recall({ id: said.id }))}
        >
          {words.conversation.recall}
        </button>
      ) : null}
      {kind === 'failed' &&
      said.text !== undefined &&
      said.reason !== 'recalled' &&
      said.deleted === undefined ? (
        <button
          type="button"
          class="link"
          onClick={() => void desk.send(said.to.peerId, said.text ?? '', said.reason === 'closed')}
        >
          {again}
        </button>
      ) : null}
    </>
  )
}

const ICONS: Readonly<Record<StandingKind, IconName>> = {
  delivered: 'check',
  displayed: 'seen',
  held: 'clock',
  failed: 'cross',
  pending: 'clock',
  sending: 'clock',
}

function lastOfMine(said: readonly Said[], at: number): boolean {
  const each = said[at]
  return each !== undefined && isMine(each) && !said.slice(at + 1).some(isMine)
}

/** What is on the screen while somebody looks at it has been read. */
function useReading(peer: PeerId): void {
  const { desk, state } = useAround()
  const conversation = state.conversations.get(peer)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time something came it may be read
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible' && document.hasFocus()) desk.read(peer)
    }
    look()
    addEventListener('focus', look)
    document.addEventListener('visibilitychange', look)
    return () => {
      removeEventListener('focus', look)
      document.removeEventListener('visibilitychange', look)
    }
  }, [desk, peer, conversation])
}

/** The list follows its end while somebody is there, and stays where it is while they read further up. */
function useFollowing(peer: PeerId, said: readonly Said[]) {
  const list = useRef<HTMLDivElement>(null)
  const atTheEnd = useRef(true)
  const before = useRef<{ first: string | undefined; height: number }>({ first: undefined, height: 0 })
  const first = said[0]
  // biome-ignore lint/correctness/useExhaustiveDependencies: another person, another end
  useLayoutEffect(() => {
    atTheEnd.current = true
  }, [peer])
  useLayoutEffect(() => {
    const shown = list.current
    if (shown === null) return
    const was = before.current
    const key = first === undefined ? undefined : keyOf(first)
    if (atTheEnd.current) shown.scrollTop = shown.scrollHeight
    else if (key !== was.first) shown.scrollTop += shown.scrollHeight - was.height
    before.current = { first: key, height: shown.scrollHeight }
  })
  const onScroll = () => {
    const shown = list.current
    if (shown !== null)
      atTheEnd.current = shown.scrollHeight - shown.scrollTop - shown.clientHeight < AT_THE_END
  }
  return { list, onScroll }
}
