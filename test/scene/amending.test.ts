/** Answers, edits, reactions and deletion for both at the command line: real processes on loopback (scene 69). */
import { expect, test } from 'vitest'
import { came, type Terminals, terminals } from '../support/terminals.ts'

/** Contacts of each other, and both up. */
async function friends(world: Terminals) {
  const [alicesSelf] = (await world.run('alice', 'whoami')).lines
  const [bobsSelf] = (await world.run('bob', 'whoami')).lines
  await world.run('alice', 'contacts', 'add', bobsSelf?.card)
  await world.run('bob', 'contacts', 'add', alicesSelf?.card)
  const alice = await world.up('alice')
  const bob = await world.up('bob')
  await alice.line('bob', came('bob'))
  return { alice, bob }
}

test('Alice edits what Bob reads, he reacts and answers, she deletes: both list the same, and a follower hears of it', async () => {
  await using world = terminals()
  const { alice, bob } = await friends(world)
  await bob.line('alice', came('alice'))
  const follower = world.start('bob', 'inbox', '--follow', '--with', 'alice')
  const [sent] = (await world.run('alice', 'send', 'bob', 'lunch at noon?')).lines
  await follower.line('the message', (line) => line.event === 'message' && line.id === sent?.id)

  const edited = await world.run('alice', 'message', 'edit', sent?.id, 'lunch at one?')
  expect(edited.code).toBe(0)
  expect(edited.lines).toMatchObject([
    { event: 'outcome', outcome: 'success', amends: { id: sent?.id, by: 'edit' } },
  ])
  await follower.line(
    'the edit',
    (line) => line.event === 'amended' && line.by === 'edit' && line.message.text === 'lunch at one?',
  )
  expect((await world.run('bob', 'message', 'react', sent?.id, '👍')).code).toBe(0)
  await alice.line('the reaction', (line) => line.event === 'amended' && line.message.reaction === '👍')
  const [answer] = (await world.run('bob', 'message', 'reply', sent?.id, 'yes')).lines
  for (const name of ['alice', 'bob']) {
    const { lines } = await world.run(name, 'inbox', '--with', name === 'alice' ? 'bob' : 'alice')
    expect(lines).toMatchObject([
      { id: sent?.id, text: 'lunch at one?', edited: expect.any(String), reaction: '👍' },
      { id: answer?.id, text: 'yes', replyTo: sent?.id, quoted: 'lunch at one?' },
    ])
  }
  // Only who wrote it may.
  expect((await world.run('bob', 'message', 'edit', sent?.id, 'no')).code).toBe(2)
  expect((await world.run('bob', 'message', 'delete', sent?.id, '--for-both')).code).toBe(2)
  expect((await world.run('alice', 'message', 'delete', sent?.id, '--for-both')).code).toBe(0)
  await follower.line('the deletion', (line) => line.event === 'amended' && line.by === 'delete')
  const { lines } = await world.run('bob', 'inbox', '--with', 'alice')
  expect(lines[0]).toMatchObject({ id: sent?.id, text: '', deleted: expect.any(String) })
  expect(lines[1]).not.toHaveProperty('quoted')
  expect((await world.run('bob', 'search', 'lunch')).lines).toEqual([])
  // One of several that is not there keeps no other from going.
  const [other] = (await world.run('alice', 'send', 'bob', 'oh, and')).lines
  const several = await world.run('alice', 'message', 'delete', sent?.id, other?.id, '--for-both')
  expect(several.code).toBe(5)
  expect(several.lines).toMatchObject([{ event: 'outcome', amends: { id: other?.id } }, { event: 'error' }])
}, 60_000)

test('Bob is away, Alice edits and is killed: he reads the edit when both are back, once', async () => {
  await using world = terminals()
  const { alice, bob } = await friends(world)
  const [sent] = (await world.run('alice', 'send', 'bob', 'the door is opne')).lines
  const [gone] = (await world.run('alice', 'send', 'bob', 'for carol')).lines
  const [last] = (await world.run('alice', 'send', 'bob', 'at noon')).lines
  bob.signal('SIGKILL')
  await bob.exit
  // Here alone it can be deleted once the change of it is taken back, by the id that the change has.
  const change = await world.run('alice', 'message', 'edit', last?.id, 'at one', '--wait', '0s')
  const kept = await world.run('alice', 'message', 'delete', last?.id)
  expect(kept.code).toBe(3)
  expect(kept.lines.at(-1)).toMatchObject({
    code: 'pending',
    message: expect.stringContaining('nigh recall with the id of the change'),
  })
  expect((await world.run('alice', 'recall', change.lines[0]?.id)).code).toBe(0)
  expect((await world.run('alice', 'message', 'delete', last?.id)).code).toBe(0)
  const edited = await world.run('alice', 'message', 'edit', sent?.id, 'the door is open', '--wait', '0s')
  expect(edited.code).toBe(4)
  expect((await world.run('alice', 'message', 'delete', gone?.id, '--for-both', '--wait', '0s')).code).toBe(4)
  expect((await world.run('alice', 'inbox', '--with', 'bob')).lines).toMatchObject([
    { text: 'the door is open', edited: expect.any(String), amending: true },
    { text: '', deleted: expect.any(String), amending: true },
  ])
  alice.signal('SIGKILL')
  await alice.exit
  const again = await world.up('alice')
  const home = await world.up('bob')
  await again.line(
    'the deletion has arrived',
    (line) => line.event === 'amended' && line.by === 'delete' && line.message.amending === undefined,
  )
  const { lines } = await world.run('bob', 'inbox', '--with', 'alice')
  expect(lines).toMatchObject([
    { text: 'the door is open' },
    { text: '', deleted: expect.any(String) },
    { text: 'at noon' },
  ])
  home.signal('SIGINT')
  expect(await home.exit).toBe(0)
}, 60_000)
