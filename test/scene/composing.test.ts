/** Alice is writing: who sees it, until when, and who never does (RFC 3994, scene 64), in a town. */
import { expect, test } from 'vitest'
import type { AgentEvent, ComposingState } from '../../src/agent.ts'
import { type Composing, encodeMessageFrame, openMessageFrame } from '../../src/envelope/message-frame.ts'
import type { Channel } from '../../src/ports.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

interface Writer {
  person: Resident
  /** Every indication that left. */
  left: Composing[]
  /** What no peer of ours would say, over every message channel that is up. */
  inject(...indications: Omit<Composing, 'inbox'>[]): void
}

/** Somebody whose frames are seen as they leave, and who may say anything to `reader`. */
async function writer(place: Town, name: string, reader: () => PeerId): Promise<Writer> {
  const left: Composing[] = []
  const channels = new Set<Channel>()
  const person = await place.moveIn(name, {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend(kind, bytes) {
          const frame = kind === 'messages' ? openMessageFrame(bytes, '' as PeerId) : undefined
          if (frame?.kind === 'composing') left.push(frame)
        },
        onChannel: (channel) => channel.kind === 'messages' && channels.add(channel),
      }),
  })
  return {
    person,
    left,
    inject(...indications) {
      for (const indication of indications)
        for (const channel of channels)
          if (!channel.closed)
            channel.send(encodeMessageFrame({ kind: 'composing', inbox: `im:${reader()}`, ...indication }))
    },
  }
}

/** What a person is shown, in order. */
const shown = ({ events }: Resident): (ComposingState | 'message')[] =>
  events.flatMap((event) =>
    event.event === 'composing' ? [event.state] : event.event === 'message' ? ['message' as const] : [],
  )

/** Two contacts who have talked. */
async function friends(place: Town): Promise<{ alice: Writer; bob: Resident }> {
  let bobId = '' as PeerId
  const alice = await writer(place, 'Alice', () => bobId)
  const bob = await place.moveIn('Bob')
  bobId = bob.peerId
  await place.pass(3_000)
  await alice.person.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  await alice.person.agent.send({ to: 'Bob', text: 'hello' })
  await place.pass(1_000)
  bob.events.length = 0
  return { alice, bob }
}

async function types(place: Town, { person }: Writer, ms: number, to = 'Bob'): Promise<void> {
  for (let typed = 0; typed < ms; typed += 500) {
    await person.agent.composing({ to })
    await place.pass(500)
  }
}

test('Alice types, and Bob sees it; she stops, and 15 s later he does not; nothing of it is stored (scene 64)', async () => {
  await using place = await town('typing')
  const { alice, bob } = await friends(place)
  const stored = await bob.store.journal.last()
  await types(place, alice, 5_000)
  expect(shown(bob)).toEqual(['active'])
  expect(bob.events.find((event) => event.event === 'composing')).toMatchObject({
    who: { peerId: alice.person.peerId },
    seq: stored,
  })
  await place.pass(13_000)
  expect(shown(bob)).toEqual(['active'])
  await place.pass(2_000)
  expect(shown(bob)).toEqual(['active', 'idle'])
  expect(await bob.store.journal.last()).toBe(stored)
  expect(alice.left).toEqual([
    { kind: 'composing', state: 'active', refresh: 90, inbox: `im:${bob.peerId}` },
    { kind: 'composing', state: 'idle', inbox: `im:${bob.peerId}` },
  ])
})

test('A long letter costs one frame a minute and one event; given up, it is over', async () => {
  await using place = await town('long letter')
  const { alice, bob } = await friends(place)
  await types(place, alice, 150_000)
  expect(alice.left.map(({ state }) => state)).toEqual(['active', 'active', 'active'])
  expect(shown(bob)).toEqual(['active'])
  await alice.person.agent.composing({ to: 'Bob', state: 'idle' })
  await place.pass(100)
  expect(shown(bob)).toEqual(['active', 'idle'])
})

