import { Argument, type Command } from 'commander'
import { type Act, calls, callsOrUnknown, declare } from '../declare.ts'

/** Below `nigh rules`. */
export function declareVisibility(rules: Command, act: Act): void {
  const visibility = declare(rules, {
    usage: 'visibility',
    does: 'what those whom you watch may show others of you: your name, a pseudonym, or nothing',
    examples: ['nigh rules visibility', 'nigh rules visibility edit'],
  }).addHelpText('before', GRAMMAR)
  callsOrUnknown(visibility, act, async () => (await import('./visibility.run.ts')).show)

  const set = declare(visibility, {
    usage: 'set',
    does: 'replace the rules by those on stdin; with a mistake in them nothing changes',
    examples: [
      'cat rules.json | nigh rules visibility set -',
      'nigh rules visibility set - --json < rules.json',
    ],
  }).addArgument(new Argument('<from>', '-: from stdin').choices(['-']))
  calls(set, act, async () => (await import('./visibility.run.ts')).set)

  const edit = declare(visibility, {
    usage: 'edit',
    does: 'change the rules in your editor ($VISUAL, else $EDITOR, else vi); with a mistake in them nothing changes',
    examples: ['nigh rules visibility edit', 'EDITOR="code --wait" nigh rules visibility edit'],
  })
  calls(edit, act, async () => (await import('./visibility.run.ts')).edit)

  const watchers = declare(rules, {
    usage: 'watchers-visible',
    does: 'show or choose who may ask who watches you; whoever asks always sees what you have of them',
    examples: ['nigh rules watchers-visible', 'nigh rules watchers-visible contacts'],
  }).addArgument(new Argument('[who]').choices(['contacts', 'nobody']))
  calls(watchers, act, async () => (await import('./visibility.run.ts')).watchersVisible)
}

const GRAMMAR = `The rules are JSON:
  { "general": "named" | "pseudonym" | "unlisted",
    "people": { "bob": "unlisted", ... },
    "pseudonym": "Owl" }

They go with every request, and say what whoever you watch may show to others who ask for their
watchers. Whoever you watch knows your key all the same, and may tell: the rules are kept by honest
peers. To be unknown to somebody, watch them from another profile.
`
