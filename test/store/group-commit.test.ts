/** What arrives together is committed together, and only the guilty one pays. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../../src/ports.ts'
import type { Database } from '../../src/store/database.ts'
import { openedDatabase, storeOver } from '../../src/store/store.ts'
import { alice, bob, carol, contact, owed, told } from './rows.ts'

let folder: string
let database: Database
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nigh-commit-'))
  database = await openedDatabase(join(folder, 'nigh.db'))
  store = storeOver(database)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

test('100 messages that arrive in one turn cost one commit; one after another, a hundred', async () => {
  const before = commitsInLog()
  await Promise.all(Array.from({ length: 100 }, () => store.inbox.keep([told(alice)])))
  expect(commitsInLog() - before).toBe(1)
  for (let index = 0; index < 100; index++) await store.inbox.keep([told(alice)])
  expect(commitsInLog() - before).toBe(101)
})

test('messages that 20 channels bring in one turn of the loop, each some awaits later, share the commit', async () => {
  const before = commitsInLog()
  const afterAwaits = async (awaits: number) => {
    for (let index = 0; index < awaits; index++) await undefined
    return store.inbox.keep([told(alice)])
  }
  await Promise.all(Array.from({ length: 20 }, (_, awaits) => afterAwaits(awaits)))
  expect(commitsInLog() - before).toBe(1)
})

test('writes of different kinds share the commit, in the order they were asked', async () => {
  const before = commitsInLog()
  const [owe, [kept] = []] = await Promise.all([
    store.outbox.owe(owed(bob)),
    store.inbox.keep([told(alice)]),
    store.settings.set('a', '1'),
    store.settings.set('a', '2'),
  ])
  expect([owe.seq, kept?.row.seq]).toEqual([1, 2])
  expect(await store.settings.get('a')).toBe('2')
  expect(commitsInLog() - before).toBe(1)
})

test('whoever asks what reached the disk hears of each such commit, and never of what did not (fault M15)', async () => {
  const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
  await turn()
  const heard: number[] = []
  database.afterSync(() => heard.push(database.commits))
  const before = database.commits
  const { peer, id } = await store.outbox.owe(owed(bob))
  await turn()
  expect(heard).toEqual([before + 1])
  await store.outbox.settle([{ peer, id, state: 'settled', outcome: 'success', disposition: 'delivered' }], 0)
  await turn()
  expect(heard).toEqual([before + 1])
  // Heard before the next one is committed without an fsync, however close behind it comes.
  const kept = store.inbox.keep([told(alice)])
  for (let commit = 0; commit < 3; commit++) void store.people.rememberName(alice, `Alice ${commit}`)
  await kept
  await store.people.rememberName(alice, 'Alice')
  expect(heard).toEqual([before + 1, before + 3])
})

test('what can be found out again costs no fsync; what is promised does, and so does a failure', async () => {
  const syncs = async (work: () => Promise<unknown>): Promise<number> => {
    const before = database.synced
    await work()
    return database.synced - before
  }
  const [first, second] = [owed(bob), owed(bob)]
  expect(await syncs(() => store.outbox.owe(first))).toBe(1)
  expect(await syncs(() => store.outbox.owe(second))).toBe(1)
  const success = {
    peer: bob,
    id: first.id,
    state: 'settled',
    outcome: 'success',
    disposition: 'delivered',
  } as const
  expect(await syncs(() => store.outbox.settle([success], 1))).toBe(0)
  const failure = {
    peer: bob,
    id: second.id,
    state: 'settled',
    outcome: 'failure',
    reason: 'closed',
  } as const
  expect(await syncs(() => store.outbox.settle([failure], 1))).toBe(1)
  expect(await syncs(() => store.inbox.keep([told(alice)]))).toBe(1)
  expect(await syncs(() => store.people.rememberName(alice, 'Alice'))).toBe(0)
})

test('nobody is told before the commit, and a look in between sees nothing', async () => {
  let told1 = false
  const keeping = store.inbox.keep([told(alice)]).then(() => {
    told1 = true
  })
  expect(await store.journal.last()).toBe(0)
  expect(told1).toBe(false)
  await keeping
  expect(await store.journal.last()).toBe(1)
})

test('one that throws is alone in it: the others are kept, with numbers in their order', async () => {
  await store.contacts.put(contact(carol, { petname: 'Al' }))
  const results = await Promise.allSettled([
    store.inbox.keep([told(alice)]),
    store.contacts.put(contact(alice, { petname: 'Al' })),
    database.write(() => {
      database.run("INSERT INTO journal (at, kind) VALUES (0, 'recall')")
      throw new Error('no')
    }),
    store.inbox.keep([told(bob)]),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: { code: 'name-taken' } })
  expect(results[2]).toMatchObject({ reason: { code: 'unexpected' } })
  const page = await store.inbox.page({ limit: 9 })
  expect(page.map(({ peer, seq }) => [peer, seq])).toEqual([
    [alice, 1],
    [bob, 2],
  ])
  expect((await store.contacts.all()).map(({ peer }) => peer)).toEqual([carol])
})

test('a person first met in a commit that was rolled back is not taken for another', async () => {
  const results = await Promise.allSettled([
    database.write(() => {
      database.run("INSERT INTO people (peer) VALUES ('nobody')")
    }),
    store.inbox.keep([told(bob)]),
    database.write(() => {
      throw new Error('no')
    }),
    store.inbox.keep([told(alice), told(carol)]),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect((await store.inbox.page({ limit: 9 })).map(({ peer }) => peer)).toEqual([bob, alice, carol])
})

/** Commits that reached the log: a frame that ends one carries the size of the database (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
function commitsInLog(): number {
  const log = readFileSync(`${database.path}-wal`)
  const frame = 24 + log.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) !== 0) commits++
  return commits
}
