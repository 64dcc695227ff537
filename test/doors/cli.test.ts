/** What is typed, what the Agent is asked, what is printed, and the exit code: the command contract. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent, Cause, Diagnosis, Outcome } from '../../src/agent.ts'
import { exitCodeOf, exitCodeOfOutcome } from '../../src/doors/cli/exit-code.ts'
import type { PeerOptions } from '../../src/doors/cli/surroundings.ts'
import { connectAgent } from '../../src/doors/rpc/connect-agent.ts'
import { type ErrorCode, NighError } from '../../src/errors.ts'
import {
  ALICE,
  ALICE_ID,
  AT,
  BOB,
  BOB_ID,
  DELIVERY_RULES,
  DIAGNOSIS,
  EXPLANATION,
  type FakeAgent,
  fakeAgent,
  MESSAGE,
  MESSAGE_ID,
  OUTCOME,
  REQUEST,
  SECRET,
  SIGHTING,
} from '../support/fake-agent.ts'
import { type Grounds, nigh, startNigh } from '../support/fake-surroundings.ts'

const NOW = '2026-11-22T12:00:00.000Z'
const PERSON = {
  peerId: BOB_ID,
  name: 'bob',
  petname: 'bob',
  address: BOB.address,
  relation: 'contact',
  verified: false,
}

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'nigh-cli-'))
  await writeFile(join(home, 'secret'), SECRET)
})
afterEach(() => rm(home, { recursive: true, force: true }))

describe('what is typed reaches the Agent', () => {
  const id = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  const table: [argv: string[], method: string, argument: unknown][] = [
    [['whoami'], 'whoami', undefined],
    [['me', '--name', 'Ada'], 'me', { name: 'Ada' }],
    [['me', '--display-receipts', 'on'], 'me', { displayReceipts: true }],
    [
      ['me', '--display-receipts', 'off', '--composing', 'on', '--name', 'Ada'],
      'me',
      { name: 'Ada', displayReceipts: false, composing: true },
    ],
    [['me', '--bell', 'off', '--notify', 'text'], 'me', { bell: false, notify: 'text' }],
    [['me', '--away-after', '10m'], 'me', { awayAfterMs: 600_000 }],
    [['me', '--away-after', 'never'], 'me', { awayAfterMs: null }],
    [['me', '--keep', '30d'], 'retention', { keepMs: 30 * 86_400_000 }],
    [['me', '--keep', 'forever'], 'retention', { keepMs: null }],
    [['message', 'delete', MESSAGE_ID], 'deleteMessages', { ids: [MESSAGE_ID] }],
    [['message', 'read', MESSAGE_ID], 'markRead', { ids: [MESSAGE_ID] }],
    [['message', 'read', MESSAGE_ID, 'x'], 'markRead', { ids: [MESSAGE_ID, 'x'] }],
    [['who'], 'who', { waitMs: 0 }],
    [['who', '--wait', '3s'], 'who', { waitMs: 3000 }],
    [['--wait', '3s', 'who'], 'who', { waitMs: 3000 }],
    [['--wait', '9s', 'who', '--wait', '1m'], 'who', { waitMs: 60_000 }],
    [['status'], 'status', undefined],
    [['status', 'closed'], 'status', { basic: 'closed' }],
    [
      [
        'status',
        'open',
        '--activity',
        'meeting',
        '--activity',
        'phone',
        '--note',
        'x',
        '--until',
        '1h',
        '--clear',
      ],
      'status',
      {
        basic: 'open',
        activities: ['meeting', 'phone'],
        note: 'x',
        until: '2026-11-22T13:00:00.000Z',
        clear: true,
      },
    ],
    [['status', '--note', ''], 'status', { note: null }],
    [['status', '--elide', 'on'], 'status', { elision: true }],
    [['status', 'closed', '--elide', 'off'], 'status', { basic: 'closed', elision: false }],
    [['status', '--remove-tuple', 'phone'], 'withdrawTuple', { id: 'phone' }],
    [
      [
        'status',
        '--tuple',
        'phone',
        '--address',
        'tel:+43123456',
        '--clear',
        '--priority',
        '0.8',
        '--until',
        '1h',
      ],
      'publishTuple',
      {
        id: 'phone',
        status: {},
        address: 'tel:+43123456',
        until: '2026-11-22T13:00:00.000Z',
        priority: 0.8,
      },
    ],
    [['status', '--activity', ''], 'status', { activities: [] }],
    [['send', 'bob', 'hi'], 'send', { id, to: 'bob', text: 'hi', waitMs: 5000 }],
    [['send', 'bob', '007'], 'send', { id, to: 'bob', text: '007', waitMs: 5000 }],
    [['send', 'bob', '--', '-5'], 'send', { id, to: 'bob', text: '-5', waitMs: 5000 }],
    [
      ['send', 'bob', 'hi', '--expire', '2d', '--until-open', '--wait', '0s', '--no-start'],
      'send',
      { id, to: 'bob', text: 'hi', waitMs: 0, expireMs: 172_800_000, untilOpen: true },
    ],
    [['inbox'], 'inbox', {}],
    [
      ['inbox', '--with', 'bob', '--unread', '--limit', '5', '--before', MESSAGE_ID, '--mark-read'],
      'inbox',
      { with: 'bob', unread: true, limit: 5, before: MESSAGE_ID, markRead: true },
    ],
    [['outbox', '--limit', '2'], 'outbox', { limit: 2 }],
    [['search', 'coffee', 'at', 'nine'], 'search', { words: 'coffee at nine' }],
    [
      ['search', 'coffee', '--with', 'bob', '--limit', '5', '--before', MESSAGE_ID],
      'search',
      { words: 'coffee', with: 'bob', limit: 5, before: MESSAGE_ID },
    ],
    [['requests'], 'requests', undefined],
    [['accept'], 'requests', undefined],
    [['accept', 'bob'], 'accept', { who: 'bob' }],
    [['accept', 'bob', '--contact'], 'accept', { who: 'bob', contact: true }],
    [['accept', 'bob', '--contact', 'Bob'], 'accept', { who: 'bob', contact: true, name: 'Bob' }],
    [['refuse'], 'requests', undefined],
    [['refuse', 'bob'], 'refuse', { who: 'bob' }],
    [['fetch', 'bob'], 'fetch', { who: 'bob', waitMs: 5000 }],
    [['watch', 'bob', '--cancel'], 'unwatch', { who: 'bob', waitMs: 5000 }],
    [['subscriptions'], 'subscriptions', undefined],
    [['watchers'], 'watchers', undefined],
    [['rules', 'visibility'], 'visibilityRules', undefined],
    [['rules', 'watchers-visible'], 'watchersVisible', undefined],
    [['rules', 'watchers-visible', 'contacts'], 'watchersVisible', { to: 'contacts' }],
    [['contacts'], 'contacts', undefined],
    [['contacts', 'list'], 'contacts', undefined],
    [['contacts', 'add', 'bob'], 'addContact', { who: 'bob', waitMs: 5000 }],
    [
      ['contacts', 'add', 'bob', '--name', 'Bob', '--group', 'a', '--group', 'b'],
      'addContact',
      { who: 'bob', waitMs: 5000, name: 'Bob', groups: ['a', 'b'] },
    ],
    [['contacts', 'rename', 'bob', 'Robert'], 'renameContact', { who: 'bob', name: 'Robert' }],
    [['contacts', 'group', 'bob', 'a', 'b'], 'groupContact', { who: 'bob', groups: ['a', 'b'] }],
    [['contacts', 'group', 'bob'], 'groupContact', { who: 'bob', groups: [] }],
    [['contacts', 'remove', 'bob'], 'removeContact', { who: 'bob' }],
    [['rules'], 'rules', undefined],
    [['rules', 'preset'], 'rules', undefined],
    [['rules', 'preset', 'office'], 'rules', { preset: 'office' }],
    [['rules', 'delivery'], 'deliveryRules', undefined],
    [['rules', 'explain', 'bob'], 'explain', { who: 'bob' }],
    [['rules', 'explain', 'bob', '--inbox', 'oncall'], 'explain', { who: 'bob', inbox: 'oncall' }],
    [['doctor'], 'diagnose', { waitMs: 5000 }],
    [['doctor', 'bob', '--wait', '1s'], 'diagnose', { who: 'bob', waitMs: 1000 }],
    [['down'], 'close', undefined],
  ]
  test.each(table)('nigh %j', async (argv, method, argument) => {
    for (const json of [[], ['--json']]) {
      const running = fakeAgent()
      const ran = await nigh([...json, ...argv], { running })
      expect(ran.err).not.toContain('nigh: ')
      expect(ran.code).toBe(0)
      expect(running.calls[0]).toEqual([method, argument])
      if (json.length > 0)
        for (const line of ran.lines())
          expect(line).toMatchObject({
            event: expect.any(String),
            at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          })
      else expect(ran.out).not.toBe('')
    }
  })
})

describe('usage is exit code 2, with a sentence', () => {
  const table: [argv: string[], says: RegExp, grounds?: Grounds][] = [
    [['snd', 'bob', 'hi'], /Did you mean: nigh send/],
    [['snd', 'bob', '--expire', '5m'], /Did you mean: nigh send/],
    [['contacts', 'ad', 'bob'], /Did you mean: nigh contacts add/],
    [['rules', 'presett'], /Did you mean: nigh rules preset/],
    [['rules', 'delivery', 'sett'], /Did you mean: nigh rules delivery set/],
    [['rules', 'delivery', 'set'], /missing required argument/i],
    [['rules', 'delivery', 'set', 'file'], /not one of these: -/],
    [['rules', 'delivery', 'set', '-'], /^(nigh: )?Line 1, column 1: this is no JSON/, { stdin: 'x' }],
    [
      ['rules', 'delivery', 'set', '-'],
      /Line 3, column 13: .*Expected ',' or ']'/,
      { stdin: '{\n "inboxes":\n  { "a": [1 2] }\n}' },
    ],
    [
      ['rules', 'delivery', 'set', '-'],
      /Line 2, column 10: .*Unexpected token 'h'/,
      { stdin: '[\n{"then": hold}\n]' },
    ],
    [['rules', 'delivery', 'set', '-'], /Line 1, column 1: this is no JSON. Unexpected end/, { stdin: '' }],
    [['rules', 'delivery', 'set', '-'], /Line 2, column 10: /, { stdin: '{\n "abc": "d' }],
    [['rules', 'delivery', 'set', '-'], /rules are an object/, { stdin: '[]' }],
    [['rules', 'delivery', 'set', '-'], /128 KiB/, { stdin: ' '.repeat(140_000) }],
    [['rules', 'explain'], /missing required argument/i],
    [['help', 'snd'], /Did you mean: nigh send/],
    [['--nonsense'], /no option --nonsense/],
    [['who', '--nonsense'], /unknown option/i],
    [['who', 'bob'], /too many arguments/i],
    [['send', 'bob', 'hello', 'there'], /quotes/],
    [['send'], /missing required argument/i],
    [['send', 'bob', ''], /no text/],
    [['send', '', 'hi'], /to whom/],
    [['send', 'bob', 'x'.repeat(65_537)], /64 KiB/],
    [['send', 'bob', 'é'.repeat(32_769)], /64 KiB/],
    [['send', 'bob', 'hi', '--expire', 'soon'], /no duration/],
    [['send', 'bob'], /no text/, { stdin: '\n' }],
    [['send', 'bob', '-'], /no UTF-8/, { stdin: Uint8Array.of(0x68, 0xff) }],
    [['send', 'bob', '-'], /64 KiB/, { stdin: 'x'.repeat(70_000) }],
    [['who', '--wait', '5'], /no duration/],
    [['status', 'away'], /open, closed/],
    [['status', '--until', 'later'], /no time/],
    [['status', '--address', 'tel:1'], /--tuple phone --address/],
    [['status', '--tuple', 'a', '--remove-tuple', 'a'], /same one/],
    [['status', '--tuple', 'a', '--priority', '7'], /0 to 1/],
    [['status', '--elide', 'maybe'], /on, off/],
    [['status', '--until', '2020-01-01T00:00:00Z'], /passed/],
    [['up', '--port', '70000'], /65535/],
    [['inbox', '--limit', '0'], /whole number/],
    [['inbox', '--follow', '--before', MESSAGE_ID], /do not go together/],
    [['rules', 'preset', 'open'], /default, office/],
    [['whoami', '--as', 'Alice!'], /profile/],
    [['whoami', '--as', 'a'.repeat(33)], /profile/],
    [['whoami', '--home', ''], /folder/],
    [['whoami', '--mesh', ''], /mesh/i],
    [['me'], /--name/],
    [['me', '--display-receipts', 'yes'], /on, off/],
    [['me', '--composing'], /composing/],
    [['me', '--keep', 'soon'], /duration/],
    [['message', 'delete'], /id/],
    [['message'], /nigh message read ID/],
    [['message', 'read'], /id/],
    [['message', 'react', MESSAGE_ID], /react ID 👍/],
    [['message', 'react', MESSAGE_ID, '👍', '--remove'], /--remove/],
    [['message', 'edit', MESSAGE_ID, ' '], /text/],
    [['message', 'reed', MESSAGE_ID], /Did you mean: nigh message read/],
  ]
  test.each(table)('nigh %j', async (argv, says, grounds) => {
    const running = fakeAgent()
    const plain = await nigh(argv, { ...grounds, running })
    expect(plain.code).toBe(2)
    expect(plain.err).toMatch(says)
    expect(plain.out).toBe('')
    const json = await nigh(['--json', ...argv], { ...grounds, running })
    expect(json.lines()).toEqual([
      { event: 'error', at: NOW, code: expect.any(String), message: expect.stringMatching(says) },
    ])
    expect(running.calls).toEqual([])
  })
})

test.each([
  ['stdin is the text when none is given', ['send', 'bob'], 'two\nlines\n', 'two\nlines'],
  ['or with -', ['send', 'bob', '-'], 'grüße', 'grüße'],
  [
    'exactly 64 KiB and the line end of echo',
    ['send', 'bob', '-'],
    `${'x'.repeat(65_536)}\n`,
    'x'.repeat(65_536),
  ],
])('%s', async (_, argv, stdin, text) => {
  const running = fakeAgent()
  expect((await nigh(argv, { running, stdin })).code).toBe(0)
  expect(running.calls[0]?.[1]).toMatchObject({ text })
})

describe('help', () => {
  const names = [
    'up',
    'down',
    'whoami',
    'me',
    'who',
    'status',
    'send',
    'inbox',
    'message',
    'outbox',
    'search',
    'requests',
    'accept',
    'refuse',
    'contacts',
    'allow',
    'block',
    'polite-block',
    'hide',
    'unblock',
    'rules',
    'doctor',
  ]
  test.each([
    [['--help']],
    ...names.map((name) => [[name, '--help']]),
    ...['list', 'add', 'rename', 'remove'].map((name) => [['contacts', name, '--help']]),
    [['rules', 'preset', '--help']],
    ...['reply', 'react', 'edit', 'read', 'delete'].map((name) => [['message', name, '--help']]),
    ...['access', 'delivery', 'explain'].map((name) => [['rules', name, '--help']]),
    ...['set', 'edit'].flatMap((name) => [
      [['rules', 'delivery', name, '--help']],
      [['rules', 'access', name, '--help']],
    ]),
  ])('nigh %j has two examples that are understood', async (argv) => {
    const { code, out, err } = await nigh(argv)
    expect([code, err]).toEqual([0, ''])
    const examples = (out.split('Examples:\n')[1] ?? '')
      .trim()
      .split('\n')
      .map((line) => line.trim())
    expect(examples).toHaveLength(2)
    for (const example of examples) {
      const call = (example.split('| ').at(-1) ?? '')
        .replace(/^(?:\w+="[^"]*" )?nigh ?/, '')
        .replace(/ <.*/, '')
      const words = [...call.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
      // Followers run until interrupted, and `up` needs a home: that they are understood is enough.
      const follows = words.length === 0 || words[0] === 'up' || words.includes('--follow')
      const ran = await nigh(follows ? [...words, '--help'] : words, {
        running: fakeAgent(),
        stdin: words.includes('set') ? '{"inboxes": {}}' : 'x',
      })
      expect([example, ran.code, ran.err.includes('nigh: ')]).toEqual([example, 0, false])
    }
  })

  test('--version says it', async () => {
    expect(await nigh(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
    // Beside other options, too: it must not start a peer.
    expect((await nigh(['--as', 'alice', '-V'])).out).toBe((await nigh(['--version'])).out)
  })

  test('names every command', async () => {
    const { out } = await nigh(['--help'])
    for (const name of names) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  })
})

