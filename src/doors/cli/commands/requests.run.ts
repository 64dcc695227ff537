/** `nigh requests`, `accept`, `refuse`: who knocks, and the answer. */
import type { Answered } from '../../../agent.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmlessText } from '../harmless.ts'
import { clock, count, idEnd, nameOf } from '../sentences.ts'

export interface AcceptOptions {
  /** `true` without a name. */
  contact?: string | true
}

export async function requests(call: Call<object>): Promise<number> {
  const { print, around, home } = call
  return withOwn(call, async ({ agent }) => {
    const all = await agent.requests()
    for (const request of all) {
      print.print({ event: 'request', ...request }, () => {
        const who = `${clock(request.at, around.now())} ${nameOf(request.who)} (${idEnd(request.who.peerId)})`
        if (request.kind === 'subscription') return `${who} asks to see your presence`
        return `${who} writes: ${harmlessText(request.text ?? '', '      | ')}`
      })
    }
    if (print.json) return 0
    if (all.length === 0) print.note('Nobody knocks.')
    else print.note(`Answer with: nigh accept${home.flags} WHO, or: nigh refuse${home.flags} WHO`)
    return 0
  })
}

export async function accept(call: Call<AcceptOptions>): Promise<number> {
  const { words, options } = call
  const [who] = words
  if (who === undefined) return requests(call)
  return withOwn(call, async ({ agent }) => {
    const answered = await agent.accept({
      who,
      ...(options.contact === undefined ? {} : { contact: true }),
      ...(typeof options.contact === 'string' ? { name: options.contact } : {}),
    })
    tell(call, 'accept', answered, [
      isNothing(answered)
        ? `${nameOf(answered.who)} asks for nothing.`
        : `Accepted ${nameOf(answered.who)}: ${parts(answered)}.`,
      answered.contact ? `${nameOf(answered.who)} is a contact now.` : '',
    ])
    return 0
  })
}

export async function refuse(call: Call): Promise<number> {
  const [who] = call.words
  if (who === undefined) return requests(call)
  return withOwn(call, async ({ agent }) => {
    const answered = await agent.refuse({ who })
    const name = nameOf(answered.who)
    const sentences = isNothing(answered)
      ? [`${name} asks for nothing, so nothing was refused.`]
      : [`Refused ${name}: ${parts(answered)}.`, `${name} is not told, and is not listed again.`]
    tell(call, 'refuse', answered, sentences)
    return 0
  })
}

function tell(
  { print, around }: Call<object>,
  answer: string,
  answered: Answered,
  sentences: string[],
): void {
  print.print({ event: 'answer', at: around.now().toISOString(), answer, ...answered }, () =>
    sentences.filter((sentence) => sentence !== '').join(' '),
  )
}

function parts({ messages, subscription }: Answered): string {
  const all = [
    messages > 0 ? count(messages, 'message') : '',
    subscription ? 'the wish to see your presence' : '',
  ].filter((part) => part !== '')
  return all.join(' and ')
}

function isNothing({ messages, subscription }: Answered): boolean {
  return messages === 0 && !subscription
}
