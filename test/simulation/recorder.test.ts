/**
 * Carol writes down all that crosses the carrier while twenty people live their day: bytes and topics name nobody
 * (scene 47, fault P2). Who stands beside somebody can tell by timing who spoke; how often is counted here.
 */
import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent.ts'
import { openAnnouncement } from '../../src/envelope/announcement.ts'
import { openPresenceFrame } from '../../src/envelope/presence-frame.ts'
import { carrierTopic } from '../../src/envelope/protocol.ts'
import type { PeerId } from '../../src/principal/ids.ts'
import { publicKeyOf } from '../../src/principal/principal.ts'
import { eavesdropper } from '../support/eavesdropper.ts'
import { found, recording, type Secret, secretText } from '../support/recording.ts'
import { type Neighbour, street } from '../support/street.ts'
import { tapped } from '../support/taps.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const TWENTY = 20
/** No eight bytes in a row of one of these are in another, so whoever is found can be named. */
const letter = (index: number): string => String.fromCharCode('a'.charCodeAt(0) + index)
const nameOf = (index: number): string => letter(index).repeat(9)
const noteOf = (index: number, round: number): string => `${letter(index).toUpperCase().repeat(9)}${round}`
const activityOf = (index: number): string => `${letter(index)}-`.repeat(5)

/** Who somebody is: the id, the key within it, and the addresses that hold it. */
const identity = (peerId: PeerId, name: string): Secret[] => [
  secretText(`id of ${name}`, peerId),
  { name: `key of ${name}`, bytes: publicKeyOf(peerId) },
  secretText(`im: of ${name}`, `im:${peerId}`),
  secretText(`pres: of ${name}`, `pres:${peerId}`),
  secretText(`name of ${name}`, name),
]

/** Where somebody is: multiaddr, and IP address with port as text and as bytes. */
const place = (multiaddr: string, name: string): Secret[] => {
  const [, , ip = '', , port = ''] = multiaddr.split('/')
  return [
    secretText(`multiaddr of ${name}`, multiaddr),
    secretText(`host of ${name}`, ip),
    {
      name: `socket address of ${name}`,
      bytes: Uint8Array.from([...ip.split('.').map(Number), Number(port) >> 8, Number(port) & 255]),
    },
  ]
}

const said = (index: number, rounds: number): Secret[] => [
  secretText(`activity of ${nameOf(index)}`, activityOf(index)),
  ...Array.from({ length: rounds }, (_, round) =>
    secretText(`note of ${nameOf(index)}`, noteOf(index, round)),
  ),
]

/** Who watches whom, as a program might have put it: two ids or two keys in a row. */
const pairs = (people: readonly { peerId: PeerId }[]): Secret[] =>
  people.flatMap((watcher) =>
    people
      .filter((presentity) => presentity !== watcher)
      .flatMap((presentity) => [
        secretText('a pair of ids', `${watcher.peerId}${presentity.peerId}`),
        secretText('a pair of ids', `${watcher.peerId} ${presentity.peerId}`),
        {
          name: 'a pair of keys',
          bytes: Buffer.concat([publicKeyOf(watcher.peerId), publicKeyOf(presentity.peerId)]),
        },
      ]),
  )

test('Twenty people live their day, and nothing on the carrier names one of them (scene 47, fault P2)', async () => {
  await using here: Town = await town('recorder')
  const recorded = recording()
  const keys: Uint8Array[] = []
  const residents: Resident[] = []
  for (let index = 0; index < TWENTY; index += 1)
    residents.push(
      await here.moveIn(nameOf(index), {
        tapMesh: (mesh) =>
          tapped(recorded.tap(mesh), {
            onSend(kind, bytes) {
              const frame = kind === 'presence' ? openPresenceFrame(bytes) : undefined
              if (frame?.kind === 'grant') keys.push(...frame.keys.map(({ key }) => key))
            },
          }),
      }),
    )
  const at = (index: number): Resident => residents[index % TWENTY] as Resident
  const agent = (index: number): Agent => at(index).agent
  await here.pass(5_000)

  // Everybody knows the next three and one across; all are near one another.
  for (let index = 0; index < TWENTY; index += 1)
    for (const step of [1, 2, 3, 10])
      await agent(index).addContact({ who: at(index + step).peerId, name: `friend ${step} of ${index}` })
  await here.pass(2_000)
  for (let index = 0; index < TWENTY; index += 1) {
    await agent(index).status({ activities: [activityOf(index)], note: noteOf(index, 0) })
    await here.pass(200)
  }
  for (let index = 0; index < TWENTY; index += 4) {
    await agent(index).watch({ who: at(index + 7).peerId })
    await agent(index + 1).unwatch({ who: at(index + 2).peerId })
    await agent(index + 2).rules({ preset: 'office' })
    await agent(index + 3).send({ to: at(index + 4).peerId, text: 'a word between us', waitMs: 0 })
  }
  await here.pass(1_000)
  for (const index of [3, 8, 13]) {
    await at(index).kill()
    await here.pass(1_000)
    residents[index] = await at(index).restart()
    await here.pass(5_000)
  }
  for (let index = 0; index < TWENTY; index += 1) {
    await agent(index).status({ basic: index % 2 === 0 ? 'closed' : 'open', note: noteOf(index, 1) })
    await here.pass(200)
  }

  const secrets = residents.flatMap(({ peerId, name, mesh }, index) => [
    ...identity(peerId, name),
    ...place(mesh.listening()[0] ?? '', name),
    ...said(index, 2),
  ])
  const distinct = new Set(recorded.published.map(({ by }) => by))
  expect(distinct.size).toBe(TWENTY) // everybody was heard
  expect(recorded.published.length).toBeGreaterThan(2 * TWENTY)
  expect(found(recorded.bytes, [...secrets, ...pairs(residents)])).toEqual([])
  expect(found(recorded.bytes, [secretText('the message', 'a word between us')])).toEqual([])

  // The control: with the keys of the grants the same search finds what is under the seal, of all twenty.
  const opened = recorded.published.flatMap(({ bytes }) =>
    keys.flatMap((key) => openAnnouncement(bytes, key) ?? []),
  )
  const inside = found(opened, secrets)
  for (const name of residents.map(({ name }) => name))
    expect(inside).toEqual(
      expect.arrayContaining([`name of ${name}`, `note of ${name}`, `activity of ${name}`]),
    )
}, 60_000)

