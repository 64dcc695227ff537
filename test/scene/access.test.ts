/**
 * ACCESS RULES in a town, judged by what reaches the other process: Nosy keeps every key, listens to the whole carrier
 * and asks again and again, so what she could not read was not given.
 */
import { expect, test } from 'vitest'
import type { AccessRules } from '../../src/agent.ts'
import { PERIOD_MS } from '../../src/envelope/protocol.ts'
import { type NosyWatcher, nosyWatcher } from '../support/nosy-watcher.ts'
import { friends } from '../support/talk.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const statesOf = ({ frames }: NosyWatcher): string[] =>
  frames.flatMap((frame) => (frame.kind === 'state' ? [`${frame.status} ${frame.event}`] : []))
const notesOf = ({ read }: NosyWatcher): (string | undefined)[] => read.map(({ note }) => note)

/** Bob, Carol whom he knows, and Nosy, a contact of his who asked to see him. */
async function watched(place: Town, as: { contact: boolean } = { contact: true }) {
  const { alice: carol, bob } = await friends(place)
  const nosy = await nosyWatcher(place, bob)
  if (as.contact) await bob.agent.addContact({ who: nosy.peer, name: 'Nosy' })
  nosy.ask()
  await place.pass(1_000)
  return { bob, carol, nosy }
}

const changesSeenBy = (resident: Resident): (string | undefined)[] =>
  resident.events.flatMap((event) =>
    event.event === 'presence' && event.change === 'changed' ? [event.presence?.note] : [],
  )

/** What comes on a fresh link of this key within a few seconds. */
async function attemptToLink(place: Town, bob: Resident, key: Uint8Array): Promise<string[]> {
  const again = await nosyWatcher(place, bob, { key }).catch(() => undefined)
  again?.ask()
  await place.pass(4_000)
  return again?.heard ?? []
}

const CLOSED = [{ id: 'im', status: { basic: 'closed' } }]

test('Alice and Carol hold documents of their own, by grant, carrier and fetch alike (scene 31)', async () => {
  await using place = await town('two views')
  const { bob, carol, nosy } = await watched(place)
  await bob.agent.personRule({ who: nosy.peer, then: 'allow', view: 'nearby' })
  await place.pass(2_000)
  nosy.read.length = 0
  await bob.agent.status({ note: 'for contacts', activities: ['meeting'] })
  await place.pass(1_000)
  expect((await carol.agent.who())[0]?.presence?.note).toBe('for contacts')
  const fetched = await nosy.fetch()
  await nosy.pester(30_000)
  expect(nosy.read.length).toBeGreaterThan(3)
  for (const each of [fetched, ...nosy.read])
    expect(each).toEqual({ name: 'Bob', tuples: [{ id: 'im', status: { basic: 'open' } }] })
  // Back to the view of contacts: more is given at once.
  await bob.agent.personRule({ who: nosy.peer, then: 'allow', view: 'contacts' })
  await place.pass(1_000)
  expect(nosy.read.at(-1)).toEqual(await nosy.fetch())
  expect(nosy.read.at(-1)?.note).toBe('for contacts')
})

test('She may fetch and not subscribe: the fetch succeeds, the subscription is refused, the link stays (scene 32)', async () => {
  await using place = await town('fetch only')
  const { bob, nosy } = await watched(place, { contact: false })
  await bob.agent.personRule({ who: nosy.peer, then: 'allow', view: 'contacts', fetchOnly: true })
  await place.pass(2_000)
  await bob.agent.status({ note: 'in the garden' })
  expect(await nosy.fetch()).toMatchObject({ note: 'in the garden' })
  nosy.frames.length = 0
  nosy.ask()
  await place.pass(1_000)
  expect(statesOf(nosy)).toEqual(['terminated rejected'])
  await bob.agent.status({ note: 'not fetched' })
  await place.pass(PERIOD_MS)
  expect(nosy.frames.map((frame) => frame.kind)).toEqual(['state'])
  expect(notesOf(nosy)).not.toContain('not fetched')
  expect(nosy.link.closed).toBe(false)
})

