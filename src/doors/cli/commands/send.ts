import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { durationOf } from '../duration.ts'
import { argument } from '../globals.ts'

export function declareSend(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'send <who> [text]',
    does: 'send a message; without a text, or with -, from stdin. The exit code is the outcome',
    examples: ['nigh send bob "lunch?"', 'echo "build failed" | nigh send bob/oncall --expire 1h'],
  })
    .option('--expire <duration>', 'fail if it has not left within this time', argument(durationOf))
    .option('--until-open', 'when they are closed, keep it until they are open')
  calls(command, act, async () => (await import('./send.run.ts')).send)
}
