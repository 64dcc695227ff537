/** `nigh status`: shows my presence, or merges into it what was named. */
import type { Basic, StatusChange } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { instantOf } from '../duration.ts'
import { ownStatusSentence } from '../sentences.ts'

export interface StatusOptions {
  activity?: string[]
  note?: string
  until?: string
  clear?: boolean
}

export async function status(call: Call<StatusOptions>): Promise<number> {
  const { words, options, print, around } = call
  const change: StatusChange = {
    ...(words[0] === undefined ? {} : { basic: words[0] as Basic }),
    ...(options.activity === undefined
      ? {}
      : { activities: options.activity.filter((activity) => activity !== '') }),
    ...(options.note === undefined ? {} : { note: options.note === '' ? null : options.note }),
    ...(options.until === undefined ? {} : { until: untilOf(options.until, around.now()) }),
    ...(options.clear ? { clear: true } : {}),
  }
  return withOwn(call, async ({ agent, running }) => {
    const own = await agent.status(Object.keys(change).length === 0 ? undefined : change)
    print.print({ event: 'status', at: around.now().toISOString(), ...own }, () => {
      const unseen = running ? '' : ' Nobody sees it until you start: nigh up'
      return ownStatusSentence(own, around.now()) + (unseen && unseen + call.home.flags)
    })
    return 0
  })
}

/** `''` takes the end away. */
function untilOf(text: string, now: Date): string | null {
  return text === '' ? null : instantOf(text, now)
}
