/** A home taken along in one file, and made again from it. */
import type { Backup, Person } from '../agent.ts'
import { presenceAddress } from '../principal/address.ts'
import { principalOf } from '../principal/principal.ts'
import { writeBackup } from '../store/backup.ts'
import { homePaths } from '../store/home.ts'
import { restoreHome } from '../store/restore.ts'
import { openStore } from '../store/store.ts'
import { systemClock } from '../system.ts'
import { type Household, NAME } from './household.ts'

export type BackUp = (asked: { file: string; passphrase: string }) => Promise<Backup>

/** Backs up a household whose store is the home's own. One at a time: each makes its copy at the same place. */
export function backingUp({ home, key }: Pick<Household, 'home' | 'key'>): BackUp {
  let saved: Promise<unknown> = Promise.resolve()
  const write: BackUp = async ({ file, passphrase }) => {
    const now = systemClock.now()
    const from = { home, store: homePaths(home).storeFile, key }
    const bytes = await writeBackup({ ...from, file, passphrase, now })
    return { file, at: new Date(now).toISOString(), bytes }
  }
  return (asked) => {
    const next = saved.then(() => write(asked))
    saved = next.catch(() => {})
    return next
  }
}

/** What was restored, and from when. */
export interface RestoredHome {
  who: Person
  home: string
  /** RFC 3339: messages received later are not in it. */
  madeAt: string
  /** Messages of mine of which it is not known how they ended; their inboxes are asked. */
  unsettled: number
}

/**
 * Makes a home from a backup; what is there already is never replaced. Rejects with NighError: `home-exists`,
 * `wrong-passphrase`, `backup-damaged`, `file-unusable`, `store-newer`, `store-full`; nothing is left behind then.
 */
export async function restorePeer(asked: {
  home: string
  /** Path of the backup. */
  file: string
  passphrase: string
}): Promise<RestoredHome> {
  const { madeAt, key, unsettled } = await restoreHome(asked.home, asked)
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
