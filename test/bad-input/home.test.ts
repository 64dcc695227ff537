/**
 * A home that is not as it should be: 3, a sentence that says where and what to do, and nothing in it touched. What
 * is damaged is left as it is, byte for byte: it may still be saved.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AS_NOBODY, asRoot, type Desk, desk, expectRefusal } from './desk.ts'

let here: Desk
/** Peer id of the template, which every lived-in home here is a copy of. */
let peerId: string
beforeAll(async () => {
  here = desk()
  peerId = (await here.nigh(['whoami'], { as: 'template' })).lines()[0]?.peerId
  const carol = (await here.nigh(['whoami'], { as: 'carol' })).lines()[0]?.peerId
  await here.nigh(['contacts', 'add', carol, '--name', 'carol'], { as: 'template' })
  expect((await here.nigh(['send', 'carol', 'owed', '--wait', '0s'], { as: 'template' })).code).toBe(4)
})
afterAll(() => here[Symbol.asyncDispose]())

const sum = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** A home that has lived: a key, a contact, an owed message, closed cleanly. Its files by name. */
function livedIn(name: string): { folder: string; file(name: string): string } {
  const folder = here.home(name)
  cpSync(here.home('template'), folder, { recursive: true })
  return { folder, file: (file) => join(folder, file) }
}

/** The home is as it was: the same person, the same contact, the same owed message. */
async function isIntact(name: string): Promise<void> {
  expect((await here.nigh(['whoami'], { as: name })).lines()[0]?.peerId).toBe(peerId)
  expect((await here.nigh(['contacts'], { as: name })).lines().map(({ who }) => who.name)).toEqual(['carol'])
  expect((await here.nigh(['outbox'], { as: name })).lines()).toMatchObject([{ text: 'owed', state: 'owed' }])
}

interface Damage {
  /** The file it happens to. */
  file: string
  harm(path: string): void
  code: string
  says: RegExp
}

const ALL = [['up'], ['whoami'], ['send', 'carol', 'hi', '--wait', '0s']]

const damages: Record<string, Damage> = {
  'the key file is cut short': {
    file: 'key',
    harm: (path) => truncateSync(path, 40),
    code: 'home-unreadable',
    says: /key file .*key is damaged and was left as it is.*Restore it from a backup/,
  },
  'the key file is garbage': {
    file: 'key',
    harm: (path) => writeFileSync(path, randomBytes(200)),
    code: 'home-unreadable',
    says: /key is damaged.*Restore it from a backup/,
  },
  'the key file is empty': {
    file: 'key',
    harm: (path) => truncateSync(path, 0),
    code: 'home-unreadable',
    says: /key is damaged.*Restore it from a backup/,
  },
  'one digit of the key is another': {
    file: 'key',
    harm: (path) => {
      const line = readFileSync(path, 'latin1')
      writeFileSync(
        path,
        line.replace(/[0-9a-f](?= [0-9a-f]{16}\n)/, (digit) => (digit === '0' ? '1' : '0')),
      )
    },
    code: 'home-unreadable',
    says: /key is damaged/,
  },
  'the secret has a wrong length': {
    file: 'secret',
    harm: (path) => writeFileSync(path, randomBytes(31)),
    code: 'home-unreadable',
    says: /secret is damaged: it should hold 32 bytes.*delete the file/,
  },
  'the store is garbage': {
    file: 'nigh.db',
    harm: (path) => writeFileSync(path, randomBytes(20_000)),
    code: 'store-damaged',
    says: /nigh\.db is damaged.*left as it is: restore a backup, or move the file away/,
  },
  'the store is cut short': {
    file: 'nigh.db',
    harm: (path) => truncateSync(path, Math.floor(statSync(path).size / 3)),
    code: 'store-damaged',
    says: /nigh\.db is damaged.*left as it is/,
  },
  'the store is empty': {
    file: 'nigh.db',
    harm: (path) => truncateSync(path, 0),
    code: 'store-damaged',
    says: /nigh\.db is damaged.*It is empty, and was not before.*move the file away/,
  },
  'the store is cut within its first page': {
    file: 'nigh.db',
    harm: (path) => truncateSync(path, 60),
    code: 'store-damaged',
    says: /nigh\.db is damaged.*left as it is/,
  },
  'pages of the store are damaged': {
    file: 'nigh.db',
    harm: (path) => {
      const bytes = readFileSync(path)
      bytes.fill(0xff, 4096)
      writeFileSync(path, bytes)
    },
    code: 'store-damaged',
    says: /nigh\.db is damaged.*left as it is/,
  },
  'the store is newer': {
    file: 'nigh.db',
    harm: (path) => {
      const later = new DatabaseSync(path)
      later.exec('PRAGMA journal_mode = DELETE; PRAGMA user_version = 999')
      later.close()
    },
    code: 'store-newer',
    says: /nigh\.db.*newer.*(Update|update|newer)/,
  },
  'the store belongs to another program': {
    file: 'nigh.db',
    harm: (path) => {
      rmSync(path)
      const other = new DatabaseSync(path)
      other.exec('CREATE TABLE recipes (name TEXT); PRAGMA application_id = 1234; PRAGMA user_version = 1')
      other.close()
    },
    code: 'store-damaged',
    says: /not a store of Nigh/,
  },
  'the lock is garbage': {
    file: 'lock.db',
    harm: (path) => writeFileSync(path, randomBytes(5_000)),
    code: 'home-unreadable',
    says: /lock\.db is damaged.*holds nothing.*[Dd]elete/,
  },
}

