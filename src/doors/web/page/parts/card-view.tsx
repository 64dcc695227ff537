/** @jsxImportSource preact */
/** What I hand to others: my card, as a code and as a link, and the words that say my key aloud. */
import { harmless } from '../../../cli/harmless.ts'
import { useAnswer, useAround } from './around.tsx'
import { QrCode } from './qr-code.tsx'
import { SafetyWords } from './safety-words.tsx'
import { Sheet } from './sheet.tsx'

export function CardView() {
  const { desk, words } = useAround()
  // Anew: where I can be reached may have changed.
  const [self] = useAnswer((agent) => agent.whoami(), [])
  if (self === undefined) return <Sheet title={words.card.title}>{null}</Sheet>
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(self.card)
      desk.say(words.card.copied)
    } catch {
      getSelection()?.selectAllChildren(document.getElementById('card') ?? document.body)
    }
  }
  return (
    <Sheet title={words.card.title} says={words.card.explained}>
      <div class="card-both">
        <QrCode content={self.card} label={words.card.qr} />
        <div>
          <p class="card-name">
            <bdi>{harmless(self.name)}</bdi>
          </p>
          <p class="key" id="card">
            {harmless(self.card)}
          </p>
          <button type="button" class="button" onClick={() => void copy()}>
            {words.card.copy}
          </button>
        </div>
      </div>
      <section>
        <h2>{words.card.words}</h2>
        <p class="soft">{words.card.wordsExplained}</p>
        <SafetyWords words={self.safetyWords} />
      </section>
      <section>
        <h2>{words.card.address}</h2>
        <p class="key">{self.inbox}</p>
        <p class="key">{self.presence}</p>
      </section>
    </Sheet>
  )
}
