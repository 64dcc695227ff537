/** `nigh rules access`, `allow`, `block`, `polite-block`, `hide`, `unblock`: what is asked of the Agent, and what is said. */
import { expect, test } from 'vitest'
import { NighError } from '../../src/errors.ts'
import { fakeAgent } from '../support/fake-agent.ts'
import { nigh } from '../support/fake-surroundings.ts'

const asked = (agent: ReturnType<typeof fakeAgent>, method: string): unknown[] =>
  agent.calls.filter(([name]) => name === method).map(([, argument]) => argument)

test.each([
  [
    ['allow', 'bob', '--view', 'contacts', '--for', '2h'],
    { then: 'allow', view: 'contacts', forMs: 7_200_000 },
  ],
  [['allow', 'bob', '--fetch-only'], { then: 'allow', fetchOnly: true }],
  [['block', 'bob'], { then: 'block' }],
  [['polite-block', 'bob', '--for', '1d'], { then: 'polite-block', forMs: 86_400_000 }],
  [['hide', 'bob', '--for', '1h'], { then: 'hide', forMs: 3_600_000 }],
  [['unblock', 'bob'], { then: 'unblock' }],
])('nigh %j', async (argv, change) => {
  const running = fakeAgent()
  expect(await nigh(argv, { running })).toMatchObject({ code: 0, out: 'bob is meant.\n' })
  expect(asked(running, 'personRule')).toEqual([{ who: 'bob', ...change }])
})

test('polite-block says what a fresh key sees, and names the command; --check changes nothing', async () => {
  const strangers = {
    decision: 'allow' as const,
    view: 'nearby',
    because: 'the rule for people on this network',
    presence: { name: 'alice', tuples: [{ id: 'im', status: { basic: 'open' as const } }] },
  }
  const running = fakeAgent({ strangers: async () => strangers })
  const { code, out } = await nigh(['polite-block', 'bob', '--check'], { running })
  expect([code, out]).toEqual([
    0,
    'A fresh key is a stranger, and strangers on this network see: alice, open. To hide from them too: nigh rules preset private\n',
  ])
  expect(asked(running, 'personRule')).toEqual([])
  const thick = await nigh(['polite-block', 'bob', '--check'], { running: fakeAgent() })
  expect(thick.out).toContain('sees nothing of you until you accept')
})

test('Who is blocked is not allowed by the way: 3, and the command that lifts it is named', async () => {
  const running = fakeAgent({
    personRule: async () => {
      throw new NighError(
        'blocked',
        'bob is blocked, and allowing does not lift that. First: nigh unblock ob56789',
      )
    },
  })
  const ran = await nigh(['allow', 'bob'], { running })
  expect(ran.code).toBe(3)
  expect(ran.err).toContain('nigh unblock')
})

test('The general rules, for people and as a document that can be set again', async () => {
  const running = fakeAgent()
  expect((await nigh(['rules', 'access'], { running })).out).toBe(`About one person; these decide alone:
  bob sees you closed.
In general; of those that match the most generous decides:
  People on this network have to ask.
Where none of them matches:
  Your contacts can see all of it.
`)
  const { out } = await nigh(['rules', 'access', '--json'], { running })
  expect((await nigh(['rules', 'access', 'set', '-'], { running, stdin: out })).code).toBe(0)
  expect(asked(running, 'accessRules').at(-1)).toEqual({
    rules: [{ if: { relation: 'near' }, then: 'confirm' }],
  })
})
