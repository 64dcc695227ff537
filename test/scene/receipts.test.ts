/** Bob has read it: who is told, when, and how often (RFC 5438, scene 56, fault M9), in a town. */
import { expect, test } from 'vitest'
import type { Message, Outcome } from '../../src/agent.ts'
import { encodeMessageFrame, openMessageFrame, type Receipt } from '../../src/envelope/message-frame.ts'
import type { Channel } from '../../src/ports.ts'
import { inboxAddress } from '../../src/principal/address.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

interface Reader {
  bob: Resident
  /** What receipts told as they left Bob, id by id. */
  left: Receipt['disposition'][]
  /** What Alice's side sends that answers something. */
  answered: string[]
  alice: Resident
  /** Alice's message once more, as no peer of ours would: it was answered long ago. */
  repeat(id: MessageId): void
}

async function twoPeople(place: Town, display: boolean): Promise<Reader> {
  const left: Receipt['disposition'][] = []
  const answered: string[] = []
  const channels = new Set<Channel>()
  const alice = await place.moveIn('Alice', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend(kind, bytes) {
          const frame = kind === 'messages' ? openMessageFrame(bytes, '' as PeerId) : undefined
          if (frame !== undefined && frame.kind !== 'hello' && frame.kind !== 'message')
            answered.push(frame.kind)
        },
        onChannel: (channel) => channel.kind === 'messages' && channels.add(channel),
      }),
  })
  const bob = await place.moveIn('Bob', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend(kind, bytes) {
          const frame = kind === 'messages' ? openMessageFrame(bytes, '' as PeerId) : undefined
          if (frame?.kind === 'receipt') for (const _ of frame.ids) left.push(frame.disposition)
        },
      }),
  })
  await place.pass(3_000)
  if (display) await bob.agent.me({ displayReceipts: true })
  return {
    alice,
    bob,
    left,
    answered,
    repeat(id) {
      for (const channel of channels)
        if (!channel.closed)
          channel.send(
            encodeMessageFrame({
              kind: 'message',
              id,
              to: inboxAddress(bob.peerId),
              sentAt: 0,
              contentType: 'text/plain',
              body: new TextEncoder().encode('again'),
              untilOpen: false,
            }),
          )
    },
  }
}

/** Two contacts; Bob tells when he has read. */
async function friends(place: Town, display = true): Promise<Reader> {
  const two = await twoPeople(place, display)
  await two.alice.agent.addContact({ who: 'Bob' })
  await two.bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return two
}

async function writes(place: Town, { alice }: Pick<Reader, 'alice'>, text: string): Promise<MessageId> {
  const { id } = await alice.agent.send({ to: 'Bob', text })
  await place.pass(500)
  return id
}

async function reads(place: Town, bob: Resident): Promise<Message[]> {
  const rows = await bob.agent.inbox({ unread: true, markRead: true })
  await place.pass(500)
  return rows as Message[]
}

/** Alice's events about one message, from the one that it was sent. */
const heardOf = ({ events }: Resident, id: string): (Outcome & { seq: number })[] =>
  events.flatMap((event) => (event.event === 'outcome' && event.id === id ? [event] : []))
const wordsOf = (alice: Resident, id: string) => heardOf(alice, id).map((one) => one.disposition ?? one.state)

test('Bob does not tell when he reads: Alice has one word of delivery, none of display, and nobody reports about a report (scene 56)', async () => {
  await using place = await town('private')
  const reader = await friends(place, false)
  const { alice, bob } = reader
  expect(await bob.agent.whoami()).toMatchObject({ displayReceipts: false })
  const id = await writes(place, reader, 'did you read this?')
  expect(await reads(place, bob)).toHaveLength(1)
  await alice.kill()
  const again = await alice.restart()
  await place.pass(60_000)
  expect(await bob.agent.inbox({ unread: true })).toEqual([])
  expect(reader.left).toEqual(['delivered'])
  expect(wordsOf(alice, id)).toEqual(['sent', 'delivered'])
  expect(await again.agent.outbox()).toMatchObject([{ outcome: 'success', disposition: 'delivered' }])
  expect(reader.answered).toEqual([])
})

test('Bob tells: Alice learns once that it was read, as an outcome with a number of its own, and nobody answers it (scene 56)', async () => {
  await using place = await town('told')
  const reader = await friends(place)
  const { alice, bob } = reader
  const id = await writes(place, reader, 'did you read this?')
  for (let time = 0; time < 3; time += 1) {
    await reads(place, bob)
    await bob.agent.markRead({ ids: [id] })
    await bob.agent.status({ basic: time % 2 === 0 ? 'closed' : 'open' })
    await place.pass(500)
  }
  await bob.agent.status({ basic: 'open' })
  await alice.kill()
  const again = await alice.restart()
  await place.pass(60_000)
  expect(reader.left).toEqual(['delivered', 'displayed'])
  expect(reader.answered).toEqual([])
  expect(wordsOf(alice, id)).toEqual(['sent', 'delivered', 'displayed'])
  const numbers = heardOf(alice, id).map(({ seq }) => seq)
  expect(new Set(numbers).size).toBe(3)
  expect(await again.agent.outbox()).toMatchObject([
    { outcome: 'success', state: 'settled', disposition: 'displayed' },
  ])
  const replayed: string[] = []
  const events = again.agent.events({ since: 0 })[Symbol.asyncIterator]()
  for (let next = await events.next(); next.value?.event !== 'snapshot'; next = await events.next())
    if (next.value?.event === 'outcome') replayed.push(next.value.disposition ?? next.value.state)
  await events.return?.()
  expect(replayed).toEqual(['sent', 'delivered', 'displayed'])
})

