import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareWhoami(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'whoami',
    does: 'show my name, addresses, card and safety words',
    examples: ['nigh whoami', 'nigh whoami --json'],
  })
  calls(command, act, async () => (await import('./whoami.run.ts')).whoami)
}
