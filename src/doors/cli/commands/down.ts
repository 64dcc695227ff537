import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareDown(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'down',
    does: 'leave: end the running Nigh of this home with a goodbye',
    examples: ['nigh down', 'nigh down --as alice'],
  })
  calls(command, act, async () => (await import('./down.run.ts')).down)
}
