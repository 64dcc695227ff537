/** VISIBILITY RULES: what third parties learn of a watcher, and what whoever asks learns of themselves, in a town. */
import { expect, test } from 'vitest'
import { type FetchAnswer, openFetchAnswer } from '../../src/envelope/fetch-frame.ts'
import type { Mesh } from '../../src/ports.ts'
import { type Resident, type Town, town } from '../support/town.ts'

/** Bob, whose contacts may ask who watches him; Alice watches him, Carol asks. Everybody knows Bob, and he them. */
async function bobAliceCarol(place: Town, tapCarol?: (mesh: Mesh) => Mesh) {
  const bob = await place.moveIn('Bob')
  const alice = await place.moveIn('Alice')
  const carol = await place.moveIn('Carol', tapCarol === undefined ? {} : { tapMesh: tapCarol })
  await place.pass(3_000)
  for (const { peerId } of [alice, carol]) await bob.agent.addContact({ who: peerId })
  for (const one of [alice, carol]) await one.agent.addContact({ who: bob.peerId })
  await bob.agent.watchersVisible({ to: 'contacts' })
  await place.pass(1_000)
  return { bob, alice, carol }
}

async function ask(place: Town, who: Resident, of: Resident) {
  const asking = who.agent.watchersOf({ who: of.peerId, waitMs: 3_000 })
  asking.catch(() => {})
  await place.pass(3_000)
  return asking
}

/** What Carol is shown of others. */
const others = async (place: Town, carol: Resident, bob: Resident) =>
  (await ask(place, carol, bob)).filter((one) => !one.me)

const ofAlice = async (bob: Resident, alice: Resident) =>
  (await bob.agent.watchers()).filter((row) => row.who.peerId === alice.peerId)

test('Alice hides from other watchers: Carol does not find her, under a pseudonym finds that; Bob knows his watchers (scene 44)', async () => {
  await using place = await town('visibility')
  const { bob, alice, carol } = await bobAliceCarol(place)
  // Control: named, she is there.
  const named = [{ who: { peerId: alice.peerId, name: 'Alice' }, via: 'subscribe', status: 'active' }]
  expect(await others(place, carol, bob)).toMatchObject(named)

  // In force at once, over the link that is up, in the same episode.
  const before = await ofAlice(bob, alice)
  await alice.agent.visibilityRules({ general: 'unlisted', people: {} })
  await place.pass(1_000)
  expect(await others(place, carol, bob)).toEqual([])
  const after = await ofAlice(bob, alice)
  expect(after.map(({ view, count, status }) => [view, count, status])).toEqual(
    before.map(({ view, count, status }) => [view, count, status]),
  )
  expect(after).toMatchObject([{ visibility: 'unlisted' }, { visibility: 'unlisted' }])

  await alice.agent.visibilityRules({ general: 'unlisted', people: { Bob: 'pseudonym' }, pseudonym: 'Owl' })
  await place.pass(1_000)
  const [owl, ...more] = await others(place, carol, bob)
  expect(more).toEqual([])
  expect(owl).toEqual({ pseudonym: 'Owl', via: 'subscribe', status: 'active', reason: 'approved', me: false })
  // Bob's own list follows the truth: her key, the name he knows, and how others see her.
  for (const row of await ofAlice(bob, alice))
    expect(row).toMatchObject({ who: { name: 'Alice' }, visibility: 'pseudonym', pseudonym: 'Owl' })

  // It lasts over restarts of both sides, from the first instant on.
  await alice.leave()
  await bob.leave()
  const again = await bob.restart()
  await place.pass(5_000)
  expect((await others(place, carol, again)).map((one) => one.pseudonym)).toEqual(['Owl'])
  const back = await alice.restart()
  await place.pass(5_000)
  expect(await back.agent.visibilityRules()).toMatchObject({ people: { [bob.peerId]: 'pseudonym' } })
  expect(await others(place, carol, again)).toMatchObject([{ pseudonym: 'Owl', status: 'active' }])
})

