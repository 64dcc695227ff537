import { Argument, type Command } from 'commander'
import { type Act, calls, callsOrUnknown, declare } from '../declare.ts'
import { declareAccess } from './access.ts'
import { declareDelivery } from './delivery.ts'
import { declareExplain } from './explain.ts'
import { declareVisibility } from './visibility.ts'

const load = async () => (await import('./rules.run.ts')).preset

export function declareRules(nigh: Command, act: Act): void {
  const rules = declare(nigh, {
    usage: 'rules',
    does: 'who may see me and write to me',
    examples: ['nigh rules', 'nigh rules preset office'],
  })
  callsOrUnknown(rules, act, load)

  const preset = declare(rules, {
    usage: 'preset',
    does: 'show or choose the rules in one word, and say what they do',
    examples: ['nigh rules preset', 'nigh rules preset private'],
  }).addArgument(new Argument('[name]').choices(['default', 'office', 'private', 'hidden']))
  calls(preset, act, load)

  declareAccess(rules, act)
  declareDelivery(rules, act)
  declareVisibility(rules, act)
  declareExplain(rules, act)
}
