/** A backup with everything that may go wrong: passphrases, files, disks, homes. Nothing half-written is left, ever. */
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { asRoot, type Desk, desk, expectRefusal } from './desk.ts'

const PASSPHRASE = 'correct horse battery'
/** A stretched passphrase costs half a second of a core, and some tests ask for ten of them. */
const PATIENCE_MS = 120_000
const env = { NIGH_PASSPHRASE: PASSPHRASE }

test('A backup and back: the same person, contacts and rules, in a file that is theirs alone (fault C4)', {
  timeout: PATIENCE_MS,
}, async () => {
  await using here = desk()
  const file = join(here.folder, 'alice.nigh')
  await here.nigh(['whoami'])
  await here.nigh(['whoami'], { as: 'bob' })
  const [bob] = (await here.nigh(['whoami'], { as: 'bob' })).lines()
  await here.nigh(['contacts', 'add', bob?.card, '--name', 'Robert'])
  await here.nigh(['rules', 'preset', 'private'])
  await here.nigh(['send', 'Robert', 'are you there?', '--wait', '0s'])
  const made = await here.nigh(['backup', file], { stdin: `${PASSPHRASE}\nanother line\n` })
  expect(made.lines()).toMatchObject([{ event: 'backup', file, bytes: statSync(file).size }])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  // Nothing of it can be read: not the key, not a name.
  const key =
    /^nigh key 1 ([0-9a-f]+) /.exec(readFileSync(join(here.home('alice'), 'key'), 'latin1'))?.[1] ?? ''
  const bytes = readFileSync(file)
  for (const secret of [key, Buffer.from(key, 'hex'), 'Robert', 'are you there', PASSPHRASE])
    expect(bytes.includes(secret)).toBe(false)

  const restored = await here.nigh(['restore', file], { as: 'again', env })
  expect(restored.code).toBe(0)
  expect(restored.lines()).toMatchObject([
    {
      event: 'restored',
      home: here.home('again'),
      who: { name: 'alice' },
      madeAt: made.lines()[0]?.at,
      unsettled: 1,
    },
  ])
  const both = await Promise.all(['alice', 'again'].map((as) => here.nigh(['whoami'], { as })))
  const [before, after] = both.map((one) => one.lines()[0])
  expect({ ...after, at: 0, home: 0 }).toEqual({ ...before, at: 0, home: 0 })
  expect((await here.nigh(['contacts'], { as: 'again' })).lines()).toMatchObject([
    { who: { petname: 'Robert' } },
  ])
  expect((await here.nigh(['rules'], { as: 'again' })).lines()).toMatchObject([{ preset: 'private' }])
  expect((await here.nigh(['outbox'], { as: 'again' })).lines()).toMatchObject([{ outcome: 'indeterminate' }])
  // A secret of its own, and nobody else may enter.
  const secrets = ['alice', 'again'].map((as) => readFileSync(join(here.home(as), 'secret')))
  expect(secrets[0]).not.toEqual(secrets[1])
  expect(statSync(here.home('again')).mode & 0o777).toBe(0o700)
  expect(statSync(join(here.home('again'), 'key')).mode & 0o777).toBe(0o600)
  expect(statSync(join(here.home('again'), 'nigh.db')).mode & 0o777).toBe(0o600)
})

test('For people: what is not in the backup is told, with the day', { timeout: PATIENCE_MS }, async () => {
  await using here = desk()
  const file = join(here.folder, 'alice.nigh')
  await here.nigh(['whoami'])
  const made = await here.nigh(['backup', file], { env, plain: true })
  expect(made.stdout).toMatch(
    /Everything up to \d\d:\d\d is in .*alice\.nigh\.\nWhoever has it and the passphrase is you\./,
  )
  const { stdout } = await here.nigh(['restore', file], { as: 'again', env, plain: true })
  expect(stdout).toMatch(
    /^alice \(….{8}\) is back, in .*again\.\nMessages received after \d\d:\d\d are not in this backup\.\n/,
  )
  expect(stdout).toContain('Start with: nigh up --as again')
})

test('The running peer makes its own backup; its lock and its socket stay what they were', {
  timeout: PATIENCE_MS,
}, async () => {
  await using here = desk()
  const file = join(here.folder, 'alice.nigh')
  const alice = await here.up('alice')
  for (let again = 0; again < 2; again++) expect((await here.nigh(['backup', file], { env })).code).toBe(0)
  expect(readdirSync(here.home('alice'))).not.toContain('backup.db')
  expectRefusal(await here.nigh(['backup', join(here.home('alice'), 'lock.db')], { env }), {
    exit: 2,
    code: 'usage',
    says: /lies in the home itself, and would be lost with it/,
  })
  // The control of the lock: another up is turned away, as before.
  expect((await here.nigh(['up'])).code).toBe(3)
  expect((await here.nigh(['restore', file], { as: 'again', env })).code).toBe(0)
  alice.signal('SIGINT')
  expect(await alice.exit).toBe(0)
})

