/** ACCESS RULES as sentences for the person who made them. Names of people are the caller's to make harmless. */
import type { GeneralRule, PersonRuleMade } from '../agent.ts'
import type { PeerId } from '../principal/ids.ts'
import { either, timeWords } from './delivery-words.ts'

const SEEN: Record<string, string> = {
  nearby: 'your name and whether you are open',
  contacts: 'your name, whether you are open, your activity and your note',
}

/** What a view shows, in words. */
export function seenIn(view: string): string {
  return SEEN[view] ?? SEEN.nearby ?? ''
}

const RELATIONS: Record<NonNullable<NonNullable<GeneralRule['if']>['relation']>, string> = {
  contact: 'contacts',
  near: 'people on this network who are no contacts',
  anyone: 'anyone',
}

/** `Contacts of the group family, between 22:00 and 07:00: see you closed, whatever you do.` */
export function accessSentence(rule: GeneralRule, nameOf: (peer: PeerId) => string): string {
  const { from, group, relation, between, days } = rule.if ?? {}
  const people = [
    ...(from === undefined ? [] : [either(from.map((peer) => nameOf(peer as PeerId)))]),
    ...(relation === undefined || relation === 'anyone' ? [] : [RELATIONS[relation]]),
    ...(group === undefined ? [] : [`contacts of the group ${group}`]),
  ]
  const who = people.length === 0 ? 'anyone' : people.join(' who are also ')
  const said = `${[who, ...timeWords(between, days)].join(', ')}: ${gets(rule)}.`
  return said.charAt(0).toUpperCase() + said.slice(1)
}

function gets({ then, view = 'nearby', fetchOnly }: GeneralRule): string {
  if (then === 'block') return 'refused, and told so'
  if (then === 'confirm') return 'has to ask, and sees nothing until you accept'
  if (then === 'polite-block') return 'sees you closed, whatever you do'
  return `sees ${seenIn(view)}${fetchOnly === true ? ', whenever it is asked for, and no change by itself' : ''}`
}

/** What a rule about one person does, in sentences. `until` is said by who knows the local clock. */
export function personRuleEffect(
  made: Pick<PersonRuleMade, 'then' | 'view' | 'fetchOnly' | 'lifted'>,
  name: string,
): string[] {
  switch (made.then) {
    case 'allow':
      return [
        `${name} can see ${seenIn(made.view ?? 'nearby')}${made.fetchOnly === true ? ', whenever they ask for it; changes are not told to them' : ''}.`,
      ]
    case 'block':
      return [
        `${name} is blocked: they are told so once, see nothing of you, cannot write to you, and are hung up on.`,
        'What you owed them is not sent any more.',
      ]
    case 'polite-block':
      return [
        `${name} sees you closed from now on, whatever you do, and their messages are answered as by anybody who is closed.`,
        'What you send them yourself still arrives, and gives you away.',
      ]
    case 'hide':
      return [
        `${name} keeps seeing what they saw of you last, and is told of no change; after a restart of yours they see you closed.`,
      ]
    case 'unblock':
      return made.lifted === true
        ? [`Nothing about ${name} is blocked or hidden any more.`]
        : [`${name} was neither blocked nor hidden from; nothing changed.`]
  }
}
