import { type Command, Option } from 'commander'
import { type Act, calls, declare } from '../declare.ts'
import { wholeNumber } from '../globals.ts'

export function declareUp(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'up',
    does: 'be here: run until Ctrl-C, and print what happens',
    examples: ['nigh up', 'nigh up --as alice --json'],
  }).option(
    '--port <number>',
    'listen on this TCP port (default: a random one, then kept)',
    wholeNumber(1, 65_535),
  )
  command.addOption(
    new Option('--without <service>', 'leave one service stopped; the other runs by itself').choices([
      'presence',
      'messages',
    ]),
  )
  command.addOption(
    new Option(
      '--log <level>',
      'tell on stderr what links and grants do; debug: dials and the air, too (NIGH_LOG)',
    ).choices(['info', 'debug']),
  )
  calls(command, act, async () => (await import('./up.run.ts')).up)
}
