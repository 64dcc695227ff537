/** What the person lets others notice, beside presence: that a message was read, that one is being written. */
import type { House } from './house.ts'

export interface Discretion {
  load(): Promise<void>
  /** Senders whom I welcome are told when I have read their message. Off until chosen. */
  displayReceipts(): boolean
  /** Contacts see that I am writing to them. On until chosen otherwise. */
  composing(): boolean
  /** Stored, then in force; what is not named stays as it was. */
  choose(change: { displayReceipts?: boolean; composing?: boolean }): Promise<void>
}

/** Keys in the store's settings; each holds what differs from the usual. */
const DISPLAY_RECEIPTS = 'display-receipts'
const COMPOSING = 'composing'

export function createDiscretion({ store }: Pick<House, 'store'>): Discretion {
  let displayReceipts = false
  let composing = true
  return {
    async load() {
      const [receipts, typing] = await Promise.all([
        store.settings.get(DISPLAY_RECEIPTS),
        store.settings.get(COMPOSING),
      ])
      displayReceipts = receipts === 'on'
      composing = typing !== 'off'
    },
    displayReceipts: () => displayReceipts,
    composing: () => composing,
    async choose(change) {
      if (change.displayReceipts !== undefined) {
        // No is in force at once, also for what is owed already; yes only once it is stored.
        displayReceipts &&= change.displayReceipts
        await store.settings.set(DISPLAY_RECEIPTS, change.displayReceipts ? 'on' : undefined)
        if (!change.displayReceipts) await store.inbox.forgetUntoldDisplays()
        displayReceipts = change.displayReceipts
      }
      if (change.composing !== undefined) {
        composing &&= change.composing
        await store.settings.set(COMPOSING, change.composing ? undefined : 'off')
        composing = change.composing
      }
    },
  }
}
