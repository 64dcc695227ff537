/** Two terminals, two homes, real multicast on loopback: they see each other, they talk, and nothing is lost. */
import { expect, test } from 'vitest'
import { came, type Line, presenceOf, terminals } from '../support/terminals.ts'

const tupleOf = (line: Line) => line.presence.tuples[0]
const settled = (id: string) => (line: Line) =>
  line.event === 'outcome' && line.id === id && line.state === 'settled' && line.disposition === 'delivered'

test('Alice and Bob see each other: name and open, nothing more; contacts see activity and note (scene 31, fault P8)', async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  const bobCame = await alice.line('bob', came('bob'))
  const aliceCame = await bob.line('alice', came('alice'))
  expect(aliceCame).toMatchObject({ evidence: 'live', presence: { name: 'alice' } })
  expect(bobCame.presence).toEqual({ name: 'bob', tuples: [{ id: 'im', status: { basic: 'open' } }] })

  // Bob says more, and it stays with him: Alice is only nearby.
  expect((await world.run('bob', 'status', '--activity', 'busy', '--note', 'in a call')).code).toBe(0)
  expect((await world.run('alice', 'contacts', 'add', 'bob')).code).toBe(0)
  const [before] = (await world.run('alice', 'who')).lines
  expect(before?.presence).toEqual({ name: 'bob', tuples: [{ id: 'im', status: { basic: 'open' } }] })

  const told = alice.next(
    'the note',
    (line) => line.event === 'presence' && line.presence?.note === 'in a call',
  )
  expect((await world.run('bob', 'contacts', 'add', 'alice')).code).toBe(0)
  expect(tupleOf(await told).status).toEqual({ basic: 'open', activities: ['busy'] })

  // And a change by one of them arrives as a sealed announcement, without anybody asking.
  const changed = alice.next(
    'the change',
    (line) => line.event === 'presence' && line.presence?.note === 'at lunch',
  )
  await world.run('bob', 'status', '--note', 'at lunch')
  await changed
})

test('A first message is held, the second waits owed, and both are delivered in order once Bob accepts', async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  await alice.line('bob', came('bob'))

  const first = await world.run('alice', 'send', 'bob', 'hello')
  expect(first.code).toBe(0)
  expect(first.lines.at(-1)).toMatchObject({ event: 'outcome', outcome: 'success', disposition: 'held' })
  const second = await world.run('alice', 'send', 'bob', 'are you there?')
  expect(second.code).toBe(4)
  expect(second.lines.at(-1)).toMatchObject({ outcome: 'indeterminate', state: 'owed' })

  const [request] = (await world.run('bob', 'requests')).lines
  expect(request).toMatchObject({ event: 'request', kind: 'message', text: 'hello', who: { name: 'alice' } })

  const delivered = alice.next('the second message', settled(second.lines.at(-1)?.id))
  expect((await world.run('bob', 'accept', 'alice')).code).toBe(0)
  await delivered
  const inbox = (await world.run('bob', 'inbox')).lines.filter((line) => line.event === 'message')
  expect(inbox.map((line) => [line.text, line.disposition])).toEqual([
    ['hello', 'accepted'],
    ['are you there?', 'accepted'],
  ])
  await bob.line('the accepted message', (line) => line.event === 'message' && line.text === 'are you there?')
})

test('Ctrl-C at Bob is a goodbye: Alice sees that he left', async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  await alice.line('bob', came('bob'))
  bob.signal('SIGINT')
  const left = await alice.line('the goodbye', presenceOf('bob', 'left'))
  expect(left.evidence).toBe('gone')
  expect(await bob.exit).toBe(0)
  expect(alice.lines.some(presenceOf('bob', 'unknown'))).toBe(false)
})

test('Bob is killed: Alice does not know where he is, and never says that he left (scene 25)', async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  await alice.line('bob', came('bob'))
  bob.signal('SIGKILL')
  const lost = await alice.line('the loss', presenceOf('bob', 'unknown'))
  expect(lost).toMatchObject({ evidence: 'unknown', presence: { name: 'bob' } })
  const [row] = (await world.run('alice', 'who')).lines
  expect(row).toMatchObject({ event: 'person', evidence: 'unknown', who: { name: 'bob' } })
  expect(alice.lines.some(presenceOf('bob', 'left'))).toBe(false)

  // The same person in a new process comes again.
  const again = alice.next('bob again', came('bob'))
  await world.up('bob')
  await again
})

test('Bob is away, Alice is killed and comes back: exactly one copy, of the original time (scenes 53, 54)', async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  await alice.line('bob', came('bob'))
  await world.run('bob', 'contacts', 'add', 'alice')
  await world.run('alice', 'contacts', 'add', 'bob')
  bob.signal('SIGINT')
  await bob.exit

  const owed = await world.run('alice', 'send', 'bob', 'read this when you are back', '--wait', '1s')
  expect(owed.code).toBe(4)
  const { id, sentAt } = owed.lines.at(-1) ?? {}
  alice.signal('SIGKILL')
  await alice.exit

  const aliceAgain = await world.up('alice')
  const bobAgain = await world.up('bob')
  await aliceAgain.line('delivery', settled(id))
  const told = await bobAgain.line('the message', (line) => line.event === 'message')
  expect(told).toMatchObject({ id, sentAt, text: 'read this when you are back' })
  const copies = (await world.run('bob', 'inbox')).lines.filter((line) => line.event === 'message')
  expect(copies).toHaveLength(1)
  const [row] = (await world.run('alice', 'outbox')).lines
  expect(row).toMatchObject({ id, outcome: 'success', state: 'settled', disposition: 'delivered' })
})
