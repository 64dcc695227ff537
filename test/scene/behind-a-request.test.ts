/**
 * A rule of Bob's holds a message of somebody who writes on: what follows waits behind it, whether it had left already or
 * not, and comes in its order when he accepts (fault M5). Nothing of it fails by being quick.
 */
import { expect, test } from 'vitest'
import type { DeliveryRule, Outcome } from '../../src/agent.ts'
import { friends, textsFrom } from '../support/talk.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const HOLD_ALL: DeliveryRule = { then: 'hold' }
const HOLD_LONG: DeliveryRule = { if: { largerThan: 10 }, then: 'hold' }
const LONG = 'a message of some length'

/** Bob holds by this rule, and has taken something of Alice's before: she sends without waiting for each answer. */
async function holding(place: Town, rule: DeliveryRule): Promise<{ alice: Resident; bob: Resident }> {
  const { alice, bob } = await friends(place)
  await alice.agent.send({ to: 'Bob', text: 'hello' })
  await place.pass(1_000)
  await bob.agent.deliveryRules({ inboxes: { default: [rule] } })
  return { alice, bob }
}

const standings = async ({ agent }: Resident): Promise<string[]> =>
  (await agent.outbox()).slice(1).map((one) => one.waits ?? one.disposition ?? one.reason ?? one.outcome)

async function writeAll(place: Town, alice: Resident, texts: readonly string[]): Promise<Outcome[]> {
  const sending = Promise.all(texts.map((text) => alice.agent.send({ to: 'Bob', text })))
  await place.pass(1_000)
  return sending
}

test.each([
  ['all', HOLD_ALL],
  ['what is long', HOLD_LONG],
])(
  'Bob holds %s: what Alice wrote in the same breath waits, and comes in order when he accepts',
  async (_, rule) => {
    await using place = await town('in one breath')
    const { alice, bob } = await holding(place, rule)
    await writeAll(place, alice, [LONG, 'b', 'c', 'd'])
    expect(await standings(alice)).toEqual(['held', 'acceptance', 'acceptance', 'acceptance'])
    // What she writes an hour later waits as well.
    await place.pass(3_600_000)
    await writeAll(place, alice, ['e'])
    expect(await standings(alice)).toEqual(['held', ...Array(4).fill('acceptance')])
    expect((await bob.agent.requests()).map(({ text }) => text)).toEqual([LONG])
    await bob.agent.deliveryRules({ inboxes: {} })
    await bob.agent.accept({ who: 'Alice' })
    await place.pass(1_000)
    expect(await standings(alice)).toEqual(Array(5).fill('delivered'))
    expect(await textsFrom(bob, alice)).toEqual(['hello', LONG, 'b', 'c', 'd', 'e'])
    const told = bob.events.flatMap((event) => (event.event === 'message' ? [event.text] : []))
    expect(told).toEqual(['hello', LONG, 'b', 'c', 'd', 'e'])
  },
)

test('Bob accepts while more of it is under way: nothing passes what was refused before it', async () => {
  for (const acceptedAfter of [90, 110, 130, 160, 190, 210, 260]) {
    await using place = await town(`under way ${acceptedAfter}`)
    const { alice, bob } = await holding(place, HOLD_LONG)
    place.world.setLatency(100)
    const texts = [LONG, ...Array.from({ length: 12 }, (_, number) => `${number}`)]
    const began = place.clock.monotonic()
    let accepting: Promise<unknown> | undefined
    for (const text of texts) {
      await alice.agent.send({ to: 'Bob', text })
      for (let ms = 0; ms < 10; ms += 1) {
        await place.pass(1)
        if (accepting === undefined && place.clock.monotonic() - began >= acceptedAfter)
          accepting = bob.agent.accept({ who: 'Alice' }).catch(() => undefined)
      }
    }
    await place.pass(500)
    await accepting
    await bob.agent.accept({ who: 'Alice' }).catch(() => undefined) // where he was too early
    await place.pass(61_000)
    expect(await textsFrom(bob, alice)).toEqual(['hello', ...texts])
    expect(new Set(await standings(alice))).toEqual(new Set(['delivered']))
  }
})

test('Over a restart of either side, and with one of them taken back: the others come, in order', async () => {
  await using place = await town('restarts')
  const { alice, bob } = await holding(place, HOLD_ALL)
  const [, , c] = await writeAll(place, alice, [LONG, 'b', 'c', 'd'])
  await alice.kill()
  let again = await alice.restart()
  await place.pass(5_000)
  expect(await standings(again)).toEqual(['held', 'acceptance', 'acceptance', 'acceptance'])
  const recalling = again.agent.recall({ id: c?.id ?? '', waitMs: 2_000 })
  await place.pass(2_001)
  expect(await recalling).toMatchObject({ outcome: 'failure', reason: 'recalled' })
  await bob.kill()
  const later = await bob.restart()
  await again.kill()
  again = await again.restart()
  await place.pass(30_000)
  await later.agent.deliveryRules({ inboxes: {} })
  await later.agent.accept({ who: 'Alice' })
  await place.pass(2_000)
  expect(await standings(again)).toEqual(['delivered', 'delivered', 'recalled', 'delivered'])
  expect(await textsFrom(later, again)).toEqual(['hello', LONG, 'b', 'd'])
})
