/** What strangers on this network learn (fault P8): nobody should have to look it up. */
import type { OwnStatus, RulesSummary, Self } from '../../agent.ts'
import { harmless } from './harmless.ts'
import { statusWords } from './sentences.ts'

export function whoSeesMe(self: Self, status: OwnStatus, { preset }: RulesSummary): string {
  const name = harmless(self.name)
  if (preset === 'office') return `People on this network can see: ${name}, ${statusWords(status)}.`
  if (preset === 'private')
    return 'People on this network can see that a peer is here, and nothing else until you accept them.'
  if (preset === 'hidden')
    return 'You are hidden: you answer nobody on this network, and link to your contacts only.'
  return `People on this network can see: ${name}, ${status.basic}.`
}
