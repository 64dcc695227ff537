/** What is written: nothing, too much, no text at all (2); and texts made to do harm, which arrive exactly and are shown harmless. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { came, type Line, type Running } from '../support/running.ts'
import { type Desk, desk, expectRefusal, isHarmless } from './desk.ts'

const KIB = 1024
const bytes = (...all: number[]): Uint8Array => Uint8Array.from(all)

let here: Desk
let alice: Running
let bob: Running
beforeAll(async () => {
  here = desk()
  alice = await here.up('alice')
  bob = await here.up('bob')
  await alice.line('bob', came('bob'))
  await bob.line('alice', came('alice'))
  await here.nigh(['contacts', 'add', 'alice'], { as: 'bob' })
  await here.nigh(['contacts', 'add', 'bob'])
})
afterAll(() => here[Symbol.asyncDispose]())

interface Row {
  words: string[]
  stdin?: string | Uint8Array
  code: string
  says: RegExp
}

const refused: Record<string, Row> = {
  'an empty text': { words: [''], code: 'empty-text', says: /no text to send.*nigh send/ },
  'a text of blanks': { words: [' \t  '], code: 'empty-text', says: /no text to send.*nigh send/ },
  'an empty stdin': { words: [], stdin: '', code: 'empty-text', says: /no text to send/ },
  'an empty stdin, asked for': { words: ['-'], stdin: '', code: 'empty-text', says: /no text to send/ },
  'a stdin of line ends': { words: [], stdin: '\n\r\n\n', code: 'empty-text', says: /no text to send/ },
  '64 KiB and a byte': {
    words: ['-'],
    stdin: 'a'.repeat(64 * KIB + 1),
    code: 'too-large',
    says: /64 KiB.*Shorten or split/,
  },
  '64 KiB and a byte as a word': { words: ['a'.repeat(64 * KIB + 1)], code: 'too-large', says: /64 KiB/ },
  '64 KiB in letters of two bytes': {
    words: [`${'é'.repeat(32 * KIB)}é`],
    code: 'too-large',
    says: /64 KiB/,
  },
  'stdin that never ends its text': {
    words: [],
    stdin: new Uint8Array(8 * KIB * KIB),
    code: 'too-large',
    says: /64 KiB/,
  },
  'no UTF-8': { words: [], stdin: bytes(0x68, 0xff, 0xfe), code: 'undecodable-text', says: /no UTF-8 text/ },
  'half a character at the end': {
    words: [],
    stdin: bytes(0x68, 0xe2, 0x82),
    code: 'undecodable-text',
    says: /no UTF-8/,
  },
  'a lone surrogate': {
    words: [],
    stdin: bytes(0xed, 0xa0, 0x80),
    code: 'undecodable-text',
    says: /no UTF-8/,
  },
  'an overlong encoding': { words: [], stdin: bytes(0xc0, 0xaf), code: 'undecodable-text', says: /no UTF-8/ },
}

describe('refused, and nothing is owed', () => {
  test.for(Object.entries(refused))('%s', async ([, { words, stdin, ...expected }]) => {
    const answered = await here.nigh(['send', 'bob', ...words], stdin === undefined ? {} : { stdin })
    expectRefusal(answered, { exit: 2, ...expected })
  })

  test.for(['reply', 'edit'])(
    'an empty text of nigh message %s, with an example of its own',
    async (what) => {
      const answered = await here.nigh(['message', what, '0190f2a1-7c3e-7abc-8def-0123456789ab', ' '])
      const says = new RegExp(`no text to send.*nigh message ${what} ID "`)
      expectRefusal(answered, { exit: 2, code: 'empty-text', says })
    },
  )
  afterAll(async () => {
    const owed = (await here.nigh(['outbox'])).lines()
    expect(owed.filter(({ text }) => text.trim() === '' || text.length > 64 * KIB)).toEqual([])
  })
})

describe('64 KiB pass', () => {
  test.for([
    ['of letters', 'a'.repeat(64 * KIB)],
    ['of letters of three bytes', `${'€'.repeat((64 * KIB) / 3)}a`],
    ['of what JSON writes sixfold', '\u0001'.repeat(64 * KIB)],
    ['with the line end of an editor', `${'a'.repeat(64 * KIB)}\n`],
  ] as const)('%s', async ([, text]) => {
    const sent = await here.nigh(['send', 'bob'], { stdin: text })
    expect(sent.lines().at(-1)).toMatchObject({ outcome: 'success', disposition: 'delivered' })
    expect(sent.code).toBe(0)
    const [kept] = (await here.nigh(['inbox', '--limit', '1'], { as: 'bob' })).lines()
    expect(kept?.text === text.replace(/\n$/, '')).toBe(true)
  })
})

test('bytes on the command line that are no UTF-8 become U+FFFD before Nigh sees them, and are said as such', async () => {
  const typed = here
    .shellWords(['send', 'bob', '@', '--as', 'alice', '--json'])
    .replace("'@'", `"$(printf 'x\\355\\240\\200')"`)
  const sent = await here.nigh([], { through: ['sh', '-c', `${typed} #`] })
  expect(sent.code).toBe(0)
  const [kept] = (await here.nigh(['inbox', '--limit', '1'], { as: 'bob' })).lines()
  expect(kept?.text).toMatch(/^x\ufffd+$/)
})

/** What a stranger may want of my terminal, each with the words that must be left of it. */
const HARMFUL: Record<string, string> = {
  'clears the screen': '\u001b[2J\u001b[Hcleared',
  'writes my clipboard': '\u001b]52;c;cm0gLXJmIH4=\u0007clipboard',
  'links elsewhere': '\u001b]8;;https://evil.example\u001b\\bank\u001b]8;;\u001b\\link',
  'does so in eight bits': '\u009b2J\u009d52;c;AAAA\u009ceightbits',
  'makes me answer': '\u001b[c\u001b[6n\u0005answer',
  'hides its beginning': 'hidden\b\b\b\b\b\b\u007fshown',
  'overwrites the line': 'transfer\r12:00 bob: overwritten',
  'turns the text around': '\u202egpj.\u2066exe\u2069\u202c\u200fturned',
  'poses as another message': 'line\n12:34 carol: posing\u2028separator\u2029paragraph',
  'has a NUL in it': 'before\u0000after',
}

