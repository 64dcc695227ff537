/** @jsxImportSource preact */
/** A place of the page beside conversations: its title, a sentence, and what is in it. */
import type { ComponentChildren } from 'preact'
import { useAround } from './around.tsx'
import { Icon } from './icon.tsx'

export function Sheet({
  title,
  says,
  children,
}: {
  title: string
  says?: string
  children: ComponentChildren
}) {
  const { words } = useAround()
  return (
    <section class="sheet">
      <header class="head">
        <a class="tool back" href="#/" aria-label={words.conversation.back}>
          <Icon name="back" />
        </a>
        <h1 tabIndex={-1}>{title}</h1>
      </header>
      <div class="sheet-in">
        {says === undefined ? null : <p class="says">{says}</p>}
        {children}
      </div>
    </section>
  )
}
