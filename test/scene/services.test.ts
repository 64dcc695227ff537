/** The two services of the model, each with the other stopped (RFC 2779 2.1.1, 2.1.2; scenes 50, 63). */
import { expect, test } from 'vitest'
import type { Message } from '../../src/agent.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const texts = async (who: Resident): Promise<string[]> =>
  (await who.agent.inbox()).map((one) => (one as Message).text)

async function sends(place: Town, from: Resident, to: string, text: string) {
  const sending = from.agent.send({ to, text, waitMs: 500 })
  await place.pass(501)
  return sending
}

/** Alice whole, and Bob without one service, contacts of each other. */
async function friends(place: Town, without: 'presence' | 'messages') {
  const alice = await place.moveIn('Alice')
  const whole = await place.moveIn('Bob')
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await whole.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  await whole.leave()
  await place.pass(1_000)
  const bob = await whole.restart({ without: [without] })
  await place.pass(3_000)
  return { alice, bob }
}

test('Bob has an inbox and no presentity: messages go both ways, and nothing is shown of him (scenes 50, 63)', async () => {
  await using place = await town('inbox alone')
  const { alice, bob } = await friends(place, 'presence')
  expect(await sends(place, alice, 'Bob', 'are you there?')).toMatchObject({
    outcome: 'success',
    disposition: 'delivered',
  })
  expect(await sends(place, bob, 'Alice', 'my inbox is')).toMatchObject({
    outcome: 'success',
    disposition: 'delivered',
  })
  expect(await texts(bob)).toEqual(['are you there?'])
  const seen = (await alice.agent.who()).find(({ who }) => who.peerId === bob.peerId)
  expect(seen).toMatchObject({ evidence: 'live' }) // his link answers
  expect(seen?.presence).toBeUndefined()
  expect(await alice.agent.subscriptions()).toMatchObject([{ status: 'pending', reason: 'no-service' }])
  const fetching = alice.agent.fetch({ who: 'Bob', waitMs: 500 })
  const failing = expect(fetching).rejects.toMatchObject({ code: 'pending' })
  await place.pass(501)
  await failing
  await expect(bob.agent.fetch({ who: 'Alice' })).rejects.toMatchObject({ code: 'no-service' })
  expect(bob.events.filter(({ event }) => event === 'warning')).toEqual([])
})

test('Bob has a presentity and no inbox: he is seen, closed, and what is sent to him fails as closed (scenes 50, 63)', async () => {
  await using place = await town('presentity alone')
  const { alice, bob } = await friends(place, 'messages')
  const basicOfBob = async () =>
    (await alice.agent.who())
      .find(({ who }) => who.peerId === bob.peerId)
      ?.presence?.tuples.map(({ status }) => status.basic)
  expect(await alice.agent.subscriptions()).toMatchObject([{ status: 'active' }])
  expect(await basicOfBob()).toEqual(['closed'])
  await bob.agent.status({ note: 'back at nine' })
  await place.pass(500)
  const seen = (await alice.agent.who()).find(({ who }) => who.peerId === bob.peerId)
  expect(seen).toMatchObject({ evidence: 'live', presence: { note: 'back at nine' } })
  expect((await bob.agent.who()).find(({ who }) => who.peerId === alice.peerId)?.evidence).toBe('live')
  expect(await sends(place, alice, 'Bob', 'are you there?')).toMatchObject({
    outcome: 'failure',
    reason: 'closed',
  })
  expect(await texts(bob)).toEqual([])
  await expect(bob.agent.send({ to: 'Alice', text: 'no' })).rejects.toMatchObject({ code: 'no-service' })
  expect(bob.events.filter(({ event }) => event === 'warning')).toEqual([])
})

test('What waits until he opens leaves when his inbox is back', async () => {
  await using place = await town('inbox back')
  const { alice, bob } = await friends(place, 'messages')
  await alice.agent.send({ to: 'Bob', text: 'when you can', untilOpen: true })
  await place.pass(1_000)
  expect(await texts(bob)).toEqual([])
  await bob.leave()
  const back = await bob.restart({ without: [] })
  await place.pass(3_000)
  expect(await texts(back)).toEqual(['when you can'])
})
