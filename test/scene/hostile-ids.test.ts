/**
 * Ids in the wrong hands, and ids in numbers: who learned one, who sends one ten times, who makes a thousand keys,
 * and whose clock is wrong.
 */
import { describe, expect, test } from 'vitest'
import type { Message, Outcome } from '../../src/agent.ts'
import { type MessageFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import { HELD_LIMIT, HELD_PER_ADDRESS_HOUR } from '../../src/envelope/protocol.ts'
import type { MessageId, PeerId } from '../../src/principal/ids.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { anyId, type Intruder, intruder } from '../support/intruder.ts'
import { friends, textsFrom, theyNoticeNothing } from '../support/talk.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const HOUR_MS = 3_600_000

const isMessage = (row: Message | Outcome): row is Message => 'from' in row

/** Everything that one of the two has of the other. */
async function between(one: Resident, other: Resident) {
  const rows = (await one.agent.inbox({ limit: 1_000 })).filter(
    (row) => isMessage(row) && row.from.peerId === other.peerId,
  )
  return { rows, outbox: await one.agent.outbox({ limit: 1_000 }) }
}

describe('Carol plays every id between Alice and Bob with every kind of frame (fault M3)', () => {
  test.each([
    ['a stranger to both', false],
    ['a contact of both', true],
  ])('as %s: no state of theirs changes, and they go on talking', async (_word, known) => {
    await using place = await town(`carol ${known}`)
    const frames: Uint8Array[] = []
    const recording = { tapMesh: record(frames) }
    const { alice, bob } = await friends(place, { alice: recording, bob: recording })
    const key = await makeKey()
    // A recall that is answered, a refusal, a reply: every kind of letter crosses before she plays them.
    await theyNoticeNothing(place, { alice, bob }, () => {})
    place.world.cut(alice.peerId, bob.peerId)
    const lost = await alice.agent.send({ to: 'Bob', text: 'hm' })
    await alice.agent.recall({ id: lost.id })
    place.world.heal(alice.peerId, bob.peerId)
    await place.pass(5_000)
    // One that is under way while she plays, and one that is owed.
    place.world.cut(alice.peerId, bob.peerId)
    const open = await alice.agent.send({ to: 'Bob', text: 'under way' })
    await place.pass(1_000)
    const kinds = new Set(frames.map((frame) => openMessageFrame(frame, '' as PeerId).kind))
    expect([...kinds].sort()).toEqual(['hello', 'message', 'recall', 'recall-answer', 'receipt'])

    const ids = new Set(frames.flatMap((frame) => idOf(openMessageFrame(frame, '' as PeerId))))
    expect(ids.size).toBeGreaterThan(20)
    expect(ids).toContain(open.id)
    const before = { alice: await between(alice, bob), bob: await between(bob, alice) }
    for (const target of [alice, bob]) {
      const carol = await intruder(place, target, { key })
      if (known) await target.agent.addContact({ who: `pres:${carol.peer}` })
      carol.say('messages', ...frames)
      for (const id of ids) everyLetter(id, [alice, bob], carol)
      await place.pass(3_000)
      expect(carol.letters.length).toBeGreaterThan(ids.size)
      // What she plays may become a message of hers, never one of theirs.
      await carol.leave()
    }
    expect({ alice: await between(alice, bob), bob: await between(bob, alice) }).toEqual(before)
    expect(before.alice.outbox.find((row) => row.id === open.id)).toMatchObject({ state: 'sent' })

    // The control: the same word from Bob counts.
    place.world.heal(alice.peerId, bob.peerId)
    await place.pass(5_000)
    const after = (await alice.agent.outbox()).find((row) => row.id === open.id)
    expect(after).toMatchObject({ outcome: 'success', disposition: 'delivered' })
    await theyNoticeNothing(place, { alice, bob }, () => {})
  })
})

function record(frames: Uint8Array[]): (mesh: Resident['mesh']) => Resident['mesh'] {
  return (mesh) =>
    tapped(mesh, { onSend: (kind, frame) => void (kind === 'messages' && frames.push(frame.slice())) })
}

const idOf = (frame: MessageFrame): MessageId[] =>
  'id' in frame ? [frame.id] : frame.kind === 'receipt' ? [...frame.ids] : []

function everyLetter(id: MessageId, people: readonly Resident[], carol: Intruder): void {
  for (const { peerId } of people) {
    const inbox = `im:${peerId}`
    for (const disposition of ['delivered', 'held', 'displayed', 'failed', 'stored'] as const)
      carol.write({ kind: 'receipt', ids: [id], inbox, disposition, reason: 'closed', at: 0 })
    for (const recalled of ['kept', 'recalled', 'rate-limited'] as const)
      carol.write({ kind: 'recall-answer', id, inbox, recalled })
    carol.write({ kind: 'recall', id, inbox })
    carol.write(carol.message('mine', { id, to: inbox }), carol.message('re', { to: inbox, replyTo: id }))
    for (const by of ['edit', 'delete', 'react', 'unreact'] as const)
      carol.write(carol.message('hers now', { to: inbox, amends: { by, id } }))
  }
}

/** What receipts say, one by one; those that fared alike may share one. */
const saidOf = (letters: readonly MessageFrame[]): string[] =>
  letters.flatMap((letter) =>
    letter.kind === 'receipt' ? letter.ids.map((id) => `${id} ${letter.disposition}`) : [letter.kind],
  )

describe('One id, many times (scene 54)', () => {
  test('ten times over two links and over Bob’s restart: one copy, and ten receipts that agree', async () => {
    await using place = await town('ten times')
    const key = await makeKey()
    const bob = await place.moveIn('Bob')
    await place.pass(1_000)
    // Alice, with a client that never believes what it is told.
    const first = await intruder(place, bob, { key })
    await bob.agent.addContact({ who: `pres:${first.peer}` })
    const second = await intruder(place, bob, { key })
    const message = first.message('only once')
    for (let count = 0; count < 3; count += 1) {
      first.write(message)
      second.write(message)
      if (count === 1) await place.pass(10)
    }
    await place.pass(500)
    const before = [...first.letters, ...second.letters]
    await bob.kill()
    const again = await bob.restart()
    await place.pass(1_000)
    const third = await intruder(place, again, { key })
    const fourth = await intruder(place, again, { key })
    for (const link of [third, fourth]) link.write(message, message)
    await place.pass(500)
    const receipts = [...before, ...third.letters, ...fourth.letters]
    expect(saidOf(receipts)).toEqual(Array(10).fill(`${message.id} delivered`))
    expect(await again.agent.inbox()).toMatchObject([{ id: message.id, text: 'only once', unread: true }])
    expect([...bob.events, ...again.events].filter(({ event }) => event === 'message')).toHaveLength(1)
  })

  test('with another body each time, together and apart: the first stands, the receipts agree, and Alice and Bob notice nothing (fault M3)', async () => {
    await using place = await town('other bodies')
    const { alice, bob } = await friends(place)
    const mallory = await intruder(place, alice)
    await alice.agent.addContact({ who: `pres:${mallory.peer}` })
    const id = anyId(place)
    await theyNoticeNothing(place, { alice, bob }, (round) => {
      for (let count = 0; count < 5; count += 1)
        mallory.write(mallory.message(`body ${round} ${count}`, { id }))
    })
    expect(await textsFrom(alice, { peerId: mallory.peer })).toEqual(['body 0 0'])
    expect(saidOf(mallory.letters)).toEqual(Array(50).fill(`${id} delivered`))
  })
})

test('Deleted, and replayed ten times, and after retention, and after a restart: receipts that agree, and nothing is shown (scene 54, fault M6)', async () => {
  await using place = await town('forgotten')
  const key = await makeKey()
  const bob = await place.moveIn('Bob')
  await place.pass(1_000)
  const alice = await intruder(place, bob, { key })
  await bob.agent.addContact({ who: `pres:${alice.peer}` })
  const messages = ['deleted', 'old', 'taken back'].map((text) => alice.message(text))
  const [deleted, old, recalled] = messages as [
    (typeof messages)[0],
    (typeof messages)[0],
    (typeof messages)[0],
  ]
  alice.write({ kind: 'recall', id: recalled.id, inbox: recalled.to }, deleted, old)
  await place.pass(100)
  expect(await bob.agent.deleteMessages({ ids: [deleted.id] })).toEqual([deleted.id])
  const listed = async (who: Resident) => (await who.agent.inbox()).filter(isMessage).map(({ text }) => text)
  expect(await listed(bob)).toEqual(['old'])

  const replayed = async (by: Intruder) => {
    const before = by.letters.length
    for (let count = 0; count < 10; count += 1) by.write(...messages)
    await place.pass(500)
    return saidOf(by.letters.slice(before)).sort()
  }
  const record = [
    ...Array(10).fill(`${deleted.id} delivered`),
    ...Array(10).fill(`${old.id} delivered`),
    ...Array(10).fill(`${recalled.id} failed`),
  ].sort()
  expect(await replayed(alice)).toEqual(record)
  expect(await listed(bob)).toEqual(['old'])

  await bob.agent.inbox({ markRead: true })
  await place.pass(2 * HOUR_MS)
  await bob.agent.retention({ keepMs: HOUR_MS })
  expect(await listed(bob)).toEqual([])
  expect(await replayed(alice)).toEqual(record)
  await bob.kill()
  const again = await bob.restart()
  await place.pass(1_000)
  expect(await replayed(await intruder(place, again, { key }))).toEqual(record)
  expect(await listed(again)).toEqual([])
  const told = [...bob.events, ...again.events].flatMap((event) =>
    event.event === 'message' ? [event.text] : [],
  )
  expect(told).toEqual(['deleted', 'old'])
})

describe('A thousand fresh keys, each with one request (fault M8)', () => {
  const KEYS = 1_000

  async function knocks(place: Town, alice: Resident, host: (number: number) => string | undefined) {
    const answers: string[] = []
    for (let number = 0; number < KEYS; number += 1) {
      const at = host(number)
      const one = await intruder(place, alice, at === undefined ? {} : { host: at })
      one.write(one.message(`may I? ${number}`))
      await place.pass(5)
      for (const letter of one.letters)
        if (letter.kind === 'receipt') answers.push(letter.reason ?? letter.disposition)
      await one.leave()
    }
    return answers
  }
  const heldBy = async (alice: Resident) =>
    (await alice.agent.requests()).filter(({ kind }) => kind === 'message').length

  test.each<[string, (number: number, alice: Resident) => string | undefined, number]>([
    ['from everywhere: fifty are held', () => undefined, HELD_LIMIT],
    ['from one machine: three are held', () => 'laptop', HELD_PER_ADDRESS_HOUR],
    [
      'from homes of this very host, which are counted by no address: fifty',
      (_, alice) => alice.peerId,
      HELD_LIMIT,
    ],
  ])(
    '%s, everybody is answered, each request is told once, and contacts are unharmed',
    async (_name, host, most) => {
      await using place = await town(`knocks ${most}`)
      const { alice, bob } = await friends(place)
      const answers = await knocks(place, alice, (number) => host(number, alice))
      expect(answers).toHaveLength(KEYS)
      expect(answers.filter((answer) => answer === 'held')).toHaveLength(most)
      expect(answers.filter((answer) => answer === 'rate-limited')).toHaveLength(KEYS - most)
      expect(await heldBy(alice)).toBe(most)
      const told = alice.events.filter((event) => event.event === 'request' && event.kind === 'message')
      expect(told).toHaveLength(most)
      expect(alice.events.filter(({ event }) => event === 'message')).toEqual([])
      await theyNoticeNothing(place, { alice, bob }, async (round) => {
        const one = await intruder(place, alice, { host: `late ${round}` })
        one.write(one.message('may I?'))
      })
      expect(await heldBy(alice)).toBeLessThanOrEqual(HELD_LIMIT)
    },
    60_000,
  )

  test('The hour is over: three more from that machine, and none is forgotten before', async () => {
    await using place = await town('hourly')
    const alice = await place.moveIn('Alice')
    await place.pass(1_000)
    const knock = async () => {
      const one = await intruder(place, alice, { host: 'laptop' })
      one.write(one.message('may I?'))
      await place.pass(10)
      await one.leave()
      return heldBy(alice)
    }
    for (let count = 0; count < 5; count += 1) await knock()
    await place.pass(3_500_000)
    expect(await knock()).toBe(3)
    await place.pass(200_000)
    for (let count = 0; count < 5; count += 1) await knock()
    expect(await heldBy(alice)).toBe(6)
  })
})

test('Dora’s clock is a year behind, then seventy ahead, then her ids are dice: order of arrival, complete pages, the right count (fault M2)', async () => {
  await using place = await town('clocks')
  const { alice, bob } = await friends(place)
  const dora = await intruder(place, alice)
  await alice.agent.addContact({ who: `pres:${dora.peer}` })
  const YEAR_MS = 365 * 24 * 3_600_000
  const now = place.clock.now()
  const wrong = [now - YEAR_MS, now + 70 * YEAR_MS, undefined, Number.MAX_SAFE_INTEGER]
  let sent = 0
  await theyNoticeNothing(place, { alice, bob }, async () => {
    for (const clock of wrong)
      for (let count = 0; count < 3; count += 1, sent += 1) {
        const sentAt = clock ?? now
        const id = clock === undefined ? anyId(place) : idAt(place, clock)
        dora.write(dora.message(`text ${sent}`, { id, sentAt }))
      }
    await place.pass(10)
  })
  const texts = Array.from({ length: sent }, (_, number) => `text ${number}`)
  expect(await textsFrom(alice, { peerId: dora.peer })).toEqual(texts)

  // In pages of seven, from the newest back; Bob's are among them, each where it arrived.
  const pages: Message[] = []
  for (let before: string | undefined; ; before = pages[0]?.id) {
    const page = await alice.agent.inbox({ limit: 7, ...(before === undefined ? {} : { before }) })
    if (page.length === 0) break
    pages.unshift(...page.filter(isMessage))
  }
  expect(pages.map(({ text }) => text)).toEqual(
    (await alice.agent.inbox({ limit: 1_000 })).filter(isMessage).map(({ text }) => text),
  )
  expect(pages.map(({ text }) => text).filter((text) => text.startsWith('text'))).toEqual(texts)
  expect(pages.map(({ seq }) => seq)).toEqual(pages.map(({ seq }) => seq).sort((one, other) => one - other))
  const unread = () => alice.agent.inbox({ unread: true, limit: 1_000 })
  expect(await unread()).toHaveLength(sent + 10)
  await alice.agent.inbox({ with: `pres:${dora.peer}`, limit: 1_000, markRead: true })
  expect((await unread()).filter(isMessage).map(({ from }) => from.peerId)).toEqual(
    Array(10).fill(bob.peerId),
  )
})

/** A UUIDv7 of that instant, as far as one can say it. */
function idAt(place: Town, at: number): MessageId {
  const time = Math.max(0, Math.min(at, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0')
  const rest = Buffer.from(place.entropy.bytes(10)).toString('hex')
  const hex = `${time}7${rest.slice(0, 3)}8${rest.slice(3, 18)}`
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as MessageId
}
