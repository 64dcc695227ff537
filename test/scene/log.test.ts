/** The log of a busy day: what links and grants do is in it, and nothing that anybody said, is called or holds as a key. */
import { expect, test } from 'vitest'
import type { LogEntry, LogLevel } from '../../src/agent/log.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { tapped } from '../support/taps.ts'
import { town } from '../support/town.ts'

/** Words that stand for what people say; each must be found nowhere. */
const SAID = {
  alice: 'Wonderland',
  bob: 'Bobolink',
  petname: 'Bumblebee',
  note: 'Nightingale',
  text: 'Teapot',
  answer: 'Antelope',
  activity: 'Yodelling',
  address: 'tel:+43-Zeppelin',
  group: 'Gardeners',
}

/** A day of Alice's with Bob; what her log says of it, and every secret that was there to be written down. */
async function busyDay(level: LogLevel) {
  await using place = await town('busy')
  const entries: LogEntry[] = []
  const secrets: string[] = []
  const key = await makeKey()
  const alice = await place.moveIn(SAID.alice, {
    key,
    log: { level, write: (entry) => entries.push(entry) },
    tapMesh: (mesh) =>
      tapped(mesh, {
        onSend: (kind, bytes) => kind === 'presence' && keep(bytes),
        onReceive: (_, kind, bytes) => kind === 'presence' && keep(bytes),
      }),
  })
  const keep = (bytes: Uint8Array): void => {
    const frame = openPresenceFrame(bytes)
    if (frame.kind === 'grant')
      for (const { key } of frame.keys)
        secrets.push(Buffer.from(key).toString('hex'), Buffer.from(key).toString('base64'))
  }
  const bob = await place.moveIn(SAID.bob)
  await place.pass(3_000)
  await alice.agent.addContact({ who: bob.peerId, name: SAID.petname, groups: [SAID.group] })
  await bob.agent.addContact({ who: alice.peerId })
  await alice.agent.status({ note: SAID.note, activities: [SAID.activity] })
  await bob.agent.status({ note: SAID.note })
  await alice.agent.publishTuple({ id: 'phone', address: SAID.address })
  await alice.agent.send({ to: bob.peerId, text: SAID.text })
  await bob.agent.send({ to: alice.peerId, text: SAID.answer })
  await place.pass(5_000)
  place.world.cut(alice.peerId, bob.peerId)
  await place.pass(60_000)
  place.world.heal(alice.peerId, bob.peerId)
  await place.pass(10_000)
  await alice.agent.personRule({ who: bob.peerId, then: 'block' })
  await place.pass(5_000)
  await alice.agent.personRule({ who: bob.peerId, then: 'unblock' })
  await place.pass(10_000)
  const stranger = await place.moveIn('Carol')
  await place.pass(3_000)
  await stranger.leave()
  await bob.leave()
  await place.pass(60_000)
  expect((await alice.agent.inbox()).length).toBeGreaterThan(0)
  const ids: PeerId[] = [alice.peerId, bob.peerId, stranger.peerId]
  secrets.push(Buffer.from(key).toString('hex'), Buffer.from(key).toString('base64'))
  return { entries, secrets, ids }
}

test('A busy day is told: links, dials, the air and grants; people by the end of their ids', async () => {
  const { entries, ids } = await busyDay('debug')
  const told = new Set(entries.map(({ event }) => event))
  expect([...told].sort()).toEqual(
    [
      'answer',
      'ask',
      'dial',
      'dial-failed',
      'got-grant',
      'goodbye',
      'granted',
      'heard',
      'link-down',
      'link-up',
      'not-granted',
      'silent',
    ].sort(),
  )
  const ends = ids.map((id) => id.slice(-8))
  for (const { peer } of entries) if (peer !== undefined) expect(ends).toContain(peer)
})

test('Nothing that anybody said, is called or holds as a key is in it, in any form', async () => {
  const { entries, secrets, ids } = await busyDay('debug')
  const log = JSON.stringify(entries)
  expect(secrets.length).toBeGreaterThan(4)
  const words = [...Object.values(SAID), ...ids, ...secrets]
  const forms = words.flatMap((word) => [
    word,
    Buffer.from(word).toString('hex'),
    Buffer.from(word).toString('base64').replace(/=+$/, ''),
  ])
  expect(forms.filter((form) => log.toLowerCase().includes(form.toLowerCase()))).toEqual([])
  // The control: the search finds what is there.
  const [first] = ids
  expect(log).toContain(first === undefined ? '?' : (ids[1]?.slice(-8) ?? '?'))
})

test('Plainly, neither dials nor the air are told of', async () => {
  const { entries } = await busyDay('info')
  const told = entries.map(({ event }) => event)
  expect(told).toContain('link-up')
  expect(told.filter((event) => ['dial', 'dial-failed', 'ask', 'answer', 'heard'].includes(event))).toEqual(
    [],
  )
})