test('A message puts it out at once, and no word of idle is sent (scene 64)', async () => {
  await using place = await town('message')
  const { alice, bob } = await friends(place)
  for (const text of ['Lunch?', 'At noon?']) {
    await types(place, alice, 3_000)
    await alice.person.agent.send({ to: 'Bob', text })
    await place.pass(100)
  }
  await place.pass(60_000)
  expect(shown(bob)).toEqual(['active', 'idle', 'message', 'active', 'idle', 'message'])
  expect(alice.left.map(({ state }) => state)).toEqual(['active', 'active'])
})

test('Alice is killed while she types: Bob does not see it for ever (scene 64)', async () => {
  await using place = await town('killed')
  const { alice, bob } = await friends(place)
  await types(place, alice, 2_000)
  await alice.person.kill()
  await place.pass(100)
  expect(shown(bob)).toEqual(['active', 'idle']) // with her link
})

test.each([
  ['the time that was announced', 75, 75_000],
  ['two minutes, where none was', undefined, 120_000],
])('Her link stays and nothing more is said: it ends after %s (scene 64)', async (_what, refresh, ms) => {
  await using place = await town('silent')
  const { alice, bob } = await friends(place)
  alice.inject({ state: 'active', ...(refresh === undefined ? {} : { refresh }) })
  await place.pass(ms - 1_000)
  expect(shown(bob)).toEqual(['active'])
  await place.pass(2_000)
  expect(shown(bob)).toEqual(['active', 'idle'])
  expect(bob.events.filter((event) => event.event === 'presence')).toEqual([]) // she was there all the time
})

test('The cable is pulled while she types: it ends with the link; on the next one it begins anew', async () => {
  await using place = await town('cable')
  const { alice, bob } = await friends(place)
  await types(place, alice, 1_000)
  place.world.cut(alice.person.peerId, bob.peerId)
  await types(place, alice, 30_000)
  expect(shown(bob)).toEqual(['active', 'idle'])
  await alice.person.kill()
  place.world.heal(alice.person.peerId, bob.peerId)
  const again = { ...alice, person: await alice.person.restart() }
  await place.pass(30_000)
  expect(shown(bob)).toEqual(['active', 'idle']) // what was typed meanwhile is owed to nobody
  await types(place, again, 1_000)
  expect(shown(bob)).toEqual(['active', 'idle', 'active'])
})

test('Strangers, people who never took a message, whom I do not know as contact: nothing leaves (scene 64)', async () => {
  await using place = await town('strangers')
  let bobId = '' as PeerId
  const alice = await writer(place, 'Alice', () => bobId)
  const bob = await place.moveIn('Bob')
  bobId = bob.peerId
  await place.pass(3_000)
  await types(place, alice, 5_000) // a stranger
  await alice.person.agent.addContact({ who: 'Bob' })
  await place.pass(1_000)
  await types(place, alice, 5_000) // a contact who never answered
  await alice.person.agent.send({ to: 'Bob', text: 'may I?' })
  await place.pass(1_000)
  await types(place, alice, 5_000) // and holds her request
  expect(alice.left).toEqual([])

  await bob.agent.accept({ who: 'Alice' })
  await place.pass(1_000)
  await types(place, alice, 1_000)
  expect(alice.left.map(({ state }) => state)).toEqual(['active'])
  expect(shown(bob).filter((one) => one !== 'message')).toEqual(['active'])

  // Bob, who accepted her and has her not as a contact, types to her: that is his own affair still.
  await alice.person.agent.removeContact({ who: 'Bob' })
  await types(place, alice, 30_000)
  expect(alice.left.map(({ state }) => state)).toEqual(['active'])
})

const RULES = ['block', 'polite-block'] as const

test.each(RULES)(
  '%s: neither does anything leave, nor is anything shown (scene 64, fault M9)',
  async (decision) => {
    await using place = await town(decision)
    const { alice, bob } = await friends(place)
    const rule = { subject: 'access', decision, madeAt: place.clock.now() } as const
    await alice.person.store.rules.put({ ...rule, peer: bob.peerId })
    await alice.person.kill()
    const again = { ...alice, person: await alice.person.restart() }
    await place.pass(10_000)
    await types(place, again, 20_000)
    expect(alice.left).toEqual([])

    // The other way: Alice, whom Bob has barred, says what she likes.
    await again.person.store.rules.remove(bob.peerId, 'access')
    await again.person.kill()
    await bob.store.rules.put({ ...rule, peer: again.person.peerId })
    await bob.kill()
    const barring = await bob.restart()
    await again.person.restart()
    await place.pass(10_000)
    alice.inject({ state: 'active' })
    await place.pass(1_000)
    expect(shown(barring)).toEqual([])
  },
)

