/** Delivery rules at the command line: real processes on loopback, several inboxes, exit codes as scripts read them. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { desk } from '../bad-input/desk.ts'
import { came } from '../support/running.ts'

test('Bob has an inbox for everyone and another for people he knows: strangers, contacts and what they read (scenes 58, 62)', async () => {
  await using world = desk()
  const alice = await world.up('alice')
  await world.up('bob')
  await alice.line('bob', came('bob'))
  const [bob] = (await world.nigh(['whoami'], { as: 'bob' })).lines()
  const document = {
    inboxes: {
      default: [{ if: { relation: 'stranger' }, then: 'refuse', tell: true }],
      oncall: [{ if: { relation: 'contact' }, then: 'accept' }, { then: 'refuse' }],
    },
  }
  const set = ['rules', 'delivery', 'set', '-']
  const wrong = await world.nigh(set, { as: 'bob', stdin: '{"inboxes":{"oncall":[{"then":"ring"}]}}' })
  expect([wrong.code, wrong.lines().at(-1)?.message]).toEqual([
    2,
    expect.stringContaining('inboxes.oncall[0].then'),
  ])
  expect((await world.nigh(['rules', 'delivery'], { as: 'bob' })).lines()[0]?.inboxes).toEqual({
    default: [],
  })
  const empty = await world.nigh(set, { as: 'bob', stdin: '{}' })
  expect([empty.code, empty.lines().at(-1)?.message]).toEqual([2, expect.stringContaining('inboxes')])

  const right = await world.nigh(set, { as: 'bob', stdin: JSON.stringify(document) })
  expect(right.code).toBe(0)
  expect(right.lines()).toMatchObject([{ event: 'rule', ...document }])
  const people = await world.nigh(['rules', 'delivery'], { as: 'bob', plain: true })
  expect(people.stdout).toContain(
    `Inbox oncall (${bob?.inbox}/oncall)\n  1. From contacts: taken.\n  2. From anyone: refused, untold.\n`,
  )

  const send = async (to: string) => {
    const { code, lines } = await world.nigh(['send', to, `to ${to.split('/').at(-1)}`])
    const outcome = lines().at(-1)
    return [code, outcome?.reason ?? outcome?.disposition]
  }
  expect(await send('bob/oncall')).toEqual([3, 'rate-limited'])
  expect(await send('bob/guess')).toEqual([3, 'rate-limited'])
  expect((await world.nigh(['contacts', 'add', 'alice'], { as: 'bob' })).code).toBe(0)
  expect(await send(`${bob?.inbox}/oncall`)).toEqual([0, 'delivered'])
  expect(await send('bob/oncall')).toEqual([0, 'delivered'])
  expect(await send('bob')).toEqual([0, 'delivered'])
  expect(await send('bob/guess')).toEqual([3, 'no-such-inbox'])
  expect(await send('bob/On Call')).toEqual([2, undefined])
  expect(await send('nobody-here/oncall')).toEqual([5, undefined])

  const kept = (await world.nigh(['inbox'], { as: 'bob' })).lines()
  expect(kept.map((line) => line.inbox)).toEqual(['oncall', 'oncall', undefined])
  const read = await world.nigh(['inbox'], { as: 'bob', plain: true })
  expect(read.stdout).toMatch(/^\d\d:\d\d alice to oncall: to oncall$/m)
  expect(read.stdout).toMatch(/^\d\d:\d\d alice: to bob$/m)

  const [explained] = (await world.nigh(['rules', 'explain', 'alice'], { as: 'bob' })).lines()
  expect(explained).toMatchObject({
    event: 'rule',
    who: { name: 'alice', relation: 'contact' },
    access: { decision: 'allow', view: 'contacts', presence: { name: 'bob' } },
    delivery: [
      { inbox: 'default', decision: 'accept' },
      { inbox: 'oncall', decision: 'accept', because: 'rule 1 of the inbox oncall: From contacts: taken.' },
    ],
  })
  expect((await world.nigh(['rules', 'explain', 'zoe'], { as: 'bob' })).code).toBe(5)
}, 60_000)

test('edit opens the editor; a mistake keeps the text, and without a peer the rules count from the next start', async () => {
  await using world = desk()
  await world.nigh(['whoami'], { as: 'bob' })
  const edit = (script: string) =>
    world.nigh(['rules', 'delivery', 'edit'], { as: 'bob', env: { VISUAL: '', EDITOR: script } })
  const written = await edit(`sed -i 's/"default": \\[\\]/"default": [{ "then": "hold" }]/'`)
  expect(written.code).toBe(0)
  expect(written.lines()).toMatchObject([{ event: 'rule', inboxes: { default: [{ then: 'hold' }] } }])

  const mistaken = await edit(`sed -i 's/hold/keep/'`)
  expect(mistaken.code).toBe(2)
  const message = mistaken.lines().at(-1)?.message as string
  expect(message).toContain('inboxes.default[0].then: It must be one of: accept, hold, refuse.')
  const file = /< (\S+)$/.exec(message)?.[1] ?? ''
  expect(readFileSync(file, 'utf8')).toContain('"keep"')
  rmSync(dirname(file), { recursive: true })

  expect((await edit('false')).code).toBe(2)
  const unchanged = await edit('true')
  expect([unchanged.code, unchanged.stdout]).toEqual([0, ''])
  expect((await world.nigh(['rules', 'delivery'], { as: 'bob' })).lines()).toMatchObject([
    { inboxes: { default: [{ then: 'hold' }] } },
  ])
  expect((await world.nigh(['rules', 'delivery'], { as: 'zoe' })).code).toBe(6)
  expect(existsSync(world.home('zoe'))).toBe(false)
}, 30_000)

test('Bob blocks, politely blocks and hides at the command line; Alice reads what each of them means (scenes 33, 34)', async () => {
  await using world = desk()
  const alice = await world.up('alice')
  await world.up('bob')
  await alice.line('bob', came('bob'))
  const bobs = (...words: string[]) => world.nigh(words, { as: 'bob' })
  const seen = async () => {
    const { code, lines } = await world.nigh(['fetch', 'bob'])
    const line = lines().at(-1) as { presence?: { tuples: { status: { basic: string } }[] } }
    return [code, line.presence?.tuples[0]?.status.basic]
  }
  expect(await seen()).toEqual([0, 'open'])

  const polite = await bobs('polite-block', 'alice')
  expect(polite.lines()).toMatchObject([
    { event: 'rule', then: 'polite-block', strangers: { view: 'nearby' } },
  ])
  expect(await seen()).toEqual([0, 'closed'])
  const sent = await world.nigh(['send', 'bob', 'hello'])
  expect([sent.code, sent.lines().at(-1)?.reason]).toEqual([3, 'closed'])
  const [explained] = (await bobs('rules', 'explain', 'alice')).lines()
  expect(explained).toMatchObject({ access: { decision: 'polite-block', presence: { name: 'bob' } } })
  const added = await bobs('contacts', 'add', 'alice')
  expect([added.code, added.lines().at(-1)?.message]).toEqual([3, expect.stringContaining('nigh unblock')])

  expect((await bobs('unblock', 'alice')).lines()).toMatchObject([{ then: 'unblock', lifted: true }])
  expect(await seen()).toEqual([0, 'open'])
  expect((await bobs('allow', 'alice', '--fetch-only', '--for', '1h')).code).toBe(0)
  expect(await seen()).toEqual([0, 'open'])
  expect((await bobs('block', 'alice')).code).toBe(0)
  expect((await bobs('allow', 'alice')).code).toBe(3)
  expect((await bobs('send', 'alice', 'no')).code).toBe(3)
  const plain = await world.nigh(['rules', 'access'], { as: 'bob', plain: true })
  expect(plain.stdout).toMatch(/^About one person; these decide alone:\n {2}alice is blocked/)
}, 60_000)
