/** @jsxImportSource preact */
/** Where one writes. What was not sent stays here, also while one looks at somebody else. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { quoteOf } from '../../../../agent/quote.ts'
import { inboxBasic } from '../../../../agent/readiness.ts'
import type { PeerId } from '../../../../principal/ids.ts'
import { harmless } from '../../../cli/harmless.ts'
import type { Seen } from '../state/page-state.ts'
import { useAround } from './around.tsx'
import { Icon } from './icon.tsx'
import { type About, useAmend } from './message-acts.tsx'

/** Drafts live as long as the page: they are no one else's, and no disk's. */
const drafts = new Map<PeerId, string>()

/** It grows with what is written, up to so many lines. */
const LINES_MOST = 8

export function Composer({
  seen,
  about,
  onAbout,
  onLeft,
}: {
  seen: Seen
  about: About | undefined
  onAbout(about: About): void
  onLeft(): void
}) {
  const { desk, words, state } = useAround()
  const { peerId } = seen.who
  const name = harmless(seen.who.name)
  const [text, setText] = useState(drafts.get(peerId) ?? '')
  const [untilOpen, setUntilOpen] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const isClosed = inboxBasic(seen) === 'closed'
  const amend = useAmend()
  const isEdit = about?.as === 'edit'
  const isAbout = useRef(about)
  isAbout.current = about

  useEffect(() => {
    // On a touch screen the keyboard would cover what is to be read first.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [])

  useEffect(() => {
    if (about !== undefined) field.current?.focus()
    // What was being written comes back after the edit.
    setText(about?.as === 'edit' ? (about.said.text ?? '') : (drafts.get(peerId) ?? ''))
  }, [about, peerId])

  const write = (next: string): void => {
    if (!isEdit) drafts.set(peerId, next)
    setText(next)
  }
  const send = async (): Promise<void> => {
    if (text.trim() === '') return
    if (about?.as === 'edit') {
      onLeft()
      const { said } = about
      const taken = await amend((agent, wait) => agent.edit({ id: said.id, text, ...wait }))
      // Not taken: the edit goes on, unless something else was begun meanwhile.
      if (!taken && isAbout.current === undefined) onAbout({ as: 'edit', said: { ...said, text } })
      return
    }
    onLeft()
    write('')
    desk.typed(peerId, '')
    const taken = await desk.send(peerId, text, untilOpen && isClosed, about?.said)
    // Not taken: nothing is lost, unless something new was begun meanwhile.
    if (!taken && (drafts.get(peerId) ?? '') === '') write(text)
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {about === undefined ? null : (
        <p class="hint about">
          {words.conversation.about(about.as)}: <bdi>{harmless(quoteOf(about.said.text ?? ''))}</bdi>{' '}
          <button type="button" class="link" onClick={onLeft}>
            {words.conversation.leave}
          </button>
        </p>
      )}
      {isClosed ? (
        <p class="hint">
          {words.conversation.closed(name)}{' '}
          <label>
            <input
              type="checkbox"
              checked={untilOpen}
              onChange={(event) => setUntilOpen(event.currentTarget.checked)}
            />{' '}
            {words.conversation.waitUntilOpen}
          </label>
        </p>
      ) : null}
      <div class="composer-row">
        <textarea
          ref={field}
          dir="auto"
          rows={Math.min(LINES_MOST, text.split('\n').length)}
          aria-label={words.conversation.write(name)}
          placeholder={words.conversation.write(name)}
          title={words.conversation.keys}
          value={text}
          disabled={state.self === undefined}
          onInput={(event) => {
            write(event.currentTarget.value)
            if (!isEdit) desk.typed(peerId, event.currentTarget.value)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && about !== undefined) return onLeft()
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            void send()
          }}
        />
        <button
          type="submit"
          class="send"
          aria-label={words.conversation.send}
          title={words.conversation.send}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  )
}
