import { Argument, type Command, Option } from 'commander'
import { NighError } from '../../../errors.ts'
import { type Act, calls, declare } from '../declare.ts'
import { argument, gathered } from '../globals.ts'

export function declareStatus(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'status',
    does: 'show or change my presence; what is not named stays as it was',
    examples: [
      'nigh status closed --activity meeting --until 17:30',
      'nigh status --tuple phone --address tel:+43123456 --note "until six"',
    ],
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
    .option('--tuple <id>', 'all of this about another way to reach me, which contacts are shown as well')
    .option('--address <uri>', "its address: tel:, mailto:, sip:, https: or any other; '' removes it")
    .option('--priority <number>', 'from 0 to 1: more is preferred', argument(priorityOf))
    .option('--remove-tuple <id>', 'that way is no more')
    .addOption(
      new Option('--elide <choice>', 'whether the address of my inbox is left out while I am closed').choices(
        ['on', 'off'],
      ),
    )
  calls(command, act, async () => (await import('./status.run.ts')).status)
}

function priorityOf(text: string): number {
  const number = Number(text)
  if (/^[0-9.]{1,16}$/.test(text) && number >= 0 && number <= 1) return number
  throw new NighError('usage', 'It must be a number from 0 to 1, such as 0.8.')
}
