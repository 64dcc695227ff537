/** Bob leaves his screen and comes back, as Alice sees it: from the bytes that reached her, on a clock of the town's. */
import { expect, test } from 'vitest'
import type { UserInput } from '../../src/agent.ts'
import { readable } from '../../src/envelope/presence-information.ts'
import { SEAT_MS } from '../../src/presentity/seats.ts'
import { documents } from '../support/documents.ts'
import { type Town, town } from '../support/town.ts'

const MINUTE = 60_000
const IDLE: UserInput = { state: 'idle', since: '2026-11-22T12:00:00.000Z', thresholdSeconds: 300 }
const ACTIVE: UserInput = { state: 'active' }

async function contacts(place: Town) {
  const reached = documents()
  const alice = await place.moveIn('Alice', { tapMesh: reached.tapMesh })
  const bob = await place.moveIn('Bob')
  await place.pass(3_000)
  await alice.agent.addContact({ who: 'Bob' })
  await bob.agent.addContact({ who: 'Alice' })
  await place.pass(1_000)
  const presence = () => {
    const document = reached.last(bob.peerId)
    if (document === undefined) throw new Error('nothing reached Alice')
    return readable(document)
  }
  return { bob: bob.agent, presence, documents: () => reached.of(bob.peerId).length }
}

test('idle at the screen, and with the first key all is exactly as it was: busy, with its note and its end', async () => {
  await using place = await town('idle')
  const { bob, presence } = await contacts(place)
  await bob.status({ activities: ['busy'], note: 'in a call', until: '2026-11-22T18:00:00.000Z' })
  await bob.atTheKeys({ seat: 'screen', input: ACTIVE })
  await place.pass(MINUTE)
  const before = presence()
  await bob.atTheKeys({ seat: 'screen', input: IDLE })
  await place.pass(1_000)
  expect(presence()).toEqual({ ...before, userInput: IDLE })
  expect(await bob.status()).toMatchObject({ activities: ['busy'], note: 'in a call', userInput: IDLE })
  await bob.atTheKeys({ seat: 'screen', input: ACTIVE })
  await place.pass(1_000)
  expect(presence()).toEqual(before)
  expect(await bob.status()).not.toHaveProperty('userInput')
})

test('a screen that was killed leaves nobody away: what it told ends by itself, and others are told', async () => {
  await using place = await town('killed')
  const { bob, presence } = await contacts(place)
  await bob.atTheKeys({ seat: 'screen', input: IDLE })
  await place.pass(SEAT_MS - 1_000)
  expect(presence().userInput).toEqual(IDLE)
  await place.pass(2_000)
  expect(presence()).not.toHaveProperty('userInput')
  expect(await bob.status()).not.toHaveProperty('userInput')
})

test('of two screens one active is enough; when it is gone the other one counts', async () => {
  await using place = await town('two screens')
  const { bob, presence } = await contacts(place)
  await bob.atTheKeys({ seat: 'desk', input: ACTIVE })
  await bob.atTheKeys({ seat: 'laptop', input: IDLE })
  await place.pass(1_000)
  expect(presence()).not.toHaveProperty('userInput')
  await bob.atTheKeys({ seat: 'desk', input: null })
  await place.pass(1_000)
  expect(presence().userInput).toEqual(IDLE)
})

test('that it is told again and again is told to nobody', async () => {
  await using place = await town('again')
  const { bob, documents } = await contacts(place)
  await bob.atTheKeys({ seat: 'screen', input: IDLE })
  await place.pass(1_000)
  const before = documents()
  for (let minute = 0; minute < 8; minute += 1) {
    await bob.atTheKeys({ seat: 'screen', input: IDLE })
    await place.pass(MINUTE)
  }
  // Renewals of the grant carry the document as well.
  expect(documents() - before).toBeLessThanOrEqual(2)
})

test('what cannot be told is refused, and a restart remembers the choice and nobody’s absence', async () => {
  await using place = await town('choices')
  const { bob } = await contacts(place)
  await expect(bob.atTheKeys({ seat: 's', input: { state: 'idle', since: 'noon' } })).rejects.toMatchObject({
    code: 'usage',
  })
  // With one mistake nothing is changed at all.
  await expect(bob.me({ name: 'Robert', bell: false, awayAfterMs: 10 })).rejects.toMatchObject({
    code: 'usage',
  })
  expect(await bob.whoami()).toMatchObject({
    name: 'Bob',
    bell: true,
    notify: 'name',
    awayAfterMs: 300_000,
  })
  expect(await bob.me({ bell: false, notify: 'off', awayAfterMs: null })).toMatchObject({
    bell: false,
    notify: 'off',
  })
  expect(await bob.whoami()).not.toHaveProperty('awayAfterMs')
})