describe('exit codes', () => {
  const outcomes: [code: number, outcome: Partial<Outcome>][] = [
    [0, { outcome: 'success', state: 'settled', disposition: 'delivered' }],
    [0, { outcome: 'success', state: 'settled', disposition: 'held' }],
    [3, { outcome: 'failure', state: 'settled', reason: 'closed' }],
    [3, { outcome: 'failure', state: 'settled', reason: 'refused' }],
    [3, { outcome: 'failure', state: 'settled', reason: 'rate-limited' }],
    [4, { outcome: 'failure', state: 'settled', reason: 'unreachable' }],
    [4, { outcome: 'failure', state: 'settled', reason: 'expired' }],
    [2, { outcome: 'failure', state: 'settled', reason: 'too-large' }],
    [4, { outcome: 'indeterminate', state: 'owed' }],
    [4, { outcome: 'indeterminate', state: 'owed', waits: 'acceptance' }],
    [4, { outcome: 'indeterminate', state: 'sent' }],
    [4, { outcome: 'indeterminate', state: 'settled' }],
  ]
  test.each(outcomes)('%i for send that ends in %j', async (code, outcome) => {
    const { disposition: _, ...rest } = OUTCOME
    const whole: Outcome = { ...rest, ...outcome }
    expect(exitCodeOfOutcome(whole)).toBe(code)
    const running = fakeAgent({ send: async () => whole })
    const ran = await nigh(['send', 'bob', 'hi'], { running })
    expect(ran.code).toBe(code)
    expect(ran.out).toMatch(/^\S.*\.\n$/)
    const json = await nigh(['send', 'bob', 'hi', '--json'], { running })
    expect(json.lines()).toEqual([{ event: 'outcome', ...whole }])
  })

  const recalls: [code: number, outcome: Partial<Outcome>][] = [
    [0, { outcome: 'failure', state: 'settled', reason: 'recalled' }],
    [0, { outcome: 'failure', state: 'settled', reason: 'expired' }],
    [3, { outcome: 'success', state: 'settled', disposition: 'held' }],
    [4, { outcome: 'indeterminate', state: 'sent' }],
  ]
  test.each(recalls)('%i for recall that ends in %j', async (code, outcome) => {
    const { disposition: _, ...rest } = OUTCOME
    const whole: Outcome = { ...rest, ...outcome }
    const running = fakeAgent({ recall: async () => whole })
    const ran = await nigh(['recall', MESSAGE_ID], { running })
    expect(ran).toMatchObject({ code, out: expect.stringMatching(/^\S.*\.\n$/) })
    expect(running.calls[0]).toEqual(['recall', { id: MESSAGE_ID, waitMs: 5000 }])
    const json = await nigh(['recall', MESSAGE_ID, '--json'], { running })
    expect(json.lines()).toEqual([{ event: 'outcome', ...whole }])
  })

  const failures: [code: number, ErrorCode][] = [
    [1, 'unexpected'],
    [2, 'usage'],
    [2, 'own-address'],
    [3, 'blocked'],
    [3, 'home-in-use'],
    [3, 'store-newer'],
    [3, 'port-taken'],
    [4, 'unreachable'],
    [5, 'who-unknown'],
    [5, 'who-ambiguous'],
    [6, 'no-home'],
    [6, 'no-peer'],
  ]
  test.each(failures)('%i for %s', async (code, failure) => {
    expect(exitCodeOf(failure)).toBe(code)
    const running = fakeAgent({
      outbox: async () => {
        throw new NighError(failure, 'It did not work.')
      },
    })
    expect(await nigh(['outbox'], { running })).toMatchObject({
      code,
      out: '',
      err: 'nigh: It did not work.\n',
    })
  })

  test('an ambiguous WHO lists its choices', async () => {
    const choices = ['bob …1234', 'bob \u202e…5678']
    const running = fakeAgent({
      send: async () => {
        throw new NighError('who-ambiguous', 'Two people are called bob.', { choices })
      },
    })
    const plain = await nigh(['send', 'bob', 'hi'], { running })
    expect(plain.err).toBe('nigh: Two people are called bob.\n  bob …1234\n  bob \\u{202e}…5678\n')
    const json = await nigh(['send', 'bob', 'hi', '--json'], { running })
    expect(json.lines()).toEqual([
      { event: 'error', at: NOW, code: 'who-ambiguous', message: 'Two people are called bob.', choices },
    ])
  })

  test('Ctrl-C in send gives up waiting: 4', async () => {
    const running = fakeAgent({
      send: (_, options) =>
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () =>
            reject(new NighError('aborted', 'Given up: it stays owed.')),
          )
        }),
    })
    const sending = startNigh(['send', 'bob', 'hi'], { running })
    await expect.poll(() => running.calls.length).toBe(1)
    sending.interrupt()
    expect(await sending.done).toBe(4)
  })
})