test('No passphrase, one too short, a wrong one: sentences, and nothing is made', {
  timeout: PATIENCE_MS,
}, async () => {
  await using here = desk()
  const file = join(here.folder, 'alice.nigh')
  await here.nigh(['whoami'])
  const says = /passphrase/i
  expectRefusal(await here.nigh(['backup', file]), { exit: 2, code: 'usage', says })
  expectRefusal(await here.nigh(['backup', file], { stdin: 'short\n' }), { exit: 2, code: 'usage', says })
  expectRefusal(await here.nigh(['backup', file], { stdin: 'x'.repeat(5_000) }), {
    exit: 2,
    code: 'too-large',
    says,
  })
  expect(filesIn(here)).toEqual([])
  await here.nigh(['backup', file], { env })
  expectRefusal(
    await here.nigh(['restore', file], { as: 'again', env: { NIGH_PASSPHRASE: 'another one altogether' } }),
    {
      exit: 3,
      code: 'wrong-passphrase',
      says: /does not open .*alice\.nigh\. Nothing was changed\./,
    },
  )
  expect(filesIn(here)).toEqual(['alice.nigh'])
  expect(readdirSync(join(here.folder, 'nigh', 'homes'))).toEqual(['alice'])
})

test('Never over a home, never over a file that is no backup; without a home there is none to make', {
  timeout: PATIENCE_MS,
}, async () => {
  await using here = desk()
  const file = join(here.folder, 'alice.nigh')
  expectRefusal(await here.nigh(['backup', file], { env }), {
    exit: 6,
    code: 'no-home',
    says: /nigh up --as alice/,
  })
  await here.nigh(['whoami'])
  writeFileSync(file, 'my thesis')
  expectRefusal(await here.nigh(['backup', file], { env }), {
    exit: 3,
    code: 'file-exists',
    says: /no backup/,
  })
  expect(readFileSync(file, 'utf8')).toBe('my thesis')
  rmSync(file)
  await here.nigh(['backup', file], { env })
  expectRefusal(await here.nigh(['restore', file], { env }), {
    exit: 3,
    code: 'home-exists',
    says: /a restore replaces nothing\. Choose another place/,
  })
  // An empty folder was made for it.
  mkdirSync(here.home('again'), { recursive: true })
  expect((await here.nigh(['restore', file], { as: 'again', env })).code).toBe(0)
})

test('A file that is cut, changed, missing, a folder or something else: a sentence, and no home', {
  timeout: PATIENCE_MS,
}, async () => {
  await using here = desk()
  const file = join(here.folder, 'alice.nigh')
  await here.nigh(['whoami'])
  await here.nigh(['backup', file], { env })
  const whole = readFileSync(file)
  const restore = () => here.nigh(['restore', file], { as: 'again', env })
  truncateSync(file, whole.length - 1)
  expectRefusal(await restore(), {
    exit: 3,
    code: 'backup-damaged',
    says: /damaged or was cut short.*another copy/,
  })
  writeFileSync(file, whole.fill(0, 500, 501))
  expectRefusal(await restore(), { exit: 3, code: 'backup-damaged', says: /damaged/ })
  writeFileSync(file, '')
  expectRefusal(await restore(), { exit: 3, code: 'backup-damaged', says: /no backup of Nigh/ })
  rmSync(file)
  expectRefusal(await restore(), {
    exit: 3,
    code: 'file-unusable',
    says: /could not be read\. There is no such file\./,
  })
  mkdirSync(file)
  expectRefusal(await restore(), { exit: 3, code: 'file-unusable', says: /It is a folder\./ })
  expectRefusal(await here.nigh(['backup', join(here.folder, 'nowhere', 'x')], { env }), {
    exit: 3,
    code: 'file-unusable',
    says: /could not be written\. There is no such folder\./,
  })
  expect(readdirSync(join(here.folder, 'nigh', 'homes'))).toEqual(['alice'])
})

asRoot(
  'The disk of the backup, or of the new home, is full: said so, nothing left, and the older backup is whole',
  async () => {
    await using here = desk()
    const disk = join(here.folder, 'disk')
    const file = join(disk, 'alice.nigh')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'nigh-test', disk])
    try {
      await here.nigh(['whoami'])
      expect((await here.nigh(['backup', file], { env })).code).toBe(0)
      const older = readFileSync(file)
      const filler = openSync(join(disk, 'filler'), 'a')
      expect(() => {
        for (;;) writeSync(filler, Buffer.alloc(4096))
      }).toThrow('ENOSPC')
      closeSync(filler)
      expectRefusal(await here.nigh(['backup', file], { env }), {
        exit: 3,
        code: 'store-full',
        says: /is full.*Free some/,
      })
      expect(readdirSync(disk)).toEqual(['alice.nigh', 'filler'])
      expect(readFileSync(file).equals(older)).toBe(true)
      expectRefusal(await here.nigh(['restore', file, '--home', join(disk, 'again')], { env }), {
        exit: 3,
        code: 'store-full',
        says: /is full.*Free some/,
      })
      expect(readdirSync(disk)).toEqual(['alice.nigh', 'filler'])
      expect((await here.nigh(['restore', file], { as: 'again', env })).code).toBe(0)
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  },
  PATIENCE_MS / 1_000,
)

const filesIn = (here: Desk): string[] => readdirSync(here.folder).filter((name) => name !== 'nigh')
