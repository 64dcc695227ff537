/**
 * Mallory speaks the protocol and means no good: letters out of order, repeated, about others, without end. Each
 * costs him his link or nothing comes of it, and Alice and Bob, who talk all the while, notice nothing.
 */
import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { MessageFrameSchema } from '../../src/envelope/generated/channel_pb.ts'
import { LetterSchema } from '../../src/envelope/generated/message_pb.ts'
import { encodePresenceFrame } from '../../src/envelope/presence-frame.ts'
import { HELLO_WITHIN_MS, RECALLS_LIMIT, UNREAD_LIMIT } from '../../src/envelope/protocol.ts'
import type { Channel, Mesh, Store } from '../../src/ports.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { anyId, type Intruder, intruder } from '../support/intruder.ts'
import { friends, textsFrom, theyNoticeNothing } from '../support/talk.ts'
import { type Resident, type Town, town } from '../support/town.ts'

interface Scene {
  place: Town
  alice: Resident
  bob: Resident
  mallory: Intruder
  /** Of a message from Bob to Alice, and of one from Alice to Bob. */
  toAlice: MessageId
  toBob: MessageId
}

async function scene(seed: string, silent = false): Promise<Scene & AsyncDisposable> {
  const place = await town(seed)
  const { alice, bob } = await friends(place)
  const sending = [
    bob.agent.send({ to: 'Alice', text: 'first there' }),
    alice.agent.send({ to: 'Bob', text: 'first back' }),
  ]
  await place.pass(100)
  const [there, back] = await Promise.all(sending)
  return {
    place,
    alice,
    bob,
    mallory: await intruder(place, alice, { silent }),
    toAlice: there?.id as MessageId,
    toBob: back?.id as MessageId,
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  }
}

/** The id of nothing. */
const NOBODYS = 'abababab-abab-4bab-8bab-abababababab' as MessageId

const inbox = (one: Pick<Resident, 'peerId'>) => `im:${one.peerId}`

/** A frame with field `number` of `length` bytes, which nobody here knows. */
const unknownFrame = (length: number): Uint8Array =>
  Uint8Array.from([0xfa, 0x3f, (length & 0x7f) | 0x80, length >> 7, ...new Uint8Array(length)])

const wrapped = (wrapping: Parameters<typeof create<typeof MessageFrameSchema>>[1]): Uint8Array =>
  toBinary(MessageFrameSchema, create(MessageFrameSchema, wrapping))

const composing = (active: boolean): Uint8Array =>
  wrapped({
    kind: {
      case: 'envelope',
      value: {
        wrapping: {
          case: 'plain',
          value: create(LetterSchema, { content: { case: 'composing', value: { active, refresh: 60 } } }),
        },
      },
    },
  })

/** The link ends with it. */
const ending: Record<string, { attack: (scene: Scene) => void; silent?: true; late?: true; why?: string }> = {
  'a receipt before the hello': {
    silent: true,
    attack: ({ mallory, alice, toBob }) =>
      mallory.write({ kind: 'receipt', ids: [toBob], inbox: inbox(alice), disposition: 'delivered', at: 0 }),
  },
  'a frame of an unknown kind before the hello': {
    silent: true,
    attack: ({ mallory }) => mallory.say('messages', unknownFrame(300)),
  },
  'a hello on the message channel alone': {
    silent: true,
    late: true,
    attack: ({ mallory }) => mallory.write({ kind: 'hello', ...mallory.hello() }),
  },
  'a hello of another mesh on the message channel': {
    silent: true,
    why: 'other-mesh',
    attack: ({ mallory }) => mallory.write({ kind: 'hello', ...mallory.hello({ mesh: 'ff'.repeat(8) }) }),
  },
  'bytes that are no frame, after many that are': {
    attack({ mallory }) {
      for (let count = 0; count < 100; count += 1) mallory.write(mallory.message(`text ${count}`))
      mallory.say('messages', Uint8Array.of(0x0f, 1, 2, 3))
    },
  },
  'a body of 64 KiB and one byte, in a frame that is not too long (scene 57)': {
    attack: ({ mallory }) => mallory.write(mallory.message('', { body: new Uint8Array(64 * 1024 + 1) })),
  },
}

