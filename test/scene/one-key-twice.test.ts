/** One key in two places: a home was copied and both copies run (fault P16). */
import { expect, test } from 'vitest'
import { makeKey } from '../../src/principal/principal.ts'
import { type Resident, town } from '../support/town.ts'

const warnings = ({ events }: Resident): string[] =>
  events.flatMap((event) => (event.event === 'warning' ? [event.message] : []))

test('A copied home starts beside the first: both are told where the other runs, once (fault P16)', async () => {
  await using place = await town('copied')
  const key = await makeKey()
  const first = await place.moveIn('Bob', { key })
  await place.pass(3_000)
  expect(warnings(first)).toEqual([]) // the control: alone, nobody says so
  const copy = await place.moveIn('Bob', { key })
  await place.pass(1_000)
  for (const one of [first, copy]) {
    expect(warnings(one)).toEqual([
      expect.stringMatching(/^This identity already runs at 10\.\d+\.\d+\.\d+\. /),
    ])
  }
  await place.pass(600_000)
  for (const one of [first, copy]) expect(warnings(one)).toHaveLength(1)
})

test('Both copies run on: Alice never says that Bob left, and what she shows flaps at most once in ten seconds (fault P16)', async () => {
  await using place = await town('flapping')
  const key = await makeKey()
  const alice = await place.moveIn('Alice')
  const first = await place.moveIn('Bob', { key })
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await first.agent.addContact({ who: 'Alice' })
  await first.agent.status({ note: 'the first' })
  await place.pass(1_000)
  const copy = await place.moveIn('Bob', { key })
  await copy.agent.addContact({ who: alice.peerId })
  await copy.agent.status({ note: 'the copy' })
  await place.pass(10_000)
  const before = alice.events.length
  await place.pass(600_000)
  const shown = alice.events
    .slice(before)
    .flatMap((event) =>
      event.event === 'presence' && event.who.name === 'Bob'
        ? [{ change: event.change, note: event.presence?.note, at: event.at }]
        : [],
    )
  expect(shown.map(({ change }) => change)).not.toContain('left')
  const instants = shown.map(({ at }) => Date.parse(at))
  for (const [index, at] of instants.slice(1).entries())
    expect(at - (instants[index] ?? 0)).toBeGreaterThanOrEqual(10_000)
  // She settled on the newest, and it is alive for her.
  const [bob] = await alice.agent.who()
  expect(bob).toMatchObject({ evidence: 'live' })
})
