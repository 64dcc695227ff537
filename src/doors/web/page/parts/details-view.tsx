/** @jsxImportSource preact */
/** One person in full: how they are, what they get of me and why, and my rule about them. */
import { useState } from 'preact/hooks'
import type { Explanation } from '../../../../agent.ts'
import { NAME_LIMIT } from '../../../../envelope/protocol.ts'
import { harmless } from '../../../cli/harmless.ts'
import type { Seen } from '../state/page-state.ts'
import { actOf, changeFor, isLifted, PERSON_RULE_ACTS, type PersonRuleAct } from '../state/person-rule.ts'
import { withPerson } from '../state/route.ts'
import { clock, documentWords, evidence, otherWays, presenceWords } from '../words/spoken.ts'
import type { Words } from '../words/words.ts'
import { useAnswer, useAround } from './around.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { Icon } from './icon.tsx'

export function DetailsView({ seen }: { seen: Seen }) {
  const { words, now, monotonic } = useAround()
  const { who } = seen
  const name = harmless(who.name)
  const ways = otherWays(seen, words)
  const [isAsked, setAsked] = useState(false)
  return (
    <aside class="details" aria-label={words.details.title(name)}>
      <header class="head">
        <h1 tabIndex={-1}>{words.details.title(name)}</h1>
        <a class="tool" href={withPerson(who.peerId)} aria-label={words.details.close}>
          <Icon name="close" />
        </a>
      </header>
      <div class="details-in">
        <section>
          <h2>{words.details.presence}</h2>
          <p>
            <bdi>{presenceWords(seen, now, words) ?? '–'}</bdi>
          </p>
          <p class="soft">{evidence(seen, monotonic, words)}</p>
          {seen.evidence === 'live' && seen.presence !== undefined ? null : isAsked ? (
            <Diagnosis who={who.peerId} />
          ) : (
            <button type="button" class="link" onClick={() => setAsked(true)}>
              {words.diagnosis.why}
            </button>
          )}
          {ways.length === 0 ? null : (
            <>
              <h3>{words.details.otherWays}</h3>
              <ul class="plain">
                {ways.map((way) => (
                  <li key={way}>
                    <bdi>{way}</bdi>
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
        <Contact seen={seen} />
        <Rule seen={seen} />
        <section>
          <h2>{words.details.id}</h2>
          <p class="key">{who.peerId}</p>
          <p>
            <a class="button quiet" href={withPerson(who.peerId, 'verify')}>
              <Icon name="shield" />
              {words.details.verify}
            </a>
          </p>
        </section>
      </div>
    </aside>
  )
}

/** Whether they are a contact, and what I call them. */
function Contact({ seen: { who } }: { seen: Seen }) {
  const { desk, words } = useAround()
  const [name, setName] = useState(who.petname ?? who.name)
  const isContact = who.relation === 'contact'

  const add = async (): Promise<void> => {
    const added = await desk.ask((agent) => agent.addContact({ who: who.peerId }))
    if (added === undefined) return
    desk.say(words.add.done(harmless(added.who.name)))
    await desk.refreshPeople()
  }
  const rename = async (): Promise<void> => {
    const renamed = await desk.ask((agent) => agent.renameContact({ who: who.peerId, name }))
    if (renamed === undefined) return
    desk.say(words.details.renamed(harmless(renamed.who.name)))
    await desk.refreshPeople()
  }
  const remove = async (): Promise<void> => {
    const removed = await desk.ask((agent) => agent.removeContact({ who: who.peerId }))
    if (removed === undefined) return
    desk.say(words.details.removed(harmless(removed.who.name)))
    await desk.refreshPeople()
  }

  if (!isContact)
    return (
      <section>
        <button type="button" class="button" onClick={() => void add()}>
          <Icon name="plus" />
          {words.details.addContact}
        </button>
      </section>
    )
  return (
    <section>
      <form
        class="field-row"
        onSubmit={(event) => {
          event.preventDefault()
          void rename()
        }}
      >
        <label>
          {words.details.rename}
          <input
            value={name}
            maxLength={NAME_LIMIT}
            dir="auto"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button quiet">
          {words.details.save}
        </button>
      </form>
      <button type="button" class="link" onClick={() => void remove()}>
        {words.details.removeContact}
      </button>
    </section>
  )
}

/** What they get of me and because of what, and the rule that would change it, each with its effect beside it. */
function Rule({ seen: { who } }: { seen: Seen }) {
  const { desk, state, words, now } = useAround()
  const rule = state.personRules.get(who.peerId)
  const inForce = rule === undefined ? undefined : actOf(rule)
  const [explained] = useAnswer(
    (agent) => agent.explain({ who: who.peerId }),
    [who.peerId, who.relation, rule, state.status],
  )
  const name = harmless(who.name)

  const choose = async (act: PersonRuleAct): Promise<void> => {
    const made = await desk.ask((agent) => agent.personRule({ who: who.peerId, ...changeFor(act) }))
    if (made === undefined) return
    desk.say(words.details.acts[act].does(name))
    await desk.refreshPeople()
  }

  return (
    <>
      <section>
        <h2>{words.details.what}</h2>
        {explained === undefined ? null : <Explained explained={explained} words={words} name={name} />}
      </section>
      <section>
        <h2>{words.details.rule}</h2>
        <ul class="choices">
          {[
            ...PERSON_RULE_ACTS,
            ...(inForce !== undefined && isLifted(inForce) ? (['unblock'] as const) : []),
          ].map((act) => {
            const { name: label, does } = words.details.acts[act]
            const isOn = act === inForce
            return (
              <li key={act}>
                <button
                  type="button"
                  class={`choice choice-${act}`}
                  aria-pressed={isOn}
                  onClick={() => void choose(act)}
                >
                  <span class="choice-name">
                    {label}
                    {isOn ? (
                      <span class="tag">
                        {words.details.now}
                        {rule?.until === undefined ? '' : `, ${words.until(clock(rule.until, now, words))}`}
                      </span>
                    ) : null}
                  </span>
                  <span class="choice-does">{does(name)}</span>
                </button>
              </li>
            )
          })}
        </ul>
      </section>
    </>
  )
}

export function Explained({
  explained,
  words,
  name,
}: {
  explained: Explanation
  words: Words
  name: string
}) {
  const { access, delivery } = explained
  const sees =
    access.presence === undefined
      ? access.decision === 'confirm'
        ? words.details.sees.untilAccepted
        : words.details.sees.nothing
      : words.details.seesView(harmless(access.view ?? ''))
  return (
    <dl class="explained">
      <dt>
        <bdi>{name}</bdi> {sees}
      </dt>
      <dd lang="en">{words.details.because(harmless(access.because))}</dd>
      {access.presence === undefined ? null : (
        <dd class="document">
          <bdi>{words.details.wouldSee(documentWords(access.presence, words))}</bdi>
        </dd>
      )}
      {delivery.map(({ inbox, decision, reason, because }) => (
        <>
          <dt key={inbox}>
            {words.details.messages[decision]}
            {inbox === 'default' ? '' : ` (${harmless(inbox)})`}
            {reason === undefined ? '' : `; ${words.details.theyRead(reason)}`}
          </dt>
          <dd lang="en">{words.details.because(harmless(because))}</dd>
        </>
      ))}
    </dl>
  )
}
