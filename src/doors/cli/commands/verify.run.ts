/**
 * `nigh contacts verify`: is it really them? Both sets of safety words to compare, and the answer of whoever compared;
 * or what they showed, compared here. Nothing is marked that nobody compared.
 */
import type { Agent, Contact, Person } from '../../../agent.ts'
import { NighError } from '../../../errors.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { isProofOf } from '../proof-of.ts'
import { idEnd, nameOf } from '../sentences.ts'

export interface VerifyOptions {
  undo?: true
}

export async function verify(call: Call<VerifyOptions>): Promise<number> {
  const [who = '', ...proof] = call.words
  return withOwn(call, async ({ agent }) => {
    if (call.options.undo) {
      tell(
        call,
        await agent.verifyContact({ who, verified: false }),
        (name) => `${name} is verified no longer.`,
      )
      return 0
    }
    const person = await contactCalled(agent, who)
    const { safetyWords } = await import('../../../principal/verification.ts')
    const words = safetyWords(person.peerId)
    if (!(await isCompared(call, agent, { person, words, shown: proof.join(' ') }))) return 3
    const verified = await agent.verifyContact({ who: person.peerId })
    tell(call, verified, (name) => `${name} is verified: this key is theirs.`)
    return 0
  })
}

/** Whether they are who they seem to be; where nobody can say so now, says how it is done. */
async function isCompared(
  { print, around, home }: Call<VerifyOptions>,
  agent: Agent,
  { person, words, shown }: { person: Person; words: string; shown: string },
): Promise<boolean> {
  const name = nameOf(person)
  if (shown !== '') {
    if (isProofOf(shown, { peerId: person.peerId, words })) return true
    throw new NighError(
      'refused',
      `That is not what ${name} (${idEnd(person.peerId)}) must show: neither their card nor their safety words. If they did show it, this key is not theirs.`,
    )
  }
  const { safetyWords: mine } = await agent.whoami()
  const line = { event: 'safety-words', at: around.now().toISOString(), who: person, words, mine }
  print.print(line, () =>
    [
      `Meet or call ${name}. Their "nigh whoami" must show these safety words:`,
      `  ${words}`,
      `Yours, for ${name} to compare:`,
      `  ${mine}`,
    ].join('\n'),
  )
  const answer = print.json ? undefined : await around.ask('Do all twelve match? yes or no: ')
  if (answer === undefined) {
    print.note(
      `Nothing was marked. What they read to you: nigh contacts verify${home.flags} WHO "their twelve words"`,
    )
    return false
  }
  if (/^y(es)?$/i.test(answer.trim())) return true
  print.note(
    `${name} is not verified. If the words differ, somebody may stand between you: ask them in person.`,
  )
  return false
}

async function contactCalled(agent: Agent, who: string): Promise<Person> {
  // Resolved by the Agent as everywhere; a change that changes nothing would be a change.
  const { who: person } = await agent.explain({ who })
  const contact = (await agent.contacts()).find((each) => each.who.peerId === person.peerId)
  if (contact !== undefined) return contact.who
  throw new NighError(
    'who-unknown',
    `${nameOf(person)} (${idEnd(person.peerId)}) is not among your contacts. Add them first: nigh contacts add.`,
  )
}

function tell(
  { print, around }: Call<VerifyOptions>,
  contact: Contact,
  sentence: (name: string) => string,
): void {
  const at = around.now().toISOString()
  print.print({ event: 'contact', at, change: 'verified', ...contact }, () => sentence(nameOf(contact.who)))
}
