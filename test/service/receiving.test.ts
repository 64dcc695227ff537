/** When the receiver's store cannot keep: nothing is acknowledged, the link stays, and whoever sent goes on owing. */
import { expect, test } from 'vitest'
import type { Message } from '../../src/agent.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import { NighError } from '../../src/errors.ts'
import type { Store } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

type Trouble = 'store-full' | 'store-damaged'

/** Alice and Bob, contacts who have talked; Bob's inbox keeps nothing while `how.keep` says why. */
async function friends(place: Town): Promise<{
  alice: Resident
  bob: Resident
  how: { keep?: Trouble }
  /** Messages that left Alice. */
  left: string[]
}> {
  const how: { keep?: Trouble } = {}
  const left: string[] = []
  const tapStore = (store: Store): Store => ({
    ...store,
    inbox: {
      ...store.inbox,
      async keep(rows) {
        if (how.keep !== undefined) throw new NighError(how.keep, `The store says ${how.keep}.`)
        return store.inbox.keep(rows)
      },
    },
  })
  const alice = await place.moveIn('Alice', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend(kind, bytes) {
          const frame = kind === 'messages' ? openMessageFrame(bytes, '' as PeerId) : undefined
          if (frame?.kind === 'message') left.push(frame.id)
        },
      }),
  })
  const bob = await place.moveIn('Bob', { tapStore })
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  await sends(place, alice, 'before')
  left.length = 0
  return { alice, bob, how, left }
}

async function sends(place: Town, from: Resident, text: string): Promise<void> {
  const sending = from.agent.send({ to: 'Bob', text })
  await place.pass(100)
  await sending
}

const texts = async (who: Resident): Promise<string[]> =>
  (await who.agent.inbox()).map((one) => (one as Message).text)

const outcomes = async (alice: Resident): Promise<string[]> =>
  (await alice.agent.outbox()).map(({ outcome }) => outcome)

const told = (who: Resident, event: 'warning' | 'presence'): string[] =>
  who.events.flatMap((one) =>
    one.event === 'warning' && event === 'warning'
      ? [one.code]
      : one.event === 'presence' && event === 'presence'
        ? [one.change]
        : [],
  )

test('Bob’s disk is full, twice: each time he is told once, and what came meanwhile is kept in order when there is room (fault M17)', async () => {
  await using place = await town('full')
  const { alice, bob, how, left } = await friends(place)
  const seen = told(alice, 'presence').length
  for (const [round, warnings] of [
    [1, ['store-full']],
    [2, ['store-full', 'store-full']],
  ] as const) {
    how.keep = 'store-full'
    for (const text of ['one', 'two', 'three']) await sends(place, alice, `${text} ${round}`)
    await place.pass(40_000)
    expect((await outcomes(alice)).slice(-3)).toEqual(['indeterminate', 'indeterminate', 'indeterminate'])
    expect(told(bob, 'warning')).toEqual(warnings)
    delete how.keep
    await place.pass(31_000)
    expect((await outcomes(alice)).slice(-3)).toEqual(['success', 'success', 'success'])
    expect((await texts(bob)).slice(-3)).toEqual([`one ${round}`, `two ${round}`, `three ${round}`])
  }
  // Nothing was sent twice, and nobody was missed: it was one link all the time.
  expect(left).toHaveLength(6)
  expect(told(alice, 'presence').slice(seen)).toEqual([])
})

test('Bob’s store is damaged: he is told once, nothing is acknowledged, and nobody is made to send again and again (fault M16)', async () => {
  await using place = await town('harmed')
  const { alice, bob, how, left } = await friends(place)
  const seen = told(alice, 'presence').length
  how.keep = 'store-damaged'
  await sends(place, alice, 'one')
  await sends(place, alice, 'two')
  await place.pass(120_000)
  expect((await outcomes(alice)).slice(-2)).toEqual(['indeterminate', 'indeterminate'])
  expect(left).toHaveLength(2)
  expect(told(bob, 'warning')).toEqual(['store-damaged'])
  expect(told(alice, 'presence').slice(seen)).toEqual([])

  // Mended and started again: asked anew, kept once.
  await bob.leave()
  delete how.keep
  const back = await bob.restart()
  await place.pass(5_000)
  expect(await texts(back)).toEqual(['before', 'one', 'two'])
  expect(await outcomes(alice)).toEqual(['success', 'success', 'success'])
})

test('A stranger knocks while Bob’s disk is full: tried again or not, it is one knock, and held when there is room (faults M8, M17)', async () => {
  await using place = await town('knocks')
  const { bob, how } = await friends(place)
  const carol = await place.moveIn('Carol')
  await place.pass(3_000)
  how.keep = 'store-full'
  await sends(place, carol, 'May I?')
  await place.pass(40_000)
  delete how.keep
  await place.pass(31_000)
  expect(await carol.agent.outbox()).toMatchObject([{ outcome: 'success', disposition: 'held' }])
  expect(await bob.agent.requests()).toMatchObject([{ text: 'May I?' }])
})

test('Refused in one batch with what a full disk keeps waiting: it is not kept after all when the rule is gone (fault M1)', async () => {
  await using place = await town('refused once')
  const { alice, bob, how } = await friends(place)
  await bob.agent.deliveryRules({
    inboxes: { default: [{ if: { largerThan: 20 }, then: 'refuse' }] },
  })
  how.keep = 'store-full'
  const both = [
    alice.agent.send({ to: 'Bob', text: 'a text that is longer than the rule allows' }),
    alice.agent.send({ to: 'Bob', text: 'short' }),
  ]
  await place.pass(600)
  await Promise.all(both)
  await bob.agent.deliveryRules({ inboxes: {} })
  delete how.keep
  await place.pass(31_000)
  expect(await outcomes(alice)).toEqual(['success', 'failure', 'success'])
  expect(await texts(bob)).toEqual(['before', 'short'])
})