const neighbours = async (
  world: ReturnType<typeof street>,
  count: number,
  recorded = recording(),
): Promise<Neighbour[]> => {
  const people: Neighbour[] = []
  for (let index = 0; index < count; index += 1)
    people.push(await world.moveIn(nameOf(index), { tapMesh: recorded.tap }))
  return people
}

const befriend = async (one: Neighbour, other: Neighbour): Promise<void> => {
  await one.agent.addContact({ who: other.card })
  await other.agent.addContact({ who: one.card })
}

const seesNote = async (by: Neighbour, of: Neighbour, note: string): Promise<boolean> =>
  (await by.agent.who()).some(({ who, presence }) => who.peerId === of.peerId && presence?.note === note)

test('Over gossipsub, a neighbour who records every byte of its streams, control traffic too, finds nobody named (scene 47)', async () => {
  await using world = street()
  const [alice, bob] = (await neighbours(world, 2)) as [Neighbour, Neighbour]
  const carol = await eavesdropper(carrierTopic(world.meshHash))
  try {
    await carol.listenTo(alice.mesh)
    await carol.listenTo(bob.mesh)
    await befriend(alice, bob)
    await expect.poll(async () => (await bob.agent.who())[0]?.evidence).toBe('live')
    for (let round = 0; round < 3; round += 1)
      for (const [index, person] of [alice, bob].entries()) {
        const other = person === alice ? bob : alice
        await person.agent.status({ activities: [activityOf(index)], note: noteOf(index, round) })
        await expect.poll(() => seesNote(other, person, noteOf(index, round))).toBe(true)
      }
    await alice.agent.unwatch({ who: bob.peerId })
    await alice.agent.watch({ who: bob.peerId })
    await expect.poll(() => carol.announcements()).toBeGreaterThanOrEqual(6)
    const secrets = [alice, bob].flatMap(({ peerId, mesh }, index) => [
      ...identity(peerId, nameOf(index)),
      ...place(mesh.listening()[0] ?? '', nameOf(index)),
      ...said(index, 3),
    ])
    expect(found(carol.heard, [...secrets, ...pairs([alice, bob])])).toEqual([])
    // The control: she heard the topic, so she hears what is there.
    expect(found(carol.heard, [secretText('topic', carrierTopic(world.meshHash))])).toEqual(['topic'])
  } finally {
    await carol.stop()
  }
})

test('By timing, who stands beside the author names the author, and others do not; neither finds content or audience (fault P2)', async () => {
  const CIRCLE = 8
  const CHANGES = 3
  await using world = street()
  const recorded = recording()
  const people = await neighbours(world, CIRCLE, recorded)
  const at = (index: number): Neighbour => people[index % CIRCLE] as Neighbour
  const beside = new Set<string>()
  for (let index = 0; index < CIRCLE; index += 1)
    for (const step of [1, 2]) {
      await befriend(at(index), at(index + step))
      for (const [one, other] of [
        [at(index), at(index + step)],
        [at(index + step), at(index)],
      ] as const)
        beside.add(`${one.peerId} ${other.peerId}`)
    }
  const linked = async (): Promise<boolean> => {
    const lists = await Promise.all(people.map(({ agent }) => agent.who()))
    return lists.every((list) => list.filter(({ evidence }) => evidence === 'live').length === 4)
  }
  await expect.poll(linked, { timeout: 10_000 }).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 1_500)) // one heartbeat of gossipsub: its own mesh stands
  recorded.firstCopies.length = 0

  for (let round = 0; round < CHANGES; round += 1)
    for (let index = 0; index < CIRCLE; index += 1) {
      await at(index).agent.status({ activities: [activityOf(index)], note: noteOf(index, round) })
      await expect.poll(() => seesNote(at(index + 1), at(index), noteOf(index, round))).toBe(true)
    }
  const authors = new Map(
    recorded.published.map(({ by, bytes }) => [Buffer.from(bytes).toString('latin1'), by] as const),
  )
  const guesses = recorded.firstCopies.flatMap(({ at, from, bytes }) => {
    const author = authors.get(Buffer.from(bytes).toString('latin1'))
    return author === undefined ? [] : { isBeside: beside.has(`${at} ${author}`), isRight: from === author }
  })
  const share = (isBeside: boolean): { right: number; all: number } => {
    const these = guesses.filter((guess) => guess.isBeside === isBeside)
    return { right: these.filter(({ isRight }) => isRight).length, all: these.length }
  }
  const [near, far] = [share(true), share(false)]
  console.log(
    `the first copy names its author: for direct neighbours ${near.right} of ${near.all} times, ` +
      `for others ${far.right} of ${far.all}`,
  )
  expect(near.all).toBeGreaterThan(0)
  expect(far.all).toBeGreaterThan(0)
  expect(far.right).toBe(0)
  const secrets = people.flatMap(({ peerId }, index) => [
    ...identity(peerId, nameOf(index)),
    ...said(index, CHANGES),
  ])
  expect(found(recorded.bytes, [...secrets, ...pairs(people)])).toEqual([])
}, 60_000)
