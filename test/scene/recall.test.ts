/** Taking a message back, and time that runs out: after a failure nothing is ever delivered (fault M1), in a town. */
import { expect, test } from 'vitest'
import type { AgentEvent, Outcome } from '../../src/agent.ts'
import { openMessageFrame } from '../../src/envelope/message-frame.ts'
import { RECALLS_LIMIT } from '../../src/envelope/protocol.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { anyId, type Intruder, intruder } from '../support/intruder.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const HOUR_MS = 3_600_000

/** Two who know each other, and have talked. `frames` are what Alice puts on message channels. */
async function friends(place: Town): Promise<{ alice: Resident; bob: Resident; frames: string[] }> {
  const frames: string[] = []
  const alice = await place.moveIn('Alice', {
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend: (kind, bytes) =>
          kind === 'messages' && frames.push(openMessageFrame(bytes, '' as PeerId).kind),
      }),
  })
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Alice' })
  await alice.agent.addContact({ who: 'Bob' })
  await place.pass(1_000)
  await tell(place, alice, 'hello')
  return { alice, bob, frames }
}

async function tell(place: Town, alice: Resident, text: string, expireMs?: number): Promise<Outcome> {
  const sending = alice.agent.send({ to: 'Bob', text, ...(expireMs === undefined ? {} : { expireMs }) })
  await place.pass(100)
  return sending
}

const textsOf = async (resident: Resident) =>
  (await resident.agent.inbox()).map((row) => ('outcome' in row ? '' : row.text))
const standsOf = async (resident: Resident, id: string) =>
  (await resident.agent.outbox()).find((row) => row.id === id)
const endings = (events: readonly AgentEvent[], id: string) =>
  events.flatMap((event) =>
    event.event === 'outcome' && event.id === id && event.state === 'settled'
      ? [`${event.outcome} ${event.reason ?? event.disposition ?? ''}`]
      : [],
  )

test('What never left is taken back at once; what was read stays read', async () => {
  await using place = await town('taken back')
  const { alice, bob } = await friends(place)
  const [first] = await alice.agent.outbox()
  expect(await alice.agent.recall({ id: first?.id ?? '' })).toMatchObject({ outcome: 'success' })
  await bob.leave()
  await place.pass(1_000)
  const { id } = await tell(place, alice, 'never mind')
  expect(await alice.agent.recall({ id })).toMatchObject({ outcome: 'failure', reason: 'recalled' })
  const again = await bob.restart()
  await place.pass(10_000)
  expect(await textsOf(again)).toEqual(['hello'])
  await expect(alice.agent.recall({ id: 'nonsense' })).rejects.toMatchObject({ code: 'no-such-message' })
})

test('Sent into a dead cable and taken back: the wish survives a restart, and what lay there is never delivered (scene 53)', async () => {
  await using place = await town('dead cable')
  const { alice, bob, frames } = await friends(place)
  place.world.cut(alice.peerId, bob.peerId)
  const { id } = await tell(place, alice, 'the wrong words')
  expect(await standsOf(alice, id)).toMatchObject({ state: 'sent', outcome: 'indeterminate' })
  const asking = alice.agent.recall({ id, waitMs: 1_000 })
  await place.pass(1_000)
  expect(await asking).toMatchObject({ state: 'sent', outcome: 'indeterminate' })
  // Her process ends, and with it what its socket still held; Bob gives up on the link.
  await alice.kill()
  await place.pass(30_000)
  place.world.heal(alice.peerId, bob.peerId)
  frames.length = 0
  const again = await alice.restart()
  await tell(place, again, 'the right words')
  await place.pass(10_000)
  expect(await standsOf(again, id)).toMatchObject({ outcome: 'failure', reason: 'recalled' })
  expect(endings(again.events, id)).toEqual(['failure recalled'])
  expect((await textsOf(bob)).at(-1)).toBe('the right words')
  // In its message's place: the recall first, and what follows right behind.
  expect(frames.filter((kind) => kind === 'message' || kind === 'recall').slice(0, 2)).toEqual([
    'recall',
    'message',
  ])
})

