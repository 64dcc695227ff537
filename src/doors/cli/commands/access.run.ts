/** `nigh rules access`: who may see what, shown as sentences and changed as one document. */
import type { AccessRules, AccessRulesInForce } from '../../../agent.ts'
import { harmless } from '../harmless.ts'
import { commandsFor } from '../rules-document.ts'

export const { show, set, edit } = commandsFor<AccessRulesInForce>({
  word: 'access',
  ask: (agent, change) => agent.accessRules(change as AccessRules | undefined),
  documentOf: ({ rules }) => ({ rules }),
  inWords: ({ people, inWords, otherwise }) =>
    [
      ...heading(
        'About one person; these decide alone:',
        people.map(
          ({ effect, until }) => `${effect[0] ?? ''}${until === undefined ? '' : ` Until ${until}.`}`,
        ),
      ),
      ...heading('In general; of those that match the most generous decides:', inWords),
      ...heading(
        people.length + inWords.length === 0
          ? 'You made no rules of your own:'
          : 'Where none of them matches:',
        otherwise,
      ),
    ].join('\n'),
})

function heading(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [title, ...sentences.map((sentence) => `  ${harmless(sentence)}`)]
}
