import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareWatchers(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'watchers',
    does: 'list who watches me, and who did: by which means, what they saw, until when they could read',
    examples: ['nigh watchers', 'nigh watchers --of bob --winfo'],
  })
    .option('--of <who>', 'who watches somebody else, as far as they let you see it')
    .option('--winfo', 'with --of: only what they have of you')
  calls(command, act, async () => (await import('./watchers.run.ts')).watchers)
}

export function declareSubscriptions(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'subscriptions',
    does: 'list whom I watch, and how that stands',
    examples: ['nigh subscriptions', 'nigh subscriptions --json'],
  })
  calls(command, act, async () => (await import('./watchers.run.ts')).subscriptions)
}
