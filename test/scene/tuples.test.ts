/** Tuples, status and address in a town, read from the bytes that reached the others. */
import { expect, test } from 'vitest'
import { appearsReady } from '../../src/agent/readiness.ts'
import type { OwnTuple } from '../../src/agent.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import { readable } from '../../src/envelope/presence-information.ts'
import { ANNOUNCED_TUPLES_LIMIT, DOCUMENT_LIMIT, TUPLES_LIMIT } from '../../src/envelope/protocol.ts'
import { documents } from '../support/documents.ts'
import { tapped } from '../support/taps.ts'
import { type Arrival, type Resident, type Town, town } from '../support/town.ts'

const MINUTE = 60_000
const PHONE: OwnTuple = {
  id: 'phone',
  status: { basic: 'open', note: 'until six', activities: ['on-the-phone'] },
  address: 'tel:+43123456',
  priority: 0.8,
  notes: { de: 'bis sechs', 'pt-BR': 'até as seis' },
  markup: [
    { namespace: 'urn:example:nobody-knows', content: '<x xmlns="urn:example:nobody-knows">\u0001ü</x>' },
  ],
}

/** Alice and Bob are contacts; what reaches Alice is read from the bytes. */
async function contacts(place: Town, bobs: Arrival = {}) {
  const reached = documents()
  const alice = await place.moveIn('Alice', { tapMesh: reached.tapMesh })
  const bob = await place.moveIn('Bob', bobs)
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  const presence = () => {
    const document = reached.last(bob.peerId)
    if (document === undefined) throw new Error('nothing reached Alice')
    return readable(document)
  }
  return { alice, bob, reached, presence }
}

const sighted = async (by: Resident, name: string) => {
  const found = (await by.agent.who()).find(({ who }) => who.name === name)
  if (found === undefined) throw new Error(`${name} is not seen`)
  return found
}

test('scene 1: Bob has set nothing: what reaches Alice, near and as a contact, has one tuple, with a status', async () => {
  await using place = await town('nothing set')
  const { bob, reached } = await contacts(place)
  const views = reached.of(bob.peerId)
  expect(views.length).toBeGreaterThan(1)
  for (const { document } of views) {
    if (document === 'changed') throw new Error('too large to announce')
    expect(document.tuples).toHaveLength(1)
    expect(document.tuples[0]?.status?.basic).toBeGreaterThan(0)
  }
})

test('scene 2: a tuple that is a status and nothing more reaches Alice as just that', async () => {
  await using place = await town('status alone')
  const { bob, presence } = await contacts(place)
  await bob.agent.publishTuple({ id: 'desk', status: { basic: 'closed' } })
  await place.pass(500)
  expect(presence().tuples[1]).toStrictEqual({ id: 'desk', status: { basic: 'closed' } })
})

test('A tuple reaches a contact whole, markup that nobody knows included, changes, and is withdrawn', async () => {
  await using place = await town('phone')
  const { alice, bob, presence } = await contacts(place)
  expect(await bob.agent.publishTuple(PHONE)).toStrictEqual({ ...PHONE, views: ['contacts'] })
  await place.pass(500)
  expect(presence().tuples[1]).toStrictEqual(PHONE)
  expect((await sighted(alice, 'Bob')).presence?.tuples[1]).toStrictEqual(PHONE)

  await bob.agent.publishTuple({ ...PHONE, status: { note: 'off' } })
  await place.pass(500)
  expect(presence().tuples).toMatchObject([{ id: 'im' }, { id: 'phone', status: { note: 'off' } }])

  expect(await bob.agent.withdrawTuple({ id: 'phone' })).toMatchObject({ id: 'phone' })
  await place.pass(500)
  expect(presence().tuples.map(({ id }) => id)).toEqual(['im'])
  await expect(bob.agent.withdrawTuple({ id: 'phone' })).rejects.toMatchObject({ code: 'usage' })
})