test('One message of several: only that one; an id that is not here marks none', async () => {
  await using place = await town('one of them')
  const reader = await friends(place)
  const { alice, bob } = reader
  const first = await writes(place, reader, 'first')
  const second = await writes(place, reader, 'second')
  await expect(bob.agent.markRead({ ids: [first, 'nonsense'] })).rejects.toMatchObject({
    code: 'no-such-message',
  })
  expect(await bob.agent.inbox({ unread: true })).toHaveLength(2)
  expect(await bob.agent.markRead({ ids: [second, second] })).toMatchObject([
    { text: 'second', unread: false },
  ])
  await place.pass(500)
  expect(wordsOf(alice, first)).toEqual(['sent', 'delivered'])
  expect(wordsOf(alice, second)).toEqual(['sent', 'delivered', 'displayed'])
  expect(await bob.agent.inbox({ unread: true })).toMatchObject([{ text: 'first' }])
})

test('What was read before the choice is not told by it; what is read after it is', async () => {
  await using place = await town('later')
  const reader = await friends(place, false)
  const { bob } = reader
  await writes(place, reader, 'before')
  await reads(place, bob)
  await bob.agent.me({ displayReceipts: true })
  await reads(place, bob)
  await place.pass(1_000)
  expect(reader.left).toEqual(['delivered'])
  await writes(place, reader, 'after')
  await reads(place, bob)
  expect(reader.left).toEqual(['delivered', 'delivered', 'displayed'])
})

test('Read while she is away, it is owed, over a restart of his; and told once she is there', async () => {
  await using place = await town('owed')
  const reader = await friends(place)
  const { alice, bob } = reader
  const id = await writes(place, reader, 'good night')
  await alice.kill()
  await place.pass(1_000)
  await reads(place, bob)
  await bob.kill()
  await bob.restart()
  await place.pass(5_000)
  expect(reader.left).toEqual(['delivered'])
  const again = await alice.restart()
  await place.pass(10_000)
  expect(reader.left).toEqual(['delivered', 'displayed'])
  expect((await again.agent.outbox()).find((row) => row.id === id)).toMatchObject({
    disposition: 'displayed',
  })
})

test('Read while closed: nothing is told, whatever she tries, until he opens; then once (fault M9)', async () => {
  await using place = await town('invisible')
  const reader = await friends(place)
  const { alice, bob } = reader
  const id = await writes(place, reader, 'are you there?')
  await bob.agent.status({ basic: 'closed' })
  await place.pass(500)
  await reads(place, bob)
  reader.repeat(id) // a closed inbox still answers what it kept: with what she knows already
  await place.pass(500)
  expect(reader.left).toEqual(['delivered', 'delivered'])
  await alice.kill()
  const again = await alice.restart()
  await place.pass(60_000)
  reader.repeat(id)
  await bob.kill()
  const later = await bob.restart()
  await place.pass(60_000)
  reader.repeat(id)
  await place.pass(500)
  expect(new Set(reader.left)).toEqual(new Set(['delivered']))
  expect(await again.agent.outbox()).toMatchObject([{ disposition: 'delivered' }])
  await later.agent.status({ basic: 'open' })
  await place.pass(500)
  expect(reader.left.filter((one) => one === 'displayed')).toHaveLength(1)
  expect(await again.agent.outbox()).toMatchObject([{ disposition: 'displayed' }])
  reader.repeat(id) // from now on this is the receipt of record
  await place.pass(500)
  expect(reader.left.at(-1)).toBe('displayed')
})

test('Accepted while closed: asking again on a new link tells as little (fault M9)', async () => {
  await using place = await town('accepted in quiet')
  const reader = await twoPeople(place, true)
  const { alice, bob } = reader
  const id = await writes(place, reader, 'may I?')
  await bob.agent.status({ basic: 'closed' })
  await bob.agent.accept({ who: 'Alice' })
  await alice.kill()
  const again = await alice.restart() // her peer asks after a held request at each link-up
  await place.pass(60_000)
  reader.repeat(id)
  await place.pass(500)
  expect(reader.left.length).toBeGreaterThan(1)
  expect(new Set(reader.left)).toEqual(new Set(['held']))
  await bob.agent.status({ basic: 'open' })
  await place.pass(500)
  expect(await again.agent.outbox()).toMatchObject([{ disposition: 'delivered' }])
})

