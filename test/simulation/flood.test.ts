/** A flood of announcements under made-up keys, among peers: it costs a bounded time, and no truth (fault P11). */
import { expect, test } from 'vitest'
import { sealAnnouncement } from '../../src/envelope/announcement.ts'
import { BEAT_CLOSE_MS, carrierTopic, REPAIR_AFTER_MS } from '../../src/envelope/protocol.ts'
import { announcerFrom } from '../../src/envelope/seal.ts'
import type { Mesh } from '../../src/ports.ts'
import { type Intruder, intruder } from '../support/intruder.ts'
import { type Resident, type Town, town } from '../support/town.ts'

const WATCHERS = 20
const LINKS = 10
const KEYS = 100
const PER_SECOND = 100
const SECONDS = 20
/** An echo, and the answer to what is asked for then. */
const GRACE_MS = 1_000

interface Flooder extends Intruder {
  flood(count: number): void
}

/** Links to `target` and announces under a tenth of all made-up keys, each signed as it should be. */
async function flooder(place: Town, target: Resident, number: number): Promise<Flooder> {
  let mesh: Mesh | undefined
  const self = await intruder(place, target, {
    host: `flooder ${number}`,
    onMesh(made) {
      mesh = made
      made.carrier.join(carrierTopic(place.meshHash), () => 'ignore')
    },
  })
  const keys = Array.from({ length: KEYS / LINKS }, () => announcerFrom(place.entropy.bytes(32)))
  const key = place.entropy.bytes(32)
  let said = 0
  return Object.assign(self, {
    flood(count: number) {
      for (let index = 0; index < count; index += 1) {
        said += 1
        const announcer = keys[said % keys.length]
        if (announcer !== undefined)
          void mesh?.carrier.publish(
            sealAnnouncement({ plain: new Uint8Array(1), key, announcer, counter: said }),
          )
      }
    },
  })
}

test('A hundred made-up keys flood over ten links: each change of Bob reaches his twenty watchers within two beats, and who floods on loses the link (fault P11)', {
  timeout: 120_000,
}, async () => {
  await using place = await town('flood')
  const bob = await place.moveIn('Bob')
  const watchers: Resident[] = []
  for (let number = 0; number < WATCHERS; number += 1) watchers.push(await place.moveIn(`Watcher ${number}`))
  await place.pass(5_000)
  for (const watcher of watchers) {
    await watcher.agent.addContact({ who: bob.peerId })
    await bob.agent.addContact({ who: watcher.peerId })
  }
  await place.pass(10_000)
  const flooders: Flooder[] = []
  for (let number = 0; number < LINKS; number += 1)
    flooders.push(await flooder(place, number < LINKS / 2 ? bob : (watchers[number] as Resident), number))
  const shows = async (note: string): Promise<boolean> => {
    for (const { agent } of watchers) {
      const who = await agent.who()
      if (who.find((each) => each.who.peerId === bob.peerId)?.presence?.note !== note) return false
    }
    return true
  }

  const began = process.cpuUsage()
  const took: number[] = []
  let changed: { note: string; at: number } | undefined
  for (let tenth = 0; tenth < SECONDS * 10; tenth += 1) {
    for (const each of flooders) if (!each.link.closed) each.flood(PER_SECOND / 10)
    // Once in the burst, then again and again while it lasts.
    if (changed === undefined && tenth % 30 === 1) {
      changed = { note: `note ${tenth}`, at: place.clock.monotonic() }
      await bob.agent.status({ note: changed.note })
    }
    await place.pass(100)
    if (changed !== undefined && (await shows(changed.note))) {
      took.push(place.clock.monotonic() - changed.at)
      changed = undefined
    }
  }
  const { user, system } = process.cpuUsage(began)
  const share = (user + system) / 1_000_000 / SECONDS / (WATCHERS + 1)
  console.info(
    `flood of ${LINKS * PER_SECOND}/s: a change takes ${Math.max(...took)} ms at most; ${(100 * share).toFixed(1)} % of a core for each of ${WATCHERS + 1} peers, those who flood included`,
  )

  expect(took.length).toBeGreaterThan(3)
  expect(Math.max(...took)).toBeLessThanOrEqual(2 * BEAT_CLOSE_MS + REPAIR_AFTER_MS + GRACE_MS)
  for (const each of flooders) {
    expect(each.link.closed).toBe(true)
    expect(each.heard.at(-1)).toBe('no-place')
  }
  // Nobody who only passed on what is within bounds lost a link by it.
  for (const { agent } of watchers)
    expect((await agent.who()).filter(({ evidence }) => evidence === 'live')).toHaveLength(WATCHERS)
  for (const each of flooders) await each.leave()
})
