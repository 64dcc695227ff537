/** `nigh allow`, `block`, `polite-block`, `hide`, `unblock`: one rule about one person, and its effect in sentences. */
import type { Agent, Explanation, PersonRuleChange } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call, Run } from '../call.ts'
import { harmless } from '../harmless.ts'
import { presenceWords } from '../presence-words.ts'
import { clock, selfAsPerson } from '../sentences.ts'

interface MakeOptions {
  view?: 'nearby' | 'contacts'
  fetchOnly?: true
  /** ms */
  for?: number
}

export function make(then: PersonRuleChange['then']): Run<MakeOptions> {
  return async (call) => {
    const { words, options, print, around } = call
    return withOwn(call, async ({ agent }) => {
      const made = await agent.personRule({
        who: words[0] ?? '',
        then,
        ...(options.view === undefined ? {} : { view: options.view }),
        ...(options.fetchOnly === undefined ? {} : { fetchOnly: true }),
        ...(options.for === undefined ? {} : { forMs: options.for }),
      })
      const now = around.now()
      const { effect, until, strangers } = made
      const thin = strangers === undefined ? '' : await strangersLine(call, agent, strangers)
      print.print({ event: 'rule', at: now.toISOString(), ...made }, () =>
        [
          ...effect.map(harmless),
          ...(until === undefined ? [] : [`It ends by itself: ${clock(until, now)}.`]),
          ...(thin === '' ? [] : [thin]),
        ].join('\n'),
      )
      return 0
    })
  }
}

export async function politeBlock(call: Call<MakeOptions & { check?: true }>): Promise<number> {
  if (call.options.check !== true) return make('polite-block')(call)
  const { print, around } = call
  return withOwn(call, async ({ agent }) => {
    const strangers = await agent.strangers()
    const thin = await strangersLine(call, agent, strangers)
    print.print({ event: 'rule', at: around.now().toISOString(), strangers }, () =>
      thin === ''
        ? 'Who comes with a fresh key sees nothing of you until you accept. Your cover is as thick as it gets.'
        : thin,
    )
    return 0
  })
}

/** A new key is a stranger: one command of theirs, and they look behind the cover. Empty where there is nothing to see. */
async function strangersLine(
  { around, home }: Pick<Call, 'around' | 'home'>,
  agent: Agent,
  { presence, because }: Explanation['access'],
): Promise<string> {
  if (presence === undefined) return ''
  const who = selfAsPerson(await agent.whoami())
  const words = presenceWords({ who, evidence: 'live', presence }, { now: around.now() })
  const act = because.startsWith('rule ')
    ? `nigh rules access edit${home.flags}`
    : `nigh rules preset private${home.flags}`
  return `A fresh key is a stranger, and strangers on this network see: ${harmless(presence.name)}, ${words}. To hide from them too: ${act}`
}