describe('without a running peer', () => {
  test.each([[['who']], [['send', 'bob', 'hi']]])(
    'nigh %j with --no-start ends with 6 and names what to start',
    async (argv) => {
      const ran = await nigh([...argv, '--no-start', '--home', home])
      expect(ran.code).toBe(6)
      expect(ran.err).toContain(`nigh up --home ${home}`)
    },
  )

  test.each([[['who']], [['send', 'bob', 'hi']]])(
    'nigh %j borrows a peer, behind a door of its own, and lets go of both',
    async (argv) => {
      const agent = fakeAgent()
      const opened: object[] = []
      const ran = await nigh([...argv, '--home', home], {
        open: async (options) => {
          opened.push(options)
          return agent
        },
      })
      expect(ran.code).toBe(0)
      expect(opened).toEqual([
        expect.objectContaining({ home, create: false, network: true, visiting: true }),
      ])
      expect(agent.closed).toBe(true)
      await expect(stat(join(home, 'socket'))).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )

  test('who waits 2 s on a borrowed peer', async () => {
    const agent = fakeAgent()
    await nigh(['who', '--home', home], { open: async () => agent })
    expect(agent.calls[0]).toEqual(['who', { waitMs: 2000 }])
  })

  test('a door that cannot be opened leaves no peer behind', async () => {
    const agent = Object.assign(fakeAgent(), { secret: new Uint8Array(5) })
    expect((await nigh(['who', '--home', home], { open: async () => agent })).code).toBe(3)
    expect(agent.closed).toBe(true)
  })

  test('a command that comes in meanwhile is served to its end', async () => {
    let answerFirst = () => {}
    let answerSecond = () => {}
    const agent = fakeAgent({
      who: (query) =>
        new Promise((resolve) => {
          if (query?.waitMs === 1000) answerFirst = () => resolve([])
          else answerSecond = () => resolve([SIGHTING])
        }),
    })
    const first = startNigh(['who', '--wait', '1s', '--home', home], { open: async () => agent })
    await expect.poll(() => agent.calls.length).toBe(1)
    const second = startNigh(['who', '--wait', '9s', '--home', home], {
      open: async () => {
        throw new Error('one peer is enough')
      },
    })
    await expect.poll(() => agent.calls.length).toBe(2)
    answerFirst()
    await expect.poll(() => first.err).toContain('Nobody is here')
    expect(agent.closed).toBe(false)
    answerSecond()
    expect(await Promise.all([first.done, second.done])).toEqual([0, 0])
    expect(second.out).toContain('bob')
    expect(agent.closed).toBe(true)
  })

  test('up takes the home over, and the command goes on with it: one message, asked for twice by one id', async () => {
    const borrowed = fakeAgent({ send: () => new Promise(() => {}) })
    const own = fakeAgent()
    const sending = startNigh(['send', 'bob', 'hi', '--home', home], { open: async () => borrowed })
    await expect.poll(() => borrowed.calls.length).toBe(1)
    const up = startNigh(['up', '--home', home, '--json'], {
      open: async () => {
        if (!borrowed.closed) throw new NighError('home-in-use', 'Held.')
        return own
      },
    })
    expect(await sending.done).toBe(0)
    const [asked, again] = [borrowed, own].map(({ calls }) => calls.find(([name]) => name === 'send')?.[1])
    expect(asked).toMatchObject({ id: expect.any(String), to: 'bob', text: 'hi' })
    expect(again).toEqual(asked)
    expect(up.lines()[0]).toMatchObject({ event: 'online' })
    up.interrupt()
    expect(await up.done).toBe(0)
  })

  test.each([
    [['status']],
    [['contacts']],
    [['rules']],
    [['rules', 'delivery']],
    [['rules', 'explain', 'bob']],
    [['accept', 'bob']],
    [['refuse', 'bob']],
    [['requests']],
    [['inbox']],
    [['outbox']],
    [['search', 'coffee']],
    [['me', '--name', 'Ada']],
    [['me', '--display-receipts', 'on']],
    [['message', 'read', MESSAGE_ID]],
    [['watchers']],
    [['subscriptions']],
    [['watch', 'bob', '--cancel']],
  ])('nigh %j acts on the store, and lets go of it', async (argv) => {
    const agent = fakeAgent()
    const opened: object[] = []
    const ran = await nigh([...argv, '--home', home], {
      open: async (options) => {
        opened.push(options)
        return agent
      },
    })
    expect(ran.code).toBe(0)
    expect(opened).toEqual([expect.objectContaining({ home, create: false, network: false })])
    expect(agent.closed).toBe(true)
  })

  test.each([
    [['status']],
    [['who']],
    [['send', 'bob', 'hi']],
    [['inbox', '--follow']],
    [['down']],
    [['contacts', 'add', 'bob']],
  ])('nigh %j makes no home: a typo must not mint an identity', async (argv) => {
    const ran = await nigh([...argv, '--as', 'alcie', '--json'], { data: home })
    expect(ran.code).toBe(6)
    expect(ran.lines()).toMatchObject([{ event: 'error', code: 'no-home' }])
    expect(ran.err).toContain('nigh up --as alcie')
  })

  test('nigh whoami makes one, named after the profile, without a network', async () => {
    const opened: object[] = []
    const open = async (options: object) => {
      opened.push(options)
      return fakeAgent()
    }
    await nigh(['whoami', '--as', 'bob', '--mesh', 'lab', '--interface', 'lo', '--interface', 'eth9'], {
      open,
      data: home,
    })
    await nigh(['whoami', '--home', home, '--as', 'carol'], {
      open,
      env: { NIGH_MESH: 'm', NIGH_INTERFACE: 'lo,br0' },
    })
    await nigh(['whoami'], { open, data: home })
    const common = { create: true, network: false }
    expect(opened).toEqual([
      { ...common, home: join(home, 'homes/bob'), name: 'bob', mesh: 'lab', interfaces: ['lo', 'eth9'] },
      { ...common, home, name: 'carol', mesh: 'm', interfaces: ['lo', 'br0'] },
      { ...common, home: join(home, 'homes/default'), name: 'ada' },
    ])
  })

  test('adding a contact that only the network knows starts one', async () => {
    const unknown = async () => {
      throw new NighError('who-unknown', 'Nobody is called zoe.')
    }
    const opened: (boolean | undefined)[] = []
    const open: Grounds['open'] = async ({ network }) => {
      opened.push(network)
      return fakeAgent(network ? {} : { addContact: unknown })
    }
    expect((await nigh(['contacts', 'add', 'zoe', '--home', home], { open })).code).toBe(0)
    expect(opened).toEqual([false, true])
    const forbidden = await nigh(['contacts', 'add', 'zoe', '--no-start', '--home', home], { open })
    expect(forbidden).toMatchObject({ code: 6, err: expect.stringContaining('nigh up') })
    const control = await nigh(['contacts', 'add', 'zoe'], { running: fakeAgent({ addContact: unknown }) })
    expect(control.code).toBe(5)
  })

  test('a home that another command holds is waited for', async () => {
    let tries = 0
    const ran = await nigh(['outbox', '--home', home], {
      open: async () => {
        tries += 1
        if (tries < 3) throw new NighError('home-in-use', 'Held.')
        return fakeAgent()
      },
    })
    expect([ran.code, tries]).toEqual([0, 3])
  })

  test('down is done', async () => {
    expect(await nigh(['down', '--home', home])).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('No Nigh is running'),
    })
  })
})

