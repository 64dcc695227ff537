/**
 * The Store port over one SQLite file. In memory it is the same code and the same SQL without the file, which is
 * why a test that runs in memory can be trusted about the disk.
 */
import { existsSync } from 'node:fs'
import type { Store } from '../ports.ts'
import { amendments } from './amendments.ts'
import { contactRows } from './contacts.ts'
import { type Database, IN_MEMORY, openDatabase } from './database.ts'
import { history } from './history.ts'
import { imports } from './imports.ts'
import { inboxRows } from './inbox.ts'
import { journal } from './journal.ts'
import { forgetMark, keepMark } from './mark.ts'
import { peerNumbers, skipNumbers } from './numbers.ts'
import { outboxRows } from './outbox.ts'
import { pendingRows } from './pending.ts'
import { peopleRows } from './people.ts'
import { ruleRows } from './rules.ts'
import { examine, migrate } from './schema.ts'
import { settings } from './settings.ts'
import { rowsShown } from './shown.ts'
import { watcherRows } from './watchers.ts'
import { wishRows } from './wishes.ts'

/**
 * Opens the store in file `path`, made if absent, or `:memory:`. Whoever calls it for a home holds the home's lock.
 * Rejects with `store-newer` or `store-damaged` (the file is left as it is), `home-unreadable` or `store-full`.
 */
export async function openStore(path: string): Promise<Store> {
  return storeOver(await openedDatabase(path))
}

/** The database under a store: for tests and measurements that count commits. */
export async function openedDatabase(path: string): Promise<Database> {
  if (path !== IN_MEMORY && !existsSync(path)) forgetMark(path)
  const { unclean } = examine(path)
  const database = openDatabase(path)
  try {
    await migrate(database)
    if (unclean) await skipNumbers(database)
  } catch (cause) {
    await database.close()
    throw cause
  }
  return database
}

/** The port over an opened database of the current version. */
export function storeOver(database: Database): Store {
  const numbers = peerNumbers(database)
  const closeMark = keepMark(database, numbers)
  const amending = amendments(database, numbers)
  const shown = rowsShown(database, numbers, amending)
  return {
    settings: settings(database),
    outbox: outboxRows(database, numbers, amending, shown),
    inbox: inboxRows(database, numbers, amending, shown),
    contacts: contactRows(database, numbers),
    rules: ruleRows(database, numbers),
    wishes: wishRows(database, numbers),
    pending: pendingRows(database, numbers),
    watchers: watcherRows(database, numbers),
    people: peopleRows(database, numbers),
    journal: journal(database, numbers, shown),
    history: history(database, numbers, amending, shown),
    imports: imports(database, numbers, amending),
    close: () => database.close().finally(closeMark),
  }
}
