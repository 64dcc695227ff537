/** Commands without a running peer: they borrow one, are visitors, and hand the home over. Real processes on loopback. */
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { came, type Line, terminals } from '../support/terminals.ts'

const messageOf = (text: string) => (line: Line) => line.event === 'message' && line.text === text

test('Alice looks and writes without a running Nigh: Bob gets the message, and nobody came', async () => {
  await using world = terminals()
  await world.run('alice', 'whoami')
  const bob = await world.up('bob')
  const seen = await world.run('alice', 'who')
  expect(seen.lines).toMatchObject([{ event: 'person', who: { name: 'bob' }, evidence: 'live' }])

  // Only the network knows this name; Bob knows Alice by her key alone.
  expect((await world.run('alice', 'contacts', 'add', 'bob')).code).toBe(0)
  const [self] = (await world.run('alice', 'whoami')).lines
  expect((await world.run('bob', 'contacts', 'add', self?.card)).code).toBe(0)
  const sent = await world.run('alice', 'send', 'bob', 'on my way')
  expect(sent.code).toBe(0)
  expect(sent.lines.at(-1)).toMatchObject({ outcome: 'success', disposition: 'delivered' })
  await bob.line('the message', messageOf('on my way'))

  expect(bob.lines.filter((line) => line.event === 'presence')).toEqual([])
  const listed = (await world.run('bob', 'who')).lines
  expect(listed.filter((line) => line.evidence === 'live')).toEqual([])
  expect((await world.run('alice', 'who', '--no-start')).code).toBe(6)

  // Control: one who is here to stay is seen.
  await world.up('alice')
  await bob.line('alice', came('alice'))
})

test('What came while a visitor was here is kept, and acknowledged', async () => {
  await using world = terminals()
  await world.run('alice', 'whoami')
  const [self] = (await world.run('alice', 'whoami')).lines
  await world.up('bob')
  expect((await world.run('bob', 'send', self?.card, 'are you there?', '--wait', '0s')).code).toBe(4)
  expect((await world.run('alice', 'who', '--wait', '3s')).code).toBe(0)
  await expect
    .poll(async () => (await world.run('bob', 'outbox')).lines.at(-1), { timeout: 10_000, interval: 200 })
    .toMatchObject({ outcome: 'success', disposition: 'held' })
  expect((await world.run('alice', 'requests')).lines).toMatchObject([{ text: 'are you there?' }])
})

test('nigh up takes the home over from a command within 5 s; the command goes on, and nothing is doubled', async () => {
  await using world = terminals()
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  await world.run('alice', 'whoami')
  const sending = world.start('alice', 'send', bobSelf?.card, 'once', '--wait', '15s')
  // The message is owed: the borrowed peer serves, and a second command sees its outbox.
  await expect
    .poll(async () => (await world.run('alice', 'outbox')).lines, { timeout: 10_000, interval: 200 })
    .toMatchObject([{ state: 'owed' }])

  const before = performance.now()
  const alice = await world.up('alice')
  expect(performance.now() - before).toBeLessThan(5_000)
  expect((await world.run('alice', 'up')).code).toBe(3)

  await world.up('bob')
  expect(await sending.exit).toBe(0)
  expect(sending.lines).toMatchObject([{ event: 'outcome', outcome: 'success', disposition: 'held' }])
  expect((await world.run('alice', 'outbox')).lines).toHaveLength(1)
  expect((await world.run('bob', 'requests')).lines).toHaveLength(1)
  alice.signal('SIGINT')
  expect(await alice.exit).toBe(0)
})

test('A follower that came in at a borrowed peer is handed the home, and the command that lent it ends', async () => {
  await using world = terminals()
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  await world.run('alice', 'whoami')
  const sending = world.start('alice', 'send', bobSelf?.card, 'hello', '--wait', '3s')
  await expect
    .poll(async () => (await world.run('alice', 'outbox')).lines.length, { timeout: 10_000, interval: 100 })
    .toBe(1)
  const watch = world.start('alice', 'watch', bobSelf?.card)
  await watch.line('her wish', (line) => line.event === 'subscription')
  expect(await sending.exit).toBe(4)
  await world.up('bob')
  await watch.line('bob', came('bob'))
  // What was owed has left over the follower's peer.
  await expect
    .poll(async () => (await world.run('alice', 'outbox')).lines, { timeout: 10_000, interval: 200 })
    .toMatchObject([{ outcome: 'success' }])
})

test('A warning from before the first line was printed is printed after it', async () => {
  await using world = terminals()
  const first = await world.up('alice')
  const port = Number(/tcp\/(\d+)/.exec(first.lines[0]?.listen[0])?.[1])
  first.signal('SIGINT')
  await first.exit
  await using other = createServer()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  const alice = await world.up('alice')
  await alice.line('the warning', (line) => line.event === 'warning' && line.code === 'port-replaced')
  expect(alice.lines[0]?.event).toBe('online')
})
