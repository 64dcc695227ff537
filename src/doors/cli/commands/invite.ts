import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareInvite(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'invite',
    does: 'show my card to hand over: as a link and, on a terminal, as a QR code. Who adds it knows my key and where to find me',
    examples: ['nigh invite', 'nigh invite --json'],
  })
  calls(command, act, async () => (await import('./invite.run.ts')).invite)
}
