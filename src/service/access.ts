/**
 * The ACCESS RULES at work: the document as the store keeps it, each decision about a watcher, and the hours at which
 * decisions become others by themselves. A change is stored first and takes effect at once.
 */
import type { AccessRules } from '../agent.ts'
import type { PeerId } from '../principal/ids.ts'
import { hoursOf, mindsTheHour, NO_ACCESS_RULES, readAccessRules } from '../rules/access-grammar.ts'
import { type AccessDecision, type AskingWatcher, decideAccess, type General } from '../rules/access-rules.ts'
import { accessSentence } from '../rules/access-words.ts'
import { isInForce } from '../rules/rule.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'
import type { Links } from './links.ts'
import { keptId, peopleInRules, wallTimeAt } from './people-in-rules.ts'

export interface Access {
  /** Reads the document from the store. */
  load(): Promise<void>
  document(): AccessRules
  inWords(): string[]
  /** Checks `given`, stores it, and goes by it from then on. Rejects with `usage`, `who-unknown` or `who-ambiguous`. */
  change(given: unknown): Promise<void>
  decide(peer: PeerId, byPerson: boolean): AccessDecision
  /** What a fresh key on this network would get: nobody knows it, and it is near. */
  decideStranger(): AccessDecision
  /** Rules about people changed: when one of them ends is looked at anew. */
  awaitTurn(): void
  /** Decisions may have become others by time alone. Set by the part that acts on them. */
  turned: () => void
}

/** Key in the store's settings. */
const RULES = 'rules.access'
/** The wall clock may be set while we wait: look again at least this often, ms. */
const LOOK_AGAIN_MS = 60_000
const MINUTE_MS = 60_000
/** Stands for a key that nobody has met. */
const NOBODY = '' as PeerId

export function createAccess(
  house: House,
  parts: { acquaintances: Acquaintances; nearness: (peer: PeerId) => ReturnType<Links['nearness']> },
): Access {
  const { store, clock, agenda } = house
  const { acquaintances, nearness } = parts
  const { meant, nameOf } = peopleInRules(house, acquaintances)
  let document: AccessRules = NO_ACCESS_RULES

  const general = (): General => ({ document, wall: wallTimeAt(clock.now()), nameOf })

  const decideAbout = (watcher: AskingWatcher): AccessDecision =>
    decideAccess({
      watcher,
      personRules: acquaintances.personRules(),
      preset: acquaintances.preset(),
      now: clock.now(),
      general: general(),
    })

  /** What time alone can change, as it stands now. */
  const hours = (): string => {
    const now = clock.now()
    const ending = acquaintances
      .personRules()
      .filter((rule) => rule.until !== undefined && isInForce(rule, now))
    return `${hoursOf(document, wallTimeAt(now))} ${ending.map(({ peer, subject }) => `${peer} ${subject}`)}`
  }
  let stood = ''

  const awaitTurn = (): void => {
    stood = hours()
    const now = clock.now()
    const ends = acquaintances
      .personRules()
      .flatMap(({ until }) => (until === undefined || until <= now ? [] : until))
    const nextMinute = mindsTheHour(document) ? [now - (now % MINUTE_MS) + MINUTE_MS] : []
    const next = Math.min(...ends, ...nextMinute)
    if (next === Number.POSITIVE_INFINITY) return agenda.cancel('rules turn')
    agenda.at('rules turn', clock.monotonic() + Math.min(next - now, LOOK_AGAIN_MS), () => {
      const turned = hours() !== stood
      awaitTurn()
      if (turned) access.turned()
    })
  }

  const access: Access = {
    turned: () => {},

    async load() {
      const stored = await store.settings.get(RULES)
      try {
        if (stored !== undefined) document = readAccessRules(JSON.parse(stored), keptId)
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        // Fewer see something, never more: what these rules gave is lost, and what they withheld is withheld.
        document = { rules: [{ then: 'confirm' }] }
        house.warn(
          'rules-unreadable',
          `Your access rules cannot be read (${why}). Until they are mended nobody but those you allowed by name sees anything of you. See: nigh rules access edit`,
        )
      }
      awaitTurn()
    },

    document: () => structuredClone(document),
    inWords: () => document.rules.map((rule) => accessSentence(rule, nameOf)),

    async change(given) {
      const next = readAccessRules(given, meant)
      await store.settings.set(RULES, JSON.stringify(next))
      document = next
      awaitTurn()
      access.turned()
    },

    decide(peer, byPerson) {
      const contact = acquaintances.contact(peer)
      return decideAbout({
        peer,
        contact: contact !== undefined,
        groups: contact?.groups ?? [],
        near: nearness(peer),
        byPerson,
      })
    },

    decideStranger: () =>
      decideAbout({ peer: NOBODY, contact: false, groups: [], near: 'near', byPerson: true }),

    awaitTurn,
  }
  return access
}