/** Nothing comes of it; the link may stay. */
const harmless: Record<string, (scene: Scene) => void> = {
  'receipts of every kind before any message, for ids that are not his': ({
    mallory,
    alice,
    bob,
    toAlice,
    toBob,
  }) => {
    for (const id of [toAlice, toBob, NOBODYS])
      for (const who of [alice, bob])
        for (const disposition of ['delivered', 'held', 'displayed', 'failed', 'stored'] as const)
          mallory.write({
            kind: 'receipt',
            ids: [id],
            inbox: inbox(who),
            disposition,
            reason: 'refused',
            at: 0,
          })
  },
  'answers to recalls that nobody asked': ({ mallory, alice, bob, toAlice, toBob }) => {
    for (const id of [toAlice, toBob, NOBODYS])
      for (const who of [alice, bob])
        for (const recalled of ['kept', 'recalled', 'rate-limited'] as const)
          mallory.write({ kind: 'recall-answer', id, inbox: inbox(who), recalled })
  },
  'recalls of what others wrote': ({ mallory, alice, bob, toAlice, toBob }) => {
    for (const id of [toAlice, toBob])
      for (const who of [alice, bob]) mallory.write({ kind: 'recall', id, inbox: inbox(who) })
  },
  'the hello again and again, also of another mesh or instance': ({ mallory }) => {
    for (let count = 0; count < 100; count += 1)
      mallory.write(
        { kind: 'hello', ...mallory.hello() },
        { kind: 'hello', ...mallory.hello({ instance: 'ff'.repeat(16), mesh: 'ff'.repeat(8) }) },
      )
  },
  'frames and letters of unknown kinds, sealed ones, empty ones, and signs of typing': ({ mallory }) => {
    for (let count = 0; count < 100; count += 1)
      mallory.say(
        'messages',
        unknownFrame(1_000),
        composing(true),
        composing(false),
        wrapped({ kind: { case: 'envelope', value: { wrapping: { case: 'sealed', value: {} } } } }),
        wrapped({ kind: { case: 'envelope', value: {} } }),
      )
  },
  'letters to inboxes that are not here': ({ mallory, bob }) => {
    for (const to of [
      inbox(bob),
      'im:nobody',
      '',
      'x'.repeat(512),
      `im:${bob.peerId}/label`,
      'pres:x',
      '\u0000',
    ])
      mallory.write(mallory.message('hello', { to }), {
        kind: 'recall',
        id: NOBODYS,
        inbox: to,
      })
  },
}

describe('While Alice and Bob talk, Mallory sends Alice', () => {
  test.each(Object.entries(ending))('%s: his link ends', async (name, { attack, silent, late, why }) => {
    await using here = await scene(name, silent ?? false)
    const { place, alice, mallory } = here
    attack(here)
    await place.pass(late ? HELLO_WITHIN_MS + 100 : 100)
    expect(mallory.link.closed).toBe(true)
    if (why !== undefined) expect(mallory.heard).toContain(why)
    await theyNoticeNothing(place, here, async (round) => {
      if (round > 5) return
      const again = await intruder(place, alice, { silent: silent ?? false })
      attack({ ...here, mallory: again })
    })
    expect((await alice.agent.requests()).filter(({ text }) => text !== 'text 0')).toEqual([])
  })

  test.each(Object.entries(harmless))('%s: nothing comes of it', async (name, attack) => {
    await using here = await scene(name)
    const { place, alice, bob, mallory } = here
    const standing = async () => ({
      alice: [await alice.agent.outbox(), await textsFrom(alice, bob)],
      bob: [await bob.agent.outbox(), await textsFrom(bob, alice)],
      requests: await alice.agent.requests(),
    })
    const before = await standing()
    attack(here)
    await place.pass(2_000)
    expect(await standing()).toEqual(before)
    expect(mallory.link.closed).toBe(false)
    await theyNoticeNothing(place, here, () => attack(here))
    // And from Bob himself a letter counts all the while, so the channel was read to its end.
    mallory.write({ kind: 'recall', id: anyId(place), inbox: inbox(alice) })
    await place.pass(1_000)
    expect(mallory.letters.at(-1)?.kind).toBe('recall-answer')
  })
})

/** Alice's ends of the message channels that others opened. */
function tapChannels(channels: Channel[]): (mesh: Mesh) => Mesh {
  return (mesh) => ({
    ...mesh,
    onLink: (listener) =>
      mesh.onLink((link) => {
        listener(link)
        link.onChannel((channel) => void (channel.kind === 'messages' && channels.push(channel)))
      }),
  })
}

