import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { wholeNumber } from '../globals.ts'

export function declareSearch(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'search <words...>',
    does: 'find messages by their words, in both directions',
    examples: ['nigh search coffee', 'nigh search --with bob release plan'],
  })
    .option('--with <who>', 'only in the conversation with one person')
    .option('--limit <number>', 'at most the newest so many (default: 50)', wholeNumber(1, 1000))
    .option('--before <id>', 'only what is older than this message')
  calls(command, act, async () => (await import('./search.run.ts')).search)
}
