/**
 * What was kept once and is not there any more is never passed over in silence. SQLite alone would: a log with a bad
 * frame, a log cut short or gone and an emptied file are to it a shorter history. The files here are those of a
 * killed process, and of one that closed them.
 */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { saltsOf, soundFrames } from '../../src/store/log.ts'
import { type Mark, readMark } from '../../src/store/mark.ts'
import { openStore } from '../../src/store/store.ts'
import { seededEntropy } from '../support/town.ts'
import { alice, bob, NOON, owed, told } from './rows.ts'

const SEED = process.env.NIGH_SEED ?? String(process.pid)
const FRAME_BYTES = 24 + 4096
const LOG_HEADER_BYTES = 32
/** More than 1,000 frames, so that the log has begun anew and holds old frames behind the new ones. */
const MESSAGES = 260

/** The mark follows when those who waited for the commit have gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

let killed: string
/** Messages kept by the process that was killed. */
let kept: number
let dir: string
let path: string

beforeAll(async () => {
  killed = mkdtempSync(join(tmpdir(), 'nigh-killed-'))
  const store = await openStore(join(killed, 'running.db'))
  for (let message = 0; message < MESSAGES; message++) await store.inbox.keep([told(alice)])
  kept = MESSAGES
  await settled()
  for (const end of ['', '-wal', '-mark'])
    copyFileSync(join(killed, `running.db${end}`), join(killed, `nigh.db${end}`))
  await store.close()
})
afterAll(() => rmSync(killed, { recursive: true, force: true }))
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nigh-mark-'))
  path = join(dir, 'nigh.db')
  for (const end of ['', '-wal', '-mark']) copyFileSync(join(killed, `nigh.db${end}`), `${path}${end}`)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const mark = (): Mark => {
  const found = readMark(path)
  if (found === undefined) throw new Error('no mark')
  return found
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at)
  writeFileSync(file, bytes)
}

/** A reader makes an index, and an empty log where there is none. */
const files = (): Map<string, string> =>
  new Map(
    readdirSync(dir)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => [name, readFileSync(join(dir, name), 'latin1')] as const)
      .filter(([name, bytes]) => !name.endsWith('-wal') || bytes !== ''),
  )

async function refused(says: RegExp): Promise<void> {
  const before = files()
  await expect(openStore(path)).rejects.toMatchObject({
    code: 'store-damaged',
    message: expect.stringMatching(says),
  })
  expect(files()).toEqual(before)
}

async function opens(messages: number): Promise<void> {
  const store = await openStore(path)
  expect(await store.inbox.page({ limit: 1e6 })).toHaveLength(messages)
  await store.close()
}

test('a killed process leaves a mark of all that it had synced, and its store opens with all of it', async () => {
  expect(saltsOf(`${path}-wal`)).toBe(mark().salts)
  expect(soundFrames(`${path}-wal`, 1e6)).toBe(mark().frames)
  expect(mark().number).toBe(kept)
  expect(readFileSync(`${path}-wal`).length).toBeGreaterThan(LOG_HEADER_BYTES + mark().frames * FRAME_BYTES)
  await opens(kept)
})

describe('the log', () => {
  test('a byte flipped anywhere within what was synced: refused, nothing touched (fault M15)', async () => {
    const { fraction } = seededEntropy(`flip ${SEED}`)
    const log = readFileSync(`${path}-wal`)
    const end = LOG_HEADER_BYTES + mark().frames * FRAME_BYTES
    const places = Array.from({ length: 20 }, () =>
      Math.floor(LOG_HEADER_BYTES + fraction() * (end - LOG_HEADER_BYTES)),
    )
    // The last page of the last commit: there SQLite sees nothing but a torn end.
    for (const at of [LOG_HEADER_BYTES + 5, end - FRAME_BYTES + 4, end - 1, ...places]) {
      writeFileSync(`${path}-wal`, log)
      flip(`${path}-wal`, at)
      await refused(/-wal is damaged.*what was kept last is missing.*delete .*nigh\.db-mark/)
    }
  })

  test('what was never synced may be torn: it opens with all that was (fault M15)', async () => {
    const log = readFileSync(`${path}-wal`)
    const end = LOG_HEADER_BYTES + mark().frames * FRAME_BYTES
    for (const tail of [Buffer.alloc(9_000, 0xee), Buffer.alloc(0), log.subarray(end, end + 700)]) {
      writeFileSync(`${path}-wal`, Buffer.concat([log.subarray(0, end), tail]))
      copyFileSync(join(killed, 'nigh.db'), path)
      await opens(kept)
      copyFileSync(join(killed, 'nigh.db-mark'), `${path}-mark`)
    }
  })

  test('cut short between two frames, cut within one, emptied, gone, its header damaged: refused (fault M15)', async () => {
    const half = Math.floor(mark().frames / 2)
    for (const length of [
      LOG_HEADER_BYTES + half * FRAME_BYTES,
      LOG_HEADER_BYTES + half * FRAME_BYTES + 100,
    ]) {
      truncateSync(`${path}-wal`, length)
      await refused(/-wal is damaged/)
    }
    for (const length of [20, 0]) {
      truncateSync(`${path}-wal`, length)
      await refused(/What was kept last is missing/)
    }
    rmSync(`${path}-wal`)
    await refused(/What was kept last is missing/)
    for (const at of [0, 9, 17, 30]) {
      copyFileSync(join(killed, 'nigh.db-wal'), `${path}-wal`)
      flip(`${path}-wal`, at)
      await refused(/kept last is missing/)
    }
  })

  test('moved into the file by another program: nothing is missing', async () => {
    const tool = new DatabaseSync(path)
    tool.prepare('SELECT count(*) FROM inbox').get()
    tool.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    await opens(kept)
  })
})

