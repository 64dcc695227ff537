import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareWatch(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'watch [who...]',
    does: 'ask to see someone from now on, and follow until Ctrl-C; the wish stays until --cancel. Without WHO: follow everyone',
    examples: ['nigh watch bob', 'nigh watch bob --cancel'],
  }).option('--cancel', 'end the wish: no longer see them')
  calls(command, act, async () => (await import('./watch.run.ts')).watch)
}