test('A look carries the rule as a subscription does (scene 44)', async () => {
  await using place = await town('visible look')
  const { bob, alice, carol } = await bobAliceCarol(place)
  await alice.agent.visibilityRules({ general: 'pseudonym', people: {}, pseudonym: 'Owl' })
  await alice.agent.unwatch({ who: 'Bob' })
  const looking = alice.agent.fetch({ who: 'Bob', waitMs: 3_000 })
  await place.pass(3_000)
  await looking
  const shown = await others(place, carol, bob)
  expect(shown).toEqual([
    { pseudonym: 'Owl', via: 'fetch', me: false },
    { pseudonym: 'Owl', via: 'subscribe', status: 'terminated', reason: 'timeout', me: false },
  ])
})

test('Nobody may ask unless Bob lets them: then contacts who see him as he is, and no one else', async () => {
  await using place = await town('who may ask')
  const { bob, alice, carol } = await bobAliceCarol(place)
  const dora = await place.moveIn('Dora') // near, no contact
  await place.pass(3_000)
  expect(await others(place, carol, bob)).not.toEqual([]) // the control
  expect(await others(place, dora, bob)).toEqual([])
  // By default, nobody: Carol sees what Bob has of her.
  await bob.agent.watchersVisible({ to: 'nobody' })
  expect(await ask(place, carol, bob)).toMatchObject([{ who: { peerId: carol.peerId }, me: true }])
  expect(await alice.agent.watchersVisible()).toEqual({ to: 'nobody' })
})

test('One who waits, one who was refused, one politely blocked: what they read of themselves is what anybody would, and nobody else is shown a cover (scenes 34, 36)', async () => {
  await using place = await town('own standing')
  const { bob, alice, carol } = await bobAliceCarol(place)
  const dora = await place.moveIn('Dora')
  const emil = await place.moveIn('Emil')
  await bob.agent.rules({ preset: 'private' })
  await place.pass(3_000)
  for (const one of [dora, emil]) await one.agent.watch({ who: bob.peerId })
  await place.pass(1_000)
  await bob.agent.refuse({ who: emil.peerId })
  const own = async (one: Resident, of = bob) =>
    (await ask(place, one, of)).map(({ me, status, reason }) => [me, status, reason])
  expect(await own(dora)).toContainEqual([true, 'pending', 'subscribe'])
  expect(await own(emil)).toEqual(await own(dora))

  // Under cover everything reads active, and others are withheld as by default.
  await bob.store.rules.put({
    peer: alice.peerId,
    subject: 'access',
    decision: 'polite-block',
    madeAt: place.clock.now(),
  })
  await bob.leave()
  const again = await bob.restart()
  await place.pass(5_000)
  expect(await own(alice, again)).toEqual([[true, 'active', 'approved']])
  expect(JSON.stringify(await ask(place, alice, again))).not.toContain('polite')
  // Carol, who may ask, reads of Alice what she reads of anybody.
  const shown = (await others(place, carol, again)).filter((one) => one.who?.peerId === alice.peerId)
  expect(shown).toMatchObject([{ via: 'subscribe', status: 'active', reason: 'approved' }])
  expect(JSON.stringify(shown)).not.toContain('polite')

  // Blocked, she is refused as with any other question.
  await again.store.rules.put({
    peer: alice.peerId,
    subject: 'access',
    decision: 'block',
    madeAt: place.clock.now() + 1,
  })
  await again.leave()
  await alice.agent.unwatch({ who: bob.peerId }) // or she is turned away before she can ask
  await again.restart()
  await place.pass(5_000)
  await expect(ask(place, alice, bob)).rejects.toMatchObject({ code: 'refused' })
})

