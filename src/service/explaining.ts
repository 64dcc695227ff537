/**
 * Explaining: what the rules mean for one person, worked out by the very functions that decide when they come. It
 * grants nothing, counts nothing and leaves no trace in the watcher log.
 */
import type { DeliveryExplained, Explanation, Reason } from '../agent.ts'
import { encodeDocument, openDocument, readable } from '../envelope/presence-information.ts'
import { NighError } from '../errors.ts'
import { derivedBasic } from '../presentity/presentity.ts'
import { viewNamed } from '../presentity/views.ts'
import { DEFAULT_LABEL, isLabel, notALabel } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import { inboxName } from '../rules/delivery-words.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Delivery } from './delivery.ts'
import type { Granting } from './granting.ts'
import type { House } from './house.ts'
import type { Publishing } from './publishing.ts'

/** A short plain text: what people write most. */
const SHORT_TEXT = { bytes: 100, contentType: 'text/plain' }

export function createExplaining(
  { clock }: Pick<House, 'clock'>,
  parts: { acquaintances: Acquaintances; granting: Granting; publishing: Publishing; delivery: Delivery },
): (peer: PeerId, inbox?: string) => Explanation {
  const { acquaintances, granting, publishing, delivery } = parts

  const accessOf = (peer: PeerId): Explanation['access'] => {
    const { decision, view, because } = granting.decide(peer, true)
    if (decision !== 'allow' && decision !== 'polite-block') return { decision, because }
    const shown = viewNamed(view ?? 'nearby')
    // Through the bytes, as it would travel: what is shown here is what would be read there.
    const document = encodeDocument(publishing.rendition(shown), {
      epoch: 0,
      version: 0,
      publishedAt: clock.now(),
    })
    return {
      decision,
      because,
      view: shown.startsWith('polite-block:') ? 'polite-block' : shown,
      presence: readable(openDocument(document)),
    }
  }

  const deliveryOf = (peer: PeerId, label: string): DeliveryExplained => {
    const inbox = inboxName(label)
    const refused = (reason: Reason, because: string): DeliveryExplained => ({
      inbox,
      decision: 'refuse',
      reason,
      because,
    })
    // What the inbox looks at before its rules, in its order.
    const { decision, because } = granting.decide(peer, false)
    if (decision === 'block') return refused('refused', because)
    if (decision === 'polite-block') return refused('closed', because)
    if (derivedBasic(publishing.presentity()) === 'closed') return refused('closed', 'you are closed')
    const answer = delivery.decide(peer, label, { ...SHORT_TEXT, inLastMinute: delivery.wouldCount(peer) })
    if (answer.kind === 'accept' && !delivery.exists(label)) return refused('no-such-inbox', answer.truly)
    if (answer.kind === 'refuse') return refused(answer.because, answer.truly)
    return { inbox, decision: answer.kind, because: answer.truly }
  }

  return (peer, inbox) => {
    if (inbox !== undefined && !isLabel(inbox)) throw new NighError('usage', notALabel(inbox))
    const labels = inbox === undefined ? delivery.labels() : [inbox === DEFAULT_LABEL ? '' : inbox]
    return {
      who: acquaintances.person(peer),
      access: accessOf(peer),
      delivery: labels.map((label) => deliveryOf(peer, label)),
    }
  }
}