test('Blocked, she is refused in so many words, once, and hung up on; ten more links within the minute hear nothing (scene 33, fault P14)', async () => {
  await using place = await town('block')
  const { bob, nosy } = await watched(place)
  nosy.frames.length = 0
  await bob.agent.personRule({ who: nosy.peer, then: 'block' })
  await place.pass(500)
  expect(statesOf(nosy)).toEqual(['terminated rejected'])
  await place.pass(1_000)
  expect(nosy.heard.at(-1)).toBe('rejected')
  expect(nosy.link.closed).toBe(true)
  const before = nosy.read.length
  for (let attempt = 0; attempt < 10; attempt += 1) {
    expect(await attemptToLink(place, bob, nosy.key)).toEqual([])
  }
  // The control: when the minute is over it is told once more.
  await place.pass(60_000)
  expect(await attemptToLink(place, bob, nosy.key)).toEqual(expect.arrayContaining(['state', 'rejected']))
  await bob.agent.status({ note: 'without her' })
  await place.pass(5_000)
  expect(nosy.read.length).toBe(before)
})

test('A block ends by itself: from then on she is answered again (scene 33)', async () => {
  await using place = await town('timed block')
  const { alice, bob } = await friends(place)
  await bob.agent.personRule({ who: 'Alice', then: 'block', forMs: 3_600_000 })
  await place.pass(2_000)
  expect(await alice.agent.subscriptions()).toMatchObject([{ status: 'terminated', reason: 'rejected' }])
  await place.pass(3_600_000 + 60_000)
  expect(await alice.agent.subscriptions()).toMatchObject([{ status: 'active' }])
  expect((await alice.agent.who())[0]).toMatchObject({ evidence: 'live' })
})

test('Hidden from for an hour, she hears of no change and keeps what she saw; Carol sees them; then the present comes (scene 37)', async () => {
  await using place = await town('hide')
  const { bob, carol, nosy } = await watched(place)
  await bob.agent.status({ note: 'before' })
  await place.pass(1_000)
  nosy.read.length = 0
  await bob.agent.personRule({ who: nosy.peer, then: 'hide', forMs: 3_600_000 })
  await bob.agent.status({ note: 'hidden one' })
  await place.pass(20_000)
  expect(nosy.read).toEqual([]) // no word of it, by any means
  await bob.agent.status({ note: 'hidden two', basic: 'closed' })
  await nosy.pester(60_000)
  expect(new Set(notesOf(nosy))).toEqual(new Set(['before']))
  expect(changesSeenBy(carol).slice(-2)).toEqual(['hidden one', 'hidden two'])
  await place.pass(3_600_000)
  nosy.ask()
  await place.pass(1_000)
  expect(nosy.read.at(-1)?.note).toBe('hidden two')
})

test('Her group is allowed and she is on the block list: the list decides, whatever the rules give (scene 38)', async () => {
  await using place = await town('mallory')
  const { bob, nosy } = await watched(place, { contact: false })
  await bob.agent.addContact({ who: nosy.peer, name: 'Mallory', groups: ['work'] })
  await bob.agent.accessRules({
    rules: [{ if: { group: 'work' }, then: 'allow', view: 'contacts' }, { then: 'allow' }],
  })
  await bob.agent.status({ note: 'for work' })
  nosy.ask()
  await place.pass(2_000)
  expect(nosy.read.at(-1)?.note).toBe('for work') // the control: the group is allowed
  await bob.agent.personRule({ who: 'Mallory', then: 'block' })
  await place.pass(500)
  expect(statesOf(nosy).at(-1)).toBe('terminated rejected')
  await bob.agent.status({ note: 'not for Mallory' })
  await place.pass(2_000)
  expect(notesOf(nosy)).not.toContain('not for Mallory')
  // Neither a yes nor a newer allowance lifts it; both name what does.
  for (const attempt of [
    bob.agent.personRule({ who: 'Mallory', then: 'allow' }),
    bob.agent.accept({ who: 'Mallory' }),
    bob.agent.addContact({ who: 'Mallory' }),
  ])
    await expect(attempt).rejects.toMatchObject({
      code: 'blocked',
      message: expect.stringContaining('nigh unblock'),
    })
})

