/** `nigh rules preset`: the rules in one word, and what they do in sentences. */
import type { Preset } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'

export async function preset(call: Call): Promise<number> {
  const { words, print, around } = call
  const [name] = words
  return withOwn(call, async ({ agent }) => {
    const rules = await agent.rules(name === undefined ? undefined : { preset: name as Preset })
    print.print({ event: 'rule', at: around.now().toISOString(), ...rules }, () =>
      [`Rules: ${rules.preset}`, ...rules.effect.map((sentence) => `  ${harmless(sentence)}`)].join('\n'),
    )
    return 0
  })
}
