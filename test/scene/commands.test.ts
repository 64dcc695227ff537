/** Looking, polling and taking back at the command line: real processes on loopback, exit codes as scripts read them. */
import { expect, test } from 'vitest'
import { came, terminals } from '../support/terminals.ts'

test('fetch and poll: what is shown, who looked, and every way of seeing nothing (scenes 10, 11, 17)', async () => {
  await using world = terminals()
  const [self] = (await world.run('alice', 'whoami')).lines
  const bob = await world.up('bob')
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  await world.run('bob', 'status', '--note', 'tea')
  await world.run('bob', 'contacts', 'add', self?.card)

  // Without a running Nigh of hers.
  const seen = await world.run('alice', 'fetch', bobSelf?.card)
  expect(seen.code).toBe(0)
  expect(seen.lines).toMatchObject([
    { event: 'presence', who: { name: 'bob' }, evidence: 'live', presence: { name: 'bob', note: 'tea' } },
  ])
  const lookers = async (via: string) =>
    (await world.run('bob', 'watchers')).lines.filter((line) => line.via === via)
  expect(await lookers('fetch')).toMatchObject([
    { event: 'watcher', who: { peerId: self?.peerId }, view: 'contacts', count: 1 },
  ])

  const alice = await world.up('alice')
  await alice.line('bob', came('bob'))
  const poll = world.start('alice', 'poll', 'bob', '--every', '1s')
  await poll.line('a look', (line) => line.event === 'presence' && line.presence.note === 'tea')
  await world.run('bob', 'status', '--note', 'cake')
  await poll.line('another', (line) => line.event === 'presence' && line.presence.note === 'cake')
  await expect.poll(async () => (await lookers('poll')).length, { timeout: 15_000, interval: 500 }).toBe(1)
  poll.signal('SIGINT')
  expect(await poll.exit).toBe(0)

  // Bob wants to be asked, and forgets Alice.
  expect((await world.run('bob', 'rules', 'preset', 'private')).code).toBe(0)
  expect((await world.run('bob', 'contacts', 'remove', self?.card)).code).toBe(0)
  const pending = await world.run('alice', 'fetch', 'bob')
  expect([pending.code, pending.lines.at(-1)?.code]).toEqual([3, 'pending'])
  expect((await world.run('alice', 'fetch', 'zoe', '--wait', '0s')).code).toBe(5)
  bob.signal('SIGINT')
  expect(await bob.exit).toBe(0)
  const away = await world.run('alice', 'fetch', bobSelf?.card, '--wait', '1s')
  expect([away.code, away.lines.at(-1)?.code]).toEqual([4, 'unreachable'])
}, 60_000)

test('recall: what never left is gone, what was read is kept, and an unknown id is 5', async () => {
  await using world = terminals()
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  const alice = await world.up('alice')
  const owed = await world.run('alice', 'send', bobSelf?.card, 'never mind', '--wait', '0s')
  expect(owed.code).toBe(4)
  const id = owed.lines.at(-1)?.id
  const recalled = await world.run('alice', 'recall', id)
  expect(recalled.code).toBe(0)
  expect(recalled.lines).toMatchObject([{ event: 'outcome', id, outcome: 'failure', reason: 'recalled' }])

  await world.up('bob')
  await alice.line('bob', came('bob'))
  const sent = await world.run('alice', 'send', 'bob', 'too late')
  expect(sent.code).toBe(0)
  expect((await world.run('bob', 'requests')).lines).toMatchObject([{ text: 'too late' }])
  const kept = await world.run('alice', 'recall', sent.lines.at(-1)?.id)
  expect(kept.code).toBe(3)
  expect(kept.lines).toMatchObject([{ outcome: 'success', disposition: 'held' }])
  expect((await world.run('alice', 'recall', 'nonsense')).code).toBe(5)
})

test('down ends a borrowed peer too, and the command says that nobody knows: 4', async () => {
  await using world = terminals()
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  await world.run('alice', 'whoami')
  const sending = world.start('alice', 'send', bobSelf?.card, 'hello', '--wait', '30s')
  await expect
    .poll(async () => (await world.run('alice', 'outbox')).lines.length, { timeout: 10_000, interval: 200 })
    .toBe(1)
  expect((await world.run('alice', 'down')).code).toBe(0)
  expect(await sending.exit).toBe(4)
  expect((await world.run('alice', 'outbox')).lines).toMatchObject([{ state: 'owed' }])
})

test('Another way to reach Bob, at the command line: a contact reads it, it lives over a restart, and its address is checked (scene 31)', async () => {
  await using world = terminals()
  const [self] = (await world.run('alice', 'whoami')).lines
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  await world.run('bob', 'contacts', 'add', self?.card)
  // Without a running Nigh of his it is kept all the same.
  const phone = ['--tuple', 'phone', '--address', 'tel:+43123456']
  expect((await world.run('bob', 'status', ...phone, '--note', 'until six')).code).toBe(0)
  await world.up('bob')
  const seen = await world.run('alice', 'fetch', bobSelf?.card)
  expect(seen.lines[0]?.presence.tuples).toEqual([
    { id: 'im', status: { basic: 'open' }, address: bobSelf?.inbox },
    { id: 'phone', status: { note: 'until six' }, address: 'tel:+43123456' },
  ])
  const wrong = await world.run('bob', 'status', '--tuple', 'phone', '--address', 'my phone')
  expect([wrong.code, wrong.lines.at(-1)?.code]).toEqual([2, 'usage'])
  expect((await world.run('bob', 'status', 'closed', '--elide', 'on', '--remove-tuple', 'phone')).code).toBe(
    0,
  )
  const closed = await world.run('alice', 'fetch', bobSelf?.card)
  expect(closed.lines[0]?.presence.tuples).toEqual([{ id: 'im', status: { basic: 'closed' } }])
}, 60_000)
