/** `nigh rules explain`: what the rules mean for one person. */
import type { DeliveryExplained, Explanation } from '../../../agent.ts'
import type { PeerId } from '../../../principal/ids.ts'
import { withOwn } from '../attach.ts'
import type { Call } from '../call.ts'
import { harmless } from '../harmless.ts'
import { presenceInFull, type Reader, readerOf } from '../presence-words.ts'
import { idEnd, nameOf } from '../sentences.ts'

export interface ExplainOptions {
  inbox?: string
}

export async function explain(call: Call<ExplainOptions>): Promise<number> {
  const { words, options, print, around } = call
  return withOwn(call, async ({ agent, running }) => {
    const explained = await agent.explain({
      who: words[0] ?? '',
      ...(options.inbox === undefined ? {} : { inbox: options.inbox }),
    })
    print.print({ event: 'rule', at: around.now().toISOString(), ...explained }, () =>
      [
        `${nameOf(explained.who)} (${explained.who.relation}, ${idEnd(explained.who.peerId)})`,
        ...accessLines(explained, readerOf(around)),
        ...explained.delivery.map(deliveryLine),
      ].join('\n'),
    )
    if (!running && explained.who.relation === 'stranger')
      print.note('No Nigh is running, so nobody is near: who is on your network may see and do more.')
    return 0
  })
}

function accessLines({ who, access }: Explanation, reader: Reader): string[] {
  const because = `because: ${harmless(access.because)}`
  const { presence } = access
  if (presence === undefined)
    return [`  sees nothing${access.decision === 'confirm' ? ' until you accept' : ''}, ${because}`]
  const address = presence.tuples.find(({ id }) => id === 'im')?.address
  // It is my own document, read as theirs: its inbox is mine.
  const me = { ...who, peerId: (address?.slice('im:'.length) ?? who.peerId) as PeerId }
  const [person = '', ...tuples] = presenceInFull({ who: me, evidence: 'live', presence }, reader).split('\n')
  const parts = [
    `name ${harmless(presence.name)}`,
    person,
    ...(address === undefined ? [] : [harmless(address)]),
  ]
  const how = access.fetchOnly === true ? ', when they fetch it, and may not subscribe' : ''
  return [
    `  sees the view ${harmless(access.view ?? '')}${how}, ${because}`,
    `    ${parts.join(', ')}`,
    ...tuples.map((line) => `  ${line}`),
  ]
}

function deliveryLine({ inbox, decision, reason, because }: DeliveryExplained): string {
  const answer = {
    accept: 'is taken',
    hold: 'is held as a request',
    refuse: `is refused, and they read ${reason ?? 'refused'}`,
  }[decision]
  return `  a message to the inbox ${harmless(inbox)} ${answer}, because: ${harmless(because)}`
}