test('The rule for her becomes confirm: pending, and nothing more; becomes allow: the present at once (scene 39)', async () => {
  await using place = await town('confirm')
  const { bob, nosy } = await watched(place)
  const only = (then: 'confirm' | 'allow'): AccessRules => ({
    rules: [{ if: { from: [nosy.peer] }, then, ...(then === 'allow' ? { view: 'contacts' } : {}) }],
  })
  await bob.agent.accessRules(only('confirm'))
  await place.pass(1_000)
  expect(statesOf(nosy).at(-1)).toBe('pending subscribe')
  nosy.read.length = 0
  await bob.agent.status({ note: 'while pending' })
  await nosy.pester(60_000)
  expect(nosy.read).toEqual([])
  await bob.agent.accessRules(only('allow'))
  await place.pass(500)
  // By the grant; and from the carrier, where she had recorded it under a key of this period (fault P4, declared).
  expect(new Set(notesOf(nosy))).toEqual(new Set(['while pending']))
})

test('A rule for the evening takes effect when its hour comes, and ends with it', async () => {
  await using place = await town('hours')
  const { bob, nosy } = await watched(place)
  const local = new Date(place.clock.now())
  const at = (minutes: number): string => {
    const then = new Date(local.getTime() + minutes * 60_000)
    return `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`
  }
  await bob.agent.accessRules({ rules: [{ if: { between: [at(30), at(60)] }, then: 'confirm' }] })
  await place.pass(29 * 60_000)
  nosy.ask()
  await place.pass(500)
  expect(nosy.frames.at(-1)?.kind).toBe('grant')
  await place.pass(2 * 60_000)
  expect(statesOf(nosy).at(-1)).toBe('pending subscribe')
  nosy.frames.length = 0
  await place.pass(30 * 60_000)
  expect(nosy.frames.map((frame) => frame.kind)).toContain('grant')
})

test('What was owed to somebody who is blocked, and what the blocked one owed, fails as refused', async () => {
  await using place = await town('owed')
  const { alice, bob } = await friends(place)
  await alice.leave()
  const { id } = await bob.agent.send({ to: 'Alice', text: 'never left' })
  await bob.agent.personRule({ who: 'Alice', then: 'block' })
  expect((await bob.agent.outbox()).find((row) => row.id === id)).toMatchObject({
    outcome: 'failure',
    reason: 'refused',
  })
  await expect(bob.agent.send({ to: 'Alice', text: 'again' })).rejects.toMatchObject({ code: 'blocked' })
  const back = await alice.restart()
  await place.pass(5_000)
  await place.pass(60_000)
  const sent = await back.agent.send({ to: 'Bob', text: 'hello?' })
  await place.pass(120_000)
  expect((await back.agent.outbox()).find((row) => row.id === sent.id)).toMatchObject({
    outcome: 'failure',
    reason: 'refused',
  })
  expect((await bob.agent.inbox()).filter((row) => 'from' in row)).toEqual([])
})

test('With a fresh key she is a stranger, and sees what strangers see; the command says so (fault P3)', async () => {
  await using place = await town('fresh key')
  const { bob, nosy } = await watched(place)
  const made = await bob.agent.personRule({ who: nosy.peer, then: 'polite-block' })
  await place.pass(3_000)
  expect(nosy.read.at(-1)?.tuples).toMatchObject(CLOSED)
  const fresh = await place.moveIn('Nosy under another key')
  await place.pass(3_000)
  const seen = (await fresh.agent.who()).find(({ who }) => who.peerId === bob.peerId)?.presence
  expect(seen).toEqual({ name: 'Bob', tuples: [{ id: 'im', status: { basic: 'open' } }] })
  expect(made.strangers?.presence).toEqual(seen)
  expect((await bob.agent.strangers()).presence).toEqual(seen)
  await bob.agent.rules({ preset: 'private' })
  expect(await bob.agent.strangers()).toMatchObject({ decision: 'confirm' })
})
