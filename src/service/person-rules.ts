/**
 * The one rule about a person, and the block list: stored, felt at once by links, grants, outbox and inbox, and said in
 * sentences. A rule that ends by itself stands beside the lasting one, and takes effect when it ends.
 */
import type { AccessRulesInForce, PersonRuleChange, PersonRuleMade } from '../agent.ts'
import { NighError } from '../errors.ts'
import type { PersonRule } from '../ports.ts'
import { shortId } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import { effectOf } from '../rules/access-rules.ts'
import { personRuleEffect } from '../rules/access-words.ts'
import { isBlocked, isInForce, ruleAbout } from '../rules/rule.ts'
import type { Access } from './access.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Explaining } from './explaining.ts'
import type { Granting } from './granting.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import type { Receiving } from './receiving.ts'
import type { Sending } from './sending.ts'
import type { Telling } from './telling.ts'
import type { Watching } from './watching.ts'

export interface PersonRules {
  change(peer: PeerId, change: Omit<PersonRuleChange, 'who'>): Promise<PersonRuleMade>
  /** Shows or replaces the general rules, with what stands above and below them. */
  general(change: unknown): Promise<AccessRulesInForce>
  /** Rejects with `blocked` where I block this person: nothing goes to them. */
  refuseIfBlocked(peer: PeerId): void
}

export function createPersonRules(
  house: House,
  parts: {
    acquaintances: Acquaintances
    access: Access
    granting: Granting
    explaining: Explaining
    receiving: Receiving
    sending: Sending
    telling: Telling
    watching?: Watching
    links?: Links
  },
): PersonRules {
  const { clock } = house
  const { acquaintances, access, granting, explaining, receiving, sending, telling, watching, links } = parts

  access.turned = () => {
    links?.reconsider()
    granting.reconsiderAll()
    // Who was behind a cover may see me open again, and is told what was not to be told meanwhile.
    house.inBackground(telling.reopened())
    house.inBackground(forgetEnded())
  }

  const forgetEnded = async (): Promise<void> => {
    const ended = acquaintances.personRules().filter((rule) => !isInForce(rule, clock.now()))
    for (const { peer, subject } of ended) await acquaintances.removeRule(peer, subject)
  }

  const blocked = (peer: PeerId, what: string): NighError =>
    new NighError(
      'blocked',
      `${acquaintances.person(peer).name} is blocked, and ${what}. First: nigh unblock ${shortId(peer)}`,
    )

  const remove = async (peer: PeerId): Promise<boolean> => {
    const now = clock.now()
    const covering = acquaintances
      .personRules()
      .filter((rule) => rule.peer === peer && UNBLOCKED.has(rule.decision) && isInForce(rule, now))
    for (const { subject } of covering) await acquaintances.removeRule(peer, subject)
    return covering.length > 0
  }

  const put = async (peer: PeerId, rule: Omit<PersonRule, 'peer' | 'subject' | 'madeAt'>): Promise<void> => {
    const subject = rule.until === undefined ? 'access' : 'access-for-a-time'
    await acquaintances.putRule({ peer, subject, madeAt: clock.now(), ...rule })
    // The newest replaces the older; one that ends only covers it.
    if (subject === 'access') await acquaintances.removeRule(peer, 'access-for-a-time')
  }

  const takeEffect = async (peer: PeerId, then: PersonRuleChange['then']): Promise<void> => {
    if (then !== 'unblock' && then !== 'hide') {
      // What they asked is answered by the rule.
      await granting.settlePending(peer, 'accept')
      if (then !== 'allow') await receiving.answerHeld(peer, 'refuse')
    }
    access.awaitTurn()
    links?.reconsider()
    granting.reconsider(peer)
    watching?.reconsider(peer)
    if (then === 'block') await sending.refused(peer)
    await telling.untold(peer)
  }

  const madeOf = (
    peer: PeerId,
    made: Pick<PersonRuleMade, 'then' | 'view' | 'fetchOnly' | 'lifted'>,
    until?: number,
  ): PersonRuleMade => {
    const who = acquaintances.person(peer)
    return {
      who,
      ...made,
      ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
      effect: personRuleEffect(made, who.name),
    }
  }

  /** A cover that a fresh key looks behind is thin: what it would see, where that is more. */
  const thin = (): Pick<PersonRuleMade, 'strangers'> => {
    const strangers = explaining.strangers()
    return strangers.decision === 'allow' ? { strangers } : {}
  }

  return {
    async change(peer, { then, view, fetchOnly, forMs }) {
      if (then === 'unblock') {
        const lifted = await remove(peer)
        await takeEffect(peer, then)
        return madeOf(peer, { then, lifted })
      }
      if (then !== 'allow' && (view !== undefined || fetchOnly !== undefined))
        throw new NighError(
          'usage',
          'A view, and fetching only, go with allow: nobody else sees anything of you.',
        )
      const isListed = isBlocked(acquaintances.personRules(), peer, clock.now())
      if (isListed && (then === 'allow' || then === 'hide'))
        throw blocked(peer, `${then === 'allow' ? 'allowing' : 'hiding'} does not lift that`)
      const until = forMs === undefined ? undefined : clock.now() + forMs
      const shown = then === 'allow' ? (view ?? 'nearby') : undefined
      await put(peer, {
        decision: fetchOnly === true ? 'fetch-only' : then,
        ...(shown === undefined ? {} : { view: shown }),
        ...(until === undefined ? {} : { until }),
      })
      await takeEffect(peer, then)
      return {
        ...madeOf(
          peer,
          {
            then,
            ...(shown === undefined ? {} : { view: shown }),
            ...(fetchOnly === true ? { fetchOnly } : {}),
          },
          until,
        ),
        ...(then === 'polite-block' ? thin() : {}),
      }
    },

    async general(change) {
      if (change !== undefined) await access.change(change)
      const now = clock.now()
      const people = new Set(acquaintances.personRules().map((rule) => rule.peer))
      return {
        ...access.document(),
        inWords: access.inWords(),
        otherwise: effectOf(acquaintances.preset()),
        people: [...people].flatMap((peer): PersonRuleMade[] => {
          const rules = acquaintances.personRules()
          const rule = isBlocked(rules, peer, now)
            ? rules.find((each) => each.peer === peer && each.decision === 'block' && isInForce(each, now))
            : ruleAbout(rules, { peer, subject: 'access', now })
          const then = rule && SAID[rule.decision]
          if (rule === undefined || then === undefined) return []
          const { view, until, decision } = rule
          const fetchOnly = decision === 'fetch-only' ? { fetchOnly: true } : {}
          return [madeOf(peer, { then, ...(view === undefined ? {} : { view }), ...fetchOnly }, until)]
        }),
      }
    },

    refuseIfBlocked(peer) {
      if (isBlocked(acquaintances.personRules(), peer, clock.now()))
        throw blocked(peer, 'nothing of yours goes to them')
    },
  }
}

/** What `unblock` lifts. */
const UNBLOCKED: ReadonlySet<PersonRule['decision']> = new Set(['block', 'polite-block', 'hide'])

/** How a stored decision is called where it was made; others come with requests. */
const SAID: Partial<Record<PersonRule['decision'], PersonRuleChange['then']>> = {
  block: 'block',
  'polite-block': 'polite-block',
  hide: 'hide',
  allow: 'allow',
  'fetch-only': 'allow',
}
