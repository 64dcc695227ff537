/**
 * A store that is damaged, cut short or partly gone, met by the real command line: 3, a sentence that says where and
 * what to do, the file as it was; and a running peer that finds it out promises nothing more.
 */
import {
  closeSync,
  copyFileSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readMark } from '../../src/store/mark.ts'
import { openStore } from '../../src/store/store.ts'
import { told } from '../store/rows.ts'
import { came, type Line } from '../support/running.ts'
import { type Desk, desk, expectRefusal } from './desk.ts'

const PAGE_BYTES = 4096
/** Enough for several pages of each table and index. */
const MESSAGES = 1_500

let here: Desk
let carol: string
beforeAll(async () => {
  here = desk()
  carol = (await here.nigh(['whoami'], { as: 'carol' })).lines()[0]?.peerId
  await here.nigh(['whoami'], { as: 'closed' })
  await here.nigh(['contacts', 'add', carol, '--name', 'carol'], { as: 'closed' })
  await here.nigh(['send', 'carol', 'owed', '--wait', '0s'], { as: 'closed' })
  const store = await openStore(join(here.home('closed'), 'nigh.db'))
  const peer = carol as Parameters<typeof told>[0]
  const letter = (number: number) => told(peer, { body: Buffer.from(`letter ${number} of many`) })
  await store.inbox.keep(Array.from({ length: MESSAGES }, (_, number) => letter(number)))
  while (await store.history.index(1_000));
  await store.close()

  // What a killed process leaves: its log, and in it the last messages it acknowledged.
  cpSync(here.home('closed'), here.home('killed'), { recursive: true })
  const file = join(here.home('killed'), 'nigh.db')
  const killed = await openStore(file)
  for (let number = 0; number < 10; number++) await killed.inbox.keep([letter(MESSAGES + number)])
  await new Promise((resolve) => setTimeout(resolve, 5)) // the mark follows those who waited
  for (const end of ['', '-wal', '-mark']) copyFileSync(`${file}${end}`, `${file}${end}.then`)
  await killed.close()
  for (const end of ['', '-wal', '-mark']) renameSync(`${file}${end}.then`, `${file}${end}`)
})
afterAll(() => here[Symbol.asyncDispose]())

const homeLike = (template: 'closed' | 'killed', name: string): string => {
  cpSync(here.home(template), here.home(name), { recursive: true })
  return join(here.home(name), 'nigh.db')
}

/** What may still be saved; a reader's index, and the empty log it makes where there is none, are nobody's. */
const bytes = (file: string): Map<string, string> => {
  const folder = join(file, '..')
  return new Map(
    readdirSync(folder)
      .filter((name) => name.startsWith('nigh.db') && !name.endsWith('-shm'))
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')] as const)
      .filter(([name, text]) => !name.endsWith('-wal') || text !== ''),
  )
}

/** In place: neither shorter in between, nor another file. */
function overwrite(file: string, at: number, what: Uint8Array): void {
  const open = openSync(file, 'r+')
  writeSync(open, what, 0, what.length, at)
  closeSync(open)
}

const flip = (file: string, at: number): void =>
  overwrite(file, at, Uint8Array.of((readFileSync(file)[at] ?? 0) ^ 0x20))

/** A page of this table or index in the middle of it, and not its root. */
function pageOf(file: string, name: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  const pages = database
    .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path")
    .all(name)
  database.close()
  return Number(pages[Math.floor(pages.length / 2)]?.pageno)
}

const damagePage = (file: string, name: string): void =>
  overwrite(file, (pageOf(file, name) - 1) * PAGE_BYTES, Buffer.alloc(PAGE_BYTES, 0xee))

/** Commands that act on the store, and two that bring up a peer. */
const ALL = [
  ['up'],
  ['whoami'],
  ['inbox'],
  ['outbox'],
  ['contacts'],
  ['status', '--note', 'n'],
  ['send', 'carol', 'hi', '--wait', '0s'],
]

