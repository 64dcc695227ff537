/** A home taken along in one file, and made again from it. Who starts does neither, so what does it is loaded when asked. */
import type { Agent, CallOptions, Person } from '../agent.ts'
import { presenceAddress } from '../principal/address.ts'
import { principalOf } from '../principal/principal.ts'
import { homePaths } from '../store/home.ts'
import { openStore } from '../store/store.ts'
import { systemClock } from '../system.ts'
import { type Household, NAME } from './household.ts'
import { checkRestore } from './options.ts'

export type BackUp = Agent['backup']

/** Backs up a household whose store is the home's own. One at a time: each makes its copy at the same place. */
export function backingUp({ home, key }: Pick<Household, 'home' | 'key'>): BackUp {
  let saved: Promise<unknown> = Promise.resolve()
  const write: BackUp = async ({ file, passphrase }, { signal } = {}) => {
    const now = systemClock.now()
    const from = { home, store: homePaths(home).storeFile, key }
    const { writeBackup } = await import('../store/backup.ts')
    const bytes = await writeBackup({
      ...from,
      file,
      passphrase,
      now,
      ...(signal === undefined ? {} : { signal }),
    })
    return { file, at: new Date(now).toISOString(), bytes }
  }
  return (asked, options) => {
    const next = saved.then(() => write(asked, options))
    saved = next.catch(() => {})
    return next
  }
}

/** What was restored, and from when. */
export interface RestoredHome {
  /** Whose it is. */
  who: Person
  /** The home folder, absolute. */
  home: string
  /** RFC 3339: messages received later are not in it. */
  madeAt: string
  /** Messages of mine of which it is not known how they ended; their inboxes are asked. */
  unsettled: number
}

/**
 * Makes a home from a backup; what is there already is never replaced. Rejects with NighError: `home-exists`,
 * `wrong-passphrase`, `backup-damaged`, `file-unusable`, `store-newer`, `store-full`, `aborted`; nothing is left behind then.
 */
export async function restorePeer(
  asked: {
    home: string
    /** Path of the backup. */
    file: string
    passphrase: string
  },
  options: CallOptions = {},
): Promise<RestoredHome> {
  checkRestore(asked)
  const { restoreHome } = await import('../store/restore.ts')
  const { madeAt, key, unsettled } = await restoreHome(asked.home, { ...asked, ...options })
  const { peerId } = principalOf(key)
  const store = await openStore(homePaths(asked.home).storeFile)
  const name = (await store.settings.get(NAME)) ?? 'somebody'
  await store.close()
  return {
    who: { peerId, name, address: presenceAddress(peerId), relation: 'near', verified: true },
    home: homePaths(asked.home).dir,
    madeAt: new Date(madeAt).toISOString(),
    unsettled,
  }
}
