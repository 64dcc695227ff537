import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareWho(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'who',
    does: 'list contacts and people near, with presence and how sure it is',
    examples: ['nigh who', 'nigh who --wait 5s --json'],
  })
  calls(command, act, async () => (await import('./who.run.ts')).who)
}
