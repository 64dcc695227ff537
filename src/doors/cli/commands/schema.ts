import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

export function declareSchema(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'schema',
    does: 'print the JSON schema of every line that --json can print',
    examples: ['nigh schema', 'nigh schema > nigh.schema.json'],
  })
  calls(command, act, async () => (await import('./schema.run.ts')).schema)
}
