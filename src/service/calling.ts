/** What calls the person to a screen, as they chose it: kept in the home, for whatever screen is open. */
import type { DesktopNotification, Self, SelfChange } from '../agent.ts'
import type { House } from './house.ts'

export interface Calling {
  load(): Promise<void>
  chosen(): Pick<Self, 'bell' | 'notify'>
  /** Stored, then in force; what is not named stays as it was. */
  choose(change: SelfChange): Promise<void>
}

/** Keys in the store's settings; each holds what differs from the usual. */
const BELL = 'bell'
const NOTIFY = 'notify'

/** Who wrote is said, the text is not: others look at a desktop, also at a locked one. */
const USUAL: DesktopNotification = 'name'

export function createCalling({ store }: Pick<House, 'store'>): Calling {
  let bell = true
  let notify = USUAL
  return {
    async load() {
      const [rings, shows] = await Promise.all([BELL, NOTIFY].map((key) => store.settings.get(key)))
      bell = rings !== 'off'
      notify = shows === 'off' || shows === 'text' ? shows : USUAL
    },
    chosen: () => ({ bell, notify }),
    async choose(change) {
      if (change.bell !== undefined) {
        await store.settings.set(BELL, change.bell ? undefined : 'off')
        bell = change.bell
      }
      if (change.notify !== undefined) {
        await store.settings.set(NOTIFY, change.notify === USUAL ? undefined : change.notify)
        notify = change.notify
      }
    },
  }
}
