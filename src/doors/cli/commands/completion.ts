import { Argument, type Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareCompletion(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'completion',
    does: 'print what a shell needs to complete commands, options and people: to be read at its start',
    examples: [
      'source <(nigh completion bash)',
      'nigh completion fish > ~/.config/fish/completions/nigh.fish',
    ],
  }).addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
  calls(command, act, async () => (await import('./completion.run.ts')).completion)

  // What the shells call at each Tab; not for people.
  const complete = nigh.command('complete [words...]', { hidden: true }).description('what may come next')
  calls(complete, act, async () => (await import('./completion.run.ts')).complete)
}
