/** `nigh rules delivery` and `nigh rules explain`: sentences for people, one line for programs, and an editor that loses no text. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DeliveryRules } from '../../src/agent.ts'
import { messageLine } from '../../src/doors/cli/sentences.ts'
import { NighError } from '../../src/errors.ts'
import {
  ALICE_ID,
  AT,
  BOB_ID,
  DELIVERY_RULES,
  EXPLANATION,
  fakeAgent,
  MESSAGE,
  VISIBILITY_RULES,
} from '../support/fake-agent.ts'
import { nigh } from '../support/fake-surroundings.ts'

const changes = (agent: ReturnType<typeof fakeAgent>): unknown[] =>
  agent.calls
    .filter(([method, argument]) => method === 'deliveryRules' && argument !== undefined)
    .map(([, change]) => change)

test('For people: numbered sentences per inbox, with the address to hand over', async () => {
  const { code, out } = await nigh(['rules', 'delivery'], { running: fakeAgent() })
  expect(code).toBe(0)
  expect(out).toBe(
    `Inbox default (im:${ALICE_ID})
  1. From strangers: refused, untold.
  Otherwise contacts are taken.
Inbox oncall (im:${ALICE_ID}/oncall)
  Contacts are taken.
`,
  )
})

test('What --json prints can be set again as it is', async () => {
  const running = fakeAgent()
  const { out } = await nigh(['rules', 'delivery', '--json'], { running })
  expect((await nigh(['rules', 'delivery', 'set', '-'], { running, stdin: out })).code).toBe(0)
  expect(changes(running)).toEqual([{ inboxes: DELIVERY_RULES.inboxes }])
})

test('Visibility rules: sentences for people, and a line that can be set again as it is', async () => {
  const running = fakeAgent()
  expect((await nigh(['rules', 'visibility'], { running })).out).toBe(
    'Whoever you watch may show others that somebody does who is called Owl.\n',
  )
  const { out } = await nigh(['rules', 'visibility', '--json'], { running })
  const { inWords: _, ...document } = VISIBILITY_RULES
  expect(JSON.parse(out)).toEqual({ event: 'rule', at: AT, ...document })
  expect((await nigh(['rules', 'visibility', 'set', '-'], { running, stdin: out })).code).toBe(0)
  const edited = await nigh(['rules', 'visibility', 'edit'], {
    running,
    edit: (text) => text.replace('"unlisted"', '"named"'),
  })
  expect(edited.code).toBe(0)
  const set = running.calls.flatMap(([method, change]) =>
    method === 'visibilityRules' ? (change ?? []) : [],
  )
  expect(set).toEqual([document, { ...document, people: { [BOB_ID]: 'named' } }])
})

test('Who may ask for my watchers is one word', async () => {
  const running = fakeAgent()
  const chosen = await nigh(['rules', 'watchers-visible', 'contacts', '--json'], { running })
  expect(chosen.lines()).toEqual([{ event: 'rule', at: AT, watchersVisible: 'contacts' }])
  expect((await nigh(['rules', 'watchers-visible'], { running })).out).toContain('Nobody can ask')
  expect((await nigh(['rules', 'watchers-visible', 'everybody'], { running })).code).toBe(2)
})

test('What the agent does not take ends 2, or 5 where somebody is not known, with the choices', async () => {
  const refusing = (code: 'usage' | 'who-unknown', choices?: string[]) =>
    fakeAgent({
      deliveryRules: async () => {
        throw new NighError(code, 'inboxes.default[0].then: no.', choices === undefined ? {} : { choices })
      },
    })
  const set = ['rules', 'delivery', 'set', '-', '--json']
  const stdin = '{"inboxes":{}}'
  expect(await nigh(set, { running: refusing('usage'), stdin })).toMatchObject({ code: 2 })
  const unknown = await nigh(set, { running: refusing('who-unknown', ['carol (contact, …abc)']), stdin })
  expect(unknown.code).toBe(5)
  expect(unknown.lines()).toMatchObject([
    { event: 'error', code: 'who-unknown', choices: ['carol (contact, …abc)'] },
  ])
})

describe('nigh rules delivery edit', () => {
  const edit = ['rules', 'delivery', 'edit']
  const picky = () =>
    fakeAgent({
      deliveryRules: async (change?: DeliveryRules) => {
        if (change !== undefined && JSON.stringify(change).includes('ring'))
          throw new NighError('usage', 'inboxes.default[0].then: It must be one of: accept, hold, refuse.')
        return DELIVERY_RULES
      },
    })

  test('shows the document, and sets what the person made of it', async () => {
    const running = picky()
    const seen: string[] = []
    const ran = await nigh(edit, {
      running,
      edit: (text) => {
        seen.push(text)
        return text.replace('refuse', 'hold')
      },
    })
    expect(ran.code).toBe(0)
    expect(JSON.parse(seen[0] ?? '')).toEqual({ inboxes: DELIVERY_RULES.inboxes })
    expect(changes(running)).toMatchObject([{ inboxes: { default: [{ then: 'hold' }] } }])
  })

  test('Nothing changed: nothing is set', async () => {
    const running = picky()
    expect(await nigh(edit, { running })).toMatchObject({ code: 0, out: '', err: 'Nothing was changed.\n' })
    expect(changes(running)).toEqual([])
  })

  test('A mistake is named; whoever goes on finds the text as it was', async () => {
    const running = picky()
    const seen: string[] = []
    const makes = [
      '{ "inboxes": { "default": [ }',
      '{"inboxes":{"default":[{"then":"ring"}]}}',
      '{"inboxes":{}}',
    ]
    const ran = await nigh(edit, {
      running,
      edit: (text) => {
        seen.push(text)
        return makes[seen.length - 1] ?? ''
      },
      answers: ['', 'y'],
    })
    expect(ran.code).toBe(0)
    expect(seen.slice(1)).toEqual(makes.slice(0, 2))
    expect(ran.err).toMatch(/Line 1, column 29: this is no JSON/)
    expect(ran.err).toMatch(/inboxes\.default\[0\]\.then: It must be one of/)
    expect(changes(running).at(-1)).toEqual({ inboxes: {} })
  })

  test.each([
    ['stops', ['n']],
    ['cannot be asked', undefined],
  ])('Whoever %s has the text in a private file, and nothing is changed: 2', async (_how, answers) => {
    const ran = await nigh([...edit, '--json'], {
      running: picky(),
      edit: () => '{"inboxes":[]',
      ...(answers && { answers }),
    })
    expect(ran.code).toBe(2)
    const { message } = ran.lines().at(-1) as { message: string }
    const file = /nigh rules delivery set - < (\S+)$/.exec(message)?.[1] ?? ''
    expect(readFileSync(file, 'utf8')).toBe('{"inboxes":[]')
    expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700])
    await rm(dirname(file), { recursive: true })
  })

  test('An editor that fails changes nothing; the file goes where nothing was written', async () => {
    const files: string[] = []
    const running = picky()
    const ran = await nigh(edit, {
      running,
      edit: (text) => {
        files.push(text)
        throw new NighError('usage', 'The editor ended with 1, so nothing was changed.')
      },
    })
    expect([ran.code, changes(running)]).toEqual([2, []])
    expect(ran.err).not.toContain('kept in')
    expect(files.filter(existsSync)).toEqual([])
  })
})

test('explain says it in sentences', async () => {
  const { out } = await nigh(['rules', 'explain', 'bob'], { running: fakeAgent() })
  expect(out).toBe(
    `bob (contact, …ob56789)
  sees the view contacts, because: the rule for contacts
    name alice, open back at five, im:${ALICE_ID}
  a message to the inbox default is taken, because: contacts are taken
  a message to the inbox oncall is refused, and they read closed, because: rule 1 of the inbox oncall
`.replace('…ob56789', `…${EXPLANATION.who.peerId.slice(-8)}`),
  )
  const pending = { ...EXPLANATION, access: { decision: 'confirm' as const, because: 'the rule for anyone' } }
  const asked = await nigh(['rules', 'explain', 'bob'], {
    running: fakeAgent({ explain: async () => pending }),
  })
  expect(asked.out).toContain('  sees nothing until you accept, because: the rule for anyone\n')
})

test('A message to a labelled inbox says to which', () => {
  const now = new Date(AT)
  expect(messageLine({ ...MESSAGE, inbox: 'oncall' }, now)).toMatch(/^\d\d:\d\d bob to oncall: hello$/)
  expect(messageLine(MESSAGE, now)).toMatch(/^\d\d:\d\d bob: hello$/)
})

test('Without a running peer nobody is near, and that is said', async () => {
  const { who, ...rest } = EXPLANATION
  const strange = async () => ({ ...rest, who: { ...who, relation: 'stranger' as const } })
  const open = async () => fakeAgent({ explain: strange })
  const home = mkdtempSync(join(tmpdir(), 'nigh-resting-'))
  try {
    expect((await nigh(['rules', 'explain', 'bob', '--home', home], { open })).err).toContain(
      'nobody is near',
    )
  } finally {
    rmSync(home, { recursive: true })
  }
  const running = fakeAgent({ explain: strange })
  expect((await nigh(['rules', 'explain', 'bob'], { running })).err).toBe('')
})
