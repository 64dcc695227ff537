/** A key made for the occasion (RFC 2779 5.1.3, 5.1.14): whether such watchers may be is the presentity's choice. */
import { expect, test } from 'vitest'
import { nosyWatcher } from '../support/nosy-watcher.ts'
import { friends } from '../support/talk.ts'
import { town } from '../support/town.ts'

const LET_NOBODY = { rules: [{ if: { relation: 'anyone' as const }, then: 'block' as const }] }

test('Bob lets no strangers watch: a fresh key is refused; he lets them: it is accepted, and listed as nobody he knows (scene 42)', async () => {
  await using place = await town('for the occasion')
  const { bob } = await friends(place)
  const before = await bob.agent.rules()
  await bob.agent.accessRules({ rules: [] })
  await bob.agent.rules({ preset: 'private' })
  await bob.agent.accessRules(LET_NOBODY)
  const fresh = await nosyWatcher(place, bob)
  fresh.ask()
  await place.pass(1_000)
  expect(fresh.read).toEqual([])
  expect(
    fresh.frames.flatMap((frame) => (frame.kind === 'state' ? [`${frame.status} ${frame.event}`] : [])),
  ).toEqual(['terminated rejected'])
  expect((await bob.agent.watchers()).find(({ who }) => who.peerId === fresh.peer)).toMatchObject({
    denied: true,
  })

  await bob.agent.accessRules({ rules: [{ if: { relation: 'anyone' }, then: 'allow', view: 'nearby' }] })
  const another = await nosyWatcher(place, bob)
  another.ask()
  await place.pass(1_000)
  expect(another.read.at(-1)).toEqual({ name: 'Bob', tuples: [{ id: 'im', status: { basic: 'open' } }] })
  const listed = (await bob.agent.watchers()).find(({ who }) => who.peerId === another.peer)
  expect(listed).toMatchObject({ view: 'nearby', status: 'active', who: { verified: false } })
  expect(listed?.who.relation).not.toBe('contact')
  expect(listed?.who.petname).toBeUndefined()
  expect(before.preset).toBe('default')
})
