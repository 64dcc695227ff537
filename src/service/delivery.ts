/**
 * The DELIVERY RULES at work: the document as the store keeps it, the facts its rules ask for, and the decision about
 * each message that comes. A change is stored first and counts at once; what is held already stays held.
 */
import type { DeliveryRules, DeliveryRulesInForce } from '../agent.ts'
import type { Presentity } from '../presentity/presentity.ts'
import { derivedBasic } from '../presentity/presentity.ts'
import { inboxAddress } from '../principal/address.ts'
import type { PeerId } from '../principal/ids.ts'
import type { LetterFacts } from '../rules/delivery-conditions.ts'
import { labelsOf, NO_RULES, readDeliveryRules, rulesOfInbox } from '../rules/delivery-grammar.ts'
import {
  asksForPace,
  type DeliveryDecision,
  decideDelivery,
  isWelcome,
  matchesAlways,
  mayHoldAnyone,
} from '../rules/delivery-rules.ts'
import { inboxName, sentenceOf, USUALLY } from '../rules/delivery-words.ts'
import { createPace } from '../rules/pace.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import { keptId, peopleInRules, wallTimeAt } from './people-in-rules.ts'

/** What of a message the rules look at. */
export interface Arriving {
  bytes: number
  contentType: string
  /** What its sender wrote within the last minute, this message included. */
  inLastMinute: number
}

export interface Delivery {
  /** Reads the document from the store. */
  load(): Promise<void>
  rules(): DeliveryRulesInForce
  /** Checks `given`, stores it, and goes by it from then on. Rejects with `usage`, `who-unknown` or `who-ambiguous`. */
  change(given: unknown): Promise<DeliveryRulesInForce>
  /** Labels of the inboxes there are; '' first. */
  labels(): string[]
  exists(label: string): boolean
  /** Counts a message that came at monotonic ms `at`; how many its sender wrote within the minute. */
  count(peer: PeerId, at: number): number
  /** That message was a repeat of one that is known, and is no message more. */
  uncount(peer: PeerId, at: number): void
  /** How many there would be with one that came now. */
  wouldCount(peer: PeerId): number
  decide(peer: PeerId, label: string, arriving: Arriving): DeliveryDecision
  /** A contact, or somebody accepted. */
  welcomes(peer: PeerId): boolean
  /** What this peer writes may become a request: how many there are has to be known. */
  mayHold(peer: PeerId): boolean
}

/** Key in the store's settings. */
const RULES = 'rules.delivery'

export function createDelivery(
  house: House,
  parts: { acquaintances: Acquaintances; presentity: () => Presentity; links?: Pick<Links, 'nearness'> },
): Delivery {
  const { store, clock, self } = house
  const { acquaintances, presentity, links } = parts
  const { meant, nameOf } = peopleInRules(house, acquaintances)
  const pace = createPace()
  let document: DeliveryRules = NO_RULES
  let countsPace = false
  let holdsAnyone = false

  const take = (next: DeliveryRules): void => {
    document = next
    countsPace = asksForPace(next)
    holdsAnyone = mayHoldAnyone(next)
  }

  const asked = (peer: PeerId) => ({
    sender: { peer, contact: acquaintances.contact(peer) !== undefined },
    personRules: acquaintances.personRules(),
    now: clock.now(),
  })

  /** Worked out only as far as a rule asks. */
  const factsOf = (peer: PeerId, arriving: Arriving): LetterFacts => ({
    from: peer,
    ...arriving,
    get relation() {
      if (acquaintances.contact(peer) !== undefined) return 'contact'
      return links?.nearness(peer) === 'near' ? 'near' : 'stranger'
    },
    get groups() {
      return acquaintances.contact(peer)?.groups ?? []
    },
    get wall() {
      return wallTimeAt(clock.now())
    },
    get myStatus() {
      const mine = presentity()
      return { basic: derivedBasic(mine), activities: mine.status.activities }
    },
  })

  const inForce = (): DeliveryRulesInForce => ({
    inboxes: structuredClone(document.inboxes),
    inWords: labelsOf(document).map((label) => {
      const rules = rulesOfInbox(document, label) ?? []
      return {
        inbox: inboxName(label),
        address: inboxAddress(self.peerId, label),
        rules: rules.map((rule) => sentenceOf(rule, nameOf)),
        ...(rules.some(matchesAlways)
          ? {}
          : { otherwise: rules.length === 0 ? USUALLY : `Otherwise ${USUALLY}` }),
      }
    }),
  })

  return {
    async load() {
      const stored = await store.settings.get(RULES)
      if (stored === undefined) return
      try {
        take(readDeliveryRules(JSON.parse(stored), keptId))
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        house.warn(
          'rules-unreadable',
          `Your delivery rules cannot be read (${why}) and do not count: contacts are taken, anyone else is held as a request. See: nigh rules delivery edit`,
        )
      }
    },

    rules: inForce,

    async change(given) {
      const next = readDeliveryRules(given, meant)
      await store.settings.set(RULES, JSON.stringify(next))
      take(next)
      return inForce()
    },

    labels: () => labelsOf(document),
    exists: (label) => rulesOfInbox(document, label) !== undefined,

    count: (peer, at) => (countsPace ? pace.note(peer, at) : 1),
    uncount: pace.takeBack,
    wouldCount: (peer) => pace.within(peer, clock.monotonic()) + 1,
    decide: (peer, label, arriving) =>
      decideDelivery(asked(peer), { document, label, facts: factsOf(peer, arriving), nameOf }),

    welcomes: (peer) => isWelcome(asked(peer)),
    mayHold: (peer) => holdsAnyone || !isWelcome(asked(peer)),
  }
}
