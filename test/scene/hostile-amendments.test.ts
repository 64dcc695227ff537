/** Edits, deletions and reactions of people who keep no rules: what is another's stays as it is (fault M3), and nothing piles up. */
import { expect, test } from 'vitest'
import type { InstantMessage } from '../../src/envelope/message-frame.ts'
import { AMENDMENTS_AWAITING_LIMIT, REACTION_LIMIT } from '../../src/envelope/protocol.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { anyId, type Intruder, intruder } from '../support/intruder.ts'
import { friends, theyNoticeNothing } from '../support/talk.ts'
import { type Resident, town } from '../support/town.ts'

const AMENDMENTS = ['edit', 'delete', 'react', 'unreact'] as const
const rowsOf = async (resident: Resident) => ({
  all: await resident.agent.inbox({ limit: 1_000 }),
  sent: await resident.agent.outbox({ limit: 1_000 }),
})
const fared = ({ letters }: Intruder): string[] =>
  letters.flatMap((letter) =>
    letter.kind === 'receipt' ? letter.ids.map(() => letter.reason ?? letter.disposition) : [],
  )
const amends = (by: (typeof AMENDMENTS)[number], id: MessageId): Partial<InstantMessage> => ({
  amends: { by, id },
})

test.each([
  ['a stranger', false],
  ['a contact of both', true],
])(
  'Mallory, %s, knows the ids between Alice and Bob, and changes nothing of theirs',
  async (_word, known) => {
    await using place = await town(`mallory ${known}`)
    const { alice, bob } = await friends(place)
    await theyNoticeNothing(place, { alice, bob }, () => {})
    const ids = (await alice.agent.inbox({ with: 'Bob', limit: 1_000 })).map(({ id }) => id)
    const before = { alice: await rowsOf(alice), bob: await rowsOf(bob) }
    const key = await makeKey()
    for (const target of [alice, bob]) {
      const mallory = await intruder(place, target, { key })
      if (known) await target.agent.addContact({ who: `pres:${mallory.peer}` })
      for (const id of ids)
        for (const by of AMENDMENTS) mallory.write(mallory.message('hacked', amends(by, id)))
      await place.pass(3_000)
      expect(fared(mallory)).toHaveLength(4 * ids.length)
      expect(new Set(fared(mallory))).toEqual(new Set(known ? ['delivered', 'refused'] : ['rate-limited']))
      expect(await target.agent.requests()).toEqual([])
      await mallory.leave()
    }
    expect({ alice: await rowsOf(alice), bob: await rowsOf(bob) }).toEqual(before)
    expect([...alice.events, ...bob.events].filter(({ event }) => event === 'amended')).toEqual([])
    // The control: the same from who may.
    const mine = (await alice.agent.outbox()).at(-1)?.id ?? ''
    const editing = alice.agent.edit({ id: mine, text: 'by herself', waitMs: 1_000 })
    await place.pass(100)
    expect(await editing).toMatchObject({ outcome: 'success' })
    expect((await bob.agent.inbox({ with: 'Alice' })).find(({ id }) => id === mine)).toMatchObject({
      text: 'by herself',
    })
  },
)

test('Blocked, Alice can change nothing any more of what she said; her edits cannot be told from her messages', async () => {
  await using place = await town('blocked')
  const bob = await place.moveIn('Bob')
  await place.pass(1_000)
  const key = await makeKey()
  const alice = await intruder(place, bob, { key })
  await bob.agent.addContact({ who: `pres:${alice.peer}` })
  const message = alice.message('as it was')
  alice.write(message)
  await place.pass(100)
  const asItWas = await bob.agent.inbox()
  // Politely: what she sees is somebody closed.
  await bob.agent.personRule({ who: `pres:${alice.peer}`, then: 'polite-block' })
  await place.pass(1_000)
  alice.write(alice.message('hello?'), ...AMENDMENTS.map((by) => alice.message('x', amends(by, message.id))))
  await place.pass(100)
  expect(fared(alice)).toEqual(['delivered', ...Array(5).fill('closed')])
  await bob.agent.personRule({ who: `pres:${alice.peer}`, then: 'block' })
  // In the moment before she is hung up on.
  alice.write(...AMENDMENTS.map((by) => alice.message('x', amends(by, message.id))))
  await place.pass(1_000)
  expect(fared(alice).filter((word) => word === 'delivered')).toHaveLength(1)
  const now = await bob.agent.inbox()
  expect(now.map(({ text }) => text)).toEqual(asItWas.map(({ text }) => text))
  expect(now[0]).not.toHaveProperty('edited')
})

