/** What tries to make a ghost or a step back: slow relays, recordings, old homes, crossing links (faults P6, P7, P12, N5). */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Sighting } from '../../src/agent.ts'
import { readAnnouncement } from '../../src/envelope/announcement.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { carrierTopic, PERIOD_MS } from '../../src/envelope/protocol.ts'
import { makeKey, principalOf } from '../../src/principal/principal.ts'
import { tapped } from '../support/taps.ts'
import { type Arrival, type Resident, type Town, town } from '../support/town.ts'

const MINUTE = 60_000

const seen = async (by: Resident, name: string): Promise<Sighting | undefined> =>
  (await by.agent.who()).find((sighting) => sighting.who.name === name)

const notesOf = (by: Resident, name: string): string[] =>
  by.events.flatMap((event) =>
    event.event === 'presence' && event.who.name === name ? (event.presence?.note ?? []) : [],
  )

async function contacts(place: Town, bobs: Arrival = {}): Promise<{ alice: Resident; bob: Resident }> {
  const alice = await place.moveIn('Alice')
  const bob = await place.moveIn('Bob', bobs)
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return { alice, bob }
}

/** Somebody linked to `to` who hands on announcements when told, and is nobody's peer. */
async function relay(
  place: Town,
  to: Resident,
): Promise<{ release(announcement: Uint8Array): Promise<void> }> {
  const mesh = place.world.mesh(principalOf(await makeKey()).peerId)
  await mesh.start()
  mesh.carrier.join(carrierTopic(place.meshHash), () => 'ignore')
  const link = async (): Promise<void> => {
    const dialled = mesh.dial(to.peerId, to.mesh.listening(), { signal: AbortSignal.timeout(5_000) })
    await place.pass(10)
    await dialled
  }
  return {
    async release(announcement) {
      await link() // whoever says no hello is hung up on, and comes again
      expect(await mesh.carrier.publish(announcement)).toBe(1)
      await place.pass(10)
    },
  }
}

const said = () => {
  const announcements: Uint8Array[] = []
  const keys: Uint8Array[] = []
  const tapMesh: Arrival['tapMesh'] = (mesh) =>
    tapped(mesh, {
      onPublish: (announcement) => void announcements.push(announcement.slice()),
      onSend(kind, bytes) {
        const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
        if (frame?.kind === 'grant') keys.push(...frame.keys.map(({ key }) => key))
      },
    })
  return { announcements, keys, tapMesh }
}

test('Carol withholds what Bob announced and drips it out after his death: heard at most until the grant ends, never live (scene 25, fault P7)', async () => {
  await using place = await town('drip')
  const { announcements, tapMesh } = said()
  const { alice, bob } = await contacts(place, { tapMesh })
  const carol = await relay(place, alice)
  place.world.loseAnnouncements(1)
  announcements.length = 0
  for (let change = 0; change < 30; change += 1) await bob.agent.status({ note: `withheld ${change}` })
  await bob.kill()
  await place.pass(100)
  place.world.loseAnnouncements(0)
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'unknown' })
  const died = place.clock.monotonic()
  const believed: string[] = []
  for (const announcement of announcements) {
    await carol.release(announcement)
    const evidence = (await seen(alice, 'Bob'))?.evidence ?? ''
    if (place.clock.monotonic() - died > 2 * PERIOD_MS) expect(evidence).toBe('unknown')
    believed.push(evidence)
    await place.pass(MINUTE)
  }
  expect(believed[0]).toBe('heard') // the control: what is dripped is read, as long as the grant holds
  expect(believed.at(-1)).toBe('unknown')
  expect(believed).not.toContain('live')
}, 60_000)

