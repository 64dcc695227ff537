/**
 * Decisions that become others while she watches: an hour comes, a group loses her, a network is left, a cancel. Each is
 * judged by what reached her process, who keeps every key and breaks every rule.
 */
import { expect, test } from 'vitest'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { PERIOD_MS } from '../../src/envelope/protocol.ts'
import { intruder } from '../support/intruder.ts'
import { nosyWatcher } from '../support/nosy-watcher.ts'
import { friends } from '../support/talk.ts'
import { tapped } from '../support/taps.ts'
import { town } from '../support/town.ts'

const MINUTE = 60_000
const NEARBY = { name: 'Bob', tuples: [{ id: 'im', status: { basic: 'open' } }] }

/** The local time in `minutes`, as rules write it. */
const clockIn = (wall: number, minutes: number): string => {
  const then = new Date(wall + minutes * MINUTE)
  return `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`
}

test('In office hours she sees what contacts see, before and after them what strangers see; what she was given ends with them', async () => {
  await using place = await town('office hours')
  const { bob } = await friends(place)
  const nosy = await nosyWatcher(place, bob)
  const wall = place.clock.now()
  const between = [clockIn(wall, 30), clockIn(wall, 60)] as [string, string]
  await bob.agent.accessRules({
    rules: [{ if: { between }, then: 'allow', view: 'contacts' }, { then: 'allow' }],
  })
  await bob.agent.status({ note: 'early' })
  nosy.ask()
  await place.pass(28 * MINUTE)
  nosy.ask()
  await place.pass(MINUTE)
  expect(nosy.read.length).toBeGreaterThan(0)
  for (const each of nosy.read) expect(each).toEqual(NEARBY)

  nosy.read.length = 0
  await place.pass(2 * MINUTE)
  expect(nosy.read.at(-1)).toMatchObject({ note: 'early' }) // by a grant that she did not have to ask for
  await bob.agent.status({ note: 'at work' })
  await place.pass(MINUTE)
  expect(nosy.read.at(-1)).toMatchObject({ note: 'at work' })
  expect(await nosy.fetch()).toMatchObject({ note: 'at work' })

  await place.pass(28 * MINUTE) // her keys lie within their period when the hour ends
  nosy.ask()
  await place.pass(MINUTE)
  nosy.read.length = 0
  await bob.agent.status({ note: 'after work' })
  await place.pass(3_000)
  expect(await nosy.fetch()).toEqual(NEARBY)
  await nosy.pester(2 * PERIOD_MS)
  expect(nosy.read.length).toBeGreaterThan(0)
  for (const each of nosy.read) expect(each).toEqual(NEARBY)
})

test('Taken out of the group that was shown more, she reads nothing more of it from that instant on (scene 31)', async () => {
  await using place = await town('group')
  const { bob } = await friends(place)
  const nosy = await nosyWatcher(place, bob)
  await bob.agent.addContact({ who: nosy.peer, name: 'Nosy', groups: ['work'] })
  await bob.agent.accessRules({
    rules: [
      { if: { group: 'work' }, then: 'allow', view: 'contacts' },
      { if: { from: [nosy.peer] }, then: 'confirm' },
    ],
  })
  await bob.agent.status({ note: 'for work' })
  nosy.ask()
  await place.pass(1_000)
  expect(nosy.read.at(-1)?.note).toBe('for work')
  await bob.agent.groupContact({ who: 'Nosy', groups: [] })
  await place.pass(1_000)
  nosy.read.length = 0
  await bob.agent.status({ note: 'without her' })
  await nosy.pester(2 * PERIOD_MS)
  expect(nosy.read).toEqual([])
})

test('Gone from the network, she is near no more: at the next renewal she has to ask, and her keys end (fault P8)', async () => {
  await using place = await town('left the network')
  const { bob } = await friends(place)
  const nosy = await nosyWatcher(place, bob)
  nosy.ask()
  await place.pass(5_000)
  // She is heard on no network, so she is a stranger.
  expect(nosy.read).toEqual([])
  nosy.shout()
  await place.pass(5_000)
  expect(nosy.read.at(-1)).toEqual(NEARBY)
  // Over ten minutes without a word from her in the air.
  await nosy.pester(PERIOD_MS + 5 * MINUTE)
  nosy.read.length = 0
  await bob.agent.status({ basic: 'closed' })
  await place.pass(3_000)
  expect(await nosy.fetch()).toBe('pending subscribe')
  expect(nosy.read).toEqual([])
  const rows = (await bob.agent.watchers()).filter(({ who }) => who.peerId === nosy.peer)
  expect(rows.map(({ via, status }) => `${via} ${status}`)).not.toContain('subscribe active')
})

