import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareMe(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'me',
    does: 'change the name that others are shown',
    examples: ['nigh me --name Alice', 'nigh me --name "Alice at the desk"'],
  }).requiredOption('--name <name>', 'the new display name')
  calls(command, act, async () => (await import('./whoami.run.ts')).me)
}
