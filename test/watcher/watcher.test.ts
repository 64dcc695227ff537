import { describe, expect, test } from 'vitest'
import { sealAnnouncement } from '../../src/envelope/announcement.ts'
import { PERIOD_MS } from '../../src/envelope/protocol.ts'
import { announcerFrom } from '../../src/envelope/seal.ts'
import { createWatcher } from '../../src/watcher/watcher.ts'
import { chanceNamed } from '../presentity/chance.ts'
import { bob, carol, evidence, link, made, note, processOf, watching } from './bob.ts'

const MINUTE = 60_000

describe('Somebody comes, changes, goes', () => {
  test('Bob comes, says something new, and says goodbye: three notifications', () => {
    const first = processOf('first')
    const watcher = createWatcher()
    watcher.met(bob, 'first')
    expect(watcher.granted(bob, first.grants(0), 0, 5)).toBeUndefined()
    expect(watcher.answered(bob, 5)).toEqual({ peer: bob, change: 'came' })
    expect(watcher.announced(made(first.says('lunch', 10)), 11)).toEqual({
      news: { peer: bob, change: 'changed' },
    })
    expect(watcher.saidGoodbye(bob, 'first', 20)).toEqual({ peer: bob, change: 'left' })
    expect(watcher.belief(bob, 30)).toMatchObject({
      evidence: 'gone',
      provenAt: 11,
      presence: { note: 'lunch' },
    })
  })

  test('Bob stands aside for want of places: no news, until he does not answer when called (scene 29)', () => {
    const first = processOf('first')
    const watcher = watching(first)
    expect(watcher.stoodAside(bob, 20)).toBeUndefined()
    expect(watcher.belief(bob, 21)).toMatchObject({ evidence: 'heard' })
    expect(watcher.announced(made(first.says('lunch', 30)), 30)).toEqual({
      news: { peer: bob, change: 'changed' },
    })
    // What was heard before the call proves nothing about him now.
    expect(watcher.unreached(bob, 40)).toEqual({ peer: bob, change: 'unknown' })
    expect(watcher.unreached(bob, 41)).toBeUndefined()
    // A link that went silent first stands aside as one that is lost.
    const silent = watching(processOf('first'))
    silent.lost(bob, 20)
    silent.stoodAside(bob, 21)
    expect(silent.belief(bob, 22)).toMatchObject({ evidence: 'unknown' })
  })

  test('Renewals and beats are silent', () => {
    const first = processOf('first')
    const watcher = watching(first)
    for (let minute = 1; minute < 60; minute++) {
      expect(
        watcher.granted(bob, first.grants(minute * MINUTE), minute * MINUTE, minute * MINUTE),
      ).toBeUndefined()
      expect(watcher.answered(bob, minute * MINUTE)).toBeUndefined()
      expect(watcher.passed(minute * MINUTE)).toEqual([])
    }
  })

  test('scene 25: Bob dies without a goodbye: unknown at once, though he had just announced something', () => {
    const first = processOf('first')
    const watcher = watching(first)
    watcher.answered(bob, 100)
    watcher.announced(made(first.says('writing', 150)), 151)
    expect(watcher.lost(bob, 200)).toEqual({ peer: bob, change: 'unknown' })
    expect(watcher.belief(bob, 200)).toMatchObject({
      evidence: 'unknown',
      provenAt: 151,
      presence: { note: 'writing' },
    })
  })

  test('Live, then unknown, heard over the carrier, and unknown again when the grant ends', () => {
    const first = processOf('first')
    const watcher = watching(first)
    expect(evidence(watcher, 0)).toBe('live')
    expect(watcher.lost(bob, 10)?.change).toBe('unknown')
    expect(watcher.nextTurn(10)).toBeUndefined()
    const announcement = made(first.says('on the train', 20))
    expect(watcher.announced(announcement, 21)?.news?.change).toBe('came')
    expect(evidence(watcher, 21)).toBe('heard')
    // The link's last end adds nothing to what two missed beats said before.
    expect(watcher.lost(bob, 30)).toBeUndefined()
    expect(watcher.nextTurn(30)).toBe(2 * PERIOD_MS)
    expect(watcher.passed(2 * PERIOD_MS - 1)).toEqual([])
    expect(watcher.passed(2 * PERIOD_MS)).toEqual([{ peer: bob, change: 'unknown' }])
    expect(watcher.passed(2 * PERIOD_MS)).toEqual([])
    expect(watcher.nextTurn(2 * PERIOD_MS)).toBeUndefined()
  })

  test('A goodbye counts for its own process only', () => {
    const watcher = watching(processOf('first'))
    link(watcher, processOf('second'), 10)
    expect(watcher.saidGoodbye(bob, 'first', 20)).toBeUndefined()
    expect(evidence(watcher, 20)).toBe('live')
    expect(watcher.saidGoodbye(bob, 'second', 30)?.change).toBe('left')
    expect(link(watcher, processOf('third'), 40)?.change).toBe('came')
    expect(watcher.saidGoodbye(bob, 'second', 50)).toBeUndefined()
  })

  test('A neighbour of whom nobody was told goes without a word', () => {
    const watcher = createWatcher()
    watcher.met(bob, 'first')
    expect(watcher.passed(1)).toEqual([])
    expect(watcher.saidGoodbye(bob, 'first', 2)).toBeUndefined()
    expect(watcher.saidGoodbye(carol, 'any', 2)).toBeUndefined()
    expect(watcher.lost(carol, 2)).toBeUndefined()
    expect(watcher.belief(carol, 2)).toBeUndefined()
  })

  test('scene 26: after the grant ended the document stays with its age; a newer one replaces it', () => {
    const first = processOf('first')
    const watcher = watching(first)
    watcher.lost(bob, 10)
    const late = made(first.says('too late', 20))
    expect(watcher.announced(late, 2 * PERIOD_MS)).toBeUndefined()
    expect(watcher.belief(bob, 3 * PERIOD_MS)).toMatchObject({
      evidence: 'unknown',
      provenAt: 0,
      presence: { note: 'plain' },
    })
    link(watcher, first, 3 * PERIOD_MS)
    expect(note(watcher, 3 * PERIOD_MS)).toBe('too late')
  })

  test('scene 24: a withdrawn grant takes the document and the keys', () => {
    const first = processOf('first')
    const watcher = watching(first)
    expect(watcher.ungranted(bob, 10)).toEqual({ peer: bob, change: 'changed' })
    expect(watcher.belief(bob, 10)).toEqual({ peer: bob, evidence: 'live', provenAt: 0 })
    expect(watcher.announced(made(first.says('secret', 20)), 21)).toBeUndefined()
    expect(watcher.holding(bob)).toMatchObject({ grant: 0 })
    expect(watcher.grantEndsAt(bob)).toBeUndefined()
    expect(watcher.ungranted(carol, 10)).toBeUndefined()
  })

  test('Whoever is forgotten was never there', () => {
    const first = processOf('first')
    const watcher = watching(first)
    watcher.forget(bob)
    watcher.forget(carol)
    expect(watcher.beliefs(1)).toEqual([])
    expect(watcher.announced(made(first.says('hello?', 2)), 3)).toBeUndefined()
  })
})

