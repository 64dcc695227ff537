import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { wholeNumber } from '../globals.ts'

export function declareInbox(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'inbox',
    does: 'show messages, oldest first',
    examples: ['nigh inbox --unread --mark-read', 'nigh inbox --with bob --follow'],
  })
    .option('--follow', 'go on printing what comes, until Ctrl-C')
    .option('--with <who>', 'the conversation with one person, both directions')
    .option('--unread', 'only what is unread')
    .option('--limit <number>', 'at most the last so many (default: 50)', wholeNumber(1, 1000))
    .option('--before <id>', 'only what is older than this message')
    .option('--mark-read', 'mark what is shown as read')
  calls(command, act, async () => (await import('./inbox.run.ts')).inbox)
}