const unclean: Record<string, { harm(file: string): void; says: RegExp }> = {
  'a byte of its log is flipped': {
    harm: (file) => flip(`${file}-wal`, 32 + 2 * (24 + PAGE_BYTES) + 700),
    says: /-wal is damaged, and what was kept last is missing.*left as it is: restore a backup/,
  },
  'a byte of the last frame of its log is flipped': {
    harm: (file) => flip(`${file}-wal`, 32 + (readMark(file)?.frames ?? 0) * (24 + PAGE_BYTES) - 9),
    says: /-wal is damaged/,
  },
  'the header of its log is damaged': {
    harm: (file) => overwrite(`${file}-wal`, 0, Buffer.alloc(32)),
    says: /What was kept last is missing/,
  },
  'its log is cut short between two frames': {
    harm: (file) => truncateSync(`${file}-wal`, 32 + 5 * (24 + PAGE_BYTES)),
    says: /-wal is damaged/,
  },
  'its log is gone': {
    harm: (file) => rmSync(`${file}-wal`),
    says: /What was kept last is missing: its log is gone/,
  },
  'a page of its table is damaged': {
    harm: (file) => damagePage(file, 'inbox'),
    says: /pages contradict one another/,
  },
  'a page of its index is damaged': {
    harm: (file) => damagePage(file, 'inbox_peer'),
    says: /pages contradict one another/,
  },
  'it is cut short': {
    harm: (file) => truncateSync(file, Math.floor(statSync(file).size / 2 / PAGE_BYTES) * PAGE_BYTES),
    says: /nigh\.db is damaged/,
  },
  'its header is damaged': { harm: (file) => flip(file, 3), says: /does not begin as a database does/ },
}

describe('a killed process left a store of which afterwards', () => {
  test.concurrent.for(Object.entries(unclean))(
    '%s: every command refuses and touches nothing (fault M15)',
    async ([name, { harm, says }]) => {
      const as = `unclean-${Object.keys(unclean).indexOf(name)}`
      const file = homeLike('killed', as)
      const before = bytes(file)
      harm(file)
      const harmed = bytes(file)
      for (const typed of ALL) {
        expectRefusal(await here.nigh(typed, { as }), { exit: 3, code: 'store-damaged', says })
        expect(bytes(file)).toEqual(harmed)
      }
      for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
      for (const [each, text] of before) writeFileSync(join(here.home(as), each), text, 'latin1')
      const inbox = (await here.nigh(['inbox', '--limit', '5'], { as })).lines()
      expect(inbox.map(({ text }) => text).at(-1)).toBe(`letter ${MESSAGES + 9} of many`)
    },
  )
})