describe('scenes 9 and 27: never back', () => {
  test('Alice sees the first state, then the second; a replay of the first is refused as old', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const [open, closed] = [made(first.says('open', 10)), made(first.says('closed', 20))]
    watcher.announced(open, 11)
    expect(note(watcher, 11)).toBe('open')
    watcher.announced(closed, 21)
    expect(watcher.announced(open, 30)).toBeUndefined()
    expect(watcher.announced(closed, 31)).toBeUndefined()
    expect(note(watcher, 31)).toBe('closed')
  })

  test('The second arrives first: the first is not shown after it', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const [open, closed] = [made(first.says('open', 10)), made(first.says('closed', 20))]
    watcher.announced(closed, 21)
    expect(watcher.announced(open, 22)).toBeUndefined()
    expect(note(watcher, 22)).toBe('closed')
  })

  test('scene 7: two documents within one millisecond: the second wins', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const twice = [made(first.says('one', 10)), made(first.says('two', 10))]
    for (const announcement of twice.toReversed()) watcher.announced(announcement, 10)
    expect(note(watcher, 10)).toBe('two')
  })

  test('An announcement that overtakes the grant written before it stays', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const renewal = first.grants(10)
    watcher.announced(made(first.says('newer', 11)), 12)
    expect(watcher.granted(bob, renewal, 9, 13)).toBeUndefined()
    expect(note(watcher, 13)).toBe('newer')
    expect(watcher.holding(bob)).toEqual({ grant: 2, counter: 2 })
  })

  test('and after that grant nothing older than the announcement is heard', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const renewal = first.grants(10)
    const [older, newer] = [made(first.says('older', 11)), made(first.says('newer', 12))]
    watcher.announced(newer, 13)
    watcher.granted(bob, renewal, 9, 14)
    expect(watcher.announced(older, 15)).toBeUndefined()
    expect(note(watcher, 15)).toBe('newer')
  })

  test('There and back between views, overtaken by an announcement: nothing older is shown, the beat tells', () => {
    const first = processOf('first')
    const watcher = watching(first)
    for (let change = 1; change <= 5; change++) first.says(`near ${change}`, change, 'nearby')
    first.grants(6, { view: 'nearby', to: carol })
    for (let change = 1; change <= 5; change++) first.says(`near again ${change}`, change, 'nearby')
    const there = first.grants(7, { view: 'nearby' })
    const back = first.grants(8)
    watcher.announced(made(first.says('newer', 9)), 10)
    watcher.granted(bob, there, 6, 11)
    expect(note(watcher, 11)).toBe('near again 5')
    watcher.granted(bob, back, 7, 12)
    expect(note(watcher, 12)).toBe('near again 5')
    expect(watcher.isBehind(bob, first.standing(12))).toBe(true)
    watcher.granted(bob, first.grants(13), 13, 13)
    expect(note(watcher, 13)).toBe('newer')
  })

  test('Of two grants that cross, the one given later holds', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const older = first.grants(10)
    first.says('newer', 20)
    watcher.granted(bob, first.grants(21), 20, 22)
    expect(watcher.granted(bob, older, 9, 23)).toBeUndefined()
    expect(note(watcher, 23)).toBe('newer')
  })

  test('scene 24: a grant that comes after it was withdrawn is none', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const older = first.grants(10)
    watcher.granted(bob, first.grants(11), 10, 12)
    watcher.ungranted(bob, 13)
    expect(watcher.granted(bob, older, 9, 14)).toBeUndefined()
    expect(note(watcher, 14)).toBeUndefined()
    expect(watcher.holding(bob).grant).toBe(0)
  })

  test('Another view begins its own count: its lower counter replaces', () => {
    const first = processOf('first')
    const watcher = watching(first)
    for (let change = 1; change <= 5; change++)
      watcher.announced(made(first.says(`${change}`, change)), change)
    expect(watcher.holding(bob).counter).toBe(6)
    first.says('name only', 10, 'nearby')
    expect(watcher.granted(bob, first.grants(11, { view: 'nearby' }), 10, 12)?.change).toBe('changed')
    expect(note(watcher, 12)).toBe('name only')
    expect(watcher.holding(bob)).toEqual({ grant: 2, counter: 1 })
  })
})

