/** What is done to a message after it was sent: edits, reactions, deletion for both (scene 69). In a town. */
import { expect, test } from 'vitest'
import type { AgentEvent, Message, Outcome } from '../../src/agent.ts'
import { messageIdFromBytes } from '../../src/envelope/message-id.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { friends } from '../support/talk.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const said = async (resident: Resident, who: string) =>
  (await resident.agent.inbox({ with: who })).map(({ text, edited, deleted, reaction, amending }) =>
    [
      deleted === undefined ? text : '(deleted)',
      ...(edited === undefined ? [] : ['edited']),
      ...(reaction === undefined ? [] : [reaction]),
      ...(amending === undefined ? [] : ['on its way']),
    ].join(' '),
  )

const news = (events: readonly AgentEvent[]) =>
  events.flatMap((event) =>
    event.event === 'amended'
      ? [`${event.by}${event.undone ? ' undone' : ''}: ${textOf(event.message)}`]
      : [],
  )

function textOf({ text = '', reaction = '' }: Message | Outcome): string {
  return `${text} ${reaction}`.trim()
}

/** Asks, and lets it be answered. */
async function done<Answer>(place: Town, asked: Promise<Answer>, ms = 200): Promise<Answer> {
  await place.pass(ms)
  return asked
}

test('Alice edits, Bob reacts, Alice deletes: both see the same, and so does who listens', async () => {
  await using place = await town('amended')
  const { alice, bob } = await friends(place)
  const { id } = await done(place, alice.agent.send({ to: 'Bob', text: 'Lunch at noon?' }))
  const edited = await done(place, alice.agent.edit({ id, text: 'Lunch at one?', waitMs: 1_000 }))
  expect(edited).toMatchObject({ outcome: 'success', disposition: 'delivered', amends: { id, by: 'edit' } })
  expect(edited.id).not.toBe(id)
  await done(place, bob.agent.react({ id, reaction: ' 👍\n' }))
  await done(place, bob.agent.react({ id, reaction: '🎉' }))
  expect(await said(alice, 'Bob')).toEqual(['Lunch at one? edited 🎉'])
  expect(await said(bob, 'Alice')).toEqual(['Lunch at one? edited 🎉'])
  await done(place, bob.agent.react({ id, reaction: null }))
  await done(place, alice.agent.edit({ id, text: 'Lunch at two?' }))
  expect(await said(alice, 'Bob')).toEqual(['Lunch at two? edited'])
  expect(await said(bob, 'Alice')).toEqual(['Lunch at two? edited'])
  await done(place, bob.agent.react({ id, reaction: 'ok' }))
  expect(await done(place, alice.agent.deleteForBoth({ id, waitMs: 1_000 }))).toMatchObject({
    outcome: 'success',
    amends: { id, by: 'delete' },
  })
  expect(await said(alice, 'Bob')).toEqual(['(deleted)'])
  expect(await said(bob, 'Alice')).toEqual(['(deleted)'])
  expect(news(bob.events)).toEqual([
    'edit: Lunch at one?',
    'react: Lunch at one? 👍',
    'react: Lunch at one? 👍',
    'react: Lunch at one? 🎉',
    'react: Lunch at one? 🎉',
    'unreact: Lunch at one?',
    'unreact: Lunch at one?',
    'edit: Lunch at two?',
    'react: Lunch at two? ok',
    'react: Lunch at two? ok',
    'delete: ',
  ])
  expect(bob.events.filter(({ event }) => event === 'message')).toHaveLength(1)
  expect(alice.events.filter(({ event }) => event === 'message')).toHaveLength(0)
  // Who comes later is told as much, of messages as they are now.
  const later: AgentEvent[] = []
  const over = new AbortController()
  void (async () => {
    for await (const event of bob.agent.events({ since: 0 }, { signal: over.signal })) later.push(event)
  })()
  await place.pass(100)
  over.abort()
  expect(news(later)).toHaveLength(news(bob.events).length)
  expect(later.map(({ seq }) => seq)).toEqual(
    later.map(({ seq }) => seq).toSorted((one, other) => one - other),
  )
})

test('Bob is away: Alice edits and deletes, her process is killed, and he finds all as she left it', async () => {
  await using place = await town('away')
  const { alice, bob } = await friends(place)
  const read = await done(place, alice.agent.send({ to: 'Bob', text: 'The door is opne' }))
  const gone = await done(place, alice.agent.send({ to: 'Bob', text: 'For Carol, sorry' }))
  await done(place, bob.agent.react({ id: read.id, reaction: '👍' }))
  await bob.leave()
  await place.pass(1_000)
  const edited = await done(place, alice.agent.edit({ id: read.id, text: 'The door is open' }))
  expect(edited).toMatchObject({ state: 'owed', waits: 'unreachable' })
  await done(place, alice.agent.deleteForBoth({ id: gone.id }))
  // One that never left is simply taken back.
  const late = await done(place, alice.agent.send({ to: 'Bob', text: 'never mind' }))
  expect(await done(place, alice.agent.deleteForBoth({ id: late.id }))).toMatchObject({
    id: late.id,
    outcome: 'failure',
    reason: 'recalled',
  })
  expect(await said(alice, 'Bob')).toEqual([
    'The door is open edited 👍 on its way',
    '(deleted) on its way',
    'never mind',
  ])
  await alice.kill()
  const again = await alice.restart()
  await place.pass(1_000)
  const home = await bob.restart()
  await place.pass(10_000)
  expect(await said(home, 'Alice')).toEqual(['The door is open edited 👍', '(deleted)'])
  expect(await said(again, 'Bob')).toEqual(['The door is open edited 👍', '(deleted)', 'never mind'])
})