test('Closed: nothing leaves from the moment she is, not even that it ended (fault M9)', async () => {
  await using place = await town('closed')
  const { alice, bob } = await friends(place)
  await types(place, alice, 1_000)
  await alice.person.agent.status({ basic: 'closed' })
  await types(place, alice, 100_000)
  expect(alice.left.map(({ state }) => state)).toEqual(['active'])
  await place.pass(10_000)
  expect(shown(bob)).toEqual(['active', 'idle']) // by itself
  await alice.person.agent.status({ basic: 'open' })
  await types(place, alice, 1_000)
  expect(shown(bob)).toEqual(['active', 'idle', 'active'])
})

test('Somebody closed takes no message, and sees no sign of one; nor of a stranger, nor for another inbox', async () => {
  await using place = await town('unwelcome')
  const { alice, bob } = await friends(place)
  const carol = await writer(place, 'Carol', () => bob.peerId)
  await place.pass(3_000)
  carol.inject({ state: 'active' })
  await place.pass(1_000)
  await bob.agent.status({ basic: 'closed' })
  alice.inject({ state: 'active' })
  await place.pass(1_000)
  expect(shown(bob)).toEqual([])
  await bob.agent.status({ basic: 'open' })
  for (const inbox of [`im:${alice.person.peerId}`, `im:${bob.peerId}/work`, 'nonsense'])
    alice.inject({ state: 'active', inbox } as Composing)
  await place.pass(1_000)
  expect(shown(bob)).toEqual([])
  alice.inject({ state: 'active' }) // control
  await place.pass(1_000)
  expect(shown(bob)).toEqual(['active'])
})

test('Alice has chosen not to show it: nothing leaves, over restarts, until she chooses otherwise', async () => {
  await using place = await town('choice')
  const { alice, bob } = await friends(place)
  await types(place, alice, 1_000)
  expect(await alice.person.agent.me({ composing: false })).toMatchObject({ composing: false, name: 'Alice' })
  await types(place, alice, 70_000)
  await alice.person.kill()
  const again = { ...alice, person: await alice.person.restart() }
  await place.pass(5_000)
  expect(await again.person.agent.whoami()).toMatchObject({ composing: false })
  await types(place, again, 5_000)
  expect(alice.left.map(({ state }) => state)).toEqual(['active'])
  await again.person.agent.me({ composing: true })
  await types(place, again, 1_000)
  expect(alice.left.map(({ state }) => state)).toEqual(['active', 'active'])
  expect(shown(bob).at(-1)).toBe('active')
})

test('A thousand a second: one change a second is shown, and nothing piles up', async () => {
  await using place = await town('flood')
  const { alice, bob } = await friends(place)
  for (let ms = 0; ms < 3_000; ms += 10) {
    for (let frame = 0; frame < 5; frame += 1) alice.inject({ state: 'active' }, { state: 'idle' })
    await place.pass(10)
  }
  const flickers = shown(bob).length
  expect(flickers).toBeGreaterThan(0)
  expect(flickers).toBeLessThanOrEqual(4)
  await place.pass(5_000)
  expect(shown(bob).at(-1)).toBe('idle')
  const isThere = (event: AgentEvent) => event.event === 'presence' && event.change !== 'came'
  expect(bob.events.filter(isThere)).toEqual([])
})

test('However fast she is told to say it, she says it once a second', async () => {
  await using place = await town('fast')
  const { alice } = await friends(place)
  for (let key = 0; key < 1_000; key += 1)
    await alice.person.agent.composing({ to: 'Bob', state: key % 2 === 0 ? 'active' : 'idle' })
  await place.pass(100)
  expect(alice.left).toHaveLength(1)
  await place.pass(10_000)
  expect(alice.left.length).toBeLessThanOrEqual(2)
  await expect(alice.person.agent.composing({ to: 'nobody at all' })).rejects.toMatchObject({
    code: 'who-unknown',
  })
})