test('scene 31, scene 37, fault P8: Carol is near and Alice a contact: each has a valid document, and Carol not a byte of the phone', async () => {
  await using place = await town('two views')
  const { bob, reached, presence } = await contacts(place)
  const carols = documents()
  const carol = await place.moveIn('Carol', { tapMesh: carols.tapMesh })
  await place.pass(MINUTE)
  const before = carols.of(bob.peerId).length
  const counterBefore = carols.counters(bob.peerId).at(-1)
  expect(before).toBeGreaterThan(0)

  await bob.agent.publishTuple(PHONE)
  await bob.agent.status({ note: 'n', notes: { de: 'd' }, userInput: { state: 'idle' }, elision: true })
  await place.pass(MINUTE)
  expect(presence().tuples.map(({ id }) => id)).toEqual(['im', 'phone'])
  expect(presence()).toMatchObject({ note: 'n', notes: { de: 'd' }, userInput: { state: 'idle' } })
  // No announcement, no renewal out of turn, and the beat counts no change.
  expect(carols.of(bob.peerId)).toHaveLength(before)
  expect(carols.counters(bob.peerId).at(-1)).toBe(counterBefore)
  expect((await sighted(carol, 'Bob')).presence).toStrictEqual({
    name: 'Bob',
    tuples: [{ id: 'im', status: { basic: 'open' } }],
  })

  // The control: with the preset office she sees what contacts see.
  await bob.agent.rules({ preset: 'office' })
  await place.pass(2_000)
  const hers = carols.last(bob.peerId)
  expect(hers && readable(hers)).toStrictEqual(presence())
  expect(reached.last(bob.peerId)?.name).toBe('Bob')
})

test('scene 3: Bob is open and busy, then closed and idle for company: basic alone answers Alice', async () => {
  await using place = await town('busy')
  const { alice, bob } = await contacts(place)
  await bob.agent.status({ activities: ['busy', 'meeting'] })
  await place.pass(500)
  expect(appearsReady(await sighted(alice, 'Bob'))).toBe(true)
  expect(await alice.agent.send({ to: 'Bob', text: 'anyway', waitMs: 0 })).toMatchObject({
    to: { name: 'Bob' },
  })
  await place.pass(500)
  expect((await bob.agent.inbox()).map((row) => row.text)).toEqual(['anyway'])
  await bob.agent.status({ basic: 'closed', activities: [] })
  await bob.agent.publishTuple({ id: 'phone', status: { basic: 'open' }, address: 'tel:1' })
  await place.pass(500)
  expect(appearsReady(await sighted(alice, 'Bob'))).toBe(false)
})

test('scene 4: Bob elides: closed, no byte of his inbox address reaches Alice, and she reads closed; back, she reads open', async () => {
  await using place = await town('elision')
  const { alice, bob, reached, presence } = await contacts(place)
  const address = `im:${bob.peerId}`
  expect(await bob.agent.status({ elision: true })).toMatchObject({ elision: true })
  expect(presence().tuples[0]).toMatchObject({ address })

  await bob.agent.status({ basic: 'closed' })
  await place.pass(500)
  expect(presence().tuples).toStrictEqual([{ id: 'im', status: { basic: 'closed' } }])
  expect(JSON.stringify(readable(reached.last(bob.peerId) as never))).not.toContain(bob.peerId)
  expect(appearsReady(await sighted(alice, 'Bob'))).toBe(false)

  await bob.agent.status({ clear: true }) // his choice to elide is no status
  await place.pass(500)
  expect(presence().tuples[0]).toMatchObject({ status: { basic: 'open' }, address })
  expect(appearsReady(await sighted(alice, 'Bob'))).toBe(true)

  // The control: without elision the address stays.
  expect(await bob.agent.status({ basic: 'closed', elision: false })).not.toHaveProperty('elision')
  await place.pass(500)
  expect(presence().tuples[0]).toMatchObject({ status: { basic: 'closed' }, address })
})

test('scene 5: from the bytes of a document alone, without a network, it is known whether Bob appears ready', async () => {
  const reached = documents()
  const bob = await (async () => {
    await using place = await town('document alone')
    const bob = await place.moveIn('Bob')
    await place.moveIn('Alice', { tapMesh: reached.tapMesh })
    await place.pass(3_000)
    return bob
  })()
  const document = reached.last(bob.peerId)
  const who = { peerId: bob.peerId, name: 'Bob', address: '', relation: 'near' as const, verified: false }
  expect(appearsReady({ who, presence: document && readable(document) } as never)).toBe(true)
})