test('An edit that has not left is taken back like any message; what both have replaced or deleted, neither keeps', async () => {
  await using place = await town('taken back')
  const { alice, bob } = await friends(place)
  const { id } = await done(place, alice.agent.send({ to: 'Bob', text: 'one' }))
  const gone = await done(place, alice.agent.send({ to: 'Bob', text: 'gone' }))
  await done(place, alice.agent.edit({ id, text: 'two' }))
  await bob.leave()
  await place.pass(1_000)
  const owed = await done(place, alice.agent.edit({ id, text: 'three' }))
  expect(await said(alice, 'Bob')).toEqual(['three edited on its way', 'gone'])
  expect(await done(place, alice.agent.recall({ id: owed.id }))).toMatchObject({ reason: 'recalled' })
  expect(await said(alice, 'Bob')).toEqual(['two edited', 'gone'])
  const home = await bob.restart()
  await place.pass(5_000)
  await done(place, alice.agent.edit({ id, text: 'four' }))
  await done(place, alice.agent.deleteForBoth({ id: gone.id }))
  expect(await said(home, 'Alice')).toEqual(['four edited', '(deleted)'])
  const kept = async ({ store }: Resident) =>
    (await store.journal.since(0, 1_000)).flatMap(({ kind, inbox, outbox }) => {
      const text = new TextDecoder().decode((inbox ?? outbox)?.body)
      return kind === 'request' || text === '' ? [] : [text]
    })
  expect([...new Set(await kept(home))]).toEqual(['four'])
  // Of hers what never left is hers.
  expect([...new Set(await kept(alice))]).toEqual(['three', 'four'])
})

test('A change that fails changes nothing: Bob is closed, and both see what was said first', async () => {
  await using place = await town('closed')
  const { alice, bob } = await friends(place)
  const { id } = await done(place, alice.agent.send({ to: 'Bob', text: 'coffee' }))
  await done(place, alice.agent.edit({ id, text: 'tea' }))
  await done(place, bob.agent.status({ basic: 'closed' }))
  const failed = { outcome: 'failure', reason: 'closed' }
  expect(await done(place, alice.agent.edit({ id, text: 'beer', waitMs: 1_000 }))).toMatchObject(failed)
  expect(await done(place, alice.agent.deleteForBoth({ id, waitMs: 1_000 }))).toMatchObject(failed)
  expect(await said(alice, 'Bob')).toEqual(['tea edited'])
  expect(news(alice.events).slice(-4)).toEqual([
    'edit: beer',
    'edit undone: tea',
    'delete: ',
    'delete undone: tea',
  ])
  expect((await alice.agent.search({ words: 'beer' })).length).toBe(0)
  expect((await alice.agent.search({ words: 'tea' })).length).toBe(1)
  const waiting = await done(place, alice.agent.edit({ id, text: 'water', untilOpen: true }))
  expect(waiting.state).not.toBe('settled')
  await done(place, bob.agent.status({ basic: 'open' }), 5_000)
  expect(await said(alice, 'Bob')).toEqual(['water edited'])
  expect(await said(bob, 'Alice')).toEqual(['water edited'])
})

test('What Bob never gets is not edited either: taken back or out of time, no word of it comes to him', async () => {
  await using place = await town('never got')
  const { alice, bob } = await friends(place)
  await bob.leave()
  await place.pass(1_000)
  const back = await done(place, alice.agent.send({ to: 'Bob', text: 'a walrus' }))
  const late = await done(place, alice.agent.send({ to: 'Bob', text: 'an ocelot', expireMs: 60_000 }))
  const edits = [
    await done(place, alice.agent.edit({ id: back.id, text: 'a pelican' })),
    await done(place, alice.agent.edit({ id: late.id, text: 'a tapir' })),
    // Out of time right after its message.
    await done(place, alice.agent.edit({ id: late.id, text: 'a yak', expireMs: 60_000 })),
  ]
  expect(await done(place, alice.agent.deleteForBoth({ id: back.id }))).toMatchObject({
    outcome: 'failure',
    reason: 'recalled',
  })
  await place.pass(120_000)
  expect(news(alice.events).filter((each) => each.includes('undone'))).toEqual([
    'edit undone: a walrus',
    'edit undone: a yak',
    'edit undone: an ocelot',
  ])
  expect(await said(alice, 'Bob')).toEqual(['a walrus', 'an ocelot'])
  const home = await bob.restart()
  await place.pass(10_000)
  await done(place, alice.agent.send({ to: 'Bob', text: 'hello' }))
  expect(await said(home, 'Alice')).toEqual(['hello'])
  for (const { id } of [back, late, ...edits]) expect(await home.store.inbox.find(id)).toEqual([])
})