describe('3, the file untouched, and all is well again once it is back', () => {
  test.concurrent.for(Object.entries(damages))('%s', async ([name, { file, harm, ...expected }]) => {
    const as = `damaged-${Object.keys(damages).indexOf(name)}`
    const home = livedIn(as)
    const path = home.file(file)
    const before = readFileSync(path)
    harm(path)
    const harmed = sum(path)
    const names = readdirSync(home.folder).sort()
    for (const typed of ALL) {
      const answered = await here.nigh(typed, { as })
      expectRefusal(answered, { exit: 3, ...expected })
      expect(sum(path)).toBe(harmed)
    }
    // Nothing was made beside it, either: no fresh key, no empty store, no draft left over.
    expect(
      readdirSync(home.folder)
        .filter((each) => !/-(wal|shm)$/.test(each))
        .sort(),
    ).toEqual(names.filter((each) => !/-(wal|shm)$/.test(each)))
    writeFileSync(path, before)
    await isIntact(as)
  })
})

describe('what Nigh makes again by itself', () => {
  test('what a killed process left behind: a stale socket, and a socket file that leads nowhere', async () => {
    const home = livedIn('stale')
    const killed = await here.up('stale')
    killed.signal('SIGKILL')
    await killed.exit
    expect(existsSync(home.file('door.sock'))).toBe(true)
    expect(existsSync(home.file('socket'))).toBe(true)
    // At once, and again with garbage where the path of the socket should be.
    await isIntact('stale')
    for (const left of ['', '/nowhere/at/all.sock\n', 'x'.repeat(100_000), '\u0000\n', `${home.folder}\n`]) {
      writeFileSync(home.file('socket'), left)
      await isIntact('stale')
    }
    rmSync(home.file('door.sock'), { force: true })
    writeFileSync(home.file('door.sock'), 'no socket')
    await here.up('stale')
    expect((await here.nigh(['who', '--no-start'], { as: 'stale' })).code).toBe(0)
  })

  test('a secret that is gone, an empty lock, and a store that was moved away', async () => {
    const home = livedIn('gone')
    rmSync(home.file('secret'))
    truncateSync(home.file('lock.db'), 0)
    await isIntact('gone')
    rmSync(home.file('nigh.db'))
    expect((await here.nigh(['whoami'], { as: 'gone' })).lines()[0]?.peerId).toBe(peerId)
    expect((await here.nigh(['outbox'], { as: 'gone' })).lines()).toEqual([])
  })

  test('somebody at the place of the socket who cannot prove to be this home is not spoken to', async () => {
    const home = livedIn('impostor')
    const heard: Buffer[] = []
    const impostor = createServer((socket) => {
      socket.on('data', (chunk: Buffer) => heard.push(chunk))
      socket.on('error', () => {})
      socket.write('{"nigh":1,"nonce":"00","proof":"00"}\n')
    })
    await new Promise<void>((resolve) => impostor.listen(join(here.folder, 'impostor.sock'), resolve))
    writeFileSync(home.file('socket'), `${join(here.folder, 'impostor.sock')}\n`)
    await isIntact('impostor')
    impostor.close()
    expect(Buffer.concat(heard).toString()).not.toMatch(/proof|owed|carol/)
  })
})

test('a folder where the socket, or the path of the socket, should lie: 3, and it is not swept away', async () => {
  for (const [as, name] of [
    ['folder-one', 'door.sock'],
    ['folder-two', 'socket'],
  ] as const) {
    const home = livedIn(as)
    mkdirSync(home.file(name))
    writeFileSync(join(home.file(name), 'mine'), 'kept')
    const answered = await here.nigh(['up'], { as })
    expectRefusal(answered, {
      exit: 3,
      code: 'home-unreadable',
      says: /socket .* could not be made.*move it away/,
    })
    expect(readFileSync(join(home.file(name), 'mine'), 'utf8')).toBe('kept')
    await isIntact(as)
  }
})

test('a home in use: the second `up` is told at once, 3, and the first goes on', async () => {
  const first = await here.up('busy')
  const second = await here.nigh(['up'], { as: 'busy' })
  expectRefusal(second, { exit: 3, code: 'home-in-use', says: /running already.*nigh who --as busy$/m })
  expect((await here.nigh(['status', '--note', 'here'], { as: 'busy' })).code).toBe(0)
  first.signal('SIGTERM')
  expect(await first.exit).toBe(0)
})

test('a home that is a file, or lies under one', async () => {
  const file = join(here.folder, 'file')
  writeFileSync(file, 'my thesis')
  for (const typed of [['up'], ['whoami'], ['inbox']]) {
    const answered = await here.nigh([...typed, '--home', file])
    expectRefusal(answered, { exit: 3, code: 'home-unreadable', says: /file is no folder.*--home/ })
  }
  const under = await here.nigh(['up', '--home', join(file, 'home')])
  expectRefusal(under, { exit: 3, code: 'home-unreadable', says: /could not be made.*--home/ })
  expect(readFileSync(file, 'utf8')).toBe('my thesis')
})

