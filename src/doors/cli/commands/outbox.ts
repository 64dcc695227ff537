import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { wholeNumber } from '../globals.ts'

export function declareOutbox(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'outbox',
    does: 'show what I sent and how each message stands',
    examples: ['nigh outbox', 'nigh outbox --limit 5 --json'],
  }).option('--limit <number>', 'at most the last so many (default: 50)', wholeNumber(1, 1000))
  calls(command, act, async () => (await import('./outbox.run.ts')).outbox)
}
