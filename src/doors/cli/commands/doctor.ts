import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareDoctor(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'doctor [who]',
    does: 'why can I not see or reach them? one cause, and one thing to do',
    examples: ['nigh doctor', 'nigh doctor bob --json'],
  })
  calls(command, act, async () => (await import('./doctor.run.ts')).doctor)
}
