/** FETCHER of many presentities in one call, at the command line, among real processes. */
import { expect, test } from 'vitest'
import { came, terminals } from '../support/terminals.ts'

test('Bob looks at Alice and Carol in one call, and at somebody unknown beside them: each comes once, and the call says who did not (scene 10)', {
  timeout: 60_000,
}, async () => {
  await using world = terminals()
  const bob = await world.up('bob')
  for (const name of ['alice', 'carol']) {
    await world.up(name)
    await world.run(name, 'rules', 'preset', 'office')
    await bob.line(name, came(name))
    await world.run(name, 'status', '--note', `${name} at work`)
  }
  const both = await world.run('bob', 'fetch', 'alice', 'carol')
  expect(both.code).toBe(0)
  expect(both.lines.map(({ who, presence }) => [who.name, presence.note]).sort()).toEqual([
    ['alice', 'alice at work'],
    ['carol', 'carol at work'],
  ])

  const more = await world.run('bob', 'fetch', 'alice', 'nobody', 'carol', '--wait', '1s')
  expect(more.code).toBe(5)
  const seen = more.lines.filter(({ event }) => event === 'presence').map(({ who }) => who.name)
  expect(seen.sort()).toEqual(['alice', 'carol'])
  expect(more.lines.at(-1)).toMatchObject({ event: 'error', code: 'who-unknown' })
})