describe('a home whose path is too long for a socket', () => {
  const long = (): string => join(here.folder, 'd'.repeat(120))

  test('is reached all the same, by a socket in a folder of my own (fault C4)', async () => {
    const runtime = mkdtempSync(join(tmpdir(), 'nigh-run-'))
    const env = { XDG_RUNTIME_DIR: runtime }
    const peer = await here.up('long', ['--home', long()], { env })
    expect(readFileSync(join(long(), 'socket'), 'utf8')).toBe(
      `${join(runtime, 'nigh', readdirSync(join(runtime, 'nigh'))[0] ?? '')}\n`,
    )
    expect(statSync(join(runtime, 'nigh')).mode & 0o777).toBe(0o700)
    const said = await here.nigh(['status', '--note', 'hi', '--home', long(), '--no-start'], { env })
    expect(said.code).toBe(0)
    peer.signal('SIGTERM')
    expect(await peer.exit).toBe(0)
    rmSync(runtime, { recursive: true })
  })

  test('and where that folder is not mine alone: 3', async () => {
    const runtime = mkdtempSync(join(tmpdir(), 'nigh-run-'))
    mkdirSync(join(runtime, 'nigh'))
    chmodSync(join(runtime, 'nigh'), 0o777)
    const env = { XDG_RUNTIME_DIR: runtime }
    const answered = await here.nigh(['up', '--home', long()], { env })
    expectRefusal(answered, { exit: 3, code: 'home-unreadable', says: /not yours alone.*shorter path/ })
    const nowhere = await here.nigh(['up', '--home', long()], { env: { XDG_RUNTIME_DIR: '/proc/nowhere' } })
    expectRefusal(nowhere, { exit: 3, code: 'home-unreadable', says: /socket.*shorter path/ })
    expect((await here.nigh(['whoami', '--home', long()])).code).toBe(0)
    rmSync(runtime, { recursive: true })
  })
})

describe('as somebody without rights', () => {
  const NOBODY = 65534
  const nobody = { through: AS_NOBODY, env: { HOME: '/nonexistent' } }

  asRoot('a home of somebody else: 3, and not a byte of it changed', async () => {
    const home = livedIn('others')
    const before = readdirSync(home.folder).map((file) => [file, sum(home.file(file))])
    chmodSync(here.folder, 0o755)
    for (const mode of [0o700, 0o755, 0o777]) {
      chmodSync(home.folder, mode)
      for (const typed of [['up'], ['whoami'], ['inbox'], ['send', 'carol', 'hi']]) {
        const answered = await here.nigh(typed, { as: 'others', ...nobody })
        expectRefusal(answered, {
          exit: 3,
          code: 'home-unreadable',
          says: /others.*(another user|yours|owner).*--home/,
        })
      }
    }
    chmodSync(home.folder, 0o700)
    expect(readdirSync(home.folder).map((file) => [file, sum(home.file(file))])).toEqual(before)
    await isIntact('others')
  })

  asRoot('a home behind a closed door is not taken for none: 3, not 6', async () => {
    const hidden = join(here.folder, 'closed', 'home')
    await here.nigh(['whoami', '--home', hidden])
    chmodSync(join(here.folder, 'closed'), 0o700)
    for (const typed of [['inbox'], ['whoami'], ['up'], ['down']]) {
      const answered = await here.nigh([...typed, '--home', hidden], nobody)
      expectRefusal(answered, { exit: 3, code: 'home-unreadable', says: /owner and permissions.*--home/ })
    }
  })

  asRoot('a place where no home can be made, and a home that may not be written', async () => {
    const nowhere = await here.nigh(['up', '--home', join(here.folder, 'mine')], nobody)
    expectRefusal(nowhere, { exit: 3, code: 'home-unreadable', says: /could not be made.*--home/ })

    const own = join(here.folder, 'own')
    mkdirSync(own)
    chownSync(own, NOBODY, NOBODY)
    expect((await here.nigh(['whoami', '--home', own], nobody)).code).toBe(0)
    chmodSync(own, 0o500)
    const readOnly = await here.nigh(['inbox', '--home', own], nobody)
    expectRefusal(readOnly, { exit: 3, code: 'home-unreadable', says: /may not be read and written by you/ })
    chmodSync(own, 0o700)
    for (const file of ['key', 'secret', 'nigh.db', 'lock.db']) {
      chownSync(join(own, file), 0, 0)
      chmodSync(join(own, file), 0o600)
      const answered = await here.nigh(['up', '--home', own], nobody)
      expectRefusal(answered, {
        exit: 3,
        code: 'home-unreadable',
        says: new RegExp(`${file}.*belong to you`),
      })
      chownSync(join(own, file), NOBODY, NOBODY)
    }
    expect((await here.nigh(['whoami', '--home', own], nobody)).code).toBe(0)
  })
})
