import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

/** Below `nigh rules`. */
export function declareExplain(rules: Command, act: Act): void {
  const command = declare(rules, {
    usage: 'explain <who>',
    does: 'what somebody sees of you, what becomes of what they write, and because of which rule',
    examples: ['nigh rules explain bob', 'nigh rules explain bob --inbox oncall'],
  }).option('--inbox <label>', 'of what they write to this inbox only')
  calls(command, act, async () => (await import('./explain.run.ts')).explain)
}
