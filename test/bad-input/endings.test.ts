/**
 * However a command ends, it ends as scripts expect it to and leaves nothing behind: nobody reads on, Ctrl-C, a request
 * to end, a closed window. The home is then as it was, and works.
 */
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Desk, desk, read } from './desk.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const PASSPHRASE = { NIGH_PASSPHRASE: 'correct horse battery' }
/** Together more than any pipe holds, so that whoever writes them waits for a reader. */
const MESSAGES = 1_000
const LETTERS = 900

interface Place extends Desk {
  carol: string
  /** What lies in Alice's home and where her backups go, once nobody has it open. */
  left(): Promise<string[]>
  backups: string
}

/** Alice knows Carol; with `talked` they have talked at length. */
async function place(talked = false): Promise<Place> {
  const here = desk()
  const carol = (await here.nigh(['whoami'], { as: 'carol' })).lines()[0]?.peerId
  await here.nigh(['whoami'])
  await here.nigh(['contacts', 'add', carol, '--name', 'carol'])
  const past = Array.from({ length: MESSAGES }, (_, at) => ({
    event: 'message',
    id: `0190f2a1-7c3e-7abc-8def-${String(at).padStart(12, '0')}`,
    from: { peerId: carol },
    text: `coffee ${'x'.repeat(LETTERS)}`,
    contentType: 'text/plain',
    sentAt: '2026-01-01T00:00:00.000Z',
    at: '2026-01-01T00:00:00.000Z',
    disposition: 'accepted',
    unread: false,
  }))
  const lines = past.map((line) => `${JSON.stringify(line)}\n`).join('')
  if (talked) expect((await here.nigh(['import', '-'], { stdin: lines })).code).toBe(0)
  const backups = join(here.folder, 'backups')
  mkdirSync(backups)
  const left = async () => {
    // It opens the home, takes up what was left open, and closes it.
    expect((await here.nigh(['whoami'])).code).toBe(0)
    return [
      ...readdirSync(here.home('alice')),
      ...readdirSync(backups),
      ...readdirSync(join(here.home('alice'), '..')),
    ]
  }
  return Object.assign(here, { carol, left, backups })
}

describe('nobody reads on: 0, without a word, and nothing is left behind', () => {
  const table: (readonly string[])[] = [
    ['export', 'carol'],
    ['search', 'coffee', '--limit', '1000'],
    ['inbox', '--with', 'carol', '--limit', '1000'],
    ['schema'],
    ['completion', 'bash'],
    ['invite', '--json'],
    ['who'],
    ['doctor', '--wait', '1s'],
    ['doctor', 'carol', '--json', '--wait', '1s'],
    ['contacts'],
    ['up', '--log', 'debug'],
  ]
  test('one command after the other', async () => {
    await using here = await place(true)
    const before = await here.left()
    for (const words of table) {
      // A pipe whose reader has gone for sure before anything is written.
      const script = `exec 3> >(true); wait $!; ${here.shellWords(['--as', 'alice', ...words])} >&3; echo "$?"`
      const errors = words.includes('--log') ? ' 2>/dev/null' : ''
      const shell = here.shell(`{ ${script}; }${errors}`)
      const { stdout, stderr } = await read(shell)
      expect({ words, stdout, stderr }).toEqual({
        words,
        stdout: '0\n',
        stderr: words[0] === 'invite' ? expect.stringContaining('nigh up') : '',
      })
    }
    expect(await here.left()).toEqual(before)
  }, 60_000)

  test('a backup is whole all the same', async () => {
    await using here = await place()
    const file = join(here.backups, 'me.nigh')
    const words = here.shellWords(['--as', 'alice', 'backup', file])
    const { stdout, stderr } = await read(
      here.shell(`exec 3> >(true); wait $!; ${words} >&3; echo "$?"`, PASSPHRASE),
    )
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' })
    expect((await here.nigh(['restore', file], { as: 'again', env: PASSPHRASE })).code).toBe(0)
  }, 30_000)
})

