/** Watching at the command line: real processes on loopback. */
import { expect, test } from 'vitest'
import { came, terminals } from '../support/terminals.ts'

test('Alice watches without a running Nigh; Bob sees that she does, she sees him change; the wish stays until cancelled', async () => {
  await using world = terminals()
  const [self] = (await world.run('alice', 'whoami')).lines
  const bob = await world.up('bob')
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  await world.run('bob', 'contacts', 'add', self?.card)

  const watch = world.start('alice', 'watch', bobSelf?.card)
  await watch.line('her subscription', (line) => line.event === 'subscription' && line.status === 'active')
  await watch.line('Bob', came('bob'))
  await world.run('bob', 'status', '--note', 'tea')
  await watch.line('the note', (line) => line.event === 'presence' && line.presence?.note === 'tea')

  const watchers = (await world.run('bob', 'watchers')).lines
  expect(watchers).toContainEqual(
    expect.objectContaining({
      event: 'watcher',
      who: expect.objectContaining({ peerId: self?.peerId }),
      via: 'subscribe',
      status: 'active',
      view: 'contacts',
    }),
  )
  // A second command is served by the follower's peer.
  const [subscription] = (await world.run('alice', 'subscriptions')).lines
  expect(subscription).toMatchObject({ event: 'subscription', who: { name: 'bob' }, status: 'active' })
  expect((await world.run('alice', 'send', 'bob', 'hello')).code).toBe(0)

  // An up takes the home over, and the follower goes on.
  const again = watch.next('Bob, over the new peer', came('bob'))
  const alice = await world.up('alice')
  await again
  await bob.line('alice', came('alice'))
  watch.signal('SIGINT')
  expect(await watch.exit).toBe(0)

  const stays = (await world.run('alice', 'subscriptions')).lines
  expect(stays).toMatchObject([{ who: { name: 'bob' }, status: 'active' }])
  expect((await world.run('alice', 'watch', 'bob', '--cancel')).code).toBe(0)
  expect((await world.run('alice', 'subscriptions')).lines).toMatchObject([
    { status: 'terminated', reason: 'cancelled' },
  ])
  expect((await world.run('bob', 'watchers')).lines.filter((line) => line.status === 'active')).toEqual([])
  alice.signal('SIGINT')
  expect(await alice.exit).toBe(0)
  // Without a running peer the stored wish is what there is.
  expect((await world.run('alice', 'subscriptions')).lines).toMatchObject([{ reason: 'cancelled' }])
})