test('Taken back while it is under way: whoever is first decides, and both sides agree', async () => {
  for (const seed of ['one', 'two', 'three', 'four', 'five', 'six']) {
    await using place = await town(`race ${seed}`)
    const { alice, bob } = await friends(place)
    const sending = alice.agent.send({ to: 'Bob', text: 'hm' })
    for (let turn = 0; turn < seed.length; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    const [row] = (await alice.agent.outbox()).filter((one) => one.text === 'hm')
    const recalling = row && alice.agent.recall({ id: row.id, waitMs: 5_000 })
    await place.pass(6_000)
    const sent = await sending
    const end = (await recalling) ?? (await alice.agent.recall({ id: sent.id }))
    const has = (await textsOf(bob)).includes('hm')
    expect(end.state).toBe('settled')
    expect(has).toBe(end.outcome === 'success')
    expect(endings(alice.events, sent.id).filter((word) => word.startsWith('failure')).length).toBe(
      has ? 0 : 1,
    )
  }
})

test('A message expires on its way: indeterminate until Bob is asked, and then as he says (scene 52, fault M1)', async () => {
  await using place = await town('expired')
  const { alice, bob } = await friends(place)
  place.world.cut(alice.peerId, bob.peerId)
  const { id } = await tell(place, alice, 'lunch?', 2_000)
  await place.pass(4_000)
  expect(await standsOf(alice, id)).toMatchObject({ outcome: 'indeterminate' })
  // What lay in the cable arrives now, too late: Bob keeps it, and Alice learns that he did.
  place.world.heal(alice.peerId, bob.peerId)
  await place.pass(30_000)
  expect(await textsOf(bob)).toEqual(['hello', 'lunch?'])
  expect(endings(alice.events, id)).toEqual(['success delivered'])
})

test('It expires, and Bob never had it: failed, and a late copy is refused for good (scene 52, fault M1)', async () => {
  await using place = await town('expired, and lost')
  const { alice, bob } = await friends(place)
  place.world.cut(alice.peerId, bob.peerId)
  const { id } = await tell(place, alice, 'lunch?', HOUR_MS)
  await alice.kill()
  const again = await alice.restart()
  await place.pass(HOUR_MS + 60_000)
  expect(await standsOf(again, id)).toMatchObject({ state: 'sent', outcome: 'indeterminate' })
  await bob.kill() // whatever of it lay in his socket is gone with him
  place.world.heal(alice.peerId, bob.peerId)
  const bobAgain = await bob.restart()
  await place.pass(30_000)
  expect(await standsOf(again, id)).toMatchObject({ outcome: 'failure', reason: 'expired' })
  expect(endings(again.events, id)).toEqual(['failure expired'])
  expect(await textsOf(bobAgain)).toEqual(['hello'])
  expect(await bobAgain.store.inbox.known([{ peer: alice.peerId, label: '', id: id as never }])).toEqual([
    'recalled',
  ])
})

test('A message owed until it expires fails by itself, and never leaves afterwards', async () => {
  await using place = await town('expired, owed')
  const { alice, bob } = await friends(place)
  await bob.leave()
  await place.pass(1_000)
  const { id } = await tell(place, alice, 'lunch?', HOUR_MS)
  await place.pass(HOUR_MS + 1_000)
  expect(await standsOf(alice, id)).toMatchObject({ outcome: 'failure', reason: 'expired' })
  const again = await bob.restart()
  await place.pass(30_000)
  expect(await textsOf(again)).toEqual(['hello'])
})

test('A stranger asks for one id thirty times, as after thirty links: it is remembered once, and others of that address are answered as before (fault M6)', async () => {
  await using place = await town('asked again')
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  const inbox = `im:${bob.peerId}`
  const mallory = await intruder(place, bob, { host: 'one roof' })
  const id = anyId(place)
  for (let time = 0; time < 30; time += 1) mallory.write({ kind: 'recall', id, inbox })
  await place.pass(1_000)
  const answersOf = ({ letters }: Intruder) =>
    letters.flatMap((letter) => (letter.kind === 'recall-answer' ? [letter.recalled] : []))
  expect(answersOf(mallory)).toEqual(Array(30).fill('recalled'))
  const ellen = await intruder(place, bob, { host: 'one roof' })
  const ids = Array.from({ length: RECALLS_LIMIT }, () => anyId(place))
  for (const each of ids) ellen.write({ kind: 'recall', id: each, inbox })
  await place.pass(1_000)
  // The control: what is remembered counts, once each.
  expect(answersOf(ellen)).toEqual([...Array(RECALLS_LIMIT - 1).fill('recalled'), 'rate-limited'])
})
