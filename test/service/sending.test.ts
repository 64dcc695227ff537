/**
 * When the sender's own store cannot follow: the receipts come, and cannot be written down. What cannot be written
 * is not told either; the sender asks again in a while, from the oldest unsettled on, and gets the receipts of record.
 */
import { expect, test } from 'vitest'
import type { Message, Outcome } from '../../src/agent.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import { NighError } from '../../src/errors.ts'
import type { Store } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const BEGIN_AGAIN_MS = 5_000

type Trouble = 'store-full' | 'store-damaged' | 'home-unreadable'

interface Failing {
  /** What the outbox answers from now on; `undefined`: it writes. */
  settle?: Trouble
  markSent?: Trouble
  recall?: Trouble
  /** Marking as sent waits for it. */
  marking?: Promise<void>
}

function failing(store: Store, how: Failing): Store {
  const fail = (code: Trouble | undefined): void => {
    if (code !== undefined) throw new NighError(code, `The store says ${code}.`)
  }
  return {
    ...store,
    outbox: {
      ...store.outbox,
      async settle(settlements, at) {
        fail(how.settle)
        return store.outbox.settle(settlements, at)
      },
      async markSent(seqs) {
        fail(how.markSent)
        await how.marking
        return store.outbox.markSent(seqs)
      },
      async recall(...asked) {
        fail(how.recall)
        return store.outbox.recall(...asked)
      },
    },
  }
}

/** Alice and Bob, contacts who have talked; Alice's outbox fails as `how` says, and what she puts on the wire is counted by id. */
async function friends(place: Town): Promise<{
  alice: Resident
  bob: Resident
  how: Failing
  left: string[]
  warnings: () => string[]
}> {
  const how: Failing = {}
  const left: string[] = []
  const alice = await place.moveIn('Alice', {
    tapStore: (store) => failing(store, how),
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend(kind, bytes) {
          const frame = kind === 'messages' ? openMessageFrame(bytes, '' as PeerId) : undefined
          if (frame?.kind === 'message') left.push(frame.id)
        },
      }),
  })
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  await sends(place, alice, 'before')
  left.length = 0
  return {
    alice,
    bob,
    how,
    left,
    warnings: () => alice.events.flatMap((event) => (event.event === 'warning' ? [event.code] : [])),
  }
}

async function sends(place: Town, from: Resident, text: string): Promise<Outcome> {
  const sending = from.agent.send({ to: 'Bob', text, waitMs: 500 })
  await place.pass(501)
  return sending
}

const texts = async (who: Resident): Promise<string[]> =>
  (await who.agent.inbox()).map((one) => (one as Message).text)

const outcomes = async (alice: Resident): Promise<string[]> =>
  (await alice.agent.outbox()).map(({ outcome }) => outcome)

test('Alice’s disk is full when Bob’s receipts come: nothing is told, it is asked again every 5 s, and once there is room all is settled, once (faults M5, M17)', async () => {
  await using place = await town('behind')
  const { alice, bob, how, left, warnings } = await friends(place)
  how.settle = 'store-full'
  for (const text of ['one', 'two', 'three'])
    expect(await sends(place, alice, text)).toMatchObject({ outcome: 'indeterminate', state: 'sent' })
  const [one, two, three] = (await alice.agent.outbox()).slice(1).map(({ id }) => id)
  expect(left).toEqual([one, two, three])
  expect(warnings()).toEqual(['store-full'])

  left.length = 0
  await place.pass(BEGIN_AGAIN_MS)
  // From the oldest unsettled on, in order.
  expect(left.slice(0, 3)).toEqual([one, two, three])
  await place.pass(6 * BEGIN_AGAIN_MS)
  expect(left.length).toBeLessThanOrEqual(3 * 8)
  expect(await outcomes(alice)).toEqual(['success', 'indeterminate', 'indeterminate', 'indeterminate'])
  expect(warnings()).toEqual(['store-full'])

  delete how.settle
  await place.pass(BEGIN_AGAIN_MS + 500)
  expect(await outcomes(alice)).toEqual(['success', 'success', 'success', 'success'])
  expect(await texts(bob)).toEqual(['before', 'one', 'two', 'three'])
  left.length = 0
  await place.pass(3 * BEGIN_AGAIN_MS)
  expect(left).toEqual([])

  // Full a second time, it is news again, and ends as the first did.
  how.settle = 'store-full'
  await sends(place, alice, 'four')
  expect(warnings()).toEqual(['store-full', 'store-full'])
  delete how.settle
  await place.pass(BEGIN_AGAIN_MS + 500)
  expect((await outcomes(alice)).at(-1)).toBe('success')
  expect(await texts(bob)).toEqual(['before', 'one', 'two', 'three', 'four'])
})

