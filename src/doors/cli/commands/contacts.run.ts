/** `nigh contacts`: the people I know. Adding is one-sided, so it says what it opens and what it accepted. */
import type { Contact } from '../../../agent.ts'
import { withOwn, withOwnOrPeer } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { count, idEnd, nameOf } from '../sentences.ts'
import { table } from '../table.ts'

/** How long a name that only the network knows is looked for, ms. */
const WAIT_MS = 5_000

export interface AddOptions {
  name?: string
  group?: string[]
}

export async function list(call: Call): Promise<number> {
  const { print, around, home } = call
  return withOwn(call, async ({ agent }) => {
    const contacts = await agent.contacts()
    const at = around.now().toISOString()
    if (print.json) {
      for (const contact of contacts) print.print({ event: 'contact', at, ...contact }, () => undefined)
    } else if (contacts.length > 0) {
      print.say(table(contacts.map(row)).join('\n'))
    } else {
      print.note(`You have no contacts yet. Add someone who is near: nigh contacts add${home.flags} NAME`)
    }
    return 0
  })
}

export async function add(call: Call<AddOptions>): Promise<number> {
  const { words, options, globals, print, around } = call
  const [who = ''] = words
  return withOwnOrPeer(call, async (agent) => {
    const added = await agent.addContact({
      who,
      waitMs: globals.wait ?? WAIT_MS,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.group === undefined ? {} : { groups: options.group }),
    })
    const name = nameOf(added.who)
    const { messages, subscription } = added.accepted
    const accepted = [
      messages > 0 ? count(messages, 'message') : '',
      subscription ? 'the wish to see you' : '',
    ]
    print.print({ event: 'contact', at: around.now().toISOString(), change: 'added', ...added }, () =>
      [
        `${name} (${idEnd(added.who.peerId)}) is a contact now: they can see ${opened(added.opens)}, and their messages are accepted.`,
        ...(messages > 0 || subscription
          ? [`This also accepted: ${accepted.filter((part) => part !== '').join(' and ')}.`]
          : []),
      ].join(' '),
    )
    return 0
  })
}

export async function rename(call: Call): Promise<number> {
  const [who = '', name = ''] = call.words
  return withOwn(call, async ({ agent }) => {
    tell(
      call,
      'renamed',
      await agent.renameContact({ who, name }),
      (contact) => `You call them ${nameOf(contact.who)} now.`,
    )
    return 0
  })
}

export async function group(call: Call): Promise<number> {
  const [who = '', ...rest] = call.words
  const groups = rest.filter((word) => word !== undefined)
  return withOwn(call, async ({ agent }) => {
    tell(call, 'grouped', await agent.groupContact({ who, groups }), (contact) => {
      const name = nameOf(contact.who)
      if (contact.groups.length === 0) return `${name} belongs to no group now.`
      return `${name} belongs to ${contact.groups.map(harmless).join(', ')} now, and to no other group.`
    })
    return 0
  })
}

export async function remove(call: Call): Promise<number> {
  const [who = ''] = call.words
  return withOwn(call, async ({ agent }) => {
    tell(call, 'removed', await agent.removeContact({ who }), (contact) => {
      return `${nameOf(contact.who)} is no longer a contact, and sees what others see. What was said is kept.`
    })
    return 0
  })
}

function tell(
  { print, around }: Call,
  change: string,
  contact: Contact,
  sentence: (contact: Contact) => string,
): void {
  const at = around.now().toISOString()
  print.print({ event: 'contact', at, change, ...contact }, () => sentence(contact))
}

function row({ who, groups }: Contact): string[] {
  return [
    nameOf(who),
    idEnd(who.peerId),
    who.verified ? 'verified' : 'not verified',
    groups.map(harmless).join(', '),
  ]
}

/** What a view shows, for people. */
function opened(view: string): string {
  if (view === 'contacts') return 'your name, whether you are open, your activity and your note'
  return view === 'nearby' ? 'your name and whether you are open' : `what your view "${harmless(view)}" shows`
}
