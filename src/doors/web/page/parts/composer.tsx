/** @jsxImportSource preact */
/** Where one writes. What was not sent stays here, also while one looks at somebody else. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { inboxBasic } from '../../../../agent/readiness.ts'
import type { PeerId } from '../../../../principal/ids.ts'
import { harmless } from '../../../cli/harmless.ts'
import type { Seen } from '../state/page-state.ts'
import { useAround } from './around.tsx'
import { Icon } from './icon.tsx'

/** Drafts live as long as the page: they are no one else's, and no disk's. */
const drafts = new Map<PeerId, string>()

/** It grows with what is written, up to so many lines. */
const LINES_MOST = 8

export function Composer({ seen }: { seen: Seen }) {
  const { desk, words, state } = useAround()
  const { peerId } = seen.who
  const name = harmless(seen.who.name)
  const [text, setText] = useState(drafts.get(peerId) ?? '')
  const [untilOpen, setUntilOpen] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const isClosed = inboxBasic(seen) === 'closed'

  useEffect(() => {
    // On a touch screen the keyboard would cover what is to be read first.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [])

  const write = (next: string): void => {
    drafts.set(peerId, next)
    setText(next)
  }
  const send = async (): Promise<void> => {
    if (text.trim() === '') return
    write('')
    desk.typed(peerId, '')
    const taken = await desk.send(peerId, text, untilOpen && isClosed)
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
            desk.typed(peerId, event.currentTarget.value)
          }}
          onKeyDown={(event) => {
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
