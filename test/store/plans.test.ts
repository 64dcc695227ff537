/** A history of a million messages must read like one of a thousand: no question goes through a whole table. */
import { expect, test } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { type Bound, openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/schema.ts'
import { storeOver } from '../../src/store/store.ts'
import { fill, fillMore, tell } from './golden.ts'
import { alice, bob, carol, NOON, told } from './rows.ts'

/** Whole tables that are small by nature, read whole because all is asked for. */
const SMALL =
  /^SCAN (contacts|rules|wishes|pending|watchers|shown_as|people|owing|CONSTANT ROW|words VIRTUAL TABLE|\(subquery-\d+\))/
/** Through an index of the few that are held, unsettled, untold or unread, or along the number with a limit. */
const FEW = /^SCAN \w+ USING (COVERING )?INDEX (inbox|outbox)_(held|unsettled|untold|unread)$/

/** Few among many: a person's other rows must not be walked to find them. */
const MUST_USE: [part: string, index: string][] = [
  ['told IS NOT disposition', 'inbox_untold'],
  ['unread = 1', 'inbox_unread'],
  ["disposition = 'held' AND state", 'inbox_held'],
  ["inbox.peer = ? AND disposition = 'held'", 'inbox_held'],
  ["outbox.peer = ? AND disposition = 'held'", 'outbox_held'],
  ["outbox.peer = ? AND state <> 'settled'", 'outbox_unsettled'],
  ['deadline <= ?', 'outbox_deadline'],
  ['SELECT deadline', 'outbox_deadline'],
]

test('every statement finds its rows by a key or an index, and pages without sorting', async () => {
  const database = openDatabase(':memory:')
  await migrate(database)
  const asked = new Set<string>()
  const store = storeOver({
    ...database,
    all: <Row>(sql: string, ...bound: Bound[]) => database.all<Row>(asked.add(sql) && sql, ...bound),
    one: <Row>(sql: string, ...bound: Bound[]) => database.one<Row>(asked.add(sql) && sql, ...bound),
    run: (sql, ...bound) => database.run(asked.add(sql) && sql, ...bound),
  })
  await fill(store)
  await fillMore(store)
  await tell(store)
  await askTheRest(store)
  expect(asked.size).toBeGreaterThan(40)

  const plans = [...asked].map((sql) => ({
    sql,
    plan: database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail),
  }))
  const through = ({ plan }: { plan: string[] }) =>
    plan.some((step) => step.startsWith('SCAN') && !SMALL.test(step) && !FEW.test(step))
  expect(plans.filter(through)).toEqual([])
  const sorted = ({ sql, plan }: { sql: string; plan: string[] }) =>
    sql.includes('LIMIT') && plan.some((step) => step.includes('TEMP B-TREE'))
  expect(plans.filter(sorted)).toEqual([])

  const beside = plans.filter(({ sql, plan }) =>
    MUST_USE.some(
      ([part, index]) => sql.startsWith('SELECT') && sql.includes(part) && !plan.join().includes(index),
    ),
  )
  expect(beside).toEqual([])

  const control = database.all<{ detail: string }>(
    "EXPLAIN QUERY PLAN SELECT * FROM inbox WHERE thread = 't'",
  )
  expect(through({ plan: control.map(({ detail }) => detail) })).toBe(true)
  await store.close()
})

async function askTheRest({
  inbox,
  outbox,
  contacts,
  rules,
  pending,
  watchers,
  settings,
  journal,
  history,
}: Store): Promise<void> {
  const [row] = await inbox.keep([told(bob)])
  const [mine] = await outbox.page({ peer: bob, limit: 1 })
  if (row === undefined || mine === undefined) throw new Error('the rows are gone')
  await inbox.find(row.row.id)
  await inbox.told([{ seq: row.row.seq, disposition: 'delivered' }])
  await inbox.untold(bob, 9)
  await inbox.heldCount(bob)
  await inbox.page({ peer: bob, limit: 9 })
  await inbox.page({ peer: bob, unread: true, limit: 9 })
  await inbox.page({ unread: true, limit: 9 })
  await inbox.markRead([row.row.seq])
  await inbox.markDisplayed([row.row.seq])
  await inbox.forgetUntoldDisplays()
  await inbox.answerHeld(carol, 'refuse', NOON)
  await inbox.answerHeld(carol, 'accept', NOON)
  await outbox.find(mine.id)
  await outbox.markSent([mine.seq])
  await outbox.unsettled(bob, { after: 0, limit: 9 })
  await outbox.heldBy(bob)
  await outbox.overdue(NOON)
  await outbox.nextDeadline()
  await contacts.remove(alice)
  await contacts.remove(bob)
  await rules.remove(carol, 'messages')
  await pending.remove(carol)
  await watchers.forget(NOON)
  await settings.set('mesh', undefined)
  await journal.since(1, 9)
  await history.place(row.row.id)
  await history.place(mine.id)
  await history.search({ words: 'hello', limit: 9 })
  await history.search({ words: 'hello', peer: bob, before: 99, limit: 9 })
  await history.forget({ before: NOON, limit: 9 })
  await history.remove([row.row.seq, mine.seq])
}
