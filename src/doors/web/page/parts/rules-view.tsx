/** @jsxImportSource preact */
/** The rules: who sees what as one word, who is treated otherwise, and the general rules in sentences. */
import type { Preset } from '../../../../agent.ts'
import { harmless } from '../../../cli/harmless.ts'
import { actOf } from '../state/person-rule.ts'
import { withPerson } from '../state/route.ts'
import { clock } from '../words/spoken.ts'
import { useAnswer, useAround } from './around.tsx'
import { Disc, Name } from './person.tsx'
import { Sheet } from './sheet.tsx'

const PRESETS: readonly Preset[] = ['default', 'office', 'private', 'hidden']

export function RulesView() {
  const { desk, words, state, now } = useAround()
  const [rules, replaceRules] = useAnswer((agent) => agent.rules(), [])
  const [access] = useAnswer((agent) => agent.accessRules(), [rules])
  const [delivery] = useAnswer((agent) => agent.deliveryRules(), [])

  const choose = async (preset: Preset): Promise<void> => {
    const changed = await desk.ask((agent) => agent.rules({ preset }))
    if (changed === undefined) return
    replaceRules(changed)
    desk.say(words.rules.changed)
  }

  return (
    <Sheet title={words.rules.title}>
      <fieldset class="presets">
        <legend>{words.rules.preset}</legend>
        {PRESETS.map((preset) => (
          <label class="choice" key={preset}>
            <input
              type="radio"
              name="preset"
              checked={rules?.preset === preset}
              onChange={() => void choose(preset)}
            />
            <span class="choice-name">{words.rules.presets[preset].name}</span>
            <span class="choice-does">{words.rules.presets[preset].does}</span>
          </label>
        ))}
      </fieldset>
      {rules === undefined ? null : (
        <section>
          <h2>{words.rules.effect}</h2>
          <ul class="sentences" lang="en">
            {rules.effect.map((sentence) => (
              <li key={sentence}>{harmless(sentence)}</li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>{words.rules.people}</h2>
        {state.personRules.size === 0 ? <p class="soft">{words.rules.noPeople}</p> : null}
        <ul class="plain">
          {[...state.personRules.values()].map((rule) => (
            <li key={`${rule.who.peerId} ${rule.then}`}>
              <a class="row" href={withPerson(rule.who.peerId, 'details')}>
                <Disc who={rule.who} />
                <span class="row-text">
                  <Name who={rule.who} />
                  <span class="row-more">
                    {words.details.acts[actOf(rule)].name}
                    {rule.until === undefined ? '' : ` · ${words.until(clock(rule.until, now, words))}`}
                  </span>
                </span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      {access === undefined || access.inWords.length === 0 ? null : (
        <section>
          <h2>{words.rules.general}</h2>
          <ul class="sentences" lang="en">
            {access.inWords.map((sentence) => (
              <li key={sentence}>{harmless(sentence)}</li>
            ))}
          </ul>
        </section>
      )}
      {delivery === undefined ? null : (
        <section>
          <h2>{words.rules.delivery}</h2>
          {delivery.inWords.map(({ inbox, rules: sentences, otherwise }) => (
            <ul class="sentences" key={inbox} lang="en">
              {[...sentences, ...(otherwise === undefined ? [] : [otherwise])].map((sentence) => (
                <li key={sentence}>
                  {inbox === 'default' ? '' : `${harmless(inbox)}: `}
                  {harmless(sentence)}
                </li>
              ))}
            </ul>
          ))}
        </section>
      )}
    </Sheet>
  )
}
