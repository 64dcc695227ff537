/** Drafts lie in the home: they are there after a restart, gone when they were sent, and nothing foreign breaks them. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { draftsIn } from '../../src/doors/tui/drafts.ts'
import { came, desk, person, sighting } from './desk.ts'

const bob = person('bob')
let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nigh-drafts-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('what was being written is there again, readable by nobody else', async () => {
  const drafts = await draftsIn(home)
  expect(drafts.before.size).toBe(0)
  drafts.keep(new Map([[bob.peerId, 'half a th']]))
  drafts.keep(new Map([[bob.peerId, 'half a thought']]))
  await drafts.written()
  expect((await stat(join(home, 'drafts.json'))).mode & 0o777).toBe(0o600)
  expect([...(await draftsIn(home)).before]).toEqual([[bob.peerId, 'half a thought']])
})

test('what was sent leaves nothing behind', async () => {
  const drafts = await draftsIn(home)
  drafts.keep(new Map([[bob.peerId, 'sent']]))
  await drafts.written()
  drafts.keep(new Map())
  await drafts.written()
  expect(await readdir(home)).toEqual([])
})

test.each(['', '[', '7', 'null', '{"a":{"b":1}}', '\u0000'])('a file of %j holds no draft', async (text) => {
  await writeFile(join(home, 'drafts.json'), text)
  expect((await draftsIn(home)).before.size).toBe(0)
})

test('a home that takes no file takes no draft, and nothing fails', async () => {
  const drafts = await draftsIn(join(home, 'nowhere'))
  drafts.keep(new Map([[bob.peerId, 'lost']]))
  await drafts.written()
})

test('on the screen an earlier draft stands where it was, and gives way to what is typed by then', async () => {
  const alice = desk()
  alice.happen(came(sighting(bob)))
  alice.happen({ event: 'drafts', drafts: new Map([[bob.peerId, 'from yesterday']]) })
  expect(alice.text()).toContain('from yesterday')
  alice.happen({ event: 'drafts', drafts: new Map([[bob.peerId, 'older still']]) })
  expect(alice.text()).toContain('from yesterday')
})
