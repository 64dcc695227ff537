/** A card handed over: who cannot find somebody by themselves adds them by it. Real processes on loopback. */
import { expect, test } from 'vitest'
import { terminals } from '../support/terminals.ts'

test('Alice, who must be asked, hands Bob her card: to add it is to ask, and accepted he sees her and they talk', async () => {
  await using world = terminals()
  const alice = await world.up('alice')
  expect((await world.run('alice', 'rules', 'preset', 'private')).code).toBe(0)
  const bob = await world.up('bob')
  const [invited] = (await world.run('alice', 'invite')).lines
  expect(invited).toMatchObject({
    event: 'card',
    who: { name: 'alice' },
    card: expect.stringMatching(/&addr=/),
  })

  const added = await world.run('bob', 'contacts', 'add', invited?.card)
  expect(added).toMatchObject({ code: 0, lines: [{ who: { name: 'alice', relation: 'contact' } }] })
  await alice.line('his wish to see her', (line) => line.event === 'request' && line.kind === 'subscription')
  expect((await world.run('alice', 'accept', 'bob', '--contact')).code).toBe(0)
  await bob.line('alice', (line) => line.event === 'presence' && line.presence?.name === 'alice')
  expect((await world.run('bob', 'send', 'alice', 'found you')).lines.at(-1)).toMatchObject({
    outcome: 'success',
  })
})

test('A card says where she will be also while she is away, once she was up; before, who she is alone', async () => {
  await using world = terminals()
  await world.run('alice', 'whoami')
  const first = await world.run('alice', 'invite')
  expect(first.lines[0]?.card).not.toContain('addr=')
  expect(first.stderr).toContain('nigh up --as alice')

  const alice = await world.up('alice')
  const [running] = (await world.run('alice', 'invite')).lines
  alice.signal('SIGINT')
  await alice.exit
  const [away] = (await world.run('alice', 'invite')).lines
  expect(away?.card).toBe(running?.card)
  // Bob owes her a message at the only place he knows of, and she comes back to it.
  await world.up('bob')
  expect((await world.run('bob', 'contacts', 'add', away?.card)).code).toBe(0)
  expect((await world.run('bob', 'send', 'alice', 'are you there?', '--wait', '0s')).code).toBe(4)
  const back = await world.up('alice')
  await back.line('his request', (line) => line.event === 'request' && line.text === 'are you there?')
})
