/**
 * Explaining: what the rules mean for one person, worked out by the very functions that decide when they come. It
 * grants nothing, counts nothing and leaves no trace in the watcher log.
 */
import type { DeliveryExplained, Explanation, Reason } from '../agent.ts'
import { encodeDocument, openDocument, readable } from '../envelope/presence-information.ts'
import { NighError } from '../errors.ts'
import type { Grants } from '../presentity/grants.ts'
import { viewNamed } from '../presentity/views.ts'
import { DEFAULT_LABEL, isLabel, notALabel } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import type { AccessDecision } from '../rules/access-rules.ts'
import { inboxName } from '../rules/delivery-words.ts'
import { viewInWords } from '../rules/rule.ts'
import type { Access } from './access.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Delivery } from './delivery.ts'
import type { Granting } from './granting.ts'
import type { House } from './house.ts'
import type { Publishing } from './publishing.ts'

/** A short plain text: what people write most. */
const SHORT_TEXT = { bytes: 100, contentType: 'text/plain' }

export interface Explaining {
  about(peer: PeerId, inbox?: string): Explanation
  /** What a fresh key on this network would see. */
  strangers(): Explanation['access']
}

export function createExplaining(
  { clock }: Pick<House, 'clock'>,
  parts: {
    acquaintances: Acquaintances
    access: Pick<Access, 'decideStranger'>
    granting: Granting
    grants: Pick<Grants, 'frozen'>
    publishing: Publishing
    delivery: Delivery
  },
): Explaining {
  const { acquaintances, granting, grants, publishing, delivery } = parts

  const accessOf = (peer: PeerId): Explanation['access'] => {
    return shownBy(granting.decide(peer, true))
  }

  const shownBy = ({ decision, view, because, fetchOnly }: AccessDecision): Explanation['access'] => {
    if (decision !== 'allow' && decision !== 'polite-block') return { decision, because }
    const shown = viewNamed(view ?? 'nearby')
    // Through the bytes, as it would travel: what is shown here is what would be read there.
    const standing = grants.frozen(shown)?.document
    const document =
      standing ??
      encodeDocument(publishing.rendition(shown), {
        epoch: 0,
        version: 0,
        publishedAt: clock.now(),
      })
    return {
      decision,
      because,
      view: viewInWords(shown),
      ...(fetchOnly === true ? { fetchOnly } : {}),
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
    if (granting.seenAs(peer) === 'closed')
      return refused('closed', decision === 'polite-block' ? because : 'you are closed')
    const answer = delivery.decide(peer, label, { ...SHORT_TEXT, inLastMinute: delivery.wouldCount(peer) })
    if (answer.kind === 'accept' && !delivery.exists(label)) return refused('no-such-inbox', answer.truly)
    if (answer.kind === 'refuse') return refused(answer.because, answer.truly)
    return { inbox, decision: answer.kind, because: answer.truly }
  }

  const about = (peer: PeerId, inbox?: string): Explanation => {
    if (inbox !== undefined && !isLabel(inbox)) throw new NighError('usage', notALabel(inbox))
    const labels = inbox === undefined ? delivery.labels() : [inbox === DEFAULT_LABEL ? '' : inbox]
    return {
      who: acquaintances.person(peer),
      access: accessOf(peer),
      delivery: labels.map((label) => deliveryOf(peer, label)),
    }
  }

  return { about, strangers: () => shownBy(parts.access.decideStranger()) }
}
