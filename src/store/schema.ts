/**
 * The shape of the file, by version. A version is never edited once people have files of it: a change is a new
 * version with its own step from the one before. A file that is newer, damaged or somebody else's is refused
 * before anything is written to it.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { NighError } from '../errors.ts'
import { type Database, IN_MEMORY } from './database.ts'
import { logIsWhole, type Mark, markFile, readMark } from './mark.ts'
import { lastNumber } from './numbers.ts'
import { isHalfWritten, storeDamaged, storeTrouble } from './trouble.ts'

/** The version this code writes (`PRAGMA user_version`). */
export const SCHEMA_VERSION = 3

/** `NIGH` as `PRAGMA application_id`, so that another program's database is not taken for ours. */
export const APPLICATION_ID = 0x4e494748

/**
 * Version 1. The journal's rising integer is the one number of this store: a row of inbox or outbox has the
 * number of its birth, so arrival order is the order of everything, whatever clocks and ids claim (fault M2).
 * An index on (peer) ends in the row's number by itself, so it also pages.
 */
const VERSION_1 = [
  // Everybody this home ever dealt with. `number` stands for the peer id elsewhere: 3 bytes for 52 in each row and index.
  `CREATE TABLE people (
  number INTEGER PRIMARY KEY,
  peer TEXT NOT NULL UNIQUE,
  name TEXT,
  addresses TEXT NOT NULL DEFAULT '[]',
  reached_at INTEGER,
  has_delivered INTEGER NOT NULL DEFAULT 0
) STRICT`,
  // What happened after a row's birth, which the row itself tells. kind: message (the request `inbox` was accepted), outcome (how the row
  // `outbox` then stood), subscription (`peer` asks as `name`), gap (numbers that are left out; not replayed).
  `CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  inbox INTEGER REFERENCES inbox (seq),
  outbox INTEGER REFERENCES outbox (seq),
  state TEXT,
  outcome TEXT,
  reason TEXT,
  disposition TEXT,
  peer INTEGER REFERENCES people (number),
  name TEXT
) STRICT`,
  // born: the state in the commit of its birth. recall: how it has failed if their inbox never kept it (recalled, expired); asked at each link
  // until it is settled. deleted: the person deleted it; its key stays.
  `CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES people (number),
  label TEXT NOT NULL,
  id BLOB NOT NULL,
  sent_at INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body BLOB NOT NULL,
  thread TEXT,
  reply_to BLOB,
  deadline INTEGER,
  until_open INTEGER NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  disposition TEXT,
  recall TEXT,
  at INTEGER NOT NULL,
  born TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0
) STRICT`,
  // The id first: one index decides "once" and finds by id.
  `CREATE UNIQUE INDEX outbox_once ON outbox (id, peer)`,
  `CREATE INDEX outbox_peer ON outbox (peer)`,
  `CREATE INDEX outbox_unsettled ON outbox (peer) WHERE state <> 'settled'`,
  `CREATE INDEX outbox_held ON outbox (peer) WHERE disposition = 'held'`,
  `CREATE INDEX outbox_deadline ON outbox (deadline) WHERE state <> 'settled' AND deadline IS NOT NULL`,
  // born: message or request. state: kept; refused (a request the person refused); deleted (its content is gone) and recalled (it never came):
  // nothing but the key and what is answered, remembered for good.
  `CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES people (number),
  label TEXT NOT NULL,
  id BLOB NOT NULL,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body BLOB NOT NULL,
  thread TEXT,
  reply_to BLOB,
  state TEXT NOT NULL,
  disposition TEXT,
  told TEXT,
  unread INTEGER NOT NULL,
  born TEXT NOT NULL
) STRICT`,
  `CREATE UNIQUE INDEX inbox_once ON inbox (id, peer, label)`,
  `CREATE INDEX inbox_peer ON inbox (peer)`,
  `CREATE INDEX inbox_held ON inbox (peer) WHERE disposition = 'held'`,
  `CREATE INDEX inbox_untold ON inbox (seq, peer) WHERE told IS NOT disposition`,
  `CREATE INDEX inbox_unread ON inbox (seq, peer) WHERE unread = 1`,
  `CREATE INDEX inbox_recalled ON inbox (peer) WHERE state = 'recalled'`,
  // The words of both directions by the row's number, filled behind the rows: who says the person, so that one conversation is found by itself.
  // Nothing but the index is kept, and no places of words within a text; a row that is deleted leaves it. Marks belong to words: where vowels
  // are marks, a word would fall into letters.
  `CREATE VIRTUAL TABLE words USING fts5(said, who, content='', contentless_delete=1, detail='column',
  tokenize="unicode61 remove_diacritics 2 categories 'L* M* N* Co'")`,
  `CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE contacts (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  petname TEXT UNIQUE,
  circles TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  verified_at INTEGER
) STRICT`,
  `CREATE TABLE rules (
  peer INTEGER NOT NULL REFERENCES people (number),
  subject TEXT NOT NULL,
  decision TEXT NOT NULL,
  view TEXT,
  until INTEGER,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (peer, subject)
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE wishes (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  wanted INTEGER NOT NULL,
  by_person INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT`,
  `CREATE TABLE pending (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  refused INTEGER NOT NULL
) STRICT`,
  // One row per means, view and whether it was denied: what was handed out under an older view stays told.
  `CREATE TABLE watchers (
  peer INTEGER NOT NULL REFERENCES people (number),
  via TEXT NOT NULL,
  view TEXT NOT NULL,
  denied INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  times INTEGER NOT NULL,
  readable_until INTEGER,
  PRIMARY KEY (peer, via, view, denied)
) STRICT, WITHOUT ROWID`,
]

