/** What a screen does by itself for the person, as they chose it: kept in the home, for whatever screen is open. */
import type { DesktopNotification, Self, SelfChange } from '../agent.ts'
import { NighError } from '../errors.ts'
import type { House } from './house.ts'

export interface ScreenChoices {
  load(): Promise<void>
  chosen(): Pick<Self, 'bell' | 'notify' | 'awayAfterMs'>
  /** Throws `usage` for what cannot be chosen, before anything is. */
  check(change: Pick<SelfChange, 'awayAfterMs'>): void
  /** Stored, then in force; what is not named stays as it was. */
  choose(change: SelfChange): Promise<void>
}

/** Keys in the store's settings; each holds what differs from the usual. */
const BELL = 'bell'
const NOTIFY = 'notify'
const AWAY_AFTER = 'away-after'
const NEVER = 'never'

/** Who wrote is said, the text is not: others look at a desktop, also at a locked one. */
const USUAL: DesktopNotification = 'name'
/** Five minutes, as where the whole computer is looked at (user-input.ts): reading a page is not being away. */
const USUALLY_AWAY_AFTER_MS = 300_000
/** Presence is told in seconds (RFC 4480), and more often than this would be noise. */
const AWAY_LEAST_MS = 1_000

export function createScreenChoices({ store }: Pick<House, 'store'>): ScreenChoices {
  let bell = true
  let notify = USUAL
  let awayAfterMs: number | undefined = USUALLY_AWAY_AFTER_MS
  return {
    async load() {
      const [rings, shows, away] = await Promise.all(
        [BELL, NOTIFY, AWAY_AFTER].map((key) => store.settings.get(key)),
      )
      bell = rings !== 'off'
      notify = shows === 'off' || shows === 'text' ? shows : USUAL
      if (away !== undefined) awayAfterMs = away === NEVER ? undefined : Number(away)
    },
    chosen: () => ({ bell, notify, ...(awayAfterMs === undefined ? {} : { awayAfterMs }) }),
    check({ awayAfterMs: away }) {
      if (typeof away === 'number' && !(Number.isSafeInteger(away) && away >= AWAY_LEAST_MS))
        throw new NighError('usage', 'Nobody is away before a second has passed. Say 5m, or never.')
    },
    async choose(change) {
      const away = change.awayAfterMs
      if (change.bell !== undefined) {
        await store.settings.set(BELL, change.bell ? undefined : 'off')
        bell = change.bell
      }
      if (change.notify !== undefined) {
        await store.settings.set(NOTIFY, change.notify === USUAL ? undefined : change.notify)
        notify = change.notify
      }
      if (away !== undefined) {
        await store.settings.set(AWAY_AFTER, away === null ? NEVER : String(away))
        awayAfterMs = away ?? undefined
      }
    },
  }
}
