/**
 * `nigh rules explain WHO` says what that person sees. It is held against the bytes that reached the other process, by
 * grant, carrier and fetch, for every kind of answer that the rules have.
 */
import { expect, test } from 'vitest'
import type { AccessRules, Explanation, Presence } from '../../src/agent.ts'
import { type NosyWatcher, nosyWatcher } from '../support/nosy-watcher.ts'
import { friends } from '../support/talk.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const HOUR = 3_600_000

interface Scene {
  place: Town
  bob: Resident
  nosy: NosyWatcher
}

/** What Bob is told that she sees, and what she read last by each means. */
async function expectSame({ place, bob, nosy }: Scene): Promise<Explanation['access']> {
  nosy.read.length = 0
  nosy.ask()
  await place.pass(3_000)
  const fetched = await nosy.fetch()
  const { access } = await bob.agent.explain({ who: nosy.peer })
  const shown: Presence | undefined = access.presence
  if (shown === undefined) {
    expect(nosy.read).toEqual([])
    expect(fetched).toMatch(/^pending|^terminated|^no answer/)
    return access
  }
  expect(fetched).toEqual(shown)
  for (const each of nosy.read) expect(each).toEqual(shown)
  return access
}

const always = (rule: Omit<AccessRules['rules'][number], 'if'>, who: string): AccessRules => ({
  rules: [{ if: { from: [who] }, ...rule }],
})

const CASES: Record<string, (scene: Scene) => Promise<unknown>> = {
  'allow contacts': async ({ bob, nosy }) => bob.agent.addContact({ who: nosy.peer, name: 'Nosy' }),
  'confirm nothing': async ({ bob }) => bob.agent.rules({ preset: 'private' }),
  'allow nearby': async ({ bob, nosy }) => bob.agent.personRule({ who: nosy.peer, then: 'allow' }),
  'allow contacts, by rule': async ({ bob, nosy }) =>
    bob.agent.accessRules(always({ then: 'allow', view: 'contacts' }, nosy.peer)),
  'allow contacts, to fetch': async ({ bob, nosy }) =>
    bob.agent.personRule({ who: nosy.peer, then: 'allow', view: 'contacts', fetchOnly: true }),
  'polite-block closed': async ({ bob, nosy }) =>
    bob.agent.personRule({ who: nosy.peer, then: 'polite-block' }),
  'polite-block closed, by rule': async ({ bob, nosy }) =>
    bob.agent.accessRules(always({ then: 'polite-block' }, nosy.peer)),
  'polite-block what she saw': async ({ place, bob, nosy }) => {
    await bob.agent.addContact({ who: nosy.peer, name: 'Nosy' })
    nosy.ask()
    await place.pass(1_000)
    await bob.agent.personRule({ who: nosy.peer, then: 'hide', forMs: HOUR })
    await bob.agent.status({ note: 'hidden', basic: 'closed', activities: ['away'] })
    await place.pass(1_000)
  },
  'block nothing': async ({ bob, nosy }) => bob.agent.personRule({ who: nosy.peer, then: 'block' }),
}

test.each(Object.entries(CASES))('%s: explained as it is seen', async (what, make) => {
  await using place = await town(`explained ${what}`)
  const { bob } = await friends(place)
  await bob.agent.status({ note: 'at the harbour', activities: ['travel'], elision: true })
  await bob.agent.publishTuple({ id: 'phone', status: { note: 'until six' }, address: 'tel:+43123456' })
  // She comes now: what she had recorded of this period she could read as soon as she has its key (fault P4).
  const nosy = await nosyWatcher(place, bob)
  await make({ place, bob, nosy })
  await place.pass(2_000)
  const access = await expectSame({ place, bob, nosy })
  expect(what.startsWith(access.decision)).toBe(true)
  // And what he says next.
  await bob.agent.status({ basic: 'closed', note: 'gone home' })
  await place.pass(2_000)
  const after = await expectSame({ place, bob, nosy })
  if (what.startsWith('allow contacts')) expect(after.presence?.note).toBe('gone home') // the control: it tells the truth
})