test('scene 7: Bob publishes twice within a millisecond: two versions, and the second one wins with Alice and Carol', async () => {
  await using place = await town('twice')
  const { alice, bob, reached } = await contacts(place)
  const carols = documents()
  const carol = await place.moveIn('Carol', { tapMesh: carols.tapMesh })
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Carol' })
  await place.pass(1_000)
  const at = place.clock.now()
  await Promise.all([
    bob.agent.publishTuple({ ...PHONE, status: { note: 'first' } }),
    bob.agent.publishTuple({ ...PHONE, status: { note: 'second' } }),
  ])
  expect(place.clock.now()).toBe(at)
  await place.pass(5_000)
  for (const documents of [reached, carols]) {
    const versions = documents
      .of(bob.peerId)
      .flatMap(({ document }) => (document === 'changed' ? [] : [document]))
      .filter((document) => document.tuples[1] !== undefined)
      .map((document) => [document.tuples[1]?.notes[0]?.text, document.publishedAt, document.version])
    const [first, second] = versions
    expect([first?.[0], second?.[0]]).toEqual(['first', 'second'])
    expect(first?.[1]).toBe(second?.[1]) // the clock could not tell them apart
    expect(Number(second?.[2])).toBe(Number(first?.[2]) + 1)
  }
  for (const each of [alice, carol])
    expect((await sighted(each, 'Bob')).presence?.tuples[1]?.status.note).toBe('second')
})

test('scene 9: nobody sees the second state before Bob committed it, and nobody goes back to the first', async () => {
  await using place = await town('committed')
  let hold: Promise<void> | undefined
  const { alice, bob, reached, presence } = await contacts(place, {
    tapStore: (store) => ({
      ...store,
      settings: {
        ...store.settings,
        set: async (key, value) => {
          await hold
          await store.settings.set(key, value)
        },
      },
    }),
  })
  await bob.agent.publishTuple({ ...PHONE, status: { note: 'first' } })
  await place.pass(500)
  let release = () => {}
  hold = new Promise((resolve) => {
    release = resolve
  })
  const changing = bob.agent.publishTuple({ ...PHONE, status: { note: 'second' } })
  await place.pass(MINUTE) // beats and renewals go on meanwhile
  expect(presence().tuples[1]?.status.note).toBe('first')
  expect(await bob.agent.tuples()).toMatchObject([{ status: { note: 'first' } }])
  release()
  await changing
  await place.pass(30 * MINUTE)
  const notes = reached
    .of(bob.peerId)
    .flatMap(({ document }) => (document === 'changed' ? [] : (document.tuples[1]?.notes[0]?.text ?? [])))
  expect(notes.lastIndexOf('first')).toBeLessThan(notes.indexOf('second'))
  expect((await sighted(alice, 'Bob')).presence?.tuples[1]?.status.note).toBe('second')
})

test('A hundred tuples in one document: announced as changed, asked for, and read whole', async () => {
  await using place = await town('hundred')
  const { alice, bob, reached, presence } = await contacts(place)
  const changed = () => reached.of(bob.peerId).filter(({ document }) => document === 'changed').length
  for (let n = 1; n < ANNOUNCED_TUPLES_LIMIT; n++) await bob.agent.publishTuple({ id: `t${n}` })
  await place.pass(500)
  expect([changed(), presence().tuples.length]).toEqual([0, ANNOUNCED_TUPLES_LIMIT])

  for (let n = ANNOUNCED_TUPLES_LIMIT; n < TUPLES_LIMIT; n++)
    await bob.agent.publishTuple({ id: `t${n}`, address: `tel:${n}` })
  await place.pass(5_000)
  expect(changed()).toBeGreaterThan(0)
  expect(reached.of(bob.peerId).at(-1)?.by).toBe('grant')
  expect(presence().tuples).toHaveLength(TUPLES_LIMIT)
  expect((await sighted(alice, 'Bob')).presence?.tuples.at(-1)).toMatchObject({ address: 'tel:99' })
  await expect(bob.agent.publishTuple({ id: 'one more' })).rejects.toMatchObject({ code: 'usage' })
})

