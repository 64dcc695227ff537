/** @jsxImportSource preact */
/** Somebody whom the network does not show by itself: by name, address or card. What was typed stays until it worked. */
import { useState } from 'preact/hooks'
import { harmless } from '../../../cli/harmless.ts'
import { withPerson } from '../state/route.ts'
import { useAround } from './around.tsx'
import { Sheet } from './sheet.tsx'

/** Somebody of this name may be coming just now, ms. */
const FIND_WITHIN_MS = 5_000

export function AddView() {
  const { desk, words } = useAround()
  const [who, setWho] = useState('')
  const [isBusy, setBusy] = useState(false)
  const add = async (): Promise<void> => {
    if (who.trim() === '') return
    setBusy(true)
    const added = await desk.ask((agent) => agent.addContact({ who: who.trim(), waitMs: FIND_WITHIN_MS }))
    setBusy(false)
    if (added === undefined) return
    desk.say(words.add.done(harmless(added.who.name)))
    await desk.refreshPeople()
    location.hash = withPerson(added.who.peerId)
  }
  return (
    <Sheet title={words.add.title}>
      <form
        class="field-row"
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <label>
          {words.add.label}
          <input
            value={who}
            dir="auto"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="add-hint"
            onInput={(event) => setWho(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={isBusy}>
          {words.add.button}
        </button>
      </form>
      <p class="soft" id="add-hint">
        {words.add.hint}
      </p>
    </Sheet>
  )
}
