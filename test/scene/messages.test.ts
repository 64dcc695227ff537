/** Instant messages in a town: what is answered, in which words, and what stands afterwards. */
import { expect, test } from 'vitest'
import type { AgentEvent, Message, Outcome } from '../../src/agent.ts'
import { type Resident, type Town, town } from '../support/town.ts'

/** Sends, and lets the world run until the outcome is there or `ms` have passed. */
async function sends(place: Town, from: Resident, to: string, text: string, ms = 500): Promise<Outcome> {
  const sending = from.agent.send({ to, text, waitMs: ms })
  await place.pass(ms + 1)
  return sending
}

const texts = async (who: Resident): Promise<string[]> =>
  (await who.agent.inbox()).map((one) => (one as Message).text)

const isMessage = (event: AgentEvent) => event.event === 'message'

async function friends(place: Town): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return { alice, bob }
}

test('A closed inbox refuses at once and keeps nothing (scene 51); open again, it accepts', async () => {
  await using place = await town('closed')
  const { alice, bob } = await friends(place)
  await bob.agent.status({ basic: 'closed' })
  await place.pass(100)
  expect(await sends(place, alice, 'Bob', 'hello?')).toMatchObject({ outcome: 'failure', reason: 'closed' })
  expect(await texts(bob)).toEqual([])
  await bob.agent.status({ basic: 'open' })
  await place.pass(100)
  expect(await sends(place, alice, 'Bob', 'hello!')).toMatchObject({
    outcome: 'success',
    disposition: 'delivered',
  })
  expect(await texts(bob)).toEqual(['hello!'])
})

test('Bob has closed, and Alice, whom the news did not reach yet, still sees him open: refused at once, and nothing is kept (scene 51)', async () => {
  await using place = await town('stale')
  const { alice, bob } = await friends(place)
  place.world.loseAnnouncements(1)
  await bob.agent.status({ basic: 'closed' })
  const shown = async () => (await alice.agent.who()).map(({ presence }) => presence?.tuples[0]?.status.basic)
  expect(await shown()).toEqual(['open'])
  const told = await sends(place, alice, 'Bob', 'hello?', 10)
  expect(await shown()).toEqual(['open'])
  expect(told).toMatchObject({ outcome: 'failure', reason: 'closed', state: 'settled' })
  expect(await texts(bob)).toEqual([])
  const ref = { peer: alice.peerId, label: '', id: told.id as never }
  expect(await bob.store.inbox.known([ref])).toEqual([undefined])
  expect(bob.events.filter(isMessage)).toEqual([])
})

test('A message that may wait until he opens waits, and so does what follows it', async () => {
  await using place = await town('until open')
  const { alice, bob } = await friends(place)
  await bob.agent.status({ basic: 'closed' })
  await place.pass(100)
  await alice.agent.send({ to: 'Bob', text: 'first', untilOpen: true })
  await place.pass(200)
  await alice.agent.send({ to: 'Bob', text: 'second', untilOpen: true })
  await place.pass(5_000)
  expect(await texts(bob)).toEqual([])
  await bob.agent.status({ basic: 'open' })
  await place.pass(1_000)
  expect(await texts(bob)).toEqual(['first', 'second'])
  expect((await alice.agent.outbox()).map((row) => row.disposition)).toEqual(['delivered', 'delivered'])
})

