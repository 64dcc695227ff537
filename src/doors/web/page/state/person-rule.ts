/** The rules about one person, as acts to choose from. */
import type { PersonRuleChange, PersonRuleMade } from '../../../../agent.ts'

export type PersonRuleAct = 'allow-contacts' | 'allow-nearby' | 'hide' | 'polite-block' | 'block' | 'unblock'

/** In the order of what they take away. */
export const PERSON_RULE_ACTS: readonly PersonRuleAct[] = [
  'allow-contacts',
  'allow-nearby',
  'hide',
  'polite-block',
  'block',
]

export function changeFor(act: PersonRuleAct): Omit<PersonRuleChange, 'who'> {
  if (act === 'allow-contacts') return { then: 'allow', view: 'contacts' }
  if (act === 'allow-nearby') return { then: 'allow', view: 'nearby' }
  return { then: act }
}

/** Which act a rule in force came from. */
export function actOf(rule: Pick<PersonRuleMade, 'then' | 'view'>): PersonRuleAct {
  if (rule.then !== 'allow') return rule.then
  return rule.view === 'contacts' ? 'allow-contacts' : 'allow-nearby'
}

/** Only these are lifted by `unblock`. */
export function isLifted(act: PersonRuleAct): boolean {
  return act === 'hide' || act === 'polite-block' || act === 'block'
}
