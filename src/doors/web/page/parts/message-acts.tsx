/** @jsxImportSource preact */
/** What can be done with one message: answer it, react to it, edit it, delete it for both. */

import { useState } from 'preact/hooks'
import { isMine, type Said, UNNUMBERED } from '../../../../agent/said.ts'
import type { Agent, Outcome } from '../../../../agent.ts'
import { outcome as standing } from '../words/spoken.ts'
import { useAround } from './around.tsx'
import { Icon } from './icon.tsx'

/** What the place to write is about, until it was sent. */
export interface About {
  as: 'answer' | 'edit'
  said: Said
}

/** What people react with most. */
const REACTIONS = ['👍', '👎', '🎉', '😂', '😮', '🙏'] as const

/** A change is answered in this time where they are here, ms; else it goes on its way by itself. */
const ANSWERED_WITHIN_MS = 3_000

/** Asks for a change. That it arrived shows where the message stands; that it failed is said, and resolves with false. */
export function useAmend(): (
  change: (agent: Agent, wait: { waitMs: number }) => Promise<Outcome>,
) => Promise<boolean> {
  const { desk, words } = useAround()
  return async (change) => {
    const outcome = await desk.ask((agent) => change(agent, { waitMs: ANSWERED_WITHIN_MS }))
    if (outcome === undefined) return false
    if (outcome.outcome !== 'failure' || outcome.amends === undefined) return true
    const text = `${words.conversation.notChanged} ${standing(outcome, true, words).text}`
    desk.happen({ it: 'notice', notice: { kind: 'failed', text } })
    return false
  }
}

export function MessageActs({ said, onAbout }: { said: Said; onAbout(about: About): void }) {
  const { words } = useAround()
  const [isOpen, setOpen] = useState(false)
  const close = (): void => setOpen(false)
  // What has not been taken yet, or is gone, has nothing to be changed.
  if (said.seq === UNNUMBERED || said.deleted !== undefined) return null
  return (
    <>
      <button
        type="button"
        class="more"
        aria-label={words.conversation.acts}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="more" />
      </button>
      {isOpen ? (
        <span class="acts">
          <button
            type="button"
            class="link"
            onClick={() => {
              close()
              onAbout({ as: 'answer', said })
            }}
          >
            {words.conversation.answer}
          </button>
          {isMine(said) ? (
            <Mine said={said} onAbout={onAbout} close={close} />
          ) : (
            <Reactions said={said} close={close} />
          )}
        </span>
      ) : null}
    </>
  )
}

function Reactions({ said, close }: { said: Said; close(): void }) {
  const { words } = useAround()
  const amend = useAmend()
  const react = (reaction: string | null): void => {
    close()
    void amend((agent, wait) => agent.react({ id: said.id, reaction, ...wait }))
  }
  return (
    <>
      {REACTIONS.map((each) => (
        <button
          key={each}
          type="button"
          class="react"
          aria-label={words.conversation.react(each)}
          onClick={() => react(each)}
        >
          {each}
        </button>
      ))}
      {said.reaction === undefined ? null : (
        <button type="button" class="link" onClick={() => react(null)}>
          {words.conversation.unreact}
        </button>
      )}
    </>
  )
}

function Mine({ said, onAbout, close }: { said: Outcome; onAbout(about: About): void; close(): void }) {
  const { words } = useAround()
  const [isSure, setSure] = useState(false)
  const amend = useAmend()
  if (said.outcome === 'failure') return null
  return (
    <>
      <button
        type="button"
        class="link"
        onClick={() => {
          close()
          onAbout({ as: 'edit', said })
        }}
      >
        {words.conversation.edit}
      </button>
      <button
        type="button"
        class="link"
        onClick={() => {
          if (!isSure) return setSure(true)
          close()
          void amend((agent, wait) => agent.deleteForBoth({ id: said.id, ...wait }))
        }}
      >
        {isSure ? words.conversation.deleteSurely : words.conversation.deleteForBoth}
      </button>
    </>
  )
}