/** Version 2: as whom a watcher may be shown to others, by its own word. Who is not in it has not said. */
const VERSION_2 = [
  `CREATE TABLE shown_as (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  visibility TEXT NOT NULL,
  shown_name TEXT NOT NULL
) STRICT`,
]

/**
 * Version 3: messages that change another, by the number of the row of inbox or outbox that brings them. about: that
 * message's id; target: its number, absent while it is not here.
 */
const VERSION_3 = [
  `CREATE TABLE amendments (
  carrier INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people (number),
  about BLOB NOT NULL,
  kind TEXT NOT NULL,
  target INTEGER
) STRICT`,
  `CREATE INDEX amendments_target ON amendments (target) WHERE target IS NOT NULL`,
  `CREATE INDEX amendments_awaiting ON amendments (person, about) WHERE target IS NULL`,
]

/** Step `n` leads from version `n` to `n + 1`. Each only adds: a file of version `n` consists of the first `n`. */
const STEPS: readonly (readonly string[])[] = [VERSION_1, VERSION_2, VERSION_3]

/** A database file begins with a header of 100 bytes (https://sqlite.org/fileformat2.html#the_database_header). */
const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'
const USER_VERSION_OFFSET = 60
const APPLICATION_ID_OFFSET = 68

/**
 * Looks at the file before anything may change it, and refuses what is newer, damaged or not ours. The header is
 * read as bytes and the rest through a read-only connection, because closing any other moves a log that lies
 * there into the file. Every page is checked only where a log was left: a clean close takes it away, so it is the
 * mark of a killed process; the answer says whether there was one. Less than once was synced is damage too, whatever
 * took the rest away (mark.ts). Not while the file is open in this process: closing it drops the process's POSIX locks.
 */
export function examine(path: string): { unclean: boolean } {
  const header = path === IN_MEMORY ? undefined : headerOf(path)
  const mark = path === IN_MEMORY ? undefined : readMark(path)
  if (header === undefined) {
    if (mark !== undefined && existsSync(path)) throw storeDamaged(path, 'It is empty, and was not before.')
    return { unclean: false }
  }
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    // A cut while the file was born: its journal tells that nothing was there before.
    if (mark !== undefined || !hasBirthJournal(path))
      throw storeDamaged(path, 'It does not begin as a database does.')
    rollBack(path)
    if (hasBirthJournal(path)) throw storeDamaged(path, 'It does not begin as a database does.')
    return examine(path)
  }
  judge(path, header.readUInt32BE(USER_VERSION_OFFSET), header.readUInt32BE(APPLICATION_ID_OFFSET))
  const unclean = hasLog(path)
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = new DatabaseSync(path, { readOnly: true })
    const version = pragma(sqlite, 'user_version')
    judge(path, version, pragma(sqlite, 'application_id'))
    compare(path, sqlite, version)
    if (unclean && pragma(sqlite, 'quick_check(1)') !== 'ok')
      throw storeDamaged(path, 'Its pages contradict one another.')
    if (mark !== undefined) compareWithMark(path, sqlite, mark)
    return { unclean }
  } catch (cause) {
    if (!isHalfWritten(cause)) throw storeTrouble(cause, path)
  } finally {
    sqlite?.close()
  }
  rollBack(path)
  return examine(path)
}

