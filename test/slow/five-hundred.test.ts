/**
 * More people than places: five hundred watch Bob, and Alice watches five hundred (scene 29, fault N3). Who has no
 * link has a turn within minutes, and hears of changes from others until then.
 */
import { expect, test } from 'vitest'
import type { Evidence } from '../../src/agent.ts'
import { PLACES } from '../../src/envelope/protocol.ts'
import type { Link, Mesh } from '../../src/ports.ts'
import { type Resident, type Town, town } from '../support/town.ts'
import { type Townsperson, townsfolk } from '../support/townsfolk.ts'

const PEOPLE = 500
/** Whoever stood aside is back within this: five minutes, and a dial that is given up. */
const TURN_MS = 5 * 60_000 + 10_000

interface Crowd {
  one: Resident
  folk: Townsperson[]
  /** The most people who had a link at once, looked at after each link that came. */
  most(): number
}

/** `name` and five hundred people, who are contacts of that one. */
async function crowd(place: Town, name: string): Promise<Crowd> {
  const open = new Set<Link>()
  let most = 0
  const tapMesh = (mesh: Mesh): Mesh => ({
    ...mesh,
    onLink: (listener) =>
      mesh.onLink((link) => {
        open.add(link)
        link.onClose(() => open.delete(link))
        listener(link)
        most = Math.max(most, new Set([...open].map(({ peer }) => peer)).size)
      }),
  })
  const one = await place.moveIn(name, { tapMesh, network: name })
  const folk = await townsfolk(place, PEOPLE)
  for (const { card } of folk) await one.agent.addContact({ who: card })
  return { one, folk, most: () => most }
}

function tally(evidence: readonly (Evidence | undefined)[]): Partial<Record<Evidence | 'none', number>> {
  const count: Partial<Record<Evidence | 'none', number>> = {}
  for (const each of evidence) count[each ?? 'none'] = (count[each ?? 'none'] ?? 0) + 1
  return count
}

test('Five hundred watch Bob: with every change all are right within a second, linked or not (scene 29)', {
  timeout: 300_000,
}, async () => {
  await using place = await town('five hundred watch Bob')
  const { one: bob, folk, most } = await crowd(place, 'Bob')
  for (const each of folk) each.watch(bob)
  await place.pass(30_000)
  const evidence = () => tally(folk.map((each) => each.belief(bob.peerId)?.evidence))
  const notes = () => new Set(folk.map((each) => each.belief(bob.peerId)?.presence?.note))
  const aside = () => folk.filter((each) => each.belief(bob.peerId)?.evidence === 'heard')
  expect(evidence()).toEqual({ live: PLACES, heard: PEOPLE - PLACES })

  await bob.agent.status({ note: 'one' })
  await place.pass(1_000)
  expect(notes()).toEqual(new Set(['one']))

  // A grant lasts ten minutes at least. Whoever stands aside has another before it ends.
  const without = aside().map((each) => ({ each, before: each.grants(bob.peerId) }))
  await place.pass(TURN_MS)
  for (const { each, before } of without) expect(each.grants(bob.peerId)).toBeGreaterThan(before)
  expect(evidence()).toEqual({ live: PLACES, heard: PEOPLE - PLACES })
  await bob.agent.status({ note: 'two' })
  await place.pass(1_000)
  expect(notes()).toEqual(new Set(['two']))

  // Nobody ever saw anything that was not so, or a step back.
  for (const each of folk)
    expect(each.shown(bob.peerId).map(({ note }) => note)).toEqual([undefined, 'one', 'two'])
  expect(most()).toBeLessThanOrEqual(PLACES)

  // He dies without a word: no link says live, and whoever stood aside finds out with the next call.
  await bob.kill()
  await place.pass(1_000)
  expect(evidence()).toEqual({ unknown: PLACES, heard: PEOPLE - PLACES })
  const heard = aside()
  for (const each of folk) if (!heard.includes(each)) await each.leave()
  await place.pass(TURN_MS)
  expect(new Set(heard.map((each) => each.belief(bob.peerId)?.evidence))).toEqual(new Set(['unknown']))
  for (const each of folk) await each.leave()
})

test('Alice watches five hundred: who changes and who leaves without a word to her, linked or not, is shown so (scene 29)', {
  timeout: 300_000,
}, async () => {
  await using place = await town('Alice watches five hundred')
  const { one: alice, folk, most } = await crowd(place, 'Alice')
  await place.pass(30_000)
  const shown = async () => new Map((await alice.agent.who()).map((each) => [each.who.peerId, each]))
  const before = await shown()
  const [linked, aside] = (['live', 'heard'] as const).map((evidence) =>
    folk.filter(({ peer }) => before.get(peer)?.evidence === evidence),
  ) as [Townsperson[], Townsperson[]]
  expect([linked.length, aside.length]).toEqual([PLACES, PEOPLE - PLACES])

  const changing = [...linked.slice(0, 5), ...aside.slice(0, 20)]
  for (const [number, each] of changing.entries()) each.note(`note ${number}`)
  await place.pass(1_000)
  const now = await shown()
  for (const [number, { peer }] of changing.entries())
    expect(now.get(peer)?.presence?.note).toBe(`note ${number}`)
  for (const { peer } of [...linked.slice(5), ...aside.slice(20)])
    expect(now.get(peer)?.presence?.note).toBeUndefined()
  expect(most()).toBeLessThanOrEqual(PLACES)

  // Nobody tells her: one link just ends, and of the other there is none.
  const leaving = [linked.at(-1), aside.at(-1)] as Townsperson[]
  for (const each of leaving) await each.leave()
  await place.pass(TURN_MS)
  const later = await shown()
  for (const { peer } of leaving) expect(later.get(peer)?.evidence).toBe('unknown')
  for (const each of folk) await each.leave()
})