test('A request is read in silence, also after it was accepted; an accepted person who writes again is told', async () => {
  await using place = await town('request')
  const reader = await twoPeople(place, true)
  const { bob } = reader
  await writes(place, reader, 'may I?')
  expect(await reads(place, bob)).toMatchObject([{ disposition: 'held' }])
  await bob.agent.accept({ who: 'Alice' })
  await place.pass(500)
  await reads(place, bob)
  expect(reader.left).toEqual(['held', 'delivered'])
  await writes(place, reader, 'thank you')
  await reads(place, bob)
  expect(reader.left).toEqual(['held', 'delivered', 'delivered', 'displayed'])
})

test('Whom he no longer knows is not told what he reads, nor what he read while she was away', async () => {
  await using place = await town('no longer')
  const reader = await friends(place)
  const { alice, bob } = reader
  await writes(place, reader, 'one')
  await writes(place, reader, 'two')
  await alice.kill()
  await place.pass(1_000)
  const [first] = await bob.agent.inbox({ unread: true })
  await bob.agent.markRead({ ids: [first?.id ?? ''] }) // owed
  await bob.agent.removeContact({ who: 'Alice' })
  await reads(place, bob)
  await alice.restart()
  await place.pass(10_000)
  expect(reader.left).toEqual(['delivered', 'delivered'])
})

test.each(['polite-block', 'block'] as const)(
  '%s: nothing is told of what he reads (fault M9)',
  async (decision) => {
    await using place = await town(decision)
    const reader = await friends(place)
    const { alice, bob } = reader
    const id = await writes(place, reader, 'one')
    await writes(place, reader, 'two')
    await alice.leave()
    await place.pass(1_000)
    await bob.agent.markRead({ ids: [id] }) // owed
    await bob.kill()
    await bob.store.rules.put({ peer: alice.peerId, subject: 'access', decision, madeAt: place.clock.now() })
    const again = await bob.restart()
    await alice.restart()
    await place.pass(10_000)
    await reads(place, again)
    reader.repeat(id)
    await place.pass(1_000)
    expect(reader.left).not.toContain('displayed')
    expect(await again.agent.inbox({ unread: true })).toEqual([])
  },
)

test('Taken back before it was told: it is never told, and nothing waits to be', async () => {
  await using place = await town('taken back')
  const reader = await friends(place)
  const { alice, bob } = reader
  await writes(place, reader, 'one')
  await bob.agent.status({ basic: 'closed' })
  await reads(place, bob)
  await bob.agent.me({ displayReceipts: false })
  expect(await bob.store.inbox.untold(alice.peerId, 10)).toEqual([])
  await bob.agent.me({ displayReceipts: true })
  await bob.agent.status({ basic: 'open' })
  await place.pass(10_000)
  expect(reader.left).toEqual(['delivered'])
})

test('A year of unread messages: all of them are told, each once', async () => {
  await using place = await town('year')
  const reader = await friends(place)
  const { alice, bob } = reader
  const many = 1_100
  for (let number = 0; number < many; number += 1) void alice.agent.send({ to: 'Bob', text: `${number}` })
  await place.pass(5_000)
  await bob.agent.inbox({ limit: 10_000, markRead: true })
  await place.pass(1_000)
  expect(reader.left.filter((one) => one === 'displayed')).toHaveLength(many)
})

test('The cable is pulled at the very moment he reads: she is told when it is mended, and once is enough', async () => {
  await using place = await town('pulled')
  const reader = await friends(place)
  const { alice, bob } = reader
  const id = await writes(place, reader, 'did you read this?')
  place.world.cut(alice.peerId, bob.peerId)
  await bob.agent.markRead({ ids: [id] })
  await place.pass(30_000) // until both have given up the link
  expect(reader.left.at(-1)).toBe('displayed') // it left him
  expect(wordsOf(alice, id)).toEqual(['sent', 'delivered'])
  place.world.heal(alice.peerId, bob.peerId)
  await place.pass(10_000)
  expect(wordsOf(alice, id)).toEqual(['sent', 'delivered', 'displayed'])
  const told = reader.left.length
  // What came is not told again, whatever happens to the link.
  for (let time = 0; time < 3; time += 1) {
    place.world.cut(alice.peerId, bob.peerId)
    await place.pass(30_000)
    place.world.heal(alice.peerId, bob.peerId)
    await place.pass(10_000)
  }
  expect(reader.left).toHaveLength(told)
})

test('The cable is pulled as he reads, and he tells no more when it is mended: it stays between him and her', async () => {
  await using place = await town('pulled and silent')
  const reader = await friends(place)
  const { alice, bob } = reader
  const id = await writes(place, reader, 'did you read this?')
  place.world.cut(alice.peerId, bob.peerId)
  await bob.agent.markRead({ ids: [id] })
  await place.pass(1_000)
  await bob.agent.me({ displayReceipts: false })
  await place.pass(30_000)
  place.world.heal(alice.peerId, bob.peerId)
  await place.pass(10_000)
  await bob.agent.me({ displayReceipts: true })
  await alice.kill()
  const again = await alice.restart()
  await place.pass(10_000)
  expect(await again.agent.outbox()).toMatchObject([{ disposition: 'delivered' }])
})