describe('JSON lines', () => {
  const self = {
    peerId: ALICE_ID,
    name: 'alice',
    address: `pres:${ALICE_ID}`,
    relation: 'near',
    verified: true,
  }
  const table: [argv: string[], lines: object[]][] = [
    [
      ['who'],
      [
        {
          event: 'person',
          at: NOW,
          who: PERSON,
          presence: SIGHTING.presence,
          evidence: 'live',
          seenAt: AT,
          ageMs: 40,
        },
      ],
    ],
    [['inbox'], [{ event: 'message', ...MESSAGE }]],
    [['outbox'], [{ event: 'outcome', ...OUTCOME }]],
    [['requests'], [{ event: 'request', who: PERSON, kind: 'message', text: 'may I?', at: AT }]],
    [['status'], [{ event: 'status', at: NOW, basic: 'open', activities: [] }]],
    [
      ['whoami'],
      [expect.objectContaining({ event: 'self', at: NOW, who: self, safetyWords: expect.any(String) })],
    ],
    [['contacts'], [{ event: 'contact', at: NOW, who: PERSON, groups: ['work'], addedAt: AT }]],
    [
      ['contacts', 'add', 'bob'],
      [
        {
          event: 'contact',
          at: NOW,
          change: 'added',
          who: PERSON,
          opens: 'contacts',
          accepted: { messages: 1, subscription: true },
        },
      ],
    ],
    [
      ['accept', 'bob'],
      [
        {
          event: 'answer',
          at: NOW,
          answer: 'accept',
          who: PERSON,
          messages: 1,
          subscription: true,
          contact: false,
        },
      ],
    ],
    [['rules'], [{ event: 'rule', at: NOW, preset: 'default', effect: expect.any(Array) }]],
    [['rules', 'delivery'], [{ event: 'rule', at: NOW, inboxes: DELIVERY_RULES.inboxes }]],
    [['rules', 'explain', 'bob'], [{ event: 'rule', at: NOW, ...EXPLANATION }]],
    [['doctor', 'bob'], [{ event: 'diagnosis', at: NOW, ...DIAGNOSIS }]],
    [['down'], [{ event: 'offline', at: NOW }]],
  ]
  test.each(table)('nigh %j', async (argv, lines) => {
    expect((await nigh([...argv, '--json'], { running: fakeAgent() })).lines()).toEqual(lines)
  })

  test.each([
    ['who', { who: async () => [] }],
    ['inbox', { inbox: async () => [] }],
    ['outbox', { outbox: async () => [] }],
    ['requests', { requests: async () => [] }],
    ['contacts', { contacts: async () => [] }],
  ] as [string, Partial<Agent>][])(
    'an empty %s prints nothing, and says something to people',
    async (name, answers) => {
      const running = fakeAgent(answers)
      expect(await nigh([name, '--json'], { running })).toMatchObject({ code: 0, out: '', err: '' })
      const plain = await nigh([name], { running })
      expect(plain).toMatchObject({ code: 0, out: '' })
      expect(plain.err).not.toBe('')
    },
  )
})

