/** `nigh rules delivery`: whose messages are taken, held or refused, shown as sentences and changed as one document. */
import type { DeliveryRules, DeliveryRulesInForce } from '../../../agent.ts'
import { harmless } from '../harmless.ts'
import { commandsFor } from '../rules-document.ts'

export const { show, set, edit } = commandsFor<DeliveryRulesInForce>({
  word: 'delivery',
  ask: (agent, change) => agent.deliveryRules(change as DeliveryRules | undefined),
  documentOf: ({ inboxes }) => ({ inboxes }),
  inWords: (rules) =>
    rules.inWords
      .flatMap(({ inbox, address, rules: sentences, otherwise }) => [
        `Inbox ${inbox} (${address})`,
        ...sentences.map((sentence, index) => `  ${index + 1}. ${harmless(sentence)}`),
        ...(otherwise === undefined ? [] : [`  ${otherwise.charAt(0).toUpperCase()}${otherwise.slice(1)}`]),
      ])
      .join('\n'),
})
