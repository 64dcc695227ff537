/** One key in two places: a home was copied and both copies are started (fault P16). */
import { expect, test } from 'vitest'
import { makeKey } from '../../src/principal/principal.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const REFUSED = /^This identity already runs at 10\.\d+\.\d+\.\d+, and it can run in one place only: /

const warnings = ({ events }: Resident): string[] =>
  events.flatMap((event) => (event.event === 'warning' ? [event.message] : []))

const changes = ({ events }: Resident, from = 0): string[] =>
  events.slice(from).flatMap((event) => (event.event === 'presence' ? [event.change] : []))

/** Alice and Bob, contacts and linked. */
async function friends(place: Town, key: Uint8Array): Promise<[Resident, Resident]> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', { key })
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(3_000)
  return [alice, bob]
}

test('A copied home is refused with a sentence when it starts; the first one goes on, and who watches notices nothing (fault P16)', async () => {
  await using place = await town('copied')
  const key = await makeKey()
  const [alice, bob] = await friends(place, key)
  expect(warnings(bob)).toEqual([]) // the control: alone, nobody says so
  const before = alice.events.length
  const called: string[] = []
  const copy = await place.moveIn('Bob', {
    key,
    tapMesh: (mesh) => tapped(mesh, { onDial: (peer) => called.push(peer) }),
  })
  await copy.agent.addContact({ who: `nigh:${alice.peerId}?addr=${alice.mesh.listening()[0]}` })
  await place.pass(1_000)
  expect(copy.refusal).toMatch(REFUSED)
  expect(copy.mesh.listening()).toEqual([])
  expect(called).toEqual([]) // it wanted to call Alice, and waited to hear whether it may run
  await place.pass(60_000)
  expect(changes(alice, before)).toEqual([])
  expect((await alice.agent.who())[0]).toMatchObject({ evidence: 'live' })
  expect(bob.refusal).toBeUndefined()
  expect(warnings(bob)).toEqual([expect.stringMatching(/^This identity was also started at 10\./)])

  // Once the first has ended, the copy is as good as any.
  await bob.leave()
  const alone = await copy.restart()
  await place.pass(10_000)
  expect(alone.refusal).toBeUndefined()
  expect((await alice.agent.who())[0]).toMatchObject({ evidence: 'live' })
})

test('Of two copies that start at one instant, or a moment apart, the first stays (fault P16)', async () => {
  for (const apart of [0, 1, 90, 700, 2_400, 2_600]) {
    await using place = await town(`at once ${apart}`)
    const key = await makeKey()
    const first = await place.moveIn('Bob', { key })
    await place.pass(apart)
    const second = await place.moveIn('Bob', { key })
    await place.pass(10_000)
    expect(first.refusal).toBeUndefined()
    expect(second.refusal).toMatch(REFUSED)
  }
})

test('A home that dies and is started again at once is never refused (fault P16)', async () => {
  await using place = await town('again')
  const key = await makeKey()
  let [alice, bob] = await friends(place, key)
  for (let life = 0; life < 20; life += 1) {
    // Its last answer is on its way while it dies.
    bob.mesh.air.answer({})
    await bob.kill()
    bob = await bob.restart()
    await place.pass(life * 10)
  }
  await place.pass(5_000)
  expect(bob.refusal).toBeUndefined()
  expect((await alice.agent.who())[0]).toMatchObject({ evidence: 'live' })
})

test('Copies that could not hear each other at the start run on: both are told, once, and what Alice shows flaps at most once in ten seconds (fault P16)', async () => {
  await using place = await town('flapping')
  const key = await makeKey()
  const [alice, first] = await friends(place, key)
  await first.agent.status({ note: 'the first' })
  await place.pass(1_000)
  place.world.mute(first.peerId, true)
  const called: string[] = []
  const copy = await place.moveIn('Bob', {
    key,
    tapMesh: (mesh) => tapped(mesh, { onDial: (peer) => called.push(peer) }),
  })
  await copy.agent.addContact({ who: alice.peerId })
  await copy.agent.status({ note: 'the copy' })
  await place.pass(10_000)
  place.world.mute(first.peerId, false)
  const before = alice.events.length
  await place.pass(600_000)
  for (const one of [first, copy]) {
    expect(one.refusal).toBeUndefined()
    expect(warnings(one)).toEqual([expect.stringMatching(/^This identity was also started at 10\./)])
  }
  expect(changes(alice, before)).not.toContain('left')
  const instants = alice.events
    .slice(before)
    .flatMap((event) =>
      event.event === 'presence' && event.who.name === 'Bob' ? [Date.parse(event.at)] : [],
    )
  for (const [index, at] of instants.slice(1).entries())
    expect(at - (instants[index] ?? 0)).toBeGreaterThanOrEqual(10_000)
  // She settled on the newest, and it is alive for her.
  const [bob] = await alice.agent.who()
  expect(bob).toMatchObject({ evidence: 'live' })
})
