/**
 * Visibility: as whom I ask, by my VISIBILITY RULES, and who may ask me for my own watchers. Both are stored first and
 * count at once; what somebody was told earlier counts at theirs until my peer speaks with them again.
 */
import type {
  VisibilityRules,
  VisibilityRulesInForce,
  Visibility as Visible,
  WatchersVisible,
} from '../agent.ts'
import type { PeerId } from '../principal/ids.ts'
import {
  NO_VISIBILITY_RULES,
  readVisibilityRules,
  shownTo,
  visibilityInWords,
} from '../rules/visibility-rules.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { House } from './house.ts'
import { keptId, peopleInRules } from './people-in-rules.ts'

export interface Visibility {
  load(): Promise<void>
  rules(): VisibilityRulesInForce
  /** Checks `given`, stores it, and goes by it from then on. Rejects with `usage`, `who-unknown` or `who-ambiguous`. */
  change(given: unknown): Promise<VisibilityRulesInForce>
  /** What goes with a request of mine to `peer`. */
  as(peer: PeerId): { visibility: Visible; name: string }
  watchersVisible(): WatchersVisible
  showWatchers(to: WatchersVisible): Promise<void>
}

/** Keys in the store's settings. */
const RULES = 'rules.visibility'
const WATCHERS = 'watchers-visible'

export function createVisibility(
  house: House,
  parts: { acquaintances: Acquaintances; myName: () => string; changed: () => void },
): Visibility {
  const { store } = house
  const { acquaintances, myName, changed } = parts
  const { meant, nameOf } = peopleInRules(house, acquaintances)
  let document: VisibilityRules = NO_VISIBILITY_RULES
  let watchers: WatchersVisible = 'nobody'

  const inForce = (): VisibilityRulesInForce => ({
    ...structuredClone(document),
    inWords: visibilityInWords(document, nameOf),
  })

  return {
    async load() {
      const [stored, visible] = await Promise.all([store.settings.get(RULES), store.settings.get(WATCHERS)])
      watchers = visible === 'contacts' ? visible : 'nobody'
      if (stored === undefined) return
      try {
        document = readVisibilityRules(JSON.parse(stored), keptId)
      } catch (cause) {
        // What cannot be read may have hidden me: nobody is told of me until it can.
        document = { general: 'unlisted', people: {} }
        const why = cause instanceof Error ? cause.message : String(cause)
        house.warn(
          'rules-unreadable',
          `Your visibility rules cannot be read (${why}): nobody you watch may show you to others. See: nigh rules visibility edit`,
        )
      }
    },

    rules: inForce,

    async change(given) {
      const next = readVisibilityRules(given, meant)
      await store.settings.set(RULES, JSON.stringify(next))
      document = next
      changed()
      return inForce()
    },

    as: (peer) => shownTo(document, peer, myName()),
    watchersVisible: () => watchers,

    async showWatchers(to) {
      // No is in force at once, yes only once it is stored.
      if (to === 'nobody') watchers = to
      await store.settings.set(WATCHERS, to === 'nobody' ? undefined : to)
      watchers = to
    },
  }
}
