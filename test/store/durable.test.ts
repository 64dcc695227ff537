/** What was acknowledged stays: over kill -9, and on a full disk. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MessageId } from '../../src/principal/ids.ts'
import { openStore } from '../../src/store/store.ts'
import { child } from './children.ts'
import { alice, bob, told } from './rows.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nigh-durable-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('kill -9 in the middle of keeping, five times: every acknowledged message is there, once', async () => {
  const acknowledged: MessageId[] = []
  for (let time = 1; time <= 5; time++) {
    const keeper = await child('keep', dir)
    keeper.go()
    for (let heard = 0; heard < 40 * time; heard++) acknowledged.push((await keeper.line()) as MessageId)
    await keeper.kill()
    acknowledged.push(...(keeper.lines as MessageId[]))
    const store = await openStore(join(dir, 'nigh.db'))
    const kept = (await store.inbox.page({ limit: 1e6 })).map(({ id }) => id)
    expect(new Set(kept).size).toBe(kept.length)
    expect(acknowledged.filter((id) => !kept.includes(id))).toEqual([])
    await store.close()
  }
  expect(acknowledged.length).toBeGreaterThan(500)
}, 60_000)

test('a full disk: the sentence says so, and what was acknowledged stays', async (context) => {
  const disk = mountSmallDisk()
  if (disk === undefined) return context.skip('NOT PROVEN here: needs root and mount')
  const path = join(disk, 'nigh.db')
  let store = await openStore(path)
  try {
    const acknowledged: MessageId[] = []
    let refusal: unknown
    for (let time = 0; time < 2000 && refusal === undefined; time++)
      try {
        const [kept] = await store.inbox.keep([told(alice, { body: new Uint8Array(4000) })])
        if (kept !== undefined) acknowledged.push(kept.row.id)
      } catch (cause) {
        refusal = cause
      }
    expect(refusal).toMatchObject({
      code: 'store-full',
      message: expect.stringMatching(/full.*Free some space/),
    })
    expect(acknowledged.length).toBeGreaterThan(20)
    const ids = async () => (await store.inbox.page({ limit: 1e6 })).map(({ id }) => id)
    expect(await ids()).toEqual(acknowledged)
    await store.close()
    store = await openStore(path)
    expect(await ids()).toEqual(acknowledged)
    execFileSync('mount', ['-o', 'remount,size=4m', disk])
    expect((await store.inbox.keep([told(bob)]))[0]?.fresh).toBe(true)
  } finally {
    await store.close()
    execFileSync('umount', [disk])
    rmSync(dirname(disk), { recursive: true })
  }
})

/** A disk of 1 MB, if this user may mount one. */
function mountSmallDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const at = join(mkdtempSync(join(tmpdir(), 'nigh-full-')), 'disk')
  mkdirSync(at)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' })
    return at
  } catch {
    rmSync(dirname(at), { recursive: true })
    return undefined
  }
}
