/** @jsxImportSource preact */
/** Is it really them? Their words to compare aloud, my own for them, and the card behind their code. */
import { useState } from 'preact/hooks'
import { harmless } from '../../../cli/harmless.ts'
import { safetyWordsOf } from '../key-words.ts'
import type { Seen } from '../state/page-state.ts'
import { withPerson } from '../state/route.ts'
import { useAnswer, useAround } from './around.tsx'
import { Icon } from './icon.tsx'
import { QrCode } from './qr-code.tsx'
import { SafetyWords } from './safety-words.tsx'

export function VerifyView({ seen }: { seen: Seen }) {
  const { who } = seen
  const { state, words } = useAround()
  const name = harmless(who.name)
  const [theirs] = useAnswer(() => safetyWordsOf(who.peerId), [who.peerId])
  const [card, setCard] = useState('')
  const [found, setFound] = useState<'same' | 'differs'>()
  return (
    <aside class="details" aria-label={words.verify.title(name)}>
      <header class="head">
        <h1 tabIndex={-1}>{words.verify.title(name)}</h1>
        <a class="tool" href={withPerson(who.peerId, 'details')} aria-label={words.details.close}>
          <Icon name="close" />
        </a>
      </header>
      <div class="details-in">
        <p>{words.verify.explained(name)}</p>
        <section>
          <h2>{words.verify.theirs(name)}</h2>
          {theirs === undefined ? null : <SafetyWords words={theirs} />}
          <Verdict seen={seen} onDiffers={() => setFound('differs')} />
        </section>
        <section>
          <form
            class="field-row"
            onSubmit={(event) => {
              event.preventDefault()
              if (card.trim() !== '') setFound(keyIn(card) === who.peerId ? 'same' : 'differs')
            }}
          >
            <label>
              {words.verify.paste}
              <input
                value={card}
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => {
                  setCard(event.currentTarget.value)
                  setFound(undefined)
                }}
              />
            </label>
            <button type="submit" class="button quiet">
              {words.verify.compare}
            </button>
          </form>
          <p role="status" class={`found found-${found ?? 'none'}`}>
            {found === undefined ? '' : words.verify[found](name)}
          </p>
        </section>
        {state.self === undefined ? null : (
          <section>
            <h2>{words.verify.mine}</h2>
            <SafetyWords words={state.self.safetyWords} />
            <QrCode content={state.self.card} label={words.card.qr} />
          </section>
        )}
      </div>
    </aside>
  )
}

/** What the comparison came to: kept for a contact, and taken back as easily. */
function Verdict({ seen: { who }, onDiffers }: { seen: Seen; onDiffers(): void }) {
  const { desk, words } = useAround()
  const name = harmless(who.name)
  const mark = async (verified: boolean): Promise<void> => {
    const marked = await desk.ask((agent) => agent.verifyContact({ who: who.peerId, verified }))
    if (marked === undefined) return
    desk.say(verified ? words.verify.done(name) : words.verify.undone(name))
    await desk.refreshPeople()
  }
  if (who.relation !== 'contact') return <p class="soft">{words.verify.needsContact(name)}</p>
  if (who.verified)
    return (
      <p>
        <button type="button" class="button quiet" onClick={() => void mark(false)}>
          {words.verify.undo}
        </button>
      </p>
    )
  return (
    <p class="acts">
      <button type="button" class="button" onClick={() => void mark(true)}>
        {words.verify.match}
      </button>
      <button type="button" class="button quiet" onClick={onDiffers}>
        {words.verify.mismatch}
      </button>
    </p>
  )
}

/** The key that a card or an address names. */
function keyIn(text: string): string {
  return text
    .trim()
    .replace(/^(nigh|im|pres):/i, '')
    .replace(/[?/].*$/s, '')
}
