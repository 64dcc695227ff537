import { type Command, Option } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { durationOf } from '../duration.ts'
import { argument } from '../globals.ts'

export function declareMe(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'me',
    does: 'change the name that others are shown, what else they are told of me, and what calls me',
    examples: ['nigh me --name "Alice at the desk"', 'nigh me --display-receipts on --keep 30d --bell off'],
  })
    .option('--name <name>', 'the new display name')
    .addOption(
      choice(
        '--display-receipts',
        'tell contacts and people I accepted when I have read their message (default: off)',
      ),
    )
    .option(
      '--keep <duration>',
      'keep messages so long (1h 30d …) or `forever` (the default); what is unread stays',
      orWord('forever'),
    )
    .addOption(choice('--composing', 'let contacts see that I am writing to them (default: on)'))
    .addOption(
      choice(
        '--bell',
        'the screen rings the terminal’s bell for a message you do not see come (default: on)',
      ),
    )
    .addOption(
      new Option(
        '--notify <what>',
        'what the screen puts on the desktop then: nothing, who wrote, the text as well (default: name)',
      ).choices(['off', 'name', 'text']),
    )
    .option(
      '--away-after <duration>',
      'contacts see me as idle when the screen has had no key for so long (30s 10m …), or `never` (default: 5m)',
      orWord('never'),
    )
  calls(command, act, async () => (await import('./whoami.run.ts')).me)
}

/** ms; infinitely many for the word. */
function orWord(word: string) {
  return argument((text) => (text === word ? Number.POSITIVE_INFINITY : durationOf(text)))
}

function choice(flag: string, does: string): Option {
  return new Option(`${flag} <choice>`, does).choices(['on', 'off'])
}
