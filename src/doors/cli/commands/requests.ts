import type { Command } from 'commander'
import { type Act, calls, declare } from '../declare.ts'

const load = () => import('./requests.run.ts')

export function declareRequests(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'requests',
    does: 'list who knocks: first messages of strangers, and who wants to see me',
    examples: ['nigh requests', 'nigh requests --json'],
  })
  calls(command, act, async () => (await load()).requests)
}

export function declareAccept(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'accept [who]',
    does: 'accept what someone asks; without WHO list the requests',
    examples: ['nigh accept carol', 'nigh accept carol --contact "Carol from work"'],
  }).option('--contact [name]', 'also make them a contact, under this name if given')
  calls(command, act, async () => (await load()).accept)
}

export function declareRefuse(nigh: Command, act: Act): void {
  const command = declare(nigh, {
    usage: 'refuse [who]',
    does: 'refuse what someone asks, for good and unseen by them; without WHO list the requests',
    examples: ['nigh refuse mallory', 'nigh refuse'],
  })
  calls(command, act, async () => (await load()).refuse)
}
