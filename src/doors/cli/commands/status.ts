import { Argument, type Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { gathered } from '../globals.ts'

export function declareStatus(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'status',
    does: 'show or change my presence; what is not named stays as it was',
    examples: ['nigh status closed --activity meeting --until 17:30', 'nigh status --clear'],
  })
    .addArgument(
      new Argument('[basic]', 'open: messages are taken; closed: they are refused').choices([
        'open',
        'closed',
      ]),
    )
    .option('--activity <activity>', 'what I do (repeatable; replaces the former ones)', gathered)
    .option('--note <text>', "free text; '' removes it")
    .option('--until <time>', 'until then, after that plainly open: 1h, 17:30 or 2026-11-22T17:30:00Z')
    .option('--clear', 'back to plainly open, before the rest is set')
  calls(command, act, async () => (await import('./status.run.ts')).status)
}
