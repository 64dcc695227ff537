/**
 * Every key ends (promise 1): a watcher who keeps everything it was ever given, and a recorder on the carrier. What
 * was published after `could read until` opens with nothing.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAnnouncement, readAnnouncement } from '../../src/envelope/announcement.ts'
import { encodePresenceFrame, openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { encodeDocument } from '../../src/envelope/presence-information.ts'
import { BEAT_FAR_MS, PERIOD_MS } from '../../src/envelope/protocol.ts'
import { makeKey } from '../../src/principal/principal.ts'
import { intruder } from '../support/intruder.ts'
import { tapped } from '../support/taps.ts'
import { type Arrival, type Resident, type Town, town } from '../support/town.ts'

const MINUTE = 60_000

/** Everything that Bob publishes, when, and every key that he hands out. */
function recorder() {
  const published: { announcement: Uint8Array; at: number }[] = []
  const keys: Uint8Array[] = []
  let now = (): number => 0
  const tapMesh: Arrival['tapMesh'] = (mesh) =>
    tapped(mesh, {
      onPublish: (announcement) => void published.push({ announcement, at: now() }),
      onSend(kind, bytes) {
        const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
        if (frame?.kind === 'grant') keys.push(...frame.keys.map(({ key }) => key))
      },
    })
  return {
    published,
    keys,
    tapMesh,
    by(clock: () => number) {
      now = clock
    },
    /** Wall instants of what these keys open. */
    opened: (mine: readonly Uint8Array[]) =>
      published
        .filter(({ announcement }) => mine.some((key) => openAnnouncement(announcement, key) !== undefined))
        .map(({ at }) => at),
  }
}

/** Bob, whose carrier is recorded; Carol, his contact for good, so that he always publishes; Alice, a contact too. */
async function recorded(place: Town, options: Pick<Arrival, 'storePath'> = {}) {
  const key = await makeKey()
  const tape = recorder()
  tape.by(() => place.clock.now())
  const bob = await place.moveIn('Bob', { tapMesh: tape.tapMesh, ...options })
  const carol = await place.moveIn('Carol')
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Carol' })
  await place.pass(1_000)
  const alice = await place.moveIn('Alice', { key })
  await place.pass(3_000)
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  return { tape, bob, carol, alice, key }
}

/** Bob changes every minute, for three periods. */
async function threePeriods(place: Town, bob: Resident): Promise<void> {
  for (let minute = 0; minute < (3 * PERIOD_MS) / MINUTE; minute += 1) {
    await bob.agent.status({ note: `minute ${minute}` })
    await place.pass(MINUTE)
  }
}

const couldRead = async (bob: Resident, alice: Resident): Promise<number> => {
  const rows = (await bob.agent.watchers()).filter((row) => row.who.peerId === alice.peerId)
  return Math.max(...rows.map((row) => Date.parse(row.couldReadUntil ?? '')))
}

/** Of all she was ever given, at Bob's: nothing opens after the instant that his list names; before it, something does. */
async function expectToEnd(place: Town, { tape, bob, alice }: Awaited<ReturnType<typeof recorded>>) {
  const hers = [...tape.keys]
  const until = await couldRead(bob, alice)
  tape.published.length = 0
  await threePeriods(place, bob)
  const opened = tape.opened(hers)
  const last = tape.published.at(-1)?.at ?? 0
  expect(tape.published.length).toBeGreaterThan(25)
  expect(opened.length).toBeGreaterThan(0) // the control: the recording is of the view that she had
  expect(Math.max(...opened)).toBeLessThan(until)
  expect(last).toBeGreaterThan(until + 5 * MINUTE)
  // And the list still names that instant.
  expect(await couldRead(bob, alice)).toBe(until)
}

test('Alice subscribes, cancels, and records for three periods: nothing after "could read until" opens (fault P1)', async () => {
  await using place = await town('cancel and record')
  const all = await recorded(place)
  await all.alice.agent.unwatch({ who: 'Bob' })
  await place.pass(1_000)
  expect(await all.bob.agent.watchers()).toContainEqual(
    expect.objectContaining({ view: 'contacts', status: 'terminated', reason: 'timeout' }),
  )
  await expectToEnd(place, all)
})

test('She watched for an hour, and renewed; then she cancels: the list names the end of what she was given last (fault P1)', async () => {
  await using place = await town('renewed and cancelled')
  const all = await recorded(place)
  const early = await couldRead(all.bob, all.alice)
  await place.pass(60 * MINUTE)
  expect(await couldRead(all.bob, all.alice)).toBeGreaterThan(early + 40 * MINUTE)
  await all.alice.agent.unwatch({ who: 'Bob' })
  await place.pass(1_000)
  await expectToEnd(place, all)
})

