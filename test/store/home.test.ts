/** The home on the disk: found or refused, locked by one, its key never lost and never made twice. */

import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NighError } from '../../src/errors.ts'
import { homeKey, homeSecret, lockHome, openHome } from '../../src/store/home.ts'
import { type Child, child } from './children.ts'

let dir: string
let children: Child[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nigh-home-'))
  children = []
})
afterEach(async () => {
  await Promise.all(children.map((one) => one.kill()))
  rmSync(dir, { recursive: true, force: true })
})

async function start(deed: 'lock' | 'key'): Promise<Child> {
  const started = await child(deed, dir)
  children.push(started)
  return started
}

const mode = (path: string): number => statSync(path).mode & 0o777
const key = new Uint8Array(32).fill(7)
const codeOf = (act: () => unknown): string => {
  try {
    act()
    return 'none'
  } catch (cause) {
    return cause instanceof NighError ? cause.code : String(cause)
  }
}

describe('the folder', () => {
  test('is made only when asked for, for its owner alone', () => {
    const path = join(dir, 'homes', 'alice')
    expect(() => openHome(path, { create: false })).toThrow(/There is no home at .*alice.*nigh up/)
    expect(readdirSync(dir)).toEqual([])
    const home = openHome(path, { create: true })
    expect(home).toMatchObject({
      dir: path,
      keyFile: join(path, 'key'),
      created: true,
      loosePermissions: false,
    })
    expect(mode(path)).toBe(0o700)
    expect(openHome(path, { create: true }).created).toBe(false)
  })

  test('that holds no key is no home yet: a typo must not mint an identity', () => {
    expect(codeOf(() => openHome(dir, { create: false }))).toBe('no-home')
    homeKey(dir, () => key)
    expect(openHome(dir, { create: false })).toMatchObject({ created: false, loosePermissions: false })
  })

  test('into which others may look is told', () => {
    chmodSync(dir, 0o755)
    expect(openHome(dir, { create: true }).loosePermissions).toBe(true)
  })

  test('that is a file, or lies under one, is refused', () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    expect(codeOf(() => openHome(file, { create: true }))).toBe('home-unreadable')
    expect(codeOf(() => openHome(join(file, 'home'), { create: true }))).toBe('home-unreadable')
  })
})

describe('the lock', () => {
  test('is held by one until released, also within a process', () => {
    const lock = lockHome(dir)
    expect(codeOf(() => lockHome(dir))).toBe('home-in-use')
    expect(codeOf(() => lockHome(dir))).toBe('home-in-use')
    lock.release()
    lock.release()
    lockHome(dir).release()
  })

  test('fault C2: kill -9 and start at once, 20 times', async () => {
    for (let time = 0; time < 20; time++) {
      const holder = await start('lock')
      holder.go()
      expect(await holder.line()).toBe('held')
      expect(codeOf(() => lockHome(dir))).toBe('home-in-use')
      await holder.kill()
      const lock = lockHome(dir)
      lock.release()
    }
  }, 60_000)

  test('fault C2: of four that start at the same instant one has it', async () => {
    for (let time = 0; time < 3; time++) {
      const racers = await Promise.all([1, 2, 3, 4].map(() => start('lock')))
      for (const racer of racers) racer.go()
      const said = await Promise.all(racers.map((racer) => racer.line()))
      expect(said.toSorted()).toEqual(['held', 'home-in-use', 'home-in-use', 'home-in-use'])
      await Promise.all(racers.map((racer) => racer.kill()))
    }
  }, 60_000)

  test('is held also by who forgets that he holds it', async () => {
    lockHome(dir)
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    // Finalizers run between turns.
    for (let time = 0; time < 3; time++) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const other = await start('lock')
    other.go()
    expect(await other.line()).toBe('home-in-use')
    await other.kill()
  })

  test('that is garbage is told by name', () => {
    writeFileSync(join(dir, 'lock.db'), randomBytes(4096))
    expect(() => lockHome(dir)).toThrow(/lock\.db/)
  })
})

describe('the key', () => {
  test('is made once, for its owner alone, and read for ever after', () => {
    expect(homeKey(dir, () => key)).toEqual({ key, created: true, loosePermissions: false })
    expect(mode(join(dir, 'key'))).toBe(0o600)
    const never = () => {
      throw new Error('made again')
    }
    expect(homeKey(dir, never)).toEqual({ key, created: false, loosePermissions: false })
    expect(readdirSync(dir)).toEqual(['key'])
  })

  test('of somebody who was faster stands', () => {
    const other = new Uint8Array(32).fill(8)
    const mine = homeKey(dir, () => {
      homeKey(dir, () => other)
      return key
    })
    expect(mine).toEqual({ key: other, created: false, loosePermissions: false })
    expect(readdirSync(dir)).toEqual(['key'])
  })

  test('fault C2: four processes that make it at the same instant end up with the same, one of them made it', async () => {
    const racers = await Promise.all([1, 2, 3, 4].map(() => start('key')))
    for (const racer of racers) racer.go()
    const said = (await Promise.all(racers.map((racer) => racer.line()))).map((line = '') => line.split(' '))
    expect(new Set(said.map(([madeKey]) => madeKey)).size).toBe(1)
    expect(new Set(said.map(([, secret]) => secret)).size).toBe(1)
    expect(said[0]?.[0]).toHaveLength(64)
    expect(said.filter(([, , created]) => created === 'true')).toHaveLength(1)
    expect(readdirSync(dir).toSorted()).toEqual(['key', 'secret'])
  }, 30_000)

  test('that others can read is closed to them, and told', () => {
    homeKey(dir, () => key)
    chmodSync(join(dir, 'key'), 0o644)
    expect(homeKey(dir, () => key)).toEqual({ key, created: false, loosePermissions: true })
    expect(mode(join(dir, 'key'))).toBe(0o600)
    expect(homeKey(dir, () => key).loosePermissions).toBe(false)
  })

  test('that is damaged is told by name, left as it is, and never shown', () => {
    homeKey(dir, () => key)
    const path = join(dir, 'key')
    const line = readFileSync(path)
    const flipped = Buffer.from(line)
    flipped[20] = 0x61
    for (const bytes of [
      line.subarray(0, -1),
      line.subarray(0, 30),
      Buffer.alloc(0),
      flipped,
      randomBytes(100),
    ]) {
      writeFileSync(path, bytes)
      let cause: unknown
      try {
        homeKey(dir, () => key)
      } catch (thrown) {
        cause = thrown
      }
      expect(cause).toMatchObject({ code: 'home-unreadable', message: expect.stringContaining(path) })
      expect(String(cause)).not.toContain('0707')
      expect(readFileSync(path).equals(bytes)).toBe(true)
    }
  })

  test('that is a folder is refused', () => {
    mkdirSync(join(dir, 'key'))
    expect(codeOf(() => homeKey(dir, () => key))).toBe('home-unreadable')
  })
})

describe('the secret', () => {
  test('is 32 bytes of chance, made once, for its owner alone', () => {
    const secret = homeSecret(dir)
    expect(secret).toHaveLength(32)
    expect(secret.some((byte) => byte !== secret[0])).toBe(true)
    expect(homeSecret(dir)).toEqual(secret)
    expect(mode(join(dir, 'secret'))).toBe(0o600)
  })

  test('that is cut short is told by name', () => {
    writeFileSync(join(dir, 'secret'), 'short', { mode: 0o600 })
    expect(() => homeSecret(dir)).toThrow(/secret is damaged/)
  })
})
