/** FETCH and POLL: the same rules, the same view, the same log as a subscription, in a town. */
import { expect, test } from 'vitest'
import { type Resident, type Town, town } from '../support/town.ts'

/** Alice watches nobody by herself any more, so that all she sees is fetched. */
async function fetcherAndBob(place: Town): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Alice' })
  await alice.agent.unwatch({ who: 'Bob' })
  await place.pass(1_000)
  return { alice, bob }
}

async function look(place: Town, alice: Resident, who = 'Bob') {
  const looking = alice.agent.fetch({ who, waitMs: 3_000 })
  looking.catch(() => {})
  await place.pass(3_000)
  return looking
}

const byMeans = async (bob: Resident, via: string) =>
  (await bob.agent.watchers()).filter((row) => row.via === via)

test('Alice looks once: she sees what a watcher sees, and Bob sees that she looked; there is no subscription (scenes 10, 31)', async () => {
  await using place = await town('fetch')
  const { alice, bob } = await fetcherAndBob(place)
  await bob.agent.status({ note: 'at the harbour', activities: ['travel'] })
  const seen = await look(place, alice)
  expect(seen).toMatchObject({ who: { name: 'Bob' }, evidence: 'live', presence: { note: 'at the harbour' } })
  const [row, ...more] = await byMeans(bob, 'fetch')
  expect(row).toMatchObject({ who: { name: 'Alice' }, view: 'contacts', count: 1 })
  expect(row?.couldReadUntil).toBeUndefined()
  expect(more).toEqual([])
  expect((await bob.agent.watchers()).filter((each) => each.status === 'active')).toEqual([])

  // The same document as a notification brings to Carol, whom Bob shows the same view; and no later change.
  const carol = await place.moveIn('Carol')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Carol' })
  await place.pass(1_000)
  const [watched] = (await carol.agent.who()).filter((one) => one.who.name === 'Bob')
  expect(seen.presence).toEqual(watched?.presence)
  await bob.agent.status({ note: 'gone fishing' })
  await place.pass(1_000)
  expect(alice.events.filter((event) => JSON.stringify(event).includes('fishing'))).toEqual([])
  // Who is only near sees name and open.
  const dora = await place.moveIn('Dora')
  await place.pass(3_000)
  expect((await look(place, dora)).presence).toEqual({
    name: 'Bob',
    tuples: [{ id: 'im', status: { basic: 'open' } }],
  })
})

test('Alice looks once a minute for ten minutes: she is called a poller, from her first look (scene 11)', async () => {
  await using place = await town('poll')
  const { alice, bob } = await fetcherAndBob(place)
  for (let minute = 0; minute < 10; minute += 1) {
    await look(place, alice)
    await place.pass(57_000)
  }
  expect(await byMeans(bob, 'fetch')).toEqual([])
  expect(await byMeans(bob, 'poll')).toMatchObject([{ view: 'contacts', count: 10 }])
})

test('Control: ten looks without a rhythm are ten looks', async () => {
  await using place = await town('no rhythm')
  const { alice, bob } = await fetcherAndBob(place)
  for (const minutes of [1, 30, 2, 90, 1, 40, 3, 200, 1, 10]) {
    await look(place, alice)
    await place.pass(minutes * 60_000)
  }
  expect(await byMeans(bob, 'poll')).toEqual([])
  expect(await byMeans(bob, 'fetch')).toMatchObject([{ count: 10 }])
})

test('A stranger who looks has to wait for the person, and one who was refused still does (scene 18)', async () => {
  await using place = await town('pending fetch')
  const { alice, bob } = await fetcherAndBob(place)
  await bob.agent.rules({ preset: 'private' })
  await bob.agent.removeContact({ who: 'Alice' })
  await expect(look(place, alice, bob.peerId)).rejects.toMatchObject({ code: 'pending' })
  expect(await byMeans(bob, 'fetch')).toEqual([])
  expect(await bob.agent.requests()).toMatchObject([{ kind: 'subscription', who: { name: 'Alice' } }])
  await bob.agent.refuse({ who: alice.peerId })
  await expect(look(place, alice, bob.peerId)).rejects.toMatchObject({ code: 'pending' })
  expect(await bob.agent.requests()).toEqual([])
})

test('Bob blocks Alice: she is told so, and is listed among those who received nothing (scenes 14, 33, fault P14)', async () => {
  await using place = await town('blocked fetch')
  const { alice, bob } = await fetcherAndBob(place)
  await bob.store.rules.put({
    peer: alice.peerId,
    subject: 'access',
    decision: 'block',
    madeAt: place.clock.now(),
  })
  await bob.leave()
  const again = await bob.restart()
  await place.pass(5_000)
  await expect(look(place, alice)).rejects.toMatchObject({ code: 'refused' })
  const rows = await again.agent.watchers()
  expect(rows.filter((row) => row.via === 'fetch')).toMatchObject([{ denied: true, count: 1 }])
  expect(rows.at(-1)?.denied).toBe(true)
})

test('Bob politely blocks Alice: she sees him closed, as ordinary closed people look (scenes 34, 36)', async () => {
  await using place = await town('cover')
  const { alice, bob } = await fetcherAndBob(place)
  await bob.store.rules.put({
    peer: alice.peerId,
    subject: 'access',
    decision: 'polite-block',
    madeAt: place.clock.now(),
  })
  await bob.leave()
  const again = await bob.restart()
  await again.agent.status({ note: 'secret', activities: ['travel'] })
  await place.pass(5_000)
  expect((await look(place, alice)).presence).toEqual({
    name: 'Bob',
    tuples: [{ id: 'im', status: { basic: 'closed' }, address: `im:${bob.peerId}` }],
  })
  expect(await byMeans(again, 'fetch')).toMatchObject([{ view: 'polite-block', count: 1 }])
})

test('Bob is away, or here for one command: nobody knows, and nothing is invented (scene 17)', async () => {
  await using place = await town('away fetch')
  const { alice, bob } = await fetcherAndBob(place)
  await bob.leave()
  await place.pass(1_000)
  await expect(look(place, alice)).rejects.toMatchObject({ code: 'unreachable' })
  await bob.restart({ visiting: true })
  await place.pass(3_000)
  await expect(look(place, alice, bob.peerId)).rejects.toMatchObject({ code: 'pending' })
  await expect(look(place, alice, 'nobody at all')).rejects.toMatchObject({ code: 'who-unknown' })
})
