import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { durationOf } from '../duration.ts'
import { argument } from '../globals.ts'

export function declareFetch(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'fetch <who...>',
    does: 'look at what someone shows now, once; they see that you looked',
    examples: ['nigh fetch bob', 'nigh fetch bob carol --json'],
  })
  calls(command, act, async () => (await import('./fetch.run.ts')).fetch)
}

export function declarePoll(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'poll <who...>',
    does: 'look again and again until Ctrl-C; to be told of changes use watch',
    examples: ['nigh poll bob --every 10s', 'nigh poll bob carol --every 5m --json'],
  }).requiredOption('--every <duration>', 'how often: 10s 5m 1h', argument(durationOf))
  calls(command, act, async () => (await import('./fetch.run.ts')).poll)
}