test('A flood of reactions is one reaction, one of changes to what never came is bounded, and nothing rings', async () => {
  await using place = await town('flood')
  const bob = await place.moveIn('Bob')
  await place.pass(1_000)
  const carol = await intruder(place, bob)
  await bob.agent.addContact({ who: `pres:${carol.peer}` })
  const greeting = carol.message('hello')
  carol.write(greeting)
  await place.pass(100)
  const sending = bob.agent.send({ to: `pres:${carol.peer}`, text: 'hi' })
  await place.pass(100)
  const { id } = await sending
  const rings = bob.events.filter(({ event }) => event === 'message').length
  for (let round = 0; round < 500; round += 1)
    carol.write(carol.message(`no ${round}`, { ...amends('react', id), sentAt: round }))
  carol.write(carol.message('x'.repeat(REACTION_LIMIT + 1), amends('react', id)))
  await place.pass(2_000)
  expect(fared(carol).slice(1)).toEqual([...Array(500).fill('delivered'), 'too-large'])
  const [, mine] = await bob.agent.inbox({ with: `pres:${carol.peer}` })
  expect(mine).toMatchObject({ id, reaction: 'no 499' })
  // What is not shown any more is not kept either.
  const kept = await Promise.all((await bob.store.journal.since(0, 10_000)).map(({ inbox }) => inbox))
  const bodies = kept.flatMap((row) => (row?.amends === undefined ? [] : [row.body.length]))
  expect([bodies.length, bodies.filter((bytes) => bytes > 0).length]).toEqual([500, 1])

  carol.letters.length = 0
  for (let round = 0; round < 300; round += 1)
    carol.write(carol.message('later', amends(round % 2 ? 'edit' : 'delete', anyId(place))))
  await place.pass(2_000)
  const words = fared(carol)
  expect(words.filter((word) => word === 'delivered')).toHaveLength(AMENDMENTS_AWAITING_LIMIT)
  expect(words.filter((word) => word === 'rate-limited')).toHaveLength(300 - AMENDMENTS_AWAITING_LIMIT)
  // What was refused left nothing, and what waits shows nothing.
  expect(await bob.agent.inbox({ limit: 1_000 })).toHaveLength(1)
  expect(await bob.agent.inbox({ unread: true })).toHaveLength(1)
  expect(bob.events.filter(({ event }) => event === 'message')).toHaveLength(rings)
  // The control: she can still change what she did say.
  carol.write(carol.message('hello!', amends('edit', greeting.id)))
  await place.pass(100)
  expect(await bob.agent.inbox()).toMatchObject([{ text: 'hello!', edited: expect.any(String) }])
})

test('Frames in any order and twice: an edit before its message, a reaction after the deletion, an older edit last', async () => {
  await using place = await town('order')
  const bob = await place.moveIn('Bob')
  await place.pass(1_000)
  const alice = await intruder(place, bob)
  await bob.agent.addContact({ who: `pres:${alice.peer}` })
  const one = alice.message('one')
  const edits = [1, 2].map((count) =>
    alice.message(`one, edit ${count}`, { ...amends('edit', one.id), sentAt: one.sentAt + count }),
  )
  const [first = one, second = one] = edits
  alice.write(second, second)
  await place.pass(100)
  expect(await bob.agent.inbox()).toEqual([])
  alice.write(one, first, one, second, first)
  await place.pass(100)
  expect(await bob.agent.inbox()).toMatchObject([{ text: 'one, edit 2', unread: true }])
  expect(bob.events.filter(({ event }) => event === 'message')).toMatchObject([{ text: 'one, edit 2' }])
  // What an edit has replaced is not kept.
  const bodies = await Promise.all(
    [one, first].map(async ({ id }) => (await bob.store.inbox.find(id))[0]?.body.length),
  )
  expect(bodies).toEqual([0, 0])
  // An edit of an edit is an edit of no message.
  alice.write(alice.message('an edit of an edit', amends('edit', second.id)))
  const two = alice.message('two')
  alice.write(
    alice.message('gone', amends('delete', two.id)),
    alice.message('back?', amends('edit', two.id)),
    two,
  )
  await place.pass(100)
  const rows = await bob.agent.inbox()
  expect(rows).toMatchObject([
    { text: 'one, edit 2' },
    { text: '', deleted: expect.any(String), unread: false },
  ])
  expect(rows[1]).not.toHaveProperty('edited')
  expect((await bob.store.inbox.find(two.id))[0]?.body.length).toBe(0)
  await expect(bob.agent.react({ id: two.id, reaction: '👍' })).rejects.toMatchObject({
    code: 'no-such-message',
  })
})
