/**
 * Makes the golden files of the current schema version: its dump, and a small store with a row of everything. Run
 * once for a new version, then the files are kept as they are: people's homes hold files like them.
 *
 *   node test/store/golden.ts
 */
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Store } from '../../src/ports.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { dump, SCHEMA_VERSION } from '../../src/store/schema.ts'
import { openedDatabase, openStore } from '../../src/store/store.ts'
import { alice, bob, carol, contact, NOON, owed, told } from './rows.ts'

const golden = (name: string): string => fileURLToPath(new URL(`../golden/${name}`, import.meta.url))
export const goldenDump = golden(`store-v${SCHEMA_VERSION}.sql`)
export const goldenFile = golden(`store-v${SCHEMA_VERSION}.db`)
/** Of versions before: people's homes hold files like them. */
export const goldenFileOfOne = golden('store-v1.db')
export const goldenFileOfTwo = golden('store-v2.db')

const id = (digit: string): MessageId => `${digit.repeat(8)}-0000-7000-8000-${digit.repeat(12)}` as MessageId

/** A row of everything, always the same. */
export async function fill(store: Store): Promise<void> {
  await store.settings.set('mesh', 'nigh')
  await store.contacts.put(contact(bob, { petname: 'Bob', groups: ['chess'] }))
  await store.rules.put({ peer: carol, subject: 'messages', decision: 'refuse', madeAt: NOON })
  await store.wishes.put({ peer: bob, wanted: true, byPerson: true, at: NOON })
  await store.pending.put({ peer: carol, name: 'Carol', from: '192.0.2.7', askedAt: NOON, refused: true })
  await store.watchers.note({
    peer: bob,
    via: 'subscribe',
    view: 'contacts',
    denied: false,
    at: NOON,
    couldReadUntil: NOON + 1,
    shownAs: { visibility: 'pseudonym', name: 'Owl' },
  })
  await store.people.rememberName(alice, 'Alice')
  await store.people.rememberAddresses(bob, ['/ip4/192.0.2.1/tcp/4001'], NOON)
  await store.inbox.keep([
    told(bob, { id: id('a'), replyTo: id('f') }),
    told(carol, { id: id('b'), disposition: 'held' }),
  ])
  await store.inbox.recall({ peer: bob, label: '', id: id('c') }, 20)
  await store.outbox.owe(owed(bob, { id: id('d'), thread: 't' }))
  await store.outbox.settle(
    [{ peer: bob, id: id('d'), state: 'settled', outcome: 'success', disposition: 'delivered' }],
    NOON + 1,
  )
  await store.outbox.owe(owed(alice, { id: id('e'), deadline: NOON + 9, state: 'sent' }))
  await store.outbox.recall(alice, id('e'), 'recalled', NOON + 3)
  await store.journal.request({ peer: carol, name: 'Carol', at: NOON + 2 })
}

/** What came with version 3: messages that change others, of both sides, and one that waits for its message. */
export async function fillMore(store: Store): Promise<void> {
  const text = (words: string) => new TextEncoder().encode(words)
  const edit = (digit: string, about: string) => ({
    id: id(digit),
    body: text('hello again'),
    amends: { by: 'edit' as const, id: id(about) },
  })
  await store.inbox.keep([
    told(bob, { ...edit('1', 'a'), unread: false }),
    told(bob, { ...edit('2', '9'), unread: false }),
  ])
  await store.outbox.owe(
    owed(bob, { id: id('3'), body: text('👍'), amends: { by: 'react', id: id('a') }, sentAt: NOON + 4 }),
  )
}

/** All that a store tells of itself. */
export async function tell(store: Store): Promise<unknown> {
  return {
    mesh: await store.settings.get('mesh'),
    contacts: await store.contacts.all(),
    rules: await store.rules.all(),
    wishes: await store.wishes.all(),
    pending: await store.pending.all(),
    watchers: await store.watchers.all(),
    people: await store.people.all(),
    inbox: await store.inbox.page({ limit: 99 }),
    held: await store.inbox.held(),
    recalled: await store.inbox.known([{ peer: bob, label: '', id: id('c') }]),
    outbox: await store.outbox.page({ limit: 99 }),
    creditors: await store.outbox.creditors(),
    bobDelivered: await store.outbox.everDelivered(bob),
    journal: await store.journal.since(0, 99),
    last: await store.journal.last(),
  }
}

if (import.meta.main) {
  if (existsSync(goldenFile) && !process.argv.includes('--again'))
    throw new Error(`${goldenFile} is there: version ${SCHEMA_VERSION} is fixed. A change is a new version.`)
  const store = await openStore(goldenFile)
  await fill(store)
  await fillMore(store)
  await store.close()
  const database = await openedDatabase(':memory:')
  writeFileSync(goldenDump, dump(database))
  await database.close()
}