test('She cancelled: not a frame about later changes is sent to her, and no beat counts them (scene 21)', async () => {
  await using place = await town('cancelled')
  const sent: string[] = []
  let to = ''
  const { bob } = await friends(place, {
    bob: {
      tapMesh: (mesh) =>
        tapped(mesh, {
          onSend(kind, bytes, link) {
            if (kind !== 'presence' || link.peer !== to) return
            const frame = openPresenceFrame(bytes)
            sent.push(frame.kind === 'beat' ? `beat ${frame.grant} ${frame.counter}` : frame.kind)
          },
        }),
    },
  })
  const nosy = await nosyWatcher(place, bob)
  to = nosy.peer
  await bob.agent.addContact({ who: nosy.peer, name: 'Nosy' })
  nosy.ask()
  await place.pass(5_000)
  expect(sent).toContain('grant')
  expect(sent.some((frame) => /^beat [1-9]/.test(frame))).toBe(true) // the control: a watcher is told how many
  nosy.say('presence', encodePresenceFrame({ kind: 'cancel' }))
  await place.pass(100)
  sent.length = 0
  for (let change = 0; change < 20; change += 1) {
    await bob.agent.status({ note: `change ${change}` })
    await place.pass(MINUTE)
  }
  expect(sent.length).toBeGreaterThan(10)
  // He goes on asking her for her own presence; of his nothing is sent.
  expect(new Set(sent)).toEqual(new Set(['beat 0 0', 'subscribe']))
})

test('Mallory calls once a minute, and says hello and nothing else: one line, with how often and when (fault P9)', async () => {
  await using place = await town('once a minute')
  const { bob } = await friends(place)
  const mallory = await nosyWatcher(place, bob, { host: 'next door' })
  await mallory.leave()
  await place.pass(MINUTE)
  const first = place.clock.now()
  for (let minute = 1; minute < 10; minute += 1) {
    const again = await intruder(place, bob, { key: mallory.key, host: 'next door' })
    await again.leave()
    await place.pass(MINUTE)
  }
  const rows = (await bob.agent.watchers()).filter(({ who }) => who.peerId === mallory.peer)
  expect(rows).toMatchObject([{ via: 'touch', count: 10 }])
  expect(Date.parse(rows[0]?.first ?? '')).toBeLessThan(first)
  expect(Date.parse(rows[0]?.last ?? '')).toBeGreaterThan(first + 8 * MINUTE)
})

test.each([
  ['cancelled', encodePresenceFrame({ kind: 'cancel' })],
  ['said goodbye', encodePresenceFrame({ kind: 'goodbye', why: 'leaving' })],
])(
  'She %s, and Bob changes his rules in general: what she still holds opens nothing from that instant on (scene 24, fault P1)',
  async (_, frame) => {
    await using place = await town('general change')
    const published: Uint8Array[] = []
    const { bob } = await friends(place, {
      bob: { tapMesh: (mesh) => tapped(mesh, { onPublish: (each) => void published.push(each) }) },
    })
    const nosy = await nosyWatcher(place, bob)
    nosy.shout()
    await bob.agent.rules({ preset: 'office' })
    nosy.ask()
    await place.pass(1_000)
    nosy.say('presence', frame)
    await place.pass(1_000)
    const says = async (note: string): Promise<boolean> => {
      published.length = 0
      await bob.agent.status({ note })
      await place.pass(1_000)
      expect(published.length).toBeGreaterThan(0)
      for (const each of published) nosy.overhear(each)
      return nosy.read.some((presence) => presence.note === note)
    }
    expect(await says('lapsing')).toBe(true) // the control: what she holds lapses by itself
    await bob.agent.rules({ preset: 'default' })
    expect(await says('for contacts')).toBe(false)
  },
)