test('A stranger knocks once; refused, she reads what every stranger reads who was not answered yet (scene 61, fault M4)', async () => {
  await using place = await town('strangers')
  const alice = await place.moveIn('Alice')
  const carol = await place.moveIn('Carol')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  expect(await sends(place, alice, 'Bob', 'may I?')).toMatchObject({
    outcome: 'success',
    disposition: 'held',
  })
  expect(await sends(place, carol, 'Bob', 'may I too?')).toMatchObject({ disposition: 'held' })
  expect(bob.events.filter(isMessage)).toEqual([])
  expect((await bob.agent.requests()).map((request) => [request.who.name, request.text])).toEqual([
    ['Alice', 'may I?'],
    ['Carol', 'may I too?'],
  ])

  await bob.agent.refuse({ who: 'Alice' })
  await place.pass(1_000)
  expect(await bob.agent.requests()).toHaveLength(1)
  const [refused] = await alice.agent.outbox()
  const [unanswered] = await carol.agent.outbox()
  expect(refused).toMatchObject({ outcome: 'success', disposition: 'held', state: 'settled' })
  expect({ ...refused, ...NAMELESS }).toEqual({ ...unanswered, ...NAMELESS })

  await bob.agent.accept({ who: 'Alice' })
  await place.pass(500)
  expect((await alice.agent.outbox())[0]).toMatchObject({ disposition: 'delivered' })
  // Who was refused and then accepted writes on.
  expect(await sends(place, alice, 'Bob', 'thank you')).toMatchObject({ disposition: 'delivered' })
  await bob.agent.refuse({ who: 'Carol' })
  bob.events.length = 0
  await bob.agent.accept({ who: 'Carol' })
  await place.pass(500)
  expect((await carol.agent.outbox())[0]).toMatchObject({ disposition: 'delivered' })
  expect(bob.events.filter(isMessage)).toMatchObject([{ text: 'may I too?', disposition: 'accepted' }])
})

/** What differs between any two people and any two messages. */
const NAMELESS = { id: '', to: '', at: '', sentAt: '', text: '', seq: 0 }

test('What was sent and not answered is asked again after each crash, and kept once (scenes 53, 54)', async () => {
  await using place = await town('crashes')
  const { alice, bob } = await friends(place)
  let sender = alice
  for (let number = 0; number < 5; number += 1) {
    await sender.agent.send({ to: 'Bob', text: `message ${number}` })
    await sender.kill()
    sender = await sender.restart()
    await place.pass(5_000)
  }
  expect(await texts(bob)).toEqual(['message 0', 'message 1', 'message 2', 'message 3', 'message 4'])
  expect((await sender.agent.outbox()).map((row) => row.outcome)).toEqual(Array(5).fill('success'))
})

test('A message to somebody away is owed; past its time it fails, and is never delivered (scene 52)', async () => {
  await using place = await town('expiry')
  const { alice, bob } = await friends(place)
  await bob.kill()
  await place.pass(1_000)
  const owed = await alice.agent.send({ to: 'Bob', text: 'now or never', expireMs: 60_000 })
  expect(owed).toMatchObject({ outcome: 'indeterminate', state: 'owed' })
  await place.pass(120_000)
  expect((await alice.agent.outbox())[0]).toMatchObject({ outcome: 'failure', reason: 'expired' })
  const again = await bob.restart()
  await place.pass(10_000)
  expect(await texts(again)).toEqual([])
})

test('Nothing is sent to oneself, nothing empty, nothing beyond 64 KiB (scene 57)', async () => {
  await using place = await town('refusals')
  const { alice, bob } = await friends(place)
  await expect(alice.agent.send({ to: alice.peerId, text: 'me' })).rejects.toMatchObject({
    code: 'own-address',
  })
  await expect(alice.agent.send({ to: 'Bob', text: ' \n' })).rejects.toMatchObject({ code: 'empty-text' })
  const most = 'x'.repeat(64 * 1024)
  await expect(alice.agent.send({ to: 'Bob', text: `${most}x` })).rejects.toMatchObject({ code: 'too-large' })
  expect(await sends(place, alice, 'Bob', most)).toMatchObject({ outcome: 'success' })
  expect((await texts(bob))[0]).toHaveLength(64 * 1024)
  await expect(alice.agent.send({ to: 'Nobody', text: 'x' })).rejects.toMatchObject({ code: 'who-unknown' })
})

test('Somebody closed accepts in quiet: the sender hears of it when he opens, not before (fault M9)', async () => {
  await using place = await town('quiet')
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await sends(place, alice, 'Bob', 'may I?')
  await bob.agent.status({ basic: 'closed' })
  await bob.agent.accept({ who: 'Alice' })
  await place.pass(60_000)
  expect((await alice.agent.outbox())[0]).toMatchObject({ disposition: 'held' })
  await bob.agent.status({ basic: 'open' })
  await place.pass(500)
  expect((await alice.agent.outbox())[0]).toMatchObject({ disposition: 'delivered' })
})
