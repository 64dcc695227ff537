/** Files of the past, of the future, of others, and damaged ones. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { APPLICATION_ID, dump, SCHEMA_VERSION } from '../../src/store/schema.ts'
import { openedDatabase, openStore } from '../../src/store/store.ts'
import { fill, fillMore, goldenDump, goldenFile, goldenFileOfOne, goldenFileOfTwo, tell } from './golden.ts'
import { alice, told } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'nigh-schema-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
let path = ''
beforeEach(() => {
  path = join(folder, `${count++}.db`)
})

describe('version 3', () => {
  test('is what people have on their disks: a change needs a new version, its step, and a test that migrates', async () => {
    expect(SCHEMA_VERSION).toBe(3)
    const database = await openedDatabase(':memory:')
    expect(dump(database)).toBe(readFileSync(goldenDump, 'utf8'))
    expect(database.one('PRAGMA user_version')).toEqual({ user_version: 3 })
    expect(database.one('PRAGMA application_id')).toEqual({ application_id: APPLICATION_ID })
    await database.close()
  })

  test('a file of it opens and tells all that was put in', async () => {
    copyFileSync(goldenFile, path)
    const old = await openStore(path)
    const fresh = await openStore(':memory:')
    await fill(fresh)
    await fillMore(fresh)
    expect(await tell(old)).toEqual(await tell(fresh))
    expect((await old.inbox.keep([told(alice)]))[0]).toMatchObject({
      fresh: true,
      row: { seq: (await fresh.journal.last()) + 1 },
    })
    await old.close()
    await fresh.close()
  })

  test('a file of version 2 is brought up: all is there, and nothing in it was ever changed by another message', async () => {
    copyFileSync(goldenFileOfTwo, path)
    const old = await openStore(path)
    const fresh = await openStore(':memory:')
    await fill(fresh)
    expect(await tell(old)).toEqual(await tell(fresh))
    await fillMore(old)
    await fillMore(fresh)
    expect(await tell(old)).toEqual(await tell(fresh))
    await old.close()
    await fresh.close()
    const database = await openedDatabase(path)
    expect(dump(database)).toBe(readFileSync(goldenDump, 'utf8'))
    await database.close()
  })

  test('a file of version 1 is brought up: all is there, and nobody in it has said who may know of them', async () => {
    copyFileSync(goldenFileOfOne, path)
    const old = await openStore(path)
    const fresh = await openStore(':memory:')
    await fill(fresh)
    const { watchers, ...rest } = (await tell(fresh)) as { watchers: { shownAs?: unknown }[] }
    const unsaid = watchers.map(({ shownAs: _, ...row }) => row)
    expect(await tell(old)).toEqual({ ...rest, watchers: unsaid })
    await old.close()
    await fresh.close()
    const database = await openedDatabase(path)
    expect(dump(database)).toBe(readFileSync(goldenDump, 'utf8'))
    await database.close()
  })

  test('a file of version 1 in which a table is missing is refused, and not brought up', async () => {
    copyFileSync(goldenFileOfOne, path)
    edit((file) => file.exec('DROP TABLE pending'))
    await expect(openStore(path)).rejects.toMatchObject({ code: 'store-damaged' })
  })

  test('the disk gets what the promises rest on: a synced log, strict tables, foreign keys', async () => {
    const database = await openedDatabase(path)
    const pragma = (name: string) => Object.values(database.one<object>(`PRAGMA ${name}`) ?? {})[0]
    expect(['journal_mode', 'synchronous', 'foreign_keys'].map(pragma)).toEqual(['wal', 2, 1])
    const tables = database.all<{ strict: number }>(
      "SELECT strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'words%'",
    )
    expect(tables.length).toBeGreaterThan(9)
    expect(tables.every(({ strict }) => strict === 1)).toBe(true)
    await database.close()
  })
})

describe('a file that is refused stays as it is', () => {
  async function refused(code: string): Promise<void> {
    const before = readFileSync(path)
    await expect(openStore(path)).rejects.toMatchObject({ code, message: expect.stringContaining(path) })
    expect(readFileSync(path).equals(before)).toBe(true)
  }

  test('one of a newer version', async () => {
    copyFileSync(goldenFile, path)
    edit((file) => file.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`))
    await refused('store-newer')
    expect(existsSync(`${path}-wal`)).toBe(false)
  })

  test('one of a newer version, which only its log tells', async () => {
    copyFileSync(goldenFile, path)
    const newer = new DatabaseSync(path)
    newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
    crashCopy(path, `${path}.crashed`)
    newer.close()
    path = `${path}.crashed`
    await refused('store-newer')
  })

  test('garbage, a stump, a text', async () => {
    const whole = readFileSync(goldenFile)
    for (const bytes of [
      Buffer.alloc(8192, 0x5a),
      whole.subarray(0, 60),
      Buffer.from('hello'),
      Buffer.alloc(8192),
    ]) {
      writeFileSync(path, bytes)
      await refused('store-damaged')
    }
  })

  test('a store cut short', async () => {
    const whole = readFileSync(goldenFile)
    writeFileSync(path, whole.subarray(0, 4096))
    await refused('store-damaged')
  })

  test('the database of another program, with and without its own name', async () => {
    edit((file) => file.exec('CREATE TABLE songs (title TEXT)'))
    await refused('store-damaged')
    edit((file) => file.exec('PRAGMA application_id = 77'))
    await refused('store-damaged')
  })

  test('one in which a table is missing or another', async () => {
    copyFileSync(goldenFile, path)
    edit((file) => file.exec('DROP INDEX inbox_once'))
    await refused('store-damaged')
  })

  test('one with a damaged page, after its process was killed; after a clean end nobody looks', async () => {
    const store = await openStore(path)
    for (let batch = 0; batch < 20; batch++)
      await store.inbox.keep(Array.from({ length: 50 }, () => told(alice, { body: new Uint8Array(500) })))
    await store.close()
    const whole = readFileSync(path)
    const damaged = Buffer.from(whole)
    const page = Math.floor(whole.length / 4096 / 2)
    damaged.fill(0xee, page * 4096, page * 4096 + 4096)

    const running = await openStore(path)
    await running.settings.set('a', 'b')
    crashCopy(path, `${path}.sound`)
    crashCopy(path, `${path}.damaged`)
    await running.close()
    writeFileSync(`${path}.damaged`, damaged)

    const sound = await openStore(`${path}.sound`)
    expect(await sound.settings.get('a')).toBe('b')
    // Nothing is lost, and no number that may have been told before the end is given twice.
    expect(await sound.journal.since(0, 2_000)).toHaveLength(1000)
    expect(await sound.journal.last()).toBeGreaterThan(10_000)
    await sound.close()

    writeFileSync(path, damaged)
    await (await openStore(path)).close()

    path = `${path}.damaged`
    await refused('store-damaged')
  })

  test('one whose folder is not there', async () => {
    await expect(openStore(join(folder, 'nowhere', 'nigh.db'))).rejects.toMatchObject({
      code: 'home-unreadable',
    })
  })
})

test('a process killed between the birth of its file and the first commit left nothing: the file is a new store', async () => {
  edit((file) => file.exec('PRAGMA journal_mode = WAL'))
  expect(readFileSync(path).length).toBeGreaterThan(0)
  const store = await openStore(path)
  expect(await store.journal.last()).toBe(0)
  await store.close()
  writeFileSync(`${path}.empty`, '')
  await (await openStore(`${path}.empty`)).close()
})

function edit(change: (file: DatabaseSync) => void): void {
  const file = new DatabaseSync(path)
  change(file)
  file.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  file.close()
}

/** What a killed process leaves: the file and its log as they are in this moment. */
function crashCopy(from: string, to: string): void {
  copyFileSync(from, to)
  copyFileSync(`${from}-wal`, `${to}-wal`)
}
