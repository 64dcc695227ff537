/** A copied home at the command line, in processes of their own (fault P16). */
import { cpSync } from 'node:fs'
import { expect, test } from 'vitest'
import { came, terminals } from '../support/terminals.ts'

test('nigh up of a copied home ends with 3 and the sentence, and Alice does not see Bob leave (fault P16)', {
  timeout: 60_000,
}, async () => {
  await using world = terminals()
  expect((await world.run('bob', 'whoami')).code).toBe(0)
  cpSync(world.home('bob'), world.home('copy'), { recursive: true })
  const bob = await world.up('bob')
  const alice = await world.up('alice')
  await alice.line('bob', came('bob'))
  const copy = await world.run('copy', 'up')
  expect(copy.code).toBe(3)
  expect(copy.lines.at(-1)).toMatchObject({ event: 'error', code: 'identity-twice' })
  expect(copy.stderr).toMatch(/This identity already runs at 127\.0\.0\.1/)
  // On a machine that is busy the copy may be known to her for a moment; nobody says that he left.
  expect(alice.lines.filter((line) => line.change === 'left')).toEqual([])

  // Killed and started again at once, it is its own successor, however often.
  bob.signal('SIGKILL')
  await bob.exit
  const again = await world.up('bob')
  await again.line('alice', came('alice'))
})