describe('Without end', () => {
  test('Ten thousand recalls of unknown ids: twenty are remembered, the others rate-limited, also under fresh keys of that address', async () => {
    await using here = await scene('recalls')
    const { place, alice } = here
    const asked: { peer: Intruder['peer']; label: string; id: MessageId }[] = []
    const recallsOf = (mallory: Intruder, count: number): void => {
      for (let number = 0; number < count; number += 1) {
        const id = anyId(place)
        asked.push({ peer: mallory.peer, label: '', id })
        mallory.write({ kind: 'recall', id, inbox: inbox(alice) })
      }
    }
    const first = await intruder(place, alice, { host: 'laptop' })
    await theyNoticeNothing(place, here, () => recallsOf(first, 1_000))
    for (let step = 0; first.letters.length < 10_000 && step < 100; step += 1) await place.pass(100)
    expect(first.letters).toHaveLength(10_000)
    for (let keys = 0; keys < 10; keys += 1) {
      const again = await intruder(place, alice, { host: 'laptop' })
      recallsOf(again, 100)
      await place.pass(1_000)
      await again.leave()
    }
    await place.pass(5_000)
    const remembered = async () =>
      (await alice.store.inbox.known(asked)).filter((one) => one === 'recalled').length
    expect(await remembered()).toBe(RECALLS_LIMIT)
    expect(first.link.closed).toBe(false)
    const answers = first.letters.flatMap((letter) =>
      letter.kind === 'recall-answer' ? [letter.recalled] : [],
    )
    expect(answers.filter((answer) => answer === 'recalled')).toHaveLength(RECALLS_LIMIT)
    expect(answers.filter((answer) => answer === 'rate-limited')).toHaveLength(10_000 - RECALLS_LIMIT)
    // The control: from another address it would have been remembered.
    recallsOf(await intruder(place, alice, { host: 'elsewhere' }), 1)
    await place.pass(1_000)
    expect(await remembered()).toBe(RECALLS_LIMIT + 1)
  })

  test('Mallory writes on and reads no answer: what waits for him is bounded, and after 30 s his link ends (fault M11)', async () => {
    await using place = await town('no reader')
    const channels: Channel[] = []
    const { alice, bob } = await friends(place, { alice: { tapMesh: tapChannels(channels) } })
    const mallory = await intruder(place, alice)
    const [channel] = channels.slice(-1)
    mallory.messages.pause()
    const since = place.clock.monotonic()
    let most = 0
    // Half a kilobyte of answer to each, eleven megabytes in all.
    await theyNoticeNothing(place, { alice, bob }, () => {
      for (let count = 0; count < 2_000; count += 1)
        mallory.write(mallory.message('x', { to: 'x'.repeat(512) }))
      most = Math.max(most, channel?.backlog ?? 0)
    })
    most = Math.max(most, channel?.backlog ?? 0)
    expect(most).toBeGreaterThan(UNREAD_LIMIT / 2)
    expect(most).toBeLessThan(UNREAD_LIMIT + 512 * 1024)
    expect(mallory.link.closed).toBe(false)
    await place.pass(since + 40_000 - place.clock.monotonic())
    expect(mallory.link.closed).toBe(true)
    expect(channel?.backlog).toBe(0)
  })

  test('Mallory asks for a long message again and again by answers to a recall that nobody asked: it leaves once', async () => {
    await using place = await town('amplified')
    const { alice, bob } = await friends(place)
    const key = await makeKey()
    const mallory = await intruder(place, alice, { key })
    await alice.agent.addContact({ who: `pres:${mallory.peer}` })
    const sending = alice.agent.send({ to: `im:${mallory.peer}`, text: 'x'.repeat(60_000) })
    await place.pass(100)
    const { id } = (await sending) as { id: MessageId }
    const copies = () => mallory.letters.filter((letter) => letter.kind === 'message').length
    expect(copies()).toBe(1)
    const answer = { kind: 'recall-answer', id, inbox: `im:${mallory.peer}`, recalled: 'kept' } as const
    await theyNoticeNothing(place, { alice, bob }, () => mallory.write(...Array(100).fill(answer)))
    expect(copies()).toBe(1)
    // Asked, his answer counts, and the receipt of record is asked for once.
    const recalling = alice.agent.recall({ id })
    await place.pass(100)
    await recalling
    mallory.write(...Array(100).fill(answer))
    await place.pass(1_000)
    expect(copies()).toBe(2)
    expect((await alice.agent.outbox()).find((row) => row.id === id)).toMatchObject({ outcome: 'success' })
  })

  test.each([
    ['never', false],
    ['once and never again', true],
  ])(
    'Mallory takes what Alice writes and acknowledges %s: her rows stay open, and others are served',
    async (_word, once) => {
      await using place = await town(`never ${once}`)
      const { alice, bob } = await friends(place)
      const mallory = await intruder(place, alice)
      await alice.agent.addContact({ who: `pres:${mallory.peer}` })
      const write = (text: string) => alice.agent.send({ to: `im:${mallory.peer}`, text })
      if (once) {
        const { id } = (await write('zero')) as { id: MessageId }
        await place.pass(100)
        mallory.write({
          kind: 'receipt',
          ids: [id],
          inbox: `im:${mallory.peer}`,
          disposition: 'delivered',
          at: 0,
        })
        await place.pass(100)
      }
      const had = mallory.letters.length
      for (let number = 0; number < 400; number += 1) await write(`number ${number}`)
      await theyNoticeNothing(place, { alice, bob }, () => place.pass(1_000))
      const rows = (await alice.agent.outbox({ limit: 1_000 })).filter((row) =>
        row.text?.startsWith('number'),
      )
      expect(rows.filter(({ state }) => state === 'sent')).toHaveLength(once ? 256 : 1)
      expect(rows.every(({ outcome, state }) => outcome === 'indeterminate' && state !== 'settled')).toBe(
        true,
      )
      expect(mallory.letters.length - had).toBe(once ? 256 : 1)
    },
  )

  test('Mallory says that he holds what was never sent to him: nothing waits behind it', async () => {
    await using place = await town('holds nothing')
    const { alice } = await friends(place)
    const mallory = await intruder(place, alice)
    await alice.agent.addContact({ who: `pres:${mallory.peer}` })
    mallory.write({
      kind: 'receipt',
      ids: [anyId(place)],
      inbox: `im:${mallory.peer}`,
      disposition: 'held',
      at: 0,
    })
    await place.pass(100)
    await alice.agent.send({ to: `im:${mallory.peer}`, text: 'hello' })
    await place.pass(100)
    expect(mallory.letters.map(({ kind }) => kind)).toEqual(['message'])
  })

  test('What Mallory wrote cannot be kept, and lies in one batch with what Bob wrote: that costs Mallory his link, and Bob nothing', async () => {
    await using place = await town('one batch')
    const poison = 'cannot be kept'
    let together = 0
    const tapStore = (store: Store): Store => ({
      ...store,
      inbox: {
        ...store.inbox,
        async keep(rows) {
          // Slow enough that what comes meanwhile is one batch.
          await new Promise<void>((resolve) => place.clock.wake(place.clock.monotonic() + 5, resolve))
          if (!rows.some(({ body }) => Buffer.from(body).toString() === poison)) return store.inbox.keep(rows)
          if (rows.some(({ peer }) => peer !== mallory.peer)) together += 1
          throw new Error('no row for this')
        },
      },
    })
    const { alice, bob } = await friends(place, { alice: { tapStore } })
    const key = await makeKey()
    let mallory = await intruder(place, alice, { key })
    await alice.agent.addContact({ who: `pres:${mallory.peer}` })
    await theyNoticeNothing(place, { alice, bob }, async (round) => {
      if (round > 0) mallory = await intruder(place, alice, { key })
      mallory.write(mallory.message('fine'))
      await place.pass(2)
      mallory.write(mallory.message(poison))
    })
    expect(together).toBe(10)
    expect(mallory.link.closed).toBe(true)
  })

  test('A hundred keys say that they speak another version: Alice is warned ten times, not a hundred', async () => {
    await using here = await scene('versions')
    const { place, alice } = here
    await theyNoticeNothing(place, here, async () => {
      for (let keys = 0; keys < 10; keys += 1) {
        const one = await intruder(place, alice)
        one.say('presence', encodePresenceFrame({ kind: 'goodbye', why: 'other-version' }))
        await place.pass(10)
        await one.leave()
      }
    })
    const warnings = alice.events.flatMap((event) => (event.event === 'warning' ? [event.code] : []))
    expect(warnings.filter((code) => code === 'other-version')).toHaveLength(10)
    // They are a flood of keys that asked for nothing, too: one line says so.
    expect(warnings.filter((code) => code !== 'other-version')).toEqual(['flood'])
  })
})