describe('scenes 23 and 49: what others push', () => {
  test('Announcements under keys of nobody’s grant, and bytes that are none, show nothing', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const carols = processOf('carol')
    carols.grants(0)
    expect(watcher.announced(made(carols.says('I am Bob', 1)), 2)).toBeUndefined()
    expect(watcher.announced(new Uint8Array(512), 2)).toBeUndefined()
    expect(watcher.announced(new Uint8Array(3), 2)).toBeUndefined()
    expect(watcher.beliefs(3).map(({ peer }) => peer)).toEqual([bob])
    expect(note(watcher, 3)).toBe('plain')
  })

  test('Carol, who may read Bob, seals under his view key with a key of her own: it is nobody’s', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const [viewKey] = first.grants(0, { to: carol }).keys
    if (viewKey === undefined) throw new Error('no key')
    const forged = sealAnnouncement({
      plain: new Uint8Array([1, 2, 3]),
      key: viewKey.key,
      announcer: announcerFrom(chanceNamed('carol')(32)),
      counter: 99,
    })
    expect(watcher.announced(forged, 1)).toBeUndefined()
    watcher.announced(made(first.says('still heard', 2)), 3)
    expect(note(watcher, 3)).toBe('still heard')
  })

  test('An announcement changed in one byte opens nothing and delays nothing', () => {
    const first = processOf('first')
    const watcher = watching(first)
    const announcement = made(first.says('true', 1))
    for (const place of [40, 43, 44, 300]) {
      const garbled = announcement.slice()
      garbled[place] = (garbled[place] ?? 0) ^ 1
      expect(watcher.announced(garbled, 2)).toBeUndefined()
    }
    expect(watcher.announced(announcement, 3)?.news?.change).toBe('changed')
  })

  test('Sealed nonsense of a presentity whom Alice watches is passed over', () => {
    const watcher = createWatcher()
    const chance = chanceNamed('nonsense')
    const [key, announcer] = [chance(32), announcerFrom(chance(32))]
    const { topic, document } = processOf('first').grants(0)
    const keys = [{ key, announcer: announcer.publicKey, beginsIn: 0, endsIn: PERIOD_MS }]
    watcher.granted(bob, { number: 1, keys, topic, document, counter: 1 }, 0, 0)
    const nonsense = sealAnnouncement({ plain: new Uint8Array([255, 255, 255]), key, announcer, counter: 2 })
    expect(watcher.announced(nonsense, 1)).toBeUndefined()
    expect(evidence(watcher, 1)).toBe('unknown')
  })

  test('Carol grants Alice the keys that Bob gave her: Bob’s announcements are still his, before and after', () => {
    for (const carolFirst of [true, false]) {
      const first = processOf('first')
      const watcher = createWatcher()
      const stolen = { ...first.grants(0, { to: carol }), number: 77 }
      watcher.met(carol, 'hers')
      if (carolFirst) watcher.granted(carol, stolen, 0, 0)
      link(watcher, first, 0)
      if (!carolFirst) watcher.granted(carol, stolen, 0, 0)
      watcher.announced(made(first.says('mine', 10)), 11)
      expect(note(watcher, 11)).toBe('mine')
      // The news of it is told at the latest when the watcher asks to be woken: at once.
      if (carolFirst) expect(watcher.nextTurn(11)).toBe(11)
      if (carolFirst) expect(watcher.passed(11)).toEqual([{ peer: bob, change: 'changed' }])
      watcher.ungranted(carol, 20)
      expect(watcher.announced(made(first.says('for ever', 30)), 31)?.news?.change).toBe('changed')
    }
  })
})