test('What was owed cannot be marked as sent: not a byte of it leaves until it can, and then all in order', async () => {
  await using place = await town('unmarked')
  const { alice, bob, how, left, warnings } = await friends(place)
  await bob.leave()
  await place.pass(1_000)
  for (const text of ['one', 'two']) await sends(place, alice, text)
  how.markSent = 'store-full'
  const back = await bob.restart()
  await place.pass(3 * BEGIN_AGAIN_MS)
  expect(left).toEqual([])
  expect(warnings()).toEqual(['store-full'])
  delete how.markSent
  await place.pass(BEGIN_AGAIN_MS + 500)
  expect(await texts(back)).toEqual(['before', 'one', 'two'])
  expect(await outcomes(alice)).toEqual(['success', 'success', 'success'])
})

test('A damaged store will not follow later either: it is not asked again, and Bob not either (fault M16)', async () => {
  await using place = await town('damaged')
  const { alice, how, left, warnings } = await friends(place)
  how.settle = 'store-damaged'
  await sends(place, alice, 'one')
  await place.pass(20 * BEGIN_AGAIN_MS)
  expect(left).toHaveLength(1)
  expect(warnings()).toEqual(['store-damaged'])
  expect((await outcomes(alice)).at(-1)).toBe('indeterminate')
})

test('Another process held the store for a moment: the next round settles it', async () => {
  await using place = await town('moment')
  const { alice, bob, how } = await friends(place)
  how.settle = 'home-unreadable'
  await sends(place, alice, 'one')
  delete how.settle
  await place.pass(BEGIN_AGAIN_MS)
  expect(await outcomes(alice)).toEqual(['success', 'success'])
  expect(await texts(bob)).toEqual(['before', 'one'])
})

test('What could not be marked as sent is overtaken by nothing that is written later (fault M5)', async () => {
  await using place = await town('overtaken')
  const { alice, bob, how, left } = await friends(place)
  await bob.leave()
  await place.pass(1_000)
  await sends(place, alice, 'one')
  how.markSent = 'store-full'
  const back = await bob.restart()
  await place.pass(3_000)
  expect(left).toEqual([])
  // There is room again, and it was not tried again yet.
  delete how.markSent
  await sends(place, alice, 'two')
  await place.pass(2 * BEGIN_AGAIN_MS)
  expect(await texts(back)).toEqual(['before', 'one', 'two'])
  expect(await outcomes(alice)).toEqual(['success', 'success', 'success'])
})

test('The line begins again while a later message is being marked: the earlier ones are asked for all the same', async () => {
  await using place = await town('again')
  const { alice, bob, how } = await friends(place)
  how.settle = 'store-full'
  await sends(place, alice, 'one')
  delete how.settle
  // The next one goes through the store in two steps, and the second of them takes until the line begins again.
  let marked = (): void => {}
  how.marking = new Promise((resolve) => {
    marked = resolve
  })
  await Promise.all([
    alice.agent.send({ to: 'Bob', text: 'two', untilOpen: true }),
    alice.agent.send({ to: 'Bob', text: 'three' }),
    place.pass(500),
  ])
  await place.pass(BEGIN_AGAIN_MS - 700)
  await place.pass(1_000)
  marked()
  await place.pass(2_000)
  expect(await texts(bob)).toEqual(['before', 'one', 'two', 'three'])
  expect(await outcomes(alice)).toEqual(['success', 'success', 'success', 'success'])
})

test('A recall that could not be written down has recalled nothing: the message leaves as it was', async () => {
  await using place = await town('unrecalled')
  const { alice, bob, how } = await friends(place)
  await bob.leave()
  await place.pass(1_000)
  const { id } = await sends(place, alice, 'one')
  how.recall = 'store-full'
  await expect(alice.agent.recall({ id })).rejects.toMatchObject({ code: 'store-full' })
  const back = await bob.restart()
  await place.pass(5_000)
  expect(await texts(back)).toEqual(['before', 'one'])
  expect(await outcomes(alice)).toEqual(['success', 'success'])
})

test('An id whose message is long over and was deleted: asked for twice, it is answered as it stands, and nothing leaves', async () => {
  await using place = await town('twice')
  const { alice, bob, left } = await friends(place)
  const { id } = await sends(place, alice, 'one')
  await alice.agent.deleteMessages({ ids: [id] })
  left.length = 0
  // Another link, so that nothing has left on it.
  await bob.leave()
  const back = await bob.restart()
  await place.pass(3_000)
  const told = alice.events.length
  const again = alice.agent.send({ to: 'Bob', text: 'another', id })
  await place.pass(1_000)
  expect(await again).toMatchObject({ outcome: 'success', state: 'settled', disposition: 'delivered' })
  expect(left).toEqual([])
  expect(alice.events.slice(told).filter(({ event }) => event === 'outcome')).toEqual([])
  expect(await sends(place, alice, 'two')).toMatchObject({ outcome: 'success' })
  expect(await texts(back)).toEqual(['before', 'one', 'two'])
})
