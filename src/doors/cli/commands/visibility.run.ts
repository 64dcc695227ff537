/** `nigh rules visibility` and `nigh rules watchers-visible`: what others learn of me as a watcher, and of my watchers. */
import type { VisibilityRules, VisibilityRulesInForce, WatchersVisible } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { commandsFor } from '../rules-document.ts'

export const { show, set, edit } = commandsFor<VisibilityRulesInForce>({
  word: 'visibility',
  ask: (agent, change) => agent.visibilityRules(change as VisibilityRules | undefined),
  documentOf: ({ inWords: _, ...document }) => document,
  inWords: ({ inWords }) => inWords.map(harmless).join('\n'),
})

export async function watchersVisible(call: Call<object>): Promise<number> {
  const { words, print, around } = call
  const [to] = words
  return withOwn(call, async ({ agent }) => {
    const now = await agent.watchersVisible(to === undefined ? undefined : { to: to as WatchersVisible })
    print.print({ event: 'rule', at: around.now().toISOString(), watchersVisible: now.to }, () =>
      now.to === 'contacts'
        ? 'Your contacts can ask who watches you. Watchers who hide are not in the answer.'
        : 'Nobody can ask who watches you. Whoever asks sees what you have of them, and no one else.',
    )
    return 0
  })
}