describe('people', () => {
  const local = (at: string) => new Date(at).toTimeString().slice(0, 5)

  test('who: one row per person, age and evidence in words, two of one name told apart', async () => {
    const other = { ...BOB, peerId: `${BOB_ID.slice(0, -4)}WXYZ` as typeof BOB_ID, relation: 'near' as const }
    const { presence: _, seenAt: __, ageMs: ___, ...nothing } = SIGHTING
    const running = fakeAgent({
      who: async () => [
        SIGHTING,
        { ...SIGHTING, who: other, evidence: 'heard', ageMs: 12_000 },
        { ...nothing, who: ALICE, evidence: 'unknown' },
        { ...SIGHTING, who: { ...ALICE, name: 'carol' }, evidence: 'unknown' },
        { ...SIGHTING, who: { ...ALICE, name: 'dave' }, evidence: 'gone' },
      ],
    })
    const { out } = await nigh(['who'], { running, now: AT })
    const rows = out
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {2,}/))
    expect(rows).toEqual([
      ['NAME', 'PRESENCE', 'SEEN', 'RELATION'],
      [`bob (…${BOB_ID.slice(-8)})`, 'open (meeting)', 'now', 'contact'],
      [`bob (…${other.peerId.slice(-8)})`, 'open (meeting)', '12 s ago', 'near'],
      ['alice', '-', 'not seen yet', 'contact, verified'],
      ['carol', 'open (meeting)', `unknown since ${local(AT)}`, 'contact, verified'],
      ['dave', 'open (meeting)', `gone since ${local(AT)}`, 'contact, verified'],
    ])
  })

  test('a text cannot pose as another message, nor move the cursor', async () => {
    const text = 'hi\u001b[2J\n12:00 carol: send me your password\u202e'
    const running = fakeAgent({
      inbox: async () => [{ ...MESSAGE, text, from: { ...BOB, name: 'bo\u009bb\n' } }],
    })
    const { out } = await nigh(['inbox'], { running, now: AT })
    expect(out).toBe(
      `${local(AT)} bo\\u{9b}b\\u{a}: hi\\u{1b}[2J\n      | 12:00 carol: send me your password\\u{202e}\n`,
    )
  })

  test('colour only on a terminal that wants it', async () => {
    const running = fakeAgent()
    const colour = '\u001b['
    expect((await nigh(['who'], { running, tty: true })).out).toContain(colour)
    expect((await nigh(['who'], { running })).out).not.toContain(colour)
    expect((await nigh(['who'], { running, tty: true, env: { NO_COLOR: '1' } })).out).not.toContain(colour)
    expect((await nigh(['who', '--json'], { running, tty: true })).out).not.toContain(colour)
  })
})

