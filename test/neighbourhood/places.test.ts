import { describe, expect, test } from 'vitest'
import { LINKS_PER_ADDRESS, PLACES, PLACES_FOR_CONTACTS } from '../../src/envelope/protocol.ts'
import { mayStay, type Placed } from '../../src/neighbourhood/places.ts'
import type { PeerId } from '../../src/principal/ids.ts'

let numbers = 0
const link = (facts: Partial<Placed> = {}): Placed => {
  numbers += 1
  return {
    number: numbers,
    peer: `peer ${numbers}` as PeerId,
    contact: false,
    host: `10.0.${numbers >> 8}.${numbers & 255}`,
    thisHost: false,
    idle: true,
    greeted: true,
    ...facts,
  }
}
const links = (count: number, facts: Partial<Placed> = {}) => Array.from({ length: count }, () => link(facts))
const staying = { stay: true }

/** The hallway in four lines: whoever comes is judged, whoever is named leaves. */
function arrive(all: Placed[], newcomer: Placed): Placed[] {
  const answer = mayStay(newcomer, all)
  const now = [...all, newcomer]
  return 'evict' in answer ? now.filter((each) => each.number !== answer.evict) : now
}

describe('fault N3: strangers lock out nobody', () => {
  test('400 strangers from four hosts hold few links, and a contact comes in', () => {
    let all: Placed[] = []
    for (let i = 0; i < 400; i++) all = arrive(all, link({ host: `192.0.2.${i % 4}` }))
    expect(all).toHaveLength(4 * LINKS_PER_ADDRESS)
    const bob = link({ contact: true })
    expect(mayStay(bob, all)).toEqual(staying)
  })

  test('Strangers from anywhere fill 300 places; 100 contacts still find theirs', () => {
    let all: Placed[] = []
    for (let i = 0; i < 1_000; i++) all = arrive(all, link())
    expect(all).toHaveLength(PLACES - PLACES_FOR_CONTACTS)
    // Who was here first stays.
    expect(all.every((each, i) => i === 0 || each.number === (all[i - 1]?.number ?? 0) + 1)).toBe(true)
    for (let i = 0; i < PLACES_FOR_CONTACTS; i++) all = arrive(all, link({ contact: true }))
    expect(all).toHaveLength(PLACES)
    expect(all.filter((each) => each.contact)).toHaveLength(PLACES_FOR_CONTACTS)
  })

  test('Where all is full, a contact takes the place of the newest idle stranger', () => {
    const contacts = links(PLACES_FOR_CONTACTS, { contact: true })
    const strangers = links(PLACES - PLACES_FOR_CONTACTS - 2)
    const idle = link()
    const busy = link({ idle: false })
    const all = [...contacts, ...strangers, idle, busy]
    expect(all).toHaveLength(PLACES)
    expect(mayStay(link({ contact: true }), all)).toEqual({ evict: idle.number })
    const allBusy = all.map((each) => ({ ...each, idle: false }))
    expect(mayStay(link({ contact: true }), allBusy)).toEqual({ evict: busy.number })
  })

  test('More contacts than places: they take turns, and whoever was here longest steps aside (scene 29)', () => {
    const [silent, busy, ...others] = [
      link({ contact: true, greeted: false }),
      link({ contact: true, idle: false }),
      ...links(PLACES - 2, { contact: true }),
    ]
    const all = [...others, silent, busy] as Placed[]
    expect(mayStay(link({ contact: true }), all)).toEqual({ evict: others[0]?.number })
    const allBusy = all.map((each) => ({ ...each, idle: false }))
    expect(mayStay(link({ contact: true }), allBusy)).toEqual({ evict: busy?.number })
    // Whoever cannot be told why would come again at once.
    const nobodySpoke = all.map((each) => ({ ...each, greeted: false }))
    const newcomer = link({ contact: true })
    expect(mayStay(newcomer, nobodySpoke)).toEqual({ evict: newcomer.number })
  })

  test('Places are never exceeded, whoever comes in whatever order', () => {
    let all: Placed[] = []
    for (let i = 0; i < 900; i++) all = arrive(all, link({ contact: (i * 7) % 3 === 0, idle: i % 5 !== 0 }))
    expect(all.length).toBeLessThanOrEqual(PLACES)
    expect(all.filter((each) => !each.contact).length).toBeLessThanOrEqual(PLACES - PLACES_FOR_CONTACTS)
  })
})

describe('links per address', () => {
  test('The ninth stranger of one address leaves, a contact from there stays', () => {
    const there = links(LINKS_PER_ADDRESS, { host: '10.1.1.1' })
    const ninth = link({ host: '10.1.1.1' })
    expect(mayStay(ninth, there)).toEqual({ evict: ninth.number })
    expect(mayStay(link({ host: '10.1.1.1', contact: true }), there)).toEqual(staying)
  })

  test('A busy ninth stays, and the newest idle one of that address leaves', () => {
    const there = links(LINKS_PER_ADDRESS, { host: '10.1.1.1' })
    expect(mayStay(link({ host: '10.1.1.1', idle: false }), there)).toEqual({ evict: there.at(-1)?.number })
  })

  test('This host is never counted: two hundred homes on one machine', () => {
    const here = links(200, { host: '127.0.0.1', thisHost: true })
    expect(mayStay(link({ host: '127.0.0.1', thisHost: true }), here)).toEqual(staying)
    // Control
    expect(mayStay(link({ host: '127.0.0.1', thisHost: false }), here)).not.toEqual(staying)
  })
})

test('A second link of somebody who is here takes no place', () => {
  const all = links(PLACES - PLACES_FOR_CONTACTS)
  const [first] = all
  const again = link({ peer: first?.peer ?? ('' as PeerId) })
  expect(mayStay(again, [...all, again])).toEqual(staying)
})