describe('the file', () => {
  async function closed(): Promise<void> {
    await opens(kept)
    expect(existsSync(`${path}-wal`)).toBe(false)
  }

  test('emptied: refused; moved away, as the sentence says, a new store begins', async () => {
    await closed()
    truncateSync(path, 0)
    await refused(/It is empty, and was not before.*move the file away/)
    renameSync(path, `${path}.old`)
    await opens(0)
    await opens(0)
  })

  test('an older copy: refused until the person says that it is meant', async () => {
    await closed()
    copyFileSync(path, `${path}.older`)
    const store = await openStore(path)
    await store.outbox.owe(owed(bob))
    await store.close()
    copyFileSync(`${path}.older`, path)
    await refused(/What was kept last is missing.*older copy.*delete .*nigh\.db-mark/)
    rmSync(`${path}-mark`)
    await opens(kept)
  })

  test('only its birth is left, because the log with everything else is gone: it is not taken for a new store', async () => {
    for (const end of ['', '-wal', '-mark']) rmSync(`${path}${end}`)
    const store = await openStore(path)
    await store.inbox.keep([told(alice)])
    await settled()
    copyFileSync(path, `${path}.born`)
    copyFileSync(`${path}-mark`, `${path}.born-mark`)
    await store.close()
    path = `${path}.born`
    await refused(/kept last is missing|empty, and was not before/)
  })
})

test('a mark that is torn, of a later kind or gone accuses nobody', async () => {
  const whole = readFileSync(`${path}-mark`)
  const torn = Buffer.from(whole)
  torn.writeUInt32BE(77, 16)
  for (const line of [
    '',
    whole.subarray(0, 20),
    torn,
    Buffer.from(`NIGHMRK2${whole.toString('latin1', 8)}`, 'latin1'),
  ]) {
    for (const end of ['', '-wal']) copyFileSync(join(killed, `nigh.db${end}`), `${path}${end}`)
    writeFileSync(`${path}-mark`, line)
    truncateSync(`${path}-wal`, LOG_HEADER_BYTES + FRAME_BYTES)
    const store = await openStore(path)
    await store.close()
  }
})

describe('a store that turns out to be damaged while it is open', () => {
  /** Every page but the first is overwritten; what SQLite holds in its memory is not. */
  function ruin(): void {
    const bytes = readFileSync(path)
    bytes.fill(0xee, 4096)
    writeFileSync(path, bytes)
  }

  test('promises nothing more from the first sign on, and is left as it is (fault M16)', async () => {
    await opens(kept)
    const store = await openStore(path)
    await store.settings.set('before', 'all is well')
    ruin()
    await expect(store.inbox.page({ limit: 1e6 })).rejects.toMatchObject({ code: 'store-damaged' })
    const before = files()
    // What would touch sound pages only, and what comes together with more.
    await expect(store.settings.set('before', 'changed')).rejects.toMatchObject({ code: 'store-damaged' })
    for (const write of [
      store.settings.set('before', 'changed'),
      store.inbox.keep([told(alice)]),
      store.outbox.owe(owed(bob)),
      store.outbox.settle(
        [{ peer: bob, id: told(bob).id, state: 'settled', outcome: 'success', disposition: 'delivered' }],
        NOON,
      ),
    ])
      await expect(write).rejects.toMatchObject({
        code: 'store-damaged',
        message: expect.stringMatching(/left as it is: restore a backup, or move the file away/),
      })
    expect(await store.settings.get('before')).toBe('all is well')
    await store.close()
    expect(files()).toEqual(before)
    // Its log is still there, so its pages are looked at when it is opened again.
    await refused(/damaged/)
  })
})
