/** A backup or a restore that is given up in the middle: what was there stands, and nothing else is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPeer, restorePeer } from '../../src/index.ts'

const passphrase = 'correct horse battery'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nigh-given-up-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Gives up as soon as half of it lies there. */
async function givenUp(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const person = new AbortController()
  const working = work(person.signal)
  working.catch(() => {}) // looked at below
  await expect
    .poll(() => readdirSync(folder), { interval: 5 })
    .toContainEqual(expect.stringMatching(/\.part$/))
  person.abort()
  await expect(working).rejects.toMatchObject({ code: 'aborted' })
}

test('yesterday’s backup stands, no copy of the store lies about, and no half home', {
  timeout: 30_000,
}, async () => {
  const home = join(folder, 'alice')
  const file = join(folder, 'alice.nigh')
  const alice = await createPeer({ home, name: 'alice', start: false })
  await alice.backup({ file, passphrase })
  const yesterday = readFileSync(file)
  const before = [readdirSync(folder), readdirSync(home)]
  await givenUp((signal) => alice.backup({ file, passphrase }, { signal }))
  expect([readdirSync(folder), readdirSync(home)]).toEqual(before)
  expect(readFileSync(file).equals(yesterday)).toBe(true)
  await alice.close()

  await givenUp((signal) => restorePeer({ home: join(folder, 'again'), file, passphrase }, { signal }))
  expect(readdirSync(folder)).toEqual(before[0])
  // The next one is not in its way.
  expect(await restorePeer({ home: join(folder, 'again'), file, passphrase })).toMatchObject({
    who: { name: 'alice' },
  })
})
