/** @jsxImportSource preact */
/** My presence as I set it, my name, and the language of the page. */
import { useState } from 'preact/hooks'
import type { StatusChange } from '../../../../agent.ts'
import { NAME_LIMIT, NOTE_LIMIT } from '../../../../envelope/protocol.ts'
import { clock } from '../words/spoken.ts'
import { LANGUAGES } from '../words/words.ts'
import { useAround } from './around.tsx'
import { Sheet } from './sheet.tsx'

/** Those of RFC 4480 that people at a desk use. */
const ACTIVITIES = ['working', 'busy', 'meeting', 'on-the-phone', 'away', 'lunch', 'in-transit', 'vacation']
const HOURS = [1, 2, 4, 8]
/** Until when it holds is left as it is. */
const AS_IT_IS = 'as it is'

/** What was touched; the rest was perhaps said at another door, and more of it than there is room for here. */
function changed({
  note,
  activity,
  hours,
}: {
  note?: string
  activity?: string
  hours?: string
}): StatusChange {
  const until = (): string | null =>
    hours === '0' ? null : new Date(Date.now() + Number(hours) * 3_600_000).toISOString()
  return {
    ...(note === undefined ? {} : { note: note.trim() === '' ? null : note.trim() }),
    ...(activity === undefined ? {} : { activities: activity === '' ? [] : [activity] }),
    ...(hours === undefined || hours === AS_IT_IS ? {} : { until: until() }),
  }
}

export function MeView() {
  const { desk, words, state, now, speak } = useAround()
  const { status, self } = state
  // What is being written stays, whatever is told meanwhile; until then the fields show what stands.
  const [typed, setTyped] = useState<{ note?: string; activity?: string; hours?: string; name?: string }>({})
  const type = (field: keyof typeof typed, text: string): void =>
    setTyped((before) => ({ ...before, [field]: text }))
  const note = typed.note ?? status?.note ?? ''
  const activity = typed.activity ?? status?.activities[0] ?? ''
  const name = typed.name ?? self?.name ?? ''
  const hours = typed.hours ?? (status?.until === undefined ? '0' : AS_IT_IS)

  const show = async (change: StatusChange): Promise<boolean> => {
    const shown = await desk.ask((agent) => agent.status(change))
    if (shown === undefined) return false
    desk.happen({ it: 'status', status: shown })
    desk.say(words.me.saved)
    return true
  }
  /** What was written since is not shown yet. */
  const nowShown = (rest: typeof typed): void => setTyped((now) => (now === typed ? rest : now))
  const showAll = async (change: StatusChange): Promise<void> => {
    const { note: _, activity: __, hours: ___, ...rest } = typed
    if (await show(change)) nowShown(rest)
  }
  const rename = async (): Promise<void> => {
    const changed = await desk.ask((agent) => agent.me({ name }))
    if (changed === undefined) return
    desk.happen({ it: 'self', self: changed })
    const { name: _, ...rest } = typed
    nowShown(rest)
    desk.say(words.me.saved)
  }

  return (
    <Sheet title={words.me.title}>
      <fieldset class="presets">
        <legend>{words.me.status}</legend>
        {(['open', 'closed'] as const).map((basic) => (
          <label class="choice" key={basic}>
            <input
              type="radio"
              name="basic"
              checked={status?.basic === basic}
              onChange={() => void show({ basic })}
            />
            <span class="choice-name">{words.me[basic]}</span>
            <span class="choice-does">{basic === 'open' ? words.me.openMeans : words.me.closedMeans}</span>
          </label>
        ))}
      </fieldset>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault()
          void showAll(changed(typed))
        }}
      >
        <label>
          {words.me.note}
          <input
            value={note}
            maxLength={NOTE_LIMIT}
            dir="auto"
            placeholder={words.me.notePlaceholder}
            onInput={(event) => type('note', event.currentTarget.value)}
          />
        </label>
        <label>
          {words.me.activity}
          <select value={activity} onChange={(event) => type('activity', event.currentTarget.value)}>
            <option value="">{words.me.noActivity}</option>
            {[...new Set([...ACTIVITIES, ...(activity === '' ? [] : [activity])])].map((each) => (
              <option key={each} value={each}>
                {words.activity(each)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.me.until}
          <select value={hours} onChange={(event) => type('hours', event.currentTarget.value)}>
            {status?.until === undefined ? null : (
              <option value={AS_IT_IS}>{clock(status.until, now, words)}</option>
            )}
            <option value="0">{words.me.untilNone}</option>
            {HOURS.map((each) => (
              <option key={each} value={String(each)}>
                {words.me.hours(each)}
              </option>
            ))}
          </select>
        </label>
        <div class="acts">
          <button type="submit" class="button">
            {words.me.save}
          </button>
          <button type="button" class="button quiet" onClick={() => void showAll({ clear: true })}>
            {words.me.clear}
          </button>
        </div>
      </form>
      <form
        class="field-row"
        onSubmit={(event) => {
          event.preventDefault()
          void rename()
        }}
      >
        <label>
          {words.me.name}
          <input
            value={name}
            maxLength={NAME_LIMIT}
            dir="auto"
            onInput={(event) => type('name', event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button quiet">
          {words.details.save}
        </button>
      </form>
      <label class="language">
        {words.settings.language}
        <select value={words.language} onChange={(event) => speak(event.currentTarget.value)}>
          {LANGUAGES.map(({ language, languageName }) => (
            <option key={language} value={language} lang={language}>
              {languageName}
            </option>
          ))}
        </select>
      </label>
    </Sheet>
  )
}