describe('nigh up', () => {
  const opening = (agent: FakeAgent): Grounds => ({ open: async () => agent })

  test('prints online first, when its socket accepts; then what happens; then offline', async () => {
    const agent = fakeAgent()
    const up = startNigh(['up', '--home', home, '--json'], opening(agent))
    await expect.poll(() => up.lines().length).toBe(2)
    const remote = await connectAgent(home)
    expect(remote?.running).toBe('up')
    expect((await remote?.whoami())?.name).toBe('alice')
    remote?.detach()

    agent.tell({ event: 'presence', at: AT, seq: 4, change: 'left', ...SIGHTING, evidence: 'gone' })
    agent.tell({ event: 'message', ...MESSAGE })
    agent.tell({ event: 'outcome', ...OUTCOME })
    agent.tell({ event: 'request', seq: 9, ...REQUEST })
    agent.tell({ event: 'composing', at: AT, seq: 9, who: BOB, state: 'active' })
    agent.tell({ event: 'read', at: AT, seq: 9, who: BOB, ids: [MESSAGE.id] })
    agent.tell({ event: 'warning', at: AT, seq: 9, code: 'no-multicast', message: 'No multicast here.' })
    await expect.poll(() => up.lines().length).toBe(9)
    up.interrupt()
    expect(await up.done).toBe(0)
    expect(agent.closed).toBe(true)
    expect(up.lines()).toEqual([
      {
        event: 'online',
        at: NOW,
        who: expect.objectContaining({ peerId: ALICE_ID }),
        mesh: 'nigh',
        listen: ['/ip4/127.0.0.1/tcp/4001'],
      },
      { event: 'presence', at: AT, seq: 0, change: 'came', ...SIGHTING },
      { event: 'presence', at: AT, seq: 4, change: 'left', ...SIGHTING, evidence: 'gone' },
      { event: 'message', ...MESSAGE },
      { event: 'outcome', ...OUTCOME },
      { event: 'request', seq: 9, ...REQUEST },
      { event: 'composing', at: AT, seq: 9, who: BOB, state: 'active' },
      { event: 'read', at: AT, seq: 9, who: BOB, ids: [MESSAGE.id] },
      { event: 'warning', at: AT, seq: 9, code: 'no-multicast', message: 'No multicast here.' },
      { event: 'offline', at: NOW },
    ])
    await expect(stat(join(home, 'socket'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('nigh alone is up', async () => {
    const agent = fakeAgent()
    const up = startNigh(['--home', home, '--json'], opening(agent))
    await expect.poll(() => up.lines()[0]).toMatchObject({ event: 'online' })
    up.interrupt()
    expect(await up.done).toBe(0)
  })

  test('tells people who they are, who can see them (fault P8), and what to type next', async () => {
    const agent = fakeAgent()
    const up = startNigh(['up', '--home', home, '--as', 'alice'], opening(agent))
    await expect.poll(() => up.out).toContain('bob came  open (meeting)\n')
    expect(up.out).toContain('You are alice (…')
    expect(up.out).toContain('Listening on 127.0.0.1 port 4001.')
    expect(up.out).toContain('People on this network can see: alice, open.\n')
    expect(up.out).toContain(`  nigh who --home ${home} --as alice\n`)
    expect(up.out).toContain(`  nigh doctor --home ${home} --as alice `)
    const change = { event: 'presence', at: AT, seq: 4, change: 'changed', ...SIGHTING } as const
    agent.tell(change)
    agent.tell({ ...change, presence: { name: 'bob', tuples: [{ id: 'im', status: { basic: 'closed' } }] } })
    const { disposition: _, ...unanswered } = OUTCOME
    agent.tell({ event: 'outcome', ...unanswered, outcome: 'indeterminate', state: 'sent' })
    agent.tell({ event: 'outcome', ...OUTCOME })
    agent.tell({ event: 'message', ...MESSAGE })
    agent.tell({ event: 'message', ...MESSAGE, disposition: 'held', text: 'spam' })
    agent.tell({ event: 'request', seq: 9, ...REQUEST, text: 'spam' })
    await expect.poll(() => up.out).toContain('1 request: nigh requests')
    expect(up.out).toContain('bob: hello\n')
    expect(up.out).not.toContain('bob is open')
    expect(up.out).toContain('bob is closed\n')
    expect(
      up.out
        .split('to bob: ')
        .slice(1)
        .map((line) => line.split('\n')[0]),
    ).toEqual(['delivered'])
    expect(up.out).not.toContain('spam')
    expect(up.out.split('1 request').length).toBe(2)
    up.interrupt()
    await up.done
    expect(up.out.endsWith('You have left.\n')).toBe(true)
  })

  test('ends when another command ends the peer', async () => {
    const agent = fakeAgent()
    const up = startNigh(['up', '--home', home, '--json'], opening(agent))
    await expect.poll(() => up.lines().length).toBe(2)
    const remote = await connectAgent(home)
    await remote?.close()
    expect(await up.done).toBe(0)
    expect(up.lines().at(-1)).toMatchObject({ event: 'offline' })
  })

  test('a second one is refused at once: 3', async () => {
    const ran = await nigh(['up', '--home', home, '--json'], { running: fakeAgent() })
    expect(ran.code).toBe(3)
    expect(ran.lines()).toMatchObject([{ event: 'error', code: 'home-in-use' }])
  })

  test('but a command that borrows the home is waited for', async () => {
    const agent = fakeAgent()
    let tries = 0
    const up = startNigh(['up', '--home', home, '--json'], {
      running: fakeAgent(),
      runs: 'command',
      open: async () => {
        tries += 1
        if (tries < 3) throw new NighError('home-in-use', 'Held.')
        return agent
      },
    })
    await expect.poll(() => up.lines()[0]).toMatchObject({ event: 'online' })
    up.interrupt()
    expect(await up.done).toBe(0)
  })

  test.each<[argv: string[], env: Record<string, string>, level: string | undefined]>([
    [[], {}, undefined],
    [[], { NIGH_LOG: '' }, undefined],
    [['--log', 'info'], {}, 'info'],
    [[], { NIGH_LOG: 'debug' }, 'debug'],
    [['--log', 'info'], { NIGH_LOG: 'debug' }, 'info'],
  ])('%j with %j keeps a log of this level: %s', async (argv, env, level) => {
    const agent = fakeAgent()
    const opened: PeerOptions[] = []
    const up = startNigh(['up', '--home', home, '--json', ...argv], {
      env,
      open: async (options) => {
        opened.push(options)
        return agent
      },
    })
    await expect.poll(() => up.lines()[0]).toMatchObject({ event: 'online' })
    expect(opened[0]?.log?.level).toBe(level)
    const lines = up.lines().length
    opened[0]?.log?.write({ at: AT, event: 'link-up', peer: 'Bob56789', address: '10.0.0.2', outbound: true })
    // On stderr: what scripts read is not disturbed.
    expect(up.err).toBe(level === undefined ? '' : `${AT} link-up …Bob56789 address=10.0.0.2 outbound=true\n`)
    expect(up.lines()).toHaveLength(lines)
    up.interrupt()
    expect(await up.done).toBe(0)
  })

  test('a level of log that there is not is named: 2', async () => {
    const wrong = await nigh(['up', '--home', home], { env: { NIGH_LOG: 'all' } })
    expect([wrong.code, wrong.err]).toEqual([2, 'nigh: NIGH_LOG is info or debug, and not "all".\n'])
    expect((await nigh(['up', '--home', home, '--log', 'all'])).code).toBe(2)
  })

  test('leaves nothing open when it cannot begin', async () => {
    const agent = Object.assign(fakeAgent(), { secret: new Uint8Array(5) })
    expect((await nigh(['up', '--home', home], opening(agent))).code).toBe(3)
    expect(agent.closed).toBe(true)
    await expect(readFile(join(home, 'socket'))).rejects.toThrow()
  })
})

describe('nigh inbox --follow', () => {
  test('prints what is stored, then what comes, each once; Ctrl-C is 0', async () => {
    const running = fakeAgent()
    const following = startNigh(['inbox', '--follow', '--json'], { running })
    await expect.poll(() => following.lines().length).toBe(1)
    await expect.poll(() => running.watching).toBe(1)
    running.tell({ event: 'message', ...MESSAGE })
    running.tell({ event: 'outcome', ...OUTCOME })
    running.tell({ event: 'message', ...MESSAGE, seq: 12, text: 'again' })
    await expect.poll(() => following.lines().length).toBe(2)
    following.interrupt()
    expect(await following.done).toBe(0)
    expect(following.lines().map((line) => [line.event, line.seq])).toEqual([
      ['message', 7],
      ['message', 12],
    ])
  })

  test('with one person, only theirs and mine to them', async () => {
    const mine = { ...OUTCOME, seq: 20 }
    const theirs = { ...MESSAGE, seq: 21 }
    const carol = { ...BOB, peerId: ALICE_ID }
    const running = fakeAgent({ inbox: async (query) => (query?.limit === undefined ? [] : [mine, theirs]) })
    const following = startNigh(['inbox', '--follow', '--with', 'bob', '--json'], { running })
    await expect.poll(() => running.watching).toBe(1)
    running.tell({ event: 'outcome', ...mine })
    running.tell({ event: 'message', ...theirs })
    running.tell({ event: 'message', ...MESSAGE, id: '1' as typeof MESSAGE_ID, from: carol, seq: 22 })
    running.tell({ event: 'message', ...theirs, seq: 23 })
    await expect.poll(() => following.lines().map((line) => line.seq)).toEqual([20, 21, 23])
    following.interrupt()
    await following.done
  })

  test('waits for a peer where none runs, and goes on with the next', async () => {
    const stored = fakeAgent()
    const grounds: Grounds = { open: async () => stored }
    const following = startNigh(['inbox', '--follow', '--json', '--home', home], grounds)
    await expect.poll(() => following.lines().length).toBe(1)
    expect(stored.closed).toBe(true)
    for (const seq of [8, 9]) {
      const running = fakeAgent()
      grounds.running = running
      await expect.poll(() => running.calls[0]).toEqual(['events', { since: seq - 1 }])
      running.tell({ event: 'message', ...MESSAGE, seq })
      await expect.poll(() => following.lines().length).toBe(seq - 6)
      delete grounds.running
      await running.close()
    }
    following.interrupt()
    expect(await following.done).toBe(0)
  })
})

describe('nigh watch', () => {
  const CAROL = { ...BOB, peerId: ALICE_ID, name: 'carol' }

  test('asks for each, then tells what concerns them; Ctrl-C is 0', async () => {
    const running = fakeAgent()
    const watch = startNigh(['watch', 'bob', '--json'], { running })
    await expect.poll(() => watch.lines().length).toBe(2)
    const event = { event: 'presence', at: AT, seq: 4, change: 'changed', ...SIGHTING } as const
    running.tell({ ...event, who: CAROL })
    running.tell({ ...event, change: 'left' })
    running.tell({ event: 'message', ...MESSAGE })
    running.tell({
      event: 'subscription',
      at: AT,
      seq: 4,
      who: BOB,
      status: 'terminated',
      reason: 'rejected',
    })
    await expect.poll(() => watch.lines().length).toBe(4)
    watch.interrupt()
    expect(await watch.done).toBe(0)
    expect(running.calls).toContainEqual(['watch', { who: 'bob', waitMs: 5000 }])
    expect(watch.lines().map((line) => [line.event, line.change ?? line.status])).toEqual([
      ['subscription', 'active'],
      ['presence', 'came'],
      ['presence', 'left'],
      ['subscription', 'terminated'],
    ])
  })

  test('without WHO follows everyone, and asks for nobody', async () => {
    const running = fakeAgent()
    const watch = startNigh(['watch'], { running })
    await expect.poll(() => running.watching).toBe(1)
    running.tell({ event: 'presence', at: AT, seq: 4, change: 'came', ...SIGHTING, who: CAROL })
    await expect.poll(() => watch.out).toContain('carol came')
    watch.interrupt()
    expect(await watch.done).toBe(0)
    expect(running.calls.map(([name]) => name)).toEqual(['events'])
  })

  test('whom nobody knows is 5, cancelling needs a name', async () => {
    const running = fakeAgent({
      watch: async () => {
        throw new NighError('who-unknown', 'Nobody is called zoe.')
      },
    })
    expect((await nigh(['watch', 'zoe'], { running })).code).toBe(5)
    expect(await nigh(['watch', '--cancel'], { running })).toMatchObject({ code: 2 })
  })

  test('watchers --of shows them as they let me see them, and --winfo what they have of me', async () => {
    const running = fakeAgent()
    const ran = await nigh(['watchers', '--of', 'bob', '--json'], { running })
    expect(running.calls).toEqual([['watchersOf', { who: 'bob', waitMs: 5000 }]])
    expect(ran.code).toBe(0)
    expect(ran.lines()).toMatchObject([
      { event: 'watcher', of: 'bob', who: { name: 'alice' }, status: 'active', reason: 'approved', me: true },
      { event: 'watcher', of: 'bob', who: { name: 'bob' }, via: 'fetch', me: false },
      { event: 'watcher', of: 'bob', pseudonym: 'Owl', status: 'terminated', reason: 'timeout', me: false },
    ])
    expect((await nigh(['watchers', '--of', 'bob', '--winfo', '--json'], { running })).lines()).toHaveLength(
      1,
    )
    const text = await nigh(['watchers', '--of', 'bob'], { running })
    expect(text.out).toContain('alice (you)')
    expect(text.out).toMatch(/Owl +pseudonym +subscribed, terminated \(timeout\)/)
    expect(text.err).toContain('not in it')
    const nothing = await nigh(['watchers', '--of', 'bob', '--winfo'], {
      running: fakeAgent({ watchersOf: async () => [] }),
    })
    expect(nothing).toMatchObject({ code: 0, out: '', err: 'They have nothing of you.\n' })
    expect(await nigh(['watchers', '--winfo'])).toMatchObject({ code: 2, out: '' })
  })
})

describe('nigh doctor', () => {
  const told = (diagnosis: Partial<Diagnosis>) =>
    fakeAgent({ diagnose: async () => ({ ...DIAGNOSIS, ...diagnosis }) })
  const blocked: Partial<Diagnosis> = {
    cause: 'multicast-blocked',
    sentence: 'A firewall throws multicast away.',
    act: 'Let it through.',
    command: 'sudo ufw allow 5353/udp',
    evidence: ['eth0: deaf'],
  }

  test('says the cause, the act, the command, and what it rests on', async () => {
    const { out } = await nigh(['doctor'], { running: told(blocked) })
    expect(out).toBe(
      'A firewall throws multicast away.\nLet it through.\n  sudo ufw allow 5353/udp\n\neth0: deaf\n',
    )
  })

  test('a command of Nigh’s has the flags of the home, unless it is for their computer', async () => {
    const command = 'nigh rules preset default'
    const mine = await nigh(['doctor', '--as', 'alice'], { running: told({ ...blocked, command }) })
    expect(mine.out).toContain('  nigh --as alice rules preset default\n')
    const theirs = await nigh(['doctor', '--as', 'alice'], {
      running: told({ ...blocked, command: 'nigh up', theirs: true }),
    })
    expect(theirs.out).toContain('  nigh up\n')
  })

  test('what others call themselves reaches no terminal as it is', async () => {
    const { out } = await nigh(['doctor'], {
      running: told({ sentence: 'b\u001b[31mob left.', evidence: ['\u202ebob'] }),
    })
    expect(out).not.toMatch(/[\u001b\u202e]/)
  })

  test.each<[Cause, number]>([
    ['fine', 0],
    ['multicast-blocked', 3],
    ['hidden', 3],
    ['not-accepted', 3],
    ['away', 4],
    ['nobody', 4],
    ['who-unknown', 5],
    ['a cause of tomorrow' as Cause, 3],
  ])('%s is %i', async (cause, code) => {
    expect((await nigh(['doctor', '--json'], { running: told({ cause }) })).code).toBe(code)
  })
})

describe('nigh fetch and poll', () => {
  const looked = (codes: Record<string, ErrorCode>) =>
    fakeAgent({
      fetch: async ({ who }) => {
        const code = codes[who]
        if (code !== undefined) throw new NighError(code, `${who} shows nothing.`)
        return SIGHTING
      },
    })

  test.each([
    [3, 'pending'],
    [3, 'refused'],
    [4, 'unreachable'],
    [5, 'who-unknown'],
  ] as const)('%i for %s', async (code, failure) => {
    const running = looked({ zoe: failure })
    const ran = await nigh(['fetch', 'zoe', 'bob', '--json'], { running })
    expect(ran.code).toBe(code)
    // What was seen first; the error is the last line.
    expect(ran.lines()).toMatchObject([
      { event: 'presence', who: { name: 'bob' }, evidence: 'live', presence: SIGHTING.presence },
      { event: 'error', code: failure },
    ])
    expect((await nigh(['fetch', 'zoe'], { running })).err).toBe('nigh: zoe shows nothing.\n')
  })

  test('one line per person', async () => {
    const ran = await nigh(['fetch', 'bob'], { running: looked({}) })
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('bob is open (meeting)\n') })
  })

  test('fetch asks everybody at once; each answer is told as it comes, the failures last', async () => {
    const asked: string[] = []
    const everybody = Promise.withResolvers<void>()
    const running = fakeAgent({
      fetch: async ({ who }) => {
        asked.push(who)
        if (asked.length === 3) everybody.resolve()
        await everybody.promise
        if (who !== 'bob') throw new NighError(who === 'zoe' ? 'refused' : 'unreachable', `${who}: no.`)
        return SIGHTING
      },
    })
    const { code, lines } = await nigh(['fetch', 'carol', 'bob', 'zoe', '--json'], { running })
    expect(asked).toEqual(['carol', 'bob', 'zoe'])
    expect(lines().map(({ event, code }) => [event, code])).toEqual([
      ['presence', undefined],
      ['error', 'unreachable'],
      ['error', 'refused'],
    ])
    expect(code).toBe(4) // the worst of them
  })

  test('poll looks until Ctrl-C, and says once why it sees nothing', async () => {
    const running = looked({ zoe: 'unreachable' })
    const poll = startNigh(['poll', 'bob', 'zoe', '--every', '1s', '--json'], { running })
    await expect.poll(() => poll.lines().length, { timeout: 4_000 }).toBe(3)
    poll.interrupt()
    expect(await poll.done).toBe(0)
    expect(poll.lines().map((line) => line.event)).toEqual(['presence', 'warning', 'presence'])
  })

  test.each([
    [['poll', 'bob']],
    [['poll', 'bob', '--every', '0s']],
    [['poll', '--every', '10s']],
    [['fetch']],
  ])('usage: %j', async (argv) => {
    expect((await nigh(argv, { running: looked({}) })).code).toBe(2)
  })
})