describe('ended by a signal', () => {
  test.each(SIGNALS)(
    '%s while somebody reads slowly: by the signal, as any program',
    async (signal) => {
      await using here = await place(true)
      const before = await here.left()
      for (const words of [
        ['export', 'carol'],
        ['search', 'coffee', '--limit', '1000'],
      ]) {
        const child = here.spawn(words)
        await once(child.stdout ?? child, 'readable')
        child.kill(signal)
        expect({ words, ended: await once(child, 'exit') }).toEqual({ words, ended: [null, signal] })
      }
      expect(await here.left()).toEqual(before)
    },
    30_000,
  )

  test.each(SIGNALS)(
    '%s before they have said anything: by the signal, without a word',
    async (signal) => {
      await using here = await place()
      const before = await here.left()
      for (const words of [
        ['schema'],
        ['completion', 'zsh'],
        ['invite'],
        ['search', 'coffee'],
        ['export', 'carol'],
      ]) {
        const child = here.spawn(words)
        child.kill(signal)
        const ended = once(child, 'exit')
        const { stdout, stderr } = await read(child)
        expect({ words, ended: await ended, stdout, stderr }).toEqual({
          words,
          ended: [null, signal],
          stdout: '',
          stderr: '',
        })
      }
      expect(await here.left()).toEqual(before)
    },
    30_000,
  )

  test.each(SIGNALS)(
    '%s to `up` with a log: goodbye, and 0',
    async (signal) => {
      await using here = await place()
      const before = await here.left()
      const up = await here.up('alice', ['--log', 'debug'])
      up.signal(signal)
      expect(await up.exit).toBe(0)
      expect(up.lines.at(-1)?.event).toBe('offline')
      expect(await here.left()).toEqual(before)
    },
    30_000,
  )

  test.each(SIGNALS)(
    '%s to `doctor` that waits for a Nigh that hangs: by the signal, without a word',
    async (signal) => {
      await using here = await place()
      const up = await here.up('alice')
      up.signal('SIGSTOP')
      const doctor = here.spawn(['doctor', 'carol', '--wait', '1m'])
      doctor.kill(signal)
      const { stdout, stderr } = await read(doctor)
      expect({ signal: doctor.signalCode, stdout, stderr }).toEqual({ signal, stdout: '', stderr: '' })
      up.signal('SIGCONT')
      up.signal('SIGTERM')
      expect(await up.exit).toBe(0)
    },
    30_000,
  )
})

describe('a backup that is given up leaves no half file, and no copy of the store', () => {
  test.each([
    ['SIGINT', 'with a Nigh of its own'],
    ['SIGTERM', 'with a Nigh of its own'],
    ['SIGHUP', 'with a Nigh of its own'],
    ['SIGINT', 'with a running Nigh'],
  ] as const)(
    '%s, %s: 4, and the backup of yesterday stands',
    async (signal, how) => {
      await using here = await place()
      const file = join(here.backups, 'me.nigh')
      expect((await here.nigh(['backup', file], { env: PASSPHRASE })).code).toBe(0)
      if (how === 'with a running Nigh') await here.up('alice')
      const files = () => readdirSync(here.backups)
      let yesterday = readFileSync(file)
      const givenUp = async () => {
        yesterday = readFileSync(file)
        const backup = here.spawn(['backup', file], { env: PASSPHRASE })
        const said = read(backup)
        await expect
          .poll(files, { timeout: 20_000, interval: 5 })
          .toContainEqual(expect.stringMatching(/\.part$/))
        backup.kill(signal)
        return said
      }
      let ended = await givenUp()
      // On a machine that stalls the backup may be whole before it hears the signal.
      for (let more = 4; ended.code === 0 && more > 0; more -= 1) ended = await givenUp()
      const { code, lines, stderr } = ended
      expect({ code, error: lines().at(-1) }).toMatchObject({
        code: 4,
        error: { event: 'error', code: 'aborted' },
      })
      expect(stderr).toMatch(/^nigh: Given up/)
      await expect.poll(files).toEqual(['me.nigh'])
      expect(readFileSync(file).equals(yesterday)).toBe(true)
      expect(readdirSync(here.home('alice'))).not.toContain('backup.db')
    },
    40_000,
  )

  test.each(SIGNALS)(
    '%s while restoring: 4, and no home, not even half of one',
    async (signal) => {
      await using here = await place()
      const file = join(here.backups, 'me.nigh')
      expect((await here.nigh(['backup', file], { env: PASSPHRASE })).code).toBe(0)
      const homes = () => readdirSync(join(here.home('alice'), '..')).sort()
      const restore = here.spawn(['restore', file], { as: 'again', env: PASSPHRASE })
      const said = read(restore)
      await expect
        .poll(homes, { timeout: 20_000, interval: 5 })
        .toContainEqual(expect.stringMatching(/\.part$/))
      restore.kill(signal)
      expect((await said).code).toBe(4)
      expect(homes()).toEqual(['alice', 'carol'])
    },
    30_000,
  )
})
