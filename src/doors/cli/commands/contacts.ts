import type { Command } from 'commander'
import { type Act, calls, callsOrUnknown, declare } from '../declare.ts'
import { gathered } from '../globals.ts'

const load = () => import('./contacts.run.ts')

export function declareContacts(nigh: Command, act: Act): void {
  const contacts = declare(nigh, {
    usage: 'contacts',
    does: 'the people I know: list, add, rename, group, verify, remove',
    examples: ['nigh contacts', 'nigh contacts add bob'],
  })
  callsOrUnknown(contacts, act, async () => (await load()).list)

  const list = declare(contacts, {
    usage: 'list',
    does: 'list my contacts',
    examples: ['nigh contacts list', 'nigh contacts list --json'],
  })
  calls(list, act, async () => (await load()).list)

  const add = declare(contacts, {
    usage: 'add <who>',
    does: 'add someone; they see more of me then, and what they ask is accepted',
    examples: ['nigh contacts add bob', 'nigh contacts add 7Kp2mQaX --name Robert --group work'],
  })
    .option('--name <name>', 'what I call them')
    .option('--group <group>', 'a group they belong to (repeatable)', gathered)
  calls(add, act, async () => (await load()).add)

  const rename = declare(contacts, {
    usage: 'rename <who> <name>',
    does: 'call someone by another name',
    examples: ['nigh contacts rename bob Robert', 'nigh contacts rename bob "Bob (garage)"'],
  })
  calls(rename, act, async () => (await load()).rename)

  const group = declare(contacts, {
    usage: 'group <who> [group...]',
    does: 'say to which groups someone belongs, instead of those before; rules about groups count at once',
    examples: ['nigh contacts group bob work band', 'nigh contacts group bob'],
  })
  calls(group, act, async () => (await load()).group)

  const verify = declare(contacts, {
    usage: 'verify <who> [proof...]',
    does: 'compare safety words, or a card, with somebody in person, and mark them as verified',
    examples: ['nigh contacts verify bob', 'nigh contacts verify bob --undo'],
  }).option('--undo', 'verified no longer')
  calls(verify, act, async () => (await import('./verify.run.ts')).verify)

  const remove = declare(contacts, {
    usage: 'remove <who>',
    does: 'take someone off my contacts; what was said is kept',
    examples: ['nigh contacts remove bob', 'nigh contacts remove 7Kp2mQaX'],
  })
  calls(remove, act, async () => (await load()).remove)
}