test('Her lease lapses because nothing comes through any more: the same (fault P1)', async () => {
  await using place = await town('lapse and record')
  const all = await recorded(place)
  place.world.cut(all.alice.peerId, all.bob.peerId)
  await place.pass(60_000)
  await expectToEnd(place, all)
  const ofBob = (await all.alice.agent.subscriptions()).filter((one) => one.who.peerId === all.bob.peerId)
  // Not near any more, he is none whom her peer watches by itself; if he is listed, then as what has lapsed.
  expect(ofBob.map(({ status }) => status)).not.toContain('active')
  expect(await all.bob.agent.watchers()).toContainEqual(
    expect.objectContaining({ view: 'contacts', status: 'terminated', reason: 'timeout' }),
  )
})

test('She is killed and comes back with all she had: what she held opens no more than it did (fault P1)', async () => {
  await using place = await town('copied state')
  const all = await recorded(place)
  const hers = [...all.tape.keys]
  await all.alice.kill()
  const until = await couldRead(all.bob, all.alice)
  all.tape.published.length = 0
  await threePeriods(place, all.bob)
  // Back, she says that she holds the grant of then, and asks for nothing: a renewal alone opens nothing.
  const before = all.tape.keys.length
  const copy = await intruder(place, all.bob, { key: all.key })
  copy.say('presence', encodePresenceFrame({ kind: 'renew', grant: 1, counter: 1 }))
  await place.pass(1_000)
  expect(all.tape.keys.length).toBe(before)
  expect(copy.heard).toContain('state')
  const opened = all.tape.opened(hers)
  expect(opened.length).toBeGreaterThan(0)
  expect(Math.max(...opened)).toBeLessThan(until)
})

test('Bob takes her off his contacts: with every key she had, nothing opens from that instant on (scene 24, fault P1)', async () => {
  await using place = await town('revoked and recorded')
  const { tape, bob, alice, carol } = await recorded(place)
  const hers = [...tape.keys]
  await bob.agent.status({ note: 'for friends' })
  await place.pass(1_000)
  expect(tape.opened(hers)).toHaveLength(1) // the control
  await bob.agent.rules({ preset: 'private' })
  await bob.agent.removeContact({ who: alice.peerId })
  const from = tape.keys.length
  tape.published.length = 0
  await threePeriods(place, bob)
  expect(tape.published.length).toBeGreaterThan(25)
  expect(tape.opened(hers)).toEqual([])
  // Those who remain read on, with keys of afterwards.
  expect(tape.opened(tape.keys.slice(from)).length).toBeGreaterThan(0)
  expect((await carol.agent.who()).find((one) => one.who.name === 'Bob')?.presence?.note).toBe('minute 29')
  expect(await bob.agent.watchers()).toContainEqual(
    expect.objectContaining({ view: 'contacts', status: 'terminated', reason: 'rejected' }),
  )
})

test('A cancel in her name comes from another key: it ends nothing of hers (scene 22)', async () => {
  await using place = await town('forged cancel')
  const { bob, alice } = await recorded(place)
  const mallory = await intruder(place, bob)
  mallory.say('presence', encodePresenceFrame({ kind: 'cancel' }))
  await place.pass(1_000)
  await bob.agent.status({ note: 'still told' })
  await place.pass(1_000)
  const seen = async () => (await alice.agent.who()).find((one) => one.who.peerId === bob.peerId)
  expect((await seen())?.presence?.note).toBe('still told')
  const rows = (await bob.agent.watchers()).filter((row) => row.who.peerId === alice.peerId)
  expect(rows.map((row) => row.status)).toContain('active')
  // The control: her own ends it.
  await alice.agent.unwatch({ who: 'Bob' })
  await place.pass(1_000)
  const after = (await bob.agent.watchers()).filter((row) => row.who.peerId === alice.peerId)
  expect(after.map((row) => row.status)).not.toContain('active')
})

