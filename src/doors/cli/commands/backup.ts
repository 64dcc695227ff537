import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

const WHERE_FROM =
  '\nThe passphrase is asked on the terminal, or taken from the first line of stdin or from NIGH_PASSPHRASE.'

export function declareBackup(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'backup <file>',
    does: 'write the whole home into a file under a passphrase: key, messages, contacts, rules. An older backup there is replaced',
    examples: ['nigh backup me.nigh', 'pass show nigh | nigh backup ~/backups/me.nigh'],
  }).addHelpText('after', WHERE_FROM)
  calls(command, act, async () => (await import('./backup.run.ts')).backup)
}

export function declareRestore(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'restore <file>',
    does: 'make a home from a backup; what is there already is never replaced',
    examples: ['nigh restore me.nigh', 'nigh restore me.nigh --as alice'],
  }).addHelpText('after', WHERE_FROM)
  calls(command, act, async () => (await import('./backup.run.ts')).restore)
}
