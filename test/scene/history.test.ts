/** The history of a town: found by its words, deleted without being forgotten, kept as long as its person wants. */
import { expect, test } from 'vitest'
import type { Message, Outcome } from '../../src/agent.ts'
import { NighError } from '../../src/errors.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const DAY = 86_400_000

const texts = (rows: readonly (Message | Outcome)[]): (string | undefined)[] => rows.map((row) => row.text)

async function says(place: Town, from: Resident, to: string, ...said: string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const text of said) {
    const sending = from.agent.send({ to, text, waitMs: 500 })
    await place.pass(501)
    outcomes.push(await sending)
  }
  return outcomes
}

async function friends(place: Town): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return { alice, bob }
}

test('Bob finds what was said, in both directions, from its words; older pages lie before a message', async () => {
  await using place = await town('search')
  const { alice, bob } = await friends(place)
  await says(place, alice, 'Bob', 'Coffee at nine?', 'or tea')
  await says(place, bob, 'Alice', 'coffee, please')
  await says(place, alice, 'Bob', 'Coffee it is')
  const found = await bob.agent.search({ words: 'coffee' })
  expect(texts(found)).toEqual(['Coffee at nine?', 'coffee, please', 'Coffee it is'])
  expect(texts(await bob.agent.search({ words: 'coffee', limit: 2 }))).toEqual([
    'coffee, please',
    'Coffee it is',
  ])
  expect(texts(await bob.agent.search({ words: 'coffee', before: found[1]?.id ?? '' }))).toEqual([
    'Coffee at nine?',
  ])
  expect(texts(await bob.agent.search({ words: 'coff', with: 'Alice' }))).toHaveLength(3)
  expect(await bob.agent.search({ words: 'cocoa' })).toEqual([])
})

test('What is deleted is gone here and nowhere else, and what is still owed cannot be', async () => {
  await using place = await town('delete')
  const { alice, bob } = await friends(place)
  await says(place, alice, 'Bob', 'a secret', 'the rest')
  const [message] = await bob.agent.inbox()
  expect(await bob.agent.deleteMessages({ ids: [message?.id ?? ''] })).toEqual([message?.id])
  expect(texts(await bob.agent.inbox())).toEqual(['the rest'])
  expect(await bob.agent.search({ words: 'secret' })).toEqual([])
  expect(texts(await alice.agent.outbox())).toEqual(['a secret', 'the rest'])
  await bob.leave()
  const { id } = await alice.agent.send({ to: 'Bob', text: 'later' })
  expect(await alice.agent.deleteMessages({ ids: [id, message?.id ?? ''] })).toEqual([message?.id])
  expect(texts(await alice.agent.outbox())).toEqual(['the rest', 'later'])
  await expect(alice.agent.deleteMessages({ ids: ['nonsense'] })).rejects.toMatchObject({
    code: 'no-such-message',
  })
})

test('Messages are kept as long as Bob says; what he has not read stays', async () => {
  await using place = await town('retention')
  const { alice, bob } = await friends(place)
  await says(place, alice, 'Bob', 'read long ago')
  await bob.agent.inbox({ markRead: true })
  await says(place, alice, 'Bob', 'not read')
  await alice.leave()
  expect(await bob.agent.retention()).toEqual({})
  await expect(bob.agent.retention({ keepMs: 1 })).rejects.toMatchObject({ code: 'usage' })
  expect(await bob.agent.retention({ keepMs: DAY })).toEqual({ keepMs: DAY })
  expect(texts(await bob.agent.inbox())).toEqual(['read long ago', 'not read'])
  await place.pass(DAY + DAY / 4)
  expect(texts(await bob.agent.inbox())).toEqual(['not read'])
  expect(await bob.agent.retention({ keepMs: null })).toEqual({})
  await bob.agent.inbox({ markRead: true })
  await place.pass(2 * DAY)
  expect(texts(await bob.agent.inbox())).toEqual(['not read'])
})

test('Bob pages back before a message that was let go of meanwhile: he goes on from where it lay', async () => {
  await using place = await town('paging')
  const { alice, bob } = await friends(place)
  await says(place, alice, 'Bob', 'one', 'two')
  await says(place, bob, 'Alice', 'three')
  await says(place, alice, 'Bob', 'four')
  const [, two, three] = await bob.agent.inbox({ with: 'Alice' })
  await bob.agent.deleteMessages({ ids: [two?.id ?? '', three?.id ?? ''] })
  for (const gone of [two, three]) {
    const before = gone?.id ?? ''
    expect(texts(await bob.agent.inbox({ with: 'Alice', before }))).toEqual(['one'])
    expect(texts(await bob.agent.inbox({ before }))).toEqual(['one'])
    expect(texts(await bob.agent.search({ words: 'o', before }))).toEqual(['one'])
  }
  await expect(bob.agent.inbox({ before: 'nonsense' })).rejects.toMatchObject({ code: 'no-such-message' })
})

test('Bob’s disk was full for a moment: what is too old is let go of later, and words are indexed again', async () => {
  await using place = await town('full moment')
  let full = false
  const calls = { forget: 0, index: 0 }
  const refuseWhileFull = (what: keyof typeof calls): void => {
    calls[what] += 1
    if (full) throw new NighError('store-full', 'The disk is full.')
  }
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', {
    tapStore: (store) => ({
      ...store,
      history: {
        ...store.history,
        async index(limit) {
          refuseWhileFull('index')
          return store.history.index(limit)
        },
        async forget(which) {
          refuseWhileFull('forget')
          return store.history.forget(which)
        },
      },
    }),
  })
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await bob.agent.retention({ keepMs: DAY })
  await says(place, alice, 'Bob', 'one')
  await bob.agent.inbox({ markRead: true })
  await alice.leave()
  full = true
  await place.pass(DAY / 2)
  full = false
  const before = { ...calls }
  await says(place, bob, 'Alice', 'two')
  await place.pass(DAY)
  expect(calls.forget).toBeGreaterThan(before.forget)
  expect(calls.index).toBeGreaterThan(before.index)
  expect(texts(await bob.agent.inbox())).toEqual([])
})
