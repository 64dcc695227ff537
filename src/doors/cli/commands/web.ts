import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { wholeNumber } from '../globals.ts'

export function declareWeb(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'web',
    does: 'open the page in your browser: people, conversations, requests and rules',
    examples: ['nigh web', 'nigh web --no-open --port 4080'],
  })
    .option(
      '--port <number>',
      'serve the page on this port of 127.0.0.1 (default: any)',
      wholeNumber(1, 65_535),
    )
    .option('--no-open', 'start no browser; the file to open is printed')
  calls(command, act, async () => (await import('./web.run.ts')).web)
}
