/**
 * One SQLite file and its group commit. An fsync costs 0.16 ms and a row 3 µs, so what arrives together is
 * committed together: every write waits as a closure until the loop has taken all that the sockets had, then all
 * of them run in one transaction. Nobody is told before the commit.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { NighError } from '../errors.ts'
import { storeTrouble } from './trouble.ts'

/** The path that names no file: a store that lasts as long as it is open. */
export const IN_MEMORY = ':memory:'

/** A value as `all` and `one` bind it. */
export type Bound = SQLInputValue

/**
 * The first sign of damage ends all writing: what is committed on damaged pages may not be found again, so it must
 * not be promised. Reading goes on, for whatever can still be read.
 */
export interface Database {
  readonly path: string
  /** Transactions committed so far: tests and measurements count fsyncs by it. */
  readonly commits: number
  /** Those among them that synced the log to the disk. */
  readonly synced: number
  all<Row>(sql: string, ...bound: Bound[]): Row[]
  one<Row>(sql: string, ...bound: Bound[]): Row | undefined
  /** Only inside `write`. */
  run(sql: string, ...bound: Bound[]): { changes: number; lastRow: number }
  /** Runs at once; sees all commits, and nothing that still waits. */
  read<Result>(look: () => Result): Promise<Result>
  /**
   * Durable when the promise resolves. `change` runs later, with others in one transaction, and may run a second
   * time: when one of them throws, all are rolled back and each is tried alone, so that only the guilty one
   * rejects. So it must not wait and must touch nothing but the database.
   */
  write<Result>(change: () => Result): Promise<Result>
  /**
   * As `write`, but without an fsync of its own: a killed process loses nothing, a power cut may take it back, up to
   * the last `write`. For what can be found out again from what is still there, at half the cost of a message.
   */
  note<Result>(change: () => Result): Promise<Result>
  /** Called after each rollback: whatever was remembered from inside the transaction is void. */
  afterRollback(forget: () => void): void
  /**
   * Called soon after a commit that reached the disk, when those who waited for it have gone on, and before anything
   * that does not reach it is committed. Must not throw.
   */
  afterSync(told: () => void): void
  /** Commits what waits, then closes the file; one found damaged is left with its log as it is. Idempotent. */
  close(): Promise<void>
}

/**
 * Waits for `setImmediate`, not for a microtask: it runs right after the loop has read all sockets. Measured with
 * 4,000 messages over 20 sockets: 418 commits in 0.3 s against 4,000 commits in 1.2 s, and a lone write pays 10 to
 * 40 µs for it. Taken at load, so that a test that replaces timers does not stop the store.
 */
const soon = setImmediate

/** Closures per transaction: at 10 to 20 µs each the loop is held for some 10 ms at worst. A guess. */
const CHANGES_PER_COMMIT = 512

/** ms to wait for another process. The home lock keeps others out; this is for a look from outside with a tool. */
const BUSY_MS = 2_000

/** Syncs the write-ahead log at every commit: "kept before acknowledged" means this. */
const SYNCED = 'PRAGMA synchronous = FULL'
/** Leaves it to the next commit that does; the log is still synced before it is moved into the file. */
const UNSYNCED = 'PRAGMA synchronous = NORMAL'

interface Waiting {
  change: () => unknown
  /** Whether the commit has to reach the disk. */
  synced: boolean
  resolve: (result: unknown) => void
  reject: (cause: unknown) => void
}

