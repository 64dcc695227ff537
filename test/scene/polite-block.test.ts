/**
 * The polite lie, told through the whole stack: Alice lives one long script with a Bob who politely blocks her and does
 * as he likes, and again with a Bob who is simply closed. Every frame of his that reached her process is decoded and compared,
 * with the virtual instant at which it came, and so is everything she was told. In virtual time instants are equal or
 * they are not; on a real network delays are of one class where the same path is walked, which is what this shows.
 */
import { expect, test } from 'vitest'
import type { AgentEvent, Outcome } from '../../src/agent.ts'
import { PERIOD_MS } from '../../src/envelope/protocol.ts'
import type { MessageId } from '../../src/principal/ids.ts'
import { town } from '../support/town.ts'
import { arrival, traced } from '../support/trace.ts'

type Bob = 'polite' | 'closed'
type Alice = 'contact' | 'near'

const ID = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}` as MessageId

async function lives(as: Bob, alices: Alice): Promise<string[]> {
  await using place = await town('polite')
  let bob = await place.moveIn('Bob', arrival('bob'))
  const { trace, tell, tapMesh } = traced(place, bob.peerId)
  const carol = await place.moveIn('Carol', arrival('carol'))
  await place.moveIn('Dora', arrival('dora'))
  let alice = await place.moveIn('Alice', { ...arrival('alice'), tapMesh })
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Carol' })
  await alice.agent.addContact({ who: 'Bob' })
  if (alices === 'contact') await bob.agent.addContact({ who: 'Alice' })
  await bob.agent.me({ displayReceipts: true })
  await place.pass(2_000)
  const him = `im:${bob.peerId}`

  let told = 0
  const report = (): void => {
    for (const event of alice.events.slice(told) as AgentEvent[]) {
      // What she was told of the others at the same instant has no order.
      const about = 'who' in event ? event.who.peerId : ''
      if (about === '' || about === bob.peerId) tell('told', event)
    }
    told = alice.events.length
  }
  const writes = async (number: number, untilOpen = false): Promise<void> => {
    const sending = alice.agent.send({
      to: him,
      text: `number ${number}`,
      id: ID(number),
      untilOpen,
      waitMs: 2_000,
    })
    await place.pass(3_000)
    const { outcome, state, reason, disposition, waits } = (await sending) as Outcome
    tell('outcome', { number, outcome, state, reason, disposition, waits })
  }
  const looks = async (): Promise<void> => {
    const looking = alice.agent.fetch({ who: him, waitMs: 2_000 }).then(
      ({ presence }) => presence,
      (cause: { code?: string }) => cause.code,
    )
    await place.pass(3_000)
    tell('fetched', await looking)
    const asking = alice.agent
      .watchersOf({ who: him, waitMs: 2_000 })
      .catch((cause: { code?: string }) => cause.code)
    await place.pass(3_000)
    tell('recorded of her', await asking)
    tell('subscriptions', await alice.agent.subscriptions())
    tell(
      'who',
      (await alice.agent.who()).filter(({ who }) => who.peerId === bob.peerId),
    )
  }
  let changes = 0
  /** Towards the others Bob does as he likes; the closed one stays closed, and near people see no more of him. */
  const churns = async (): Promise<void> => {
    changes += 1
    const note = `change ${changes}`
    if (as === 'polite')
      await bob.agent.status({ note, activities: ['meeting'], basic: changes % 2 === 0 ? 'closed' : 'open' })
    else if (alices === 'near') await bob.agent.status({ note, activities: ['meeting'] })
    await place.pass(1_000)
  }

  // Both are open at first, and Alice writes, and looks again and again, as a poller does.
  await writes(1)
  for (let time = 0; time < 5; time += 1) await looks()
  report()
  await place.pass(500) // between two beats: what falls on one instant has no order
  // The moment itself: an active watcher sees an ordinary closing.
  if (as === 'polite') await bob.agent.personRule({ who: alice.peerId, then: 'polite-block' })
  await place.pass(1_000)
  if (as === 'closed') await bob.agent.status({ clear: true, basic: 'closed' })
  await place.pass(5_000)
  await looks()
  for (let time = 0; time < 5; time += 1) await churns()

  // She writes, repeats an id, waits until he opens, takes back, types.
  await bob.agent.markRead({ ids: (await bob.agent.inbox()).map(({ id }) => id) })
  await writes(1)
  await writes(2)
  await writes(2)
  await alice.agent.composing({ to: him })
  await bob.agent.composing({ to: alice.peerId })
  await writes(3, true)
  await churns()
  await writes(4)
  const recalling = alice.agent.recall({ id: ID(3), waitMs: 2_000 })
  await place.pass(3_000)
  tell('recalled', await recalling.then(({ outcome, state, reason }) => ({ outcome, state, reason })))
  report()

  // Several periods of renewals.
  for (let time = 0; time < 10; time += 1) {
    await churns()
    await place.pass(PERIOD_MS / 3)
    if (time % 4 === 0) await looks()
  }
  // She cancels, looks, watches again, hides from other watchers, and starts anew.
  await alice.agent.unwatch({ who: him })
  await place.pass(5_000)
  await looks()
  await churns()
  await alice.agent.watch({ who: him })
  await place.pass(5_000)
  await alice.agent.visibilityRules({ general: 'unlisted', people: {} })
  await place.pass(5_000)
  await looks()
  report()
  await alice.kill()
  await place.pass(5_000)
  alice = await alice.restart()
  told = 0
  await place.pass(30_000)
  await looks()
  report()
  // He is called something else, and decides about others.
  await bob.agent.me({ name: 'Robert' })
  await place.pass(5_000)
  await bob.agent.personRule({ who: carol.peerId, then: 'hide' })
  await place.pass(5_000)
  await churns()
  await bob.agent.personRule({ who: carol.peerId, then: 'unblock' })
  await place.pass(30_000)
  await looks()
  report()
  // Somebody else loses what Bob gave them: fresh keys for the rest.
  await bob.agent.removeContact({ who: carol.peerId })
  await place.pass(30_000)
  await bob.agent.addContact({ who: carol.peerId })
  await place.pass(30_000)
  report()

  // The process dies; the cable is cut; he says goodbye.
  await bob.kill()
  await place.pass(5_000)
  bob = await bob.restart()
  await place.pass(5_000)
  await writes(5)
  await churns()
  await looks()
  place.world.cut(alice.peerId, bob.peerId)
  await place.pass(15_000)
  await churns()
  place.world.heal(alice.peerId, bob.peerId)
  await place.pass(60_000)
  await writes(6)
  await looks()
  report()
  await bob.leave()
  await place.pass(5_000)
  await looks()
  bob = await bob.restart()
  await place.pass(10_000)
  await churns()
  await writes(7)
  await looks()
  await place.pass(2 * PERIOD_MS)
  report()
  if (as === 'polite') {
    const views = (await bob.agent.watchers()).filter((row) => row.view === 'polite-block')
    expect(views.length).toBeGreaterThan(0)
    expect(new Set(views.map((row) => row.who.peerId))).toEqual(new Set([alice.peerId]))
    // However often he changed, she never read a word of it.
    expect(trace.filter((line) => /change \d|meeting/.test(line))).toEqual([])
  }
  return trace
}

test.each(['near', 'contact'] as const)(
  'Alice (%s) cannot tell a Bob who politely blocks her from one who is closed (scenes 34, 35, 36, fault P3)',
  async (alices) => {
    const polite = await lives('polite', alices)
    const closed = await lives('closed', alices)
    expect(polite.length).toBeGreaterThan(500)
    expect(polite).toEqual(closed)
  },
  60_000,
)

test('An active contact who is politely blocked reads the cover from the carrier, under the keys she has (fault P3)', async () => {
  const trace = await lives('polite', 'contact')
  const cover = trace.findIndex((line) => line.includes('carrier') && line.includes('#'))
  expect(cover).toBeGreaterThan(0)
  const grantsBefore = trace.slice(0, cover).filter((line) => line.includes('"kind":"grant"')).length
  const announcer = /"announcer":"(#\d+)"/.exec(trace[cover] ?? '')?.[1] ?? ''
  expect(grantsBefore).toBeGreaterThan(0)
  expect(
    trace.slice(0, cover).some((line) => line.includes('"kind":"grant"') && line.includes(`"${announcer}"`)),
  ).toBe(true)
}, 60_000)