test('What would make the document larger than anybody may be given is refused to Bob, and nothing of it is kept', async () => {
  await using place = await town('32 KiB')
  const { bob, presence } = await contacts(place)
  const content = 'm'.repeat(4_000)
  const markup = (count: number) =>
    Array.from({ length: count }, () => ({ namespace: 'urn:example:m', content }))
  await bob.agent.publishTuple({ id: 'large', markup: markup(8) })
  await place.pass(5_000)
  expect(presence().tuples[1]?.markup).toHaveLength(8) // the control: this much does reach her
  const tooLarge = { code: 'too-large', message: expect.stringContaining(`${DOCUMENT_LIMIT}`) }
  await expect(bob.agent.publishTuple({ id: 'larger', markup: markup(1) })).rejects.toMatchObject(tooLarge)
  await expect(bob.agent.publishTuple({ id: 'large', markup: markup(9) })).rejects.toMatchObject(tooLarge)
  await expect(
    bob.agent.status({ notes: Object.fromEntries(['de', 'en'].map((tag) => [tag, 'ü'.repeat(500)])) }),
  ).rejects.toMatchObject(tooLarge)
  expect(await bob.agent.tuples()).toMatchObject([{ id: 'large' }])
  expect(await bob.agent.status()).toEqual({ basic: 'open', activities: [] })
})

test('Tuples and elision live over a restart; a timed one ends by itself, asleep or awake', async () => {
  await using place = await town('restart')
  const { alice, bob, presence } = await contacts(place)
  const until = (ms: number) => new Date(place.clock.now() + ms).toISOString()
  await bob.agent.publishTuple(PHONE)
  await bob.agent.publishTuple({ id: 'short', until: until(2 * MINUTE) })
  await bob.agent.publishTuple({ id: 'shorter', until: until(MINUTE) })
  await bob.agent.status({ note: 'lunch', until: until(90_000), elision: true })
  await place.pass(500)
  expect(presence().tuples.map((tuple) => [tuple.id, tuple.until])).toMatchObject([
    ['im', undefined],
    ['phone', undefined],
    ['short', expect.any(String)],
    ['shorter', expect.any(String)],
  ])
  await place.pass(MINUTE)
  expect(presence().tuples.map(({ id }) => id)).toEqual(['im', 'phone', 'short'])
  expect(presence().note).toBe('lunch')
  await place.pass(30_000)
  expect(presence().note).toBeUndefined()

  await bob.kill()
  await place.pass(MINUTE)
  const again = await bob.restart()
  await place.pass(5_000)
  expect(await again.agent.tuples()).toStrictEqual([{ ...PHONE, views: ['contacts'] }])
  expect(await again.agent.status()).toMatchObject({ elision: true })
  const { presence: seen } = await sighted(alice, 'Bob')
  expect(seen?.tuples[1]).toStrictEqual(PHONE)
})

test('Bob closed and reachable by phone: what waits until he is open goes on waiting (scene 3)', async () => {
  await using place = await town('phone is no inbox')
  let letters = 0
  const { alice, bob } = await contacts(place, {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onReceive: ({ peer }, kind, frame) => {
          if (kind === 'messages' && openMessageFrame(frame, peer).kind === 'message') letters += 1
        },
      }),
  })
  await bob.agent.status({ basic: 'closed' })
  await place.pass(500)
  await alice.agent.send({ to: 'Bob', text: 'when you are back', untilOpen: true })
  await place.pass(500)
  const tried = letters
  await bob.agent.publishTuple({ id: 'phone', status: { basic: 'open' }, address: 'tel:1' })
  await place.pass(500)
  expect(letters).toBe(tried) // her peer does not take the phone for his inbox
  await bob.agent.status({ basic: 'open' })
  await place.pass(500)
  expect(letters).toBe(tried + 1)
  expect(await alice.agent.outbox()).toMatchObject([{ disposition: 'delivered' }])
})
