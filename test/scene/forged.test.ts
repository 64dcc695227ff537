/**
 * Carol may read Bob, listens to the whole carrier and makes announcements of her own: what she says about Bob is
 * nobody's, and what she recorded before she was granted anything stays closed to her but for a period (faults P4, P10).
 */
import { expect, test } from 'vitest'
import { openAnnouncement, sealAnnouncement } from '../../src/envelope/announcement.ts'
import type { Grant } from '../../src/envelope/presence-frame.ts'
import { encodeDocument, encodeNews } from '../../src/envelope/presence-information.ts'
import { carrierTopic, PERIOD_MS } from '../../src/envelope/protocol.ts'
import { announcerFrom } from '../../src/envelope/seal.ts'
import type { Mesh } from '../../src/ports.ts'
import { intruder } from '../support/intruder.ts'
import { type NosyWatcher, nosyWatcher } from '../support/nosy-watcher.ts'
import { friends } from '../support/talk.ts'
import { tapped } from '../support/taps.ts'
import { type Arrival, type Town, town } from '../support/town.ts'

const MINUTE = 60_000

const grantOf = ({ frames }: NosyWatcher): Grant => {
  const last = frames.findLast((frame) => frame.kind === 'grant')
  if (last?.kind !== 'grant') throw new Error('nothing was granted')
  return last
}

/** Everything that this peer judged good, and handed on. */
function hearing() {
  const heard: string[] = []
  const tapMesh: Arrival['tapMesh'] = (mesh) =>
    tapped(mesh, { onHear: (announcement) => void heard.push(hex(announcement)) })
  return { heard, tapMesh }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('Carol publishes about Bob under a key of her own, and under his without his hand: Alice’s picture of him stays, and no forgery is passed on as his (scene 49, fault P4)', async () => {
  await using place: Town = await town('forged')
  const alices = hearing()
  const doras = hearing()
  const { alice, bob } = await friends(place, { alice: { tapMesh: alices.tapMesh } })
  await place.moveIn('Dora', { tapMesh: doras.tapMesh })
  const carol = await nosyWatcher(place, bob)
  await bob.agent.addContact({ who: carol.peer, name: 'Carol' })
  await bob.agent.status({ note: 'the truth' })
  carol.ask()
  await place.pass(1_000)
  const grant = grantOf(carol)
  const [bobs] = grant.keys
  if (bobs === undefined) throw new Error('no key')

  let mesh: Mesh | undefined
  await intruder(place, alice, {
    onMesh(own) {
      mesh = own
      own.carrier.join(carrierTopic(place.meshHash), () => 'ignore')
    },
  })
  const says = (announcer: ReturnType<typeof announcerFrom>, counter: number, key = bobs.key): Uint8Array =>
    sealAnnouncement({
      plain: encodeNews(
        encodeDocument(
          { name: 'Bob', tuples: [{ id: 'im', status: { basic: 'closed' } }], note: 'a lie' },
          { epoch: 1, version: 999, publishedAt: place.clock.now() },
        ),
      ),
      key,
      announcer,
      counter,
    })
  const hers = announcerFrom(place.entropy.bytes(32))
  const underHers = says(hers, grant.counter + 1)
  // His announcement key in the header, and her signature.
  const underHis = says({ publicKey: bobs.announcer, sign: hers.sign }, grant.counter + 1)
  // She can open what she made: the view key is his.
  expect(openAnnouncement(underHis, bobs.key)).toBeDefined()

  const before = alice.events.length
  for (const forged of [underHers, underHis]) {
    expect(await mesh?.carrier.publish(forged)).toBe(1)
    await place.pass(1_000)
  }
  const bobSeen = async () => (await alice.agent.who()).find(({ who }) => who.peerId === bob.peerId)
  expect(await bobSeen()).toMatchObject({ evidence: 'live', presence: { note: 'the truth' } })
  expect(alice.events.slice(before).filter((event) => JSON.stringify(event).includes('lie'))).toEqual([])
  // What is signed by whom it names is passed on, as nobody’s; what is not signed by Bob is passed on by nobody.
  expect(doras.heard).toContain(hex(underHers))
  for (const each of [alices, doras]) expect(each.heard).not.toContain(hex(underHis))

  // It silences nothing: Bob’s own next one has the very counter that she used.
  await bob.agent.status({ note: 'still the truth' })
  await place.pass(100)
  expect(await bobSeen()).toMatchObject({ presence: { note: 'still the truth' } })
  expect(doras.heard.length).toBeGreaterThan(1) // the control: what Bob says comes through
})

test('Carol records the carrier for three periods and is granted then: of all of it she opens what was said in this period, and nothing before (fault P4)', async () => {
  await using place: Town = await town('read back')
  const { bob } = await friends(place)
  const carol = await nosyWatcher(place, bob)
  await bob.agent.rules({ preset: 'private' })
  for (let minute = 0; minute < (3.5 * PERIOD_MS) / MINUTE; minute += 1) {
    await bob.agent.status({ note: `minute ${minute}` })
    await place.pass(MINUTE)
  }
  const recorded = [...carol.carried]
  expect(recorded.length).toBeGreaterThan(25)
  expect(carol.read).toEqual([])

  await bob.agent.addContact({ who: carol.peer, name: 'Carol' })
  carol.ask()
  await place.pass(1_000)
  const { keys } = grantOf(carol)
  const opens = (announcement: Uint8Array): boolean =>
    keys.some(({ key }) => openAnnouncement(announcement, key) !== undefined)
  const opened = recorded.filter(opens)
  expect(opened.length).toBeGreaterThan(0) // declared: what was said in this period
  expect(opened.length).toBeLessThanOrEqual(PERIOD_MS / MINUTE)
  expect(opened).toEqual(recorded.slice(-opened.length))
})