describe('a text that', () => {
  test.for(Object.entries(HARMFUL))('%s arrives exactly, and is shown harmless', async ([, text]) => {
    const got = bob.next('the message', (line: Line) => line.event === 'message' && line.text === text)
    const sent = await here.nigh(['send', 'bob', '-'], { stdin: text })
    expect(sent.code).toBe(0)
    await got
    const [kept] = (await here.nigh(['inbox', '--limit', '1'], { as: 'bob' })).lines()
    expect(kept?.text).toBe(text)
    const words = /\w+$/.exec(text)?.[0] ?? ''
    const views = [
      await here.nigh(['inbox', '--limit', '1'], { as: 'bob', plain: true }),
      await here.nigh(['outbox', '--limit', '1'], { plain: true }),
      await here.nigh(['inbox', '--with', 'bob', '--limit', '1'], { plain: true }),
    ]
    for (const { stdout } of views) {
      expect(stdout).toContain(words)
      expect(isHarmless(stdout), JSON.stringify(stdout)).toBe(true)
      // Only the first line may begin as a message does.
      for (const line of stdout.trimEnd().split('\n').slice(1)) expect(line).toMatch(/^ {6}\| /)
    }
    // JSON for programs is exact once read, and harmless while it is not.
    const { stdout } = await here.nigh(['inbox', '--limit', '1'], { as: 'bob' })
    expect(isHarmless(stdout)).toBe(true)
  })
})

test('nor does it harm whoever watches `up`, lists requests, or reads a status', async () => {
  const all = Object.values(HARMFUL).join('\n')
  const carol = here.spawn(['up'], { as: 'carol', plain: true })
  let seen = ''
  carol.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
  })
  await alice.line('carol', came('carol'))
  await expect.poll(() => seen).toContain('alice came')
  expect((await here.nigh(['send', 'carol', '-'], { stdin: HARMFUL['clears the screen'] ?? '' })).code).toBe(
    0,
  )
  await expect.poll(() => seen).toContain('1 request')
  const requests = await here.nigh(['requests'], { as: 'carol', plain: true })
  expect(requests.stdout).toContain('cleared')
  expect(isHarmless(requests.stdout + requests.stderr)).toBe(true)

  await here.nigh(['accept', 'alice', '--contact'], { as: 'carol' })
  await here.nigh(['contacts', 'add', 'carol'])
  await expect.poll(async () => (await here.nigh(['send', 'carol', '-'], { stdin: all })).code).toBe(0)
  await here.nigh(['status', '--note', `${HARMFUL['turns the text around']}\u001b[2Jnoted`])
  await expect.poll(() => seen).toContain('noted')
  await expect.poll(() => seen).toContain('separator')
  expect(isHarmless(seen), JSON.stringify(seen)).toBe(true)
  const who = await here.nigh(['who'], { as: 'carol', plain: true })
  expect(who.stdout).toContain('noted')
  expect(isHarmless(who.stdout)).toBe(true)

  // A name is what others call me everywhere: what would do harm is not in it at all.
  const named = await here.nigh(['me', '--name', '\u001b]0;x\u0007mal\u202elory'])
  expect(named.lines()[0]?.name).toBe(']0;xmallory')
  const nameless = await here.nigh(['me', '--name', '\u202e\u200b'])
  expectRefusal(nameless, { exit: 2, code: 'usage', says: /at least one character that can be seen/ })
  expect((await here.nigh(['whoami'])).lines()[0]?.name).toBe(']0;xmallory')
}, 30_000)
