/** Reading at the command line: who is told, with real processes on loopback (scene 56). */
import { expect, test } from 'vitest'
import { came, terminals } from '../support/terminals.ts'

test('Bob chooses to tell, reads one message without a running Nigh, and Alice hears of that one once he is up (scene 56)', async () => {
  await using world = terminals()
  const [bobSelf] = (await world.run('bob', 'whoami')).lines
  expect(bobSelf).toMatchObject({ displayReceipts: false, composing: true })
  expect((await world.run('bob', 'me', '--display-receipts', 'on')).lines).toMatchObject([
    { event: 'self', displayReceipts: true, composing: true, name: 'bob' },
  ])
  const alice = await world.up('alice')
  const [aliceSelf] = (await world.run('alice', 'whoami')).lines
  await world.run('bob', 'contacts', 'add', aliceSelf?.card)
  const bob = await world.up('bob')
  await alice.line('bob', came('bob'))
  const [first] = (await world.run('alice', 'send', 'bob', 'first')).lines
  const [second] = (await world.run('alice', 'send', 'bob', 'second')).lines
  bob.signal('SIGINT')
  expect(await bob.exit).toBe(0)

  const read = await world.run('bob', 'message', 'read', first?.id)
  expect([read.code, read.lines]).toEqual([
    0,
    [expect.objectContaining({ event: 'message', id: first?.id, text: 'first', unread: false })],
  ])
  expect((await world.run('bob', 'message', 'read', aliceSelf?.peerId)).code).toBe(5)
  expect((await world.run('bob', 'inbox', '--unread')).lines).toMatchObject([{ text: 'second' }])

  const displayed = alice.next('that he read it', (line) => line.disposition === 'displayed')
  await world.up('bob')
  expect(await displayed).toMatchObject({ event: 'outcome', id: first?.id, outcome: 'success' })
  expect((await world.run('alice', 'outbox')).lines).toMatchObject([
    { id: first?.id, disposition: 'displayed' },
    { id: second?.id, disposition: 'delivered' },
  ])
}, 60_000)