test('What was edited is found by its words now, what was deleted by none; letting go takes all of it', async () => {
  await using place = await town('words')
  const { alice, bob } = await friends(place)
  const one = await done(place, alice.agent.send({ to: 'Bob', text: 'a green apple' }))
  const two = await done(place, alice.agent.send({ to: 'Bob', text: 'a ripe pear' }))
  await done(place, bob.agent.react({ id: one.id, reaction: '🍏' }))
  const found = async (words: string) =>
    Promise.all(
      [alice, bob].map(async ({ agent }) => (await agent.search({ words })).map(({ text }) => text)),
    )
  expect(await found('green')).toEqual([['a green apple'], ['a green apple']])
  await done(place, alice.agent.edit({ id: one.id, text: 'a yellow quince' }))
  await done(place, alice.agent.deleteForBoth({ id: two.id }))
  expect(await found('green')).toEqual([[], []])
  expect(await found('quince')).toEqual([['a yellow quince'], ['a yellow quince']])
  expect(await found('pear')).toEqual([[], []])
  // Bob keeps nothing longer than an hour: what goes by its age must not come back as it was before.
  await place.pass(2 * 3_600_000)
  await done(place, alice.agent.edit({ id: one.id, text: 'a red cherry' }))
  await place.pass(2 * 3_600_000)
  await done(place, bob.agent.retention({ keepMs: 3_600_000 }))
  // Unread it stays, and as it is now.
  expect(await said(bob, 'Alice')).toEqual(['a red cherry edited 🍏'])
  await done(place, bob.agent.markRead({ ids: [one.id] }))
  await done(place, bob.agent.retention({ keepMs: 3_600_000 }))
  expect(await said(bob, 'Alice')).toEqual([])
  expect(await found('cherry')).toEqual([['a red cherry'], []])
  // And what comes for it later brings nothing back.
  await done(place, alice.agent.edit({ id: one.id, text: 'a blue plum', waitMs: 1_000 }))
  expect(await said(bob, 'Alice')).toEqual([])
  expect(await found('plum')).toEqual([['a blue plum'], []])
})

test('A message may not be changed by who did not write it, nor one that never came, nor one that is gone', async () => {
  await using place = await town('not mine')
  const { alice, bob } = await friends(place)
  const { id } = await done(place, alice.agent.send({ to: 'Bob', text: 'mine' }))
  await expect(bob.agent.edit({ id, text: 'yours' })).rejects.toMatchObject({ code: 'usage' })
  await expect(bob.agent.deleteForBoth({ id })).rejects.toMatchObject({ code: 'usage' })
  await expect(alice.agent.react({ id, reaction: '👍' })).rejects.toMatchObject({ code: 'usage' })
  await expect(bob.agent.react({ id, reaction: ' \n ' })).rejects.toMatchObject({ code: 'empty-text' })
  await expect(bob.agent.react({ id, reaction: 'x'.repeat(65) })).rejects.toMatchObject({ code: 'too-large' })
  await expect(alice.agent.edit({ id, text: ' ' })).rejects.toMatchObject({ code: 'empty-text' })
  await expect(alice.agent.edit({ id: 'nonsense', text: 'x' })).rejects.toMatchObject({
    code: 'no-such-message',
  })
  const edited = await done(place, alice.agent.edit({ id, text: 'still mine' }))
  // The change itself is no message.
  await expect(alice.agent.edit({ id: edited.id, text: 'x' })).rejects.toMatchObject({
    code: 'no-such-message',
  })
  await expect(bob.agent.markRead({ ids: [edited.id] })).rejects.toMatchObject({ code: 'no-such-message' })
  await expect(bob.agent.deleteMessages({ ids: [edited.id] })).rejects.toMatchObject({
    code: 'no-such-message',
  })
  // Asked for twice, as by a command whose peer was replaced meanwhile, it is one change.
  const changeId = place.entropy.bytes(16)
  const named = { id, changeId: uuid(changeId) }
  const first = await done(place, alice.agent.deleteForBoth(named))
  expect(await done(place, alice.agent.deleteForBoth(named))).toMatchObject({
    id: first.id,
    outcome: 'success',
  })
  await expect(alice.agent.edit({ id, text: 'x' })).rejects.toMatchObject({ code: 'no-such-message' })
  await expect(bob.agent.react({ id, reaction: '👍' })).rejects.toMatchObject({ code: 'no-such-message' })
  await expect(bob.agent.reply({ replyTo: id, text: 'what?' })).rejects.toMatchObject({
    code: 'no-such-message',
  })
})

const uuid = (bytes: Uint8Array): MessageId => messageIdFromBytes(bytes)