test('Carol subscribes as Alice: the key at the other end counts, not the name; her grant unasked shows nothing (scene 23)', async () => {
  await using place = await town('forged subscribe')
  const { bob, alice, tape } = await recorded(place)
  await bob.agent.rules({ preset: 'private' })
  await alice.agent.unwatch({ who: 'Bob' })
  await place.pass(1_000)
  const given = tape.keys.length
  const mallory = await intruder(place, bob, { host: 'elsewhere' })
  mallory.say(
    'presence',
    encodePresenceFrame({ kind: 'subscribe', byPerson: true, name: 'Alice', visibility: 'named' }),
  )
  await place.pass(3_000)
  expect(tape.keys.length).toBe(given)
  expect(mallory.heard).not.toContain('grant')
  const hers = (await bob.agent.watchers()).filter((row) => row.who.peerId === alice.peerId)
  expect(hers.map((row) => row.status)).not.toContain('active')
  // Who asked is who knocks: another key, whatever it calls itself.
  expect(await bob.agent.requests()).toMatchObject([{ who: { peerId: mallory.peer } }])

  // What nobody asked for is no presence: Alice cancelled, and Mallory pushes.
  const pushing = await intruder(place, alice, { host: 'elsewhere' })
  alice.events.length = 0
  pushing.say(
    'presence',
    encodePresenceFrame({
      kind: 'grant',
      number: 9,
      keys: [{ key: new Uint8Array(32), announcer: new Uint8Array(32), beginsIn: 0, endsIn: PERIOD_MS }],
      topic: 'nigh/1/x',
      document: encodeDocument(
        { name: 'Bob', tuples: [{ id: 'im', status: { basic: 'open' } }] },
        { epoch: 1, version: 1, publishedAt: place.clock.now() },
      ),
      counter: 1,
    }),
  )
  await place.pass(BEAT_FAR_MS)
  expect(JSON.stringify(alice.events)).not.toContain('"presence":{')
})

test('Cut off over some changes, Alice ends with the newest and knows that some were missed (scene 30)', async () => {
  await using place = await town('gap')
  const { bob, alice, carol } = await recorded(place)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.status({ note: 'six' })
  await place.pass(1_000)
  for (const { peerId } of [bob, carol]) place.world.cut(alice.peerId, peerId)
  await place.pass(10_000)
  for (const note of ['seven', 'eight', 'nine']) {
    await bob.agent.status({ note })
    await place.pass(1_000)
  }
  const seen = async () => (await alice.agent.who()).find((one) => one.who.peerId === bob.peerId)
  expect(await seen()).toMatchObject({ evidence: 'unknown', presence: { note: 'six' } })
  alice.events.length = 0
  for (const { peerId } of [bob, carol]) place.world.heal(alice.peerId, peerId)
  await place.pass(5_000)
  expect(await seen()).toMatchObject({ evidence: 'live', presence: { note: 'nine' } })
  const notes = alice.events.flatMap((event) =>
    event.event === 'presence' ? (event.presence?.note ?? []) : [],
  )
  expect(notes).not.toContain('seven')
  expect(notes).not.toContain('eight')
  // That there was a gap is told before what comes after it: he was not seen for a while.
  const changes = alice.events.flatMap((event) =>
    event.event === 'presence' && event.who.peerId === bob.peerId ? [event.change] : [],
  )
  expect(changes[0]).toBe('came')
})

test('After a busy run no byte of a key lies in the home, and a new process after kill -9 has other keys (fault P12)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nigh-keys-'))
  try {
    await using place = await town('on disk')
    const { tape, bob, carol } = await recorded(place, { storePath: join(folder, 'nigh.db') })
    await threePeriods(place, bob)
    await bob.agent.removeContact({ who: 'Alice' })
    for (let number = 0; number < 50; number += 1)
      await carol.agent.send({ to: 'Bob', text: `busy ${number}` })
    await bob.agent.status({ note: 'a word to be found' })
    await place.pass(10_000)
    expect(tape.keys.length).toBeGreaterThan(6)
    const onDisk = (bytes: Buffer) =>
      readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(bytes))
    expect(onDisk(Buffer.from('a word to be found'))).toBe(true) // the control: what is kept would be found
    for (const key of tape.keys) {
      const raw = Buffer.from(key)
      const spellings = [raw, ...(['hex', 'base64'] as const).map((how) => Buffer.from(raw.toString(how)))]
      expect(spellings.some(onDisk)).toBe(false)
    }

    const announcers = () =>
      new Set(tape.published.map(({ announcement }) => readAnnouncement(announcement)?.announcer))
    const former = announcers()
    const formerKeys = new Set(tape.keys.map((key) => Buffer.from(key).toString('hex')))
    await bob.kill()
    tape.published.length = 0
    tape.keys.length = 0
    const again = await bob.restart()
    await place.pass(10_000)
    await again.agent.status({ note: 'another life' })
    await place.pass(1_000)
    expect(former.size).toBeGreaterThan(0)
    expect(announcers().size).toBeGreaterThan(0)
    expect([...announcers()].filter((key) => former.has(key))).toEqual([])
    expect(tape.keys.length).toBeGreaterThan(0)
    expect(tape.keys.filter((key) => formerKeys.has(Buffer.from(key).toString('hex')))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
