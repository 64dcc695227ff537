/** How a message stands after all that was done to it: by a table, and in every order of arrival. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Amendment } from '../../src/agent.ts'
import type { Store } from '../../src/ports.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { type Amending, standingOf } from '../../src/store/standing.ts'
import { openStore } from '../../src/store/store.ts'
import { alice, bob, messageId, NOON, owed, told } from './rows.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const textOf = (body: Uint8Array | undefined): string | undefined => body && Buffer.from(body).toString()

function amending(by: Amendment, text: string, about: Partial<Amending> = {}): Amending {
  const sentAt = about.sentAt ?? 1
  return {
    carrier: sentAt,
    by,
    id: `${sentAt}` as MessageId,
    sentAt,
    at: 10 * sentAt,
    body: bytes(text),
    contentType: 'text/plain',
    fate: 'stands',
    ...about,
  }
}

describe('a message', () => {
  const table: [does: string, amendings: Amending[], stands: object | undefined, worth: number[]][] = [
    ['to which nothing was done stands as it is', [], undefined, []],
    ['that was edited has the new text', [amending('edit', 'b')], { editedAt: 10, text: 'b' }, [1]],
    [
      'that was edited twice has the later text, whichever came first',
      [amending('edit', 'c', { sentAt: 2 }), amending('edit', 'b')],
      { editedAt: 20, text: 'c' },
      [2],
    ],
    [
      'whose last edit failed has the one before',
      [amending('edit', 'b'), amending('edit', 'c', { sentAt: 2, fate: 'failed' })],
      { editedAt: 10, text: 'b' },
      [1],
    ],
    [
      'whose edit is not answered has the new text, and says so',
      [amending('edit', 'b', { fate: 'open' })],
      { editedAt: 10, text: 'b', open: true },
      [1],
    ],
    [
      'that was deleted stays so, whatever comes',
      [amending('edit', 'c', { sentAt: 9 }), amending('delete', '', { sentAt: 2 }), amending('react', '👍')],
      { deletedAt: 20 },
      [],
    ],
    [
      'has one reaction, the later',
      [amending('react', '🎉', { sentAt: 2 }), amending('react', '👍')],
      { reaction: '🎉' },
      [2],
    ],
    [
      'has none when it was taken back',
      [amending('unreact', '', { sentAt: 2 }), amending('react', '👍')],
      undefined,
      [2],
    ],
    ['shows a reaction on one line', [amending('react', ' a\n\u0007b ')], { reaction: 'a b' }, [1]],
    ['has no reaction that shows nothing', [amending('react', ' \n')], undefined, [1]],
    ['of a reaction shows 64 bytes', [amending('react', 'x'.repeat(999))], { reaction: 'x'.repeat(64) }, [1]],
  ]
  test.each(table)('%s', (_does, amendings, stands, worth) => {
    const { standing, worth: found } = standingOf(amendings)
    if (standing === undefined) expect(stands).toBeUndefined()
    else {
      const { body, contentType: _, ...rest } = standing
      expect({ ...rest, ...(body === undefined ? {} : { text: textOf(body) }) }).toEqual(stands)
    }
    expect([...found]).toEqual(worth)
  })

  test('stands alike in every order, also where two were sent at the same time', () => {
    const amendings = fc.uniqueArray(
      fc.record({
        by: fc.constantFrom<Amendment>('edit', 'delete', 'react', 'unreact'),
        sentAt: fc.nat(3),
        carrier: fc.nat(),
        text: fc.string({ maxLength: 3 }),
      }),
      { selector: ({ carrier }) => carrier, maxLength: 8 },
    )
    fc.assert(
      fc.property(amendings, fc.infiniteStream(fc.nat()), (some, chance) => {
        const all = some.map(({ by, text, ...about }) =>
          amending(by, text, { ...about, id: `${about.carrier}` as MessageId }),
        )
        const shuffled = all
          .map((each) => ({ each, at: chance.next().value ?? 0 }))
          .toSorted((one, other) => one.at - other.at)
          .map(({ each }) => each)
        expect(standingOf(shuffled)).toEqual(standingOf(all))
      }),
    )
  })
})

describe('in the store', () => {
  const message = { id: messageId(), body: bytes('first'), sentAt: NOON }
  const mine = { id: messageId(), body: bytes('mine'), sentAt: NOON }

  /** All that one person can send about two messages; ids and times are theirs to choose, so some are equal. */
  const letters = fc.array(
    fc.record({
      by: fc.constantFrom<Amendment>('edit', 'edit', 'react', 'unreact', 'delete'),
      text: fc.constantFrom('a', 'b', 'c'),
      sentAt: fc.integer({ min: NOON, max: NOON + 3 }),
      id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(messageId),
    }),
    { maxLength: 6 },
  )

  async function shownIn(store: Store): Promise<unknown> {
    const [theirs] = await store.inbox.page({ peer: alice, limit: 9 })
    const [ours] = await store.outbox.page({ peer: alice, limit: 9 })
    const look = (row: typeof theirs | typeof ours) => {
      const { body, deletedAt, reaction } = row?.standing ?? {}
      return [textOf(body ?? row?.body), deletedAt !== undefined, reaction]
    }
    const found = await Promise.all(
      ['a', 'b', 'c', 'first'].map(async (words) => (await store.history.search({ words, limit: 9 })).length),
    )
    return { theirs: look(theirs), unread: theirs?.unread, ours: look(ours), found }
  }

  test('every order of arrival, with repeats and in batches of any size, ends alike', async () => {
    await fc.assert(
      fc.asyncProperty(letters, fc.infiniteStream(fc.nat()), async (some, chance) => {
        const next = (): number => chance.next().value ?? 0
        const all = [
          told(alice, message),
          ...some.map(({ by, text, sentAt, id }) =>
            told(alice, {
              id,
              sentAt,
              body: bytes(text),
              unread: false,
              amends: { by, id: by === 'edit' || by === 'delete' ? message.id : mine.id },
            }),
          ),
        ]
        const ends: unknown[] = []
        for (const rounds of [1, 2, 2]) {
          await using store = await opened()
          await store.outbox.owe(owed(alice, { ...mine, state: 'sent' }))
          const order = Array.from({ length: rounds }, () => all).flat()
          if (ends.length > 0) order.sort(() => (next() % 2 === 0 ? 1 : -1))
          for (let from = 0; from < order.length; ) {
            const to = from + 1 + (next() % 3)
            await store.inbox.keep(order.slice(from, to))
            from = to
            if (next() % 3 === 0) await store.history.index(2)
          }
          ends.push(await shownIn(store))
        }
        expect(ends[1]).toEqual(ends[0])
        expect(ends[2]).toEqual(ends[0])
      }),
      { numRuns: 60 },
    )
  })

  test('of what Bob sends nothing counts for a message of Alice, whatever ids he knows (fault M3)', async () => {
    await using store = await opened()
    await store.outbox.owe(owed(alice, { ...mine, state: 'sent' }))
    await store.inbox.keep([told(alice, message)])
    const before = await shownIn(store)
    for (const by of ['edit', 'delete', 'react', 'unreact'] as const)
      for (const { id } of [message, mine])
        await store.inbox.keep([told(bob, { body: bytes('a'), unread: false, amends: { by, id } })])
    expect(await shownIn(store)).toEqual(before)
  })

  test('of two edits of mine the second is the later, wherever the clock went meanwhile', async () => {
    await using store = await opened()
    await store.outbox.owe(owed(alice, mine))
    const edit = (text: string, sentAt: number) =>
      store.outbox.owe(owed(alice, { body: bytes(text), sentAt, amends: { by: 'edit', id: mine.id } }))
    const first = await edit('first', NOON + 5_000)
    const second = await edit('second', NOON)
    expect(second.sentAt).toBeGreaterThan(first.sentAt)
    expect((await store.outbox.page({ limit: 9 })).map(({ standing }) => textOf(standing?.body))).toEqual([
      'second',
    ])
  })

  test('an edit counts in its own inbox only', async () => {
    await using store = await opened()
    await store.inbox.keep([told(alice, { ...message, label: 'work' })])
    await store.inbox.keep([
      told(alice, { body: bytes('a'), unread: false, amends: { by: 'edit', id: message.id } }),
    ])
    expect(
      (await store.inbox.page({ limit: 9 })).map(({ body, standing }) => [textOf(body), standing]),
    ).toEqual([['first', undefined]])
  })

  async function opened(): Promise<Store & AsyncDisposable> {
    const store = await openStore(':memory:')
    return { ...store, [Symbol.asyncDispose]: () => store.close() }
  }
})