test('Two profiles, two keys: nothing in the lists of Bob and Dora ties them, and each can block theirs (scene 45, fault P13)', async () => {
  await using place = await town('two profiles')
  const bob = await place.moveIn('Bob')
  const dora = await place.moveIn('Dora')
  // One person, two profiles; the pseudonym differs as well.
  const work = await place.moveIn('Owl')
  const home = await place.moveIn('Hare')
  await place.pass(3_000)
  await work.agent.watch({ who: bob.peerId })
  await work.agent.unwatch({ who: dora.peerId })
  await home.agent.watch({ who: dora.peerId })
  await home.agent.unwatch({ who: bob.peerId })
  await place.pass(1_000)
  const toldTo = async (one: Resident, watcher: Resident) => {
    const rows = (await one.agent.watchers()).filter((row) => row.who.peerId === watcher.peerId)
    return JSON.stringify(rows)
  }
  const [atBob, atDora] = [await toldTo(bob, work), await toldTo(dora, home)]
  expect(atBob).toContain('Owl')
  expect(atDora).toContain('Hare')
  for (const word of [home.peerId, 'Hare']) expect(atBob).not.toContain(word)
  for (const word of [work.peerId, 'Owl']) expect(atDora).not.toContain(word)

  // Bob blocks his one, and the other goes on at Dora's.
  await bob.store.rules.put({
    peer: work.peerId,
    subject: 'access',
    decision: 'block',
    madeAt: place.clock.now(),
  })
  await bob.leave()
  await bob.restart()
  await place.pass(5_000)
  const stands = async (one: Resident, at: Resident) =>
    (await one.agent.subscriptions()).find((each) => each.who.peerId === at.peerId)?.status
  expect(await stands(work, bob)).toBe('terminated')
  expect(await stands(home, dora)).toBe('active')
})

test('Carol asks about Alice: one who hides and one who never watched are the same answer, byte for byte (scene 46)', async () => {
  const answers: Buffer[] = []
  for (const watches of [true, false]) {
    await using place = await town('hidden or none')
    const heard: Uint8Array[] = []
    const { bob, alice, carol } = await bobAliceCarol(place, (mesh) => hearingAnswers(mesh, heard))
    if (watches) {
      await alice.agent.visibilityRules({ general: 'unlisted', people: {} })
      await place.pass(1_000)
    } else {
      // She was never there.
      await alice.leave()
      await bob.store.watchers.forget(Number.MAX_SAFE_INTEGER)
      await carol.agent.watch({ who: 'Bob' })
      await place.pass(1_000)
    }
    await ask(place, carol, bob)
    const [answer = new Uint8Array()] = heard.filter((bytes) => openFetchAnswer(bytes).kind === 'watchers')
    answers.push(Buffer.from(renamed(answer, carol)))
    // And Alice's own peer has no question for it: it tells who watches Alice, and nothing of whom she watches.
    if (watches) expect(await others(place, carol, alice)).toEqual([])
  }
  const [hidden, none] = answers
  expect(hidden?.length).toBeGreaterThan(0)
  expect(hidden?.equals(none ?? Buffer.alloc(0))).toBe(true)
})

/** Keys are random: Carol's own is taken out of an answer. */
function renamed(answer: Uint8Array, carol: Resident): string {
  const opened: FetchAnswer = openFetchAnswer(answer)
  return JSON.stringify(opened).replaceAll(carol.peerId, 'carol')
}

function hearingAnswers(mesh: Mesh, heard: Uint8Array[]): Mesh {
  return new Proxy(mesh, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (name !== 'onLink') return typeof value === 'function' ? value.bind(target) : value
      return (listener: Parameters<Mesh['onLink']>[0]) =>
        target.onLink((link) =>
          listener(
            new Proxy(link, {
              get(real, member) {
                const own = Reflect.get(real, member, real)
                if (member !== 'ask') return typeof own === 'function' ? own.bind(real) : own
                return async (...asked: Parameters<typeof link.ask>) => {
                  const answer = await real.ask(...asked)
                  heard.push(answer)
                  return answer
                }
              },
            }),
          ),
        )
    },
  })
}
