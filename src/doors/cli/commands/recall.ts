import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareRecall(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'recall <id>',
    does: 'take a message back, if they do not have it yet',
    examples: [
      'nigh recall 0190f2a1-7c3e-7abc-8def-0123456789ab',
      'nigh recall 0190f2a1-7c3e-7abc-8def-0123456789ab --wait 1m',
    ],
  })
  calls(command, act, async () => (await import('./recall.run.ts')).recall)
}