/** Brings an opened database to the current version in one transaction. */
export async function migrate(database: Database): Promise<void> {
  const version = await database.read(
    () => database.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0,
  )
  if (version === SCHEMA_VERSION) return
  await database.write(() => {
    for (const step of STEPS.slice(version)) for (const statement of step) database.run(statement)
    database.run(`PRAGMA application_id = ${APPLICATION_ID}`)
    database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`)
  })
}

/** The schema as SQLite holds it, statement by statement, in the order of making. */
export function dump(database: Pick<Database, 'all'>): string {
  const rows = database.all<{ sql: string }>(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'words\\_%' ESCAPE '\\' ORDER BY rowid",
  )
  return `${rows.map(({ sql }) => `${sql};`).join('\n')}\n`
}

function judge(path: string, version: unknown, application: unknown): void {
  const empty = version === 0 && application === 0
  if (!empty && application !== APPLICATION_ID)
    throw storeDamaged(path, 'It is a database of another program.')
  if (typeof version !== 'number' || version > SCHEMA_VERSION)
    throw new NighError(
      'store-newer',
      `${path} was written by a newer Nigh (store version ${version}, this one knows ${SCHEMA_VERSION}). It was left as it is: update Nigh, or use another home.`,
    )
}

/** A file of version 0 was killed between its birth and its first commit, and holds nothing; of any other, its steps. */
function compare(path: string, sqlite: DatabaseSync, version: unknown): void {
  const present = new Set(
    sqlite
      .prepare('SELECT sql FROM sqlite_schema')
      .all()
      .map((row) => row.sql),
  )
  if (version === 0 && present.size > 0) throw storeDamaged(path, 'It is a database of another program.')
  const whole = STEPS.slice(0, Number(version)).flat()
  if (!whole.every((statement) => present.has(statement)))
    throw storeDamaged(path, 'Tables that belong in it are missing.')
}

/**
 * Until its first commit a file has no log but a journal beside it, which a cut in that moment leaves: what it tells
 * has to be undone by writing, before anything can be read.
 */
function rollBack(path: string): void {
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = new DatabaseSync(path)
    sqlite.prepare('PRAGMA user_version').get()
  } catch (cause) {
    throw storeTrouble(cause, path)
  } finally {
    sqlite?.close()
  }
}

/** Everything that was synced once has to be there. */
function compareWithMark(path: string, sqlite: DatabaseSync, mark: Mark): void {
  const goOn = `To go on with what is there, delete ${markFile(path)}.`
  if (!logIsWhole(path, mark))
    throw storeDamaged(path, `Its log ${path}-wal is damaged, and what was kept last is missing. ${goOn}`)
  const one = <Row>(sql: string): Row | undefined => sqlite.prepare(sql).get() as Row | undefined
  if (pragma(sqlite, 'user_version') === 0 || lastNumber({ one }) < mark.number)
    throw storeDamaged(
      path,
      `What was kept last is missing: its log is gone, or it is an older copy. ${goOn}`,
    )
}

const pragma = (sqlite: DatabaseSync, name: string): unknown =>
  Object.values(sqlite.prepare(`PRAGMA ${name}`).get() ?? {})[0]

const hasBirthJournal = (path: string): boolean => {
  const journal = `${path}-journal`
  return existsSync(journal) && statSync(journal).size > 0
}

function hasLog(path: string): boolean {
  const log = `${path}-wal`
  return existsSync(log) && statSync(log).size > 0
}

/** The first bytes of the file; `undefined` where it is absent or empty. */
function headerOf(path: string): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    if (isAbsent(cause)) return undefined
    throw unreadable(path, cause)
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const length = readSync(file, header, 0, HEADER_BYTES, 0)
    return length === 0 ? undefined : header.subarray(0, length)
  } catch (cause) {
    throw unreadable(path, cause)
  } finally {
    closeSync(file)
  }
}

const isAbsent = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

/** SQLite's own "cannot open" in its own words. */
const unreadable = (path: string, cause: unknown): NighError =>
  storeTrouble(Object.assign(new Error('cannot open', { cause }), { errcode: 14 }), path)