/** Opens `path` or IN_MEMORY with the pragmas every promise rests on. */
export function openDatabase(path: string): Database {
  const sqlite = opened(path)
  const statements = new Map<string, StatementSync>()
  const rollbacks: (() => void)[] = []
  const syncs: (() => void)[] = []
  let queue: Waiting[] = []
  let commits = 0
  let synced = 0
  let closed = false
  let syncing = true
  let telling = false
  let damage: NighError | undefined

  function tellSynced(): void {
    if (telling) for (const told of syncs) told()
    telling = false
  }

  /** What went wrong, for whoever asked. */
  function trouble(cause: unknown): NighError {
    const told = storeTrouble(cause, path)
    if (told.code === 'store-damaged') damage ??= told
    return told
  }

  function sync(wanted: boolean): void {
    if (wanted === syncing) return
    sqlite.exec(wanted ? SYNCED : UNSYNCED)
    syncing = wanted
  }

  function enqueue<Result>(change: () => Result, synced: boolean): Promise<Result> {
    if (closed) return Promise.reject(storeClosed())
    if (damage !== undefined) return Promise.reject(damage)
    return new Promise<Result>((resolve, reject) => {
      queue.push({ change, synced, resolve: resolve as (result: unknown) => void, reject })
      if (queue.length === 1) soon(drain)
    })
  }

  function statement(sql: string): StatementSync {
    let prepared = statements.get(sql)
    if (prepared === undefined) {
      prepared = sqlite.prepare(sql)
      statements.set(sql, prepared)
    }
    return prepared
  }

  function run(sql: string, ...bound: Bound[]): { changes: number; lastRow: number } {
    const { changes, lastInsertRowid } = statement(sql).run(...bound)
    return { changes: Number(changes), lastRow: Number(lastInsertRowid) }
  }

  function together(waiting: readonly Waiting[]): void {
    let results: unknown[]
    try {
      if (damage !== undefined) throw damage
      sync(waiting.some(({ synced }) => synced))
      if (!syncing) tellSynced()
      run('BEGIN IMMEDIATE')
      results = waiting.map(({ change }) => change())
      run('COMMIT')
      commits++
      if (syncing) {
        synced++
        if (!telling) soon(tellSynced)
        telling = true
      }
    } catch (cause) {
      rollback()
      const told = trouble(cause)
      const [only, ...others] = waiting
      if (only !== undefined && others.length === 0) only.reject(told)
      else for (const one of waiting) together([one])
      return
    }
    for (const [index, { resolve }] of waiting.entries()) resolve(results[index])
  }

  function rollback(): void {
    for (const forget of rollbacks) forget()
    try {
      // A full disk may have rolled back by itself.
      if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
    } catch {
      // Then the next BEGIN fails and says why to those who wait; there is nobody to tell here.
    }
  }

  function drain(): void {
    const now = queue.splice(0, CHANGES_PER_COMMIT)
    if (now.length > 0) together(now)
    if (queue.length > 0) soon(drain)
  }

  return {
    path,
    get commits() {
      return commits
    },
    get synced() {
      return synced
    },
    all: <Row>(sql: string, ...bound: Bound[]) => statement(sql).all(...bound) as Row[],
    one: <Row>(sql: string, ...bound: Bound[]) => statement(sql).get(...bound) as Row | undefined,
    run,
    async read(look) {
      if (closed) throw storeClosed()
      try {
        return look()
      } catch (cause) {
        throw trouble(cause)
      }
    },
    write: (change) => enqueue(change, true),
    note: (change) => enqueue(change, false),
    afterRollback: (forget) => {
      rollbacks.push(forget)
    },
    afterSync: (told) => {
      syncs.push(told)
    },
    async close() {
      if (closed) return
      closed = true
      while (queue.length > 0) together(queue.splice(0, CHANGES_PER_COMMIT))
      queue = []
      tellSynced()
      try {
        // Whoever closes last moves the log into the file; a reader cannot, so on damaged pages it comes last.
        const reader = damage === undefined ? undefined : new DatabaseSync(path, { readOnly: true })
        reader?.prepare('PRAGMA user_version').get()
        sqlite.close()
        reader?.close()
      } catch (cause) {
        throw storeTrouble(cause, path)
      }
    },
  }
}

function opened(path: string): DatabaseSync {
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true })
    sqlite.exec(`PRAGMA journal_mode = WAL; ${SYNCED}; PRAGMA trusted_schema = OFF`)
    return sqlite
  } catch (cause) {
    sqlite?.close()
    throw storeTrouble(cause, path)
  }
}

function storeClosed(): NighError {
  return new NighError('closed', 'The store is closed: this peer has ended. Start it again with `nigh up`.')
}