test('Carol recorded Bob and plays all of it back, to Alice and to Alice started anew: nobody steps back (scene 27, fault P6)', async () => {
  await using place = await town('replay')
  const { announcements, tapMesh } = said()
  const { alice, bob } = await contacts(place, { tapMesh })
  const notes = ['one', 'two', 'three']
  for (const note of notes) {
    await bob.agent.status({ note })
    await place.pass(500)
  }
  await bob.agent.status({ basic: 'closed', note: 'closed now' })
  await place.pass(500)
  const recorded = [...announcements]
  const playTo = async (whom: Resident): Promise<void> => {
    const carol = await relay(place, whom)
    for (const announcement of recorded) await carol.release(announcement)
    await place.pass(1_000)
    expect(await seen(whom, 'Bob')).toMatchObject({ evidence: 'live', presence: { note: 'closed now' } })
  }
  await playTo(alice)
  expect(notesOf(alice, 'Bob')).toEqual([...notes, 'closed now'])
  await alice.kill()
  const again = await alice.restart()
  await place.pass(5_000)
  await playTo(again)
  expect(new Set(notesOf(again, 'Bob'))).toEqual(new Set(['closed now']))
})

test('Bob’s home is put back from last week’s copy: Alice follows him as before, and no key of his is one of before (faults P6, P12)', async () => {
  await using place = await town('restored')
  const folder = mkdtempSync(join(tmpdir(), 'nigh-restored-'))
  try {
    const { announcements, keys, tapMesh } = said()
    const key = await makeKey()
    const now = join(folder, 'now.db')
    const copy = join(folder, 'copy.db')
    const { alice, bob } = await contacts(place, { storePath: now, key, tapMesh })
    const reader = new DatabaseSync(now)
    reader.exec(`VACUUM INTO '${copy}'`)
    for (let change = 0; change < 20; change += 1) {
      await bob.agent.status({ note: `this week ${change}` })
      await place.pass(100)
    }
    // Nothing of a view key is in the home after a busy run.
    reader.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    reader.close()
    const home = readFileSync(now)
    expect(keys.length).toBeGreaterThan(0)
    expect(home.includes('this week 19')).toBe(true) // the control: what is kept is found
    for (const viewKey of keys) expect(home.includes(Buffer.from(viewKey))).toBe(false)
    const announcersOf = (from: number): Set<string> =>
      new Set(announcements.slice(from).flatMap((bytes) => readAnnouncement(bytes)?.announcer ?? []))
    const before = { announcers: announcersOf(0), count: announcements.length }
    await bob.kill()
    await place.pass(1_000)
    const restored = await place.moveIn('Bob', { storePath: copy, key, tapMesh })
    await place.pass(5_000)
    expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'live' })
    await restored.agent.status({ note: 'out of the drawer' })
    await place.pass(500)
    expect(await seen(alice, 'Bob')).toMatchObject({ presence: { note: 'out of the drawer' } })
    expect(announcements.length).toBeGreaterThan(before.count)
    for (const announcer of announcersOf(before.count)) expect(before.announcers.has(announcer)).toBe(false)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('Two links cross and Bob grants over both while he changes: Alice ends at the newest and never steps back (faults P6, N5)', async () => {
  await using place = await town('crossing')
  const { alice, bob } = await contacts(place)
  place.world.setLatency(150)
  for (let round = 0; round < 10; round += 1) {
    const { signal } = new AbortController()
    const dials = [
      alice.mesh.dial(bob.peerId, bob.mesh.listening(), { signal }),
      bob.mesh.dial(alice.peerId, alice.mesh.listening(), { signal }),
    ]
    await alice.agent.watch({ who: 'Bob' })
    await bob.agent.status({ note: `step ${round}` })
    await place.pass(700)
    await Promise.all(dials)
  }
  await place.pass(30_000)
  expect(await seen(alice, 'Bob')).toMatchObject({ evidence: 'live', presence: { note: 'step 9' } })
  const steps = notesOf(alice, 'Bob').map((note) => Number(note.replace('step ', '')))
  expect(steps).toEqual([...steps].sort((one, other) => one - other))
  const told = alice.events.flatMap((event) => (event.event === 'presence' ? [event.change] : []))
  expect(told).not.toContain('unknown')
  expect(told).not.toContain('left')
})
