import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareExport(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'export <who>',
    does: 'print the whole conversation with someone as JSON lines, oldest first; requests are left out',
    examples: ['nigh export bob > bob.jsonl', 'nigh export bob | wc -l'],
  })
  calls(command, act, async () => (await import('./export.run.ts')).exportConversation)
}

export function declareImport(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'import <file>',
    does: 'take in what was exported: nothing that is here is doubled or changed, nothing is sent. With - from stdin',
    examples: ['nigh import bob.jsonl', 'cat *.jsonl | nigh import -'],
  })
  calls(command, act, async () => (await import('./import.run.ts')).importConversations)
}