describe('a store that was closed, of which afterwards', () => {
  test.concurrent.for([
    ['its header is damaged', (file: string) => flip(file, 3)],
    ['the size of its pages is another', (file: string) => overwrite(file, 16, Uint8Array.of(0x02, 0))],
    ['it is empty', (file: string) => truncateSync(file, 0)],
    ['half of it is gone', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['its last page is gone', (file: string) => truncateSync(file, statSync(file).size - PAGE_BYTES)],
  ] as const)('%s: every command refuses and touches nothing', async ([name, harm]) => {
    const as = `header-${name.replaceAll(/\W/g, '')}`.toLowerCase().slice(0, 32)
    const file = homeLike('closed', as)
    harm(file)
    const harmed = bytes(file)
    for (const typed of ALL) {
      expectRefusal(await here.nigh(typed, { as }), {
        exit: 3,
        code: 'store-damaged',
        says: /nigh\.db is damaged.*left as it is: restore a backup, or move the file away/,
      })
      expect(bytes(file)).toEqual(harmed)
    }
    // As the sentence says: another store begins, of the same person.
    renameSync(file, `${file}.away`)
    expect((await here.nigh(['inbox'], { as })).lines()).toEqual([])
    expect((await here.nigh(['contacts'], { as })).code).toBe(0)
  })

  // Nobody looks through all pages after a clean end: whoever comes upon the damaged one says so.
  test.concurrent.for([
    ['inbox', ['inbox', '--limit', '1000']],
    ['inbox_peer', ['inbox', '--with', 'carol', '--limit', '1000']],
    ['inbox_unread', ['inbox', '--unread', '--limit', '1000']],
    ['words_data', ['search', 'many', '--limit', '1000']],
    ['words_idx', ['search', 'letter']],
    ['people', ['contacts']],
    ['outbox', ['outbox']],
    ['settings', ['whoami']],
  ] as const)(
    'a page of %s is damaged: `%s` says it, what does not meet it goes on, nothing is touched',
    async ([name, typed]) => {
      const as = `page-${name}`
      const file = homeLike('closed', as)
      damagePage(file, name)
      const harmed = bytes(file)
      expectRefusal(await here.nigh(typed, { as }), {
        exit: 3,
        code: 'store-damaged',
        says: /nigh\.db is damaged.*left as it is: restore a backup, or move the file away/,
      })
      for (const other of ALL.filter(([word]) => word !== 'up' && word !== 'status' && word !== 'send')) {
        const answered = await here.nigh(other, { as })
        if (answered.code !== 0)
          expectRefusal(answered, { exit: 3, code: 'store-damaged', says: /nigh\.db is damaged/ })
      }
      expect(bytes(file)).toEqual(harmed)
    },
  )
})

/** CPU seconds of a process so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

test.skipIf(process.platform !== 'linux')(
  'Bob’s store turns out damaged while he is here: nothing more is acknowledged, he is told, nothing spins; mended, all arrives once (fault M16)',
  { timeout: 40_000 },
  async () => {
    const file = homeLike('closed', 'bob')
    const bob = await here.up('bob')
    const alice = await here.up('alice')
    await alice.line('bob', came('closed'))
    await here.nigh(['contacts', 'add', 'closed', '--name', 'bob'])
    await here.nigh(['contacts', 'add', 'alice'], { as: 'bob' })
    expect((await here.nigh(['send', 'bob', 'before'])).code).toBe(0)

    const sound = readFileSync(file)
    overwrite(file, PAGE_BYTES, Buffer.alloc(sound.length - PAGE_BYTES, 0xee))
    const harmed = readFileSync(file)
    const looked = await here.nigh(['inbox', '--limit', '1000'], { as: 'bob' })
    expectRefusal(looked, { exit: 3, code: 'store-damaged', says: /nigh\.db is damaged.*restore a backup/ })
    const log = bytes(file)

    const began = cpuSeconds(bob.pid)
    for (const text of ['first', 'second']) {
      const owed = await here.nigh(['send', 'bob', text, '--wait', '1s'])
      expect(owed.code).toBe(4)
      expect(owed.lines().at(-1)).toMatchObject({ outcome: 'indeterminate', state: 'sent' })
    }
    const isDamage = (line: Line): boolean => line.event === 'warning' && line.code === 'store-damaged'
    const warning = await bob.line('the warning', isDamage)
    expect(warning.message).toMatch(/not acknowledged.*nigh\.db is damaged.*restore a backup/)
    for (const typed of [
      ['send', 'alice', 'hi'],
      ['status', '--note', 'busy'],
      ['contacts', 'rename', 'alice', 'al'],
    ])
      expectRefusal(await here.nigh(typed, { as: 'bob' }), {
        exit: 3,
        code: 'store-damaged',
        says: /nigh\.db is damaged.*restore a backup/,
      })
    await new Promise((resolve) => setTimeout(resolve, 6_000)) // longer than any retry
    expect(cpuSeconds(bob.pid) - began).toBeLessThan(1)
    expect(bob.lines.filter((line) => line.event === 'warning').length).toBeLessThanOrEqual(3)
    expect(bytes(file)).toEqual(log)
    // Who is here is still seen, in both directions.
    expect((await here.nigh(['who'])).lines()).toMatchObject([{ who: { name: 'bob' }, evidence: 'live' }])
    const lost = (line: Line): boolean => line.event === 'presence' && line.change === 'unknown'
    expect([...alice.lines, ...bob.lines].filter(lost)).toEqual([])

    bob.signal('SIGTERM')
    expect(await bob.exit).toBe(0)
    expect(readFileSync(file).equals(harmed)).toBe(true)
    expectRefusal(await here.nigh(['up'], { as: 'bob' }), {
      exit: 3,
      code: 'store-damaged',
      says: /nigh\.db is damaged/,
    })
    expect(bytes(file)).toEqual(log)

    overwrite(file, 0, sound)
    const again = await here.up('bob')
    await again.line('the second', (line) => line.event === 'message' && line.text === 'second')
    const inbox = (await here.nigh(['inbox', '--limit', '4'], { as: 'bob' })).lines()
    expect(inbox.map(({ text }) => text).slice(1)).toEqual(['before', 'first', 'second'])
  },
)
