/** Order is by evidence, belief ends with the grant, and what gossip lost is repaired. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Grant } from '../../src/envelope/presence-frame.ts'
import { openDocument, readable } from '../../src/envelope/presence-information.ts'
import { PERIOD_MS } from '../../src/envelope/protocol.ts'
import type { ViewName } from '../../src/presentity/views.ts'
import { createWatcher, type News } from '../../src/watcher/watcher.ts'
import { bob, evidence, link, made, note, processOf, watching } from './bob.ts'

const MINUTE = 60_000

describe('fault P6: versions from a disk or a clock', () => {
  /** Bob's life: one start in 2031, then an old home is restored, twice. Everything that was ever said is recorded. */
  function life() {
    const lives = [
      processOf('in 2031', { epoch: 9, clock: Date.parse('2031-01-01') }),
      processOf('restored', { epoch: 2, clock: Date.parse('2026-01-01') }),
      processOf('restored again', { epoch: 2, clock: Date.parse('2026-01-02') }),
    ]
    const watcher = createWatcher()
    const recorded: Uint8Array[] = []
    const documents: Uint8Array[] = []
    let now = 0
    for (const process of lives) {
      watcher.met(bob, process.instance)
      const [one, two] = [process.grants(now), process.grants(now)]
      // Two connections cross: the second grant comes first.
      for (const grant of [two, one]) watcher.granted(bob, grant, now, now)
      watcher.answered(bob, now)
      documents.push(one.document, two.document)
      for (let change = 1; change <= 3; change++) {
        now += MINUTE
        const announcement = made(process.says(`${process.instance}: ${change}`, now))
        recorded.push(announcement)
        watcher.announced(announcement, now)
      }
      documents.push(process.grants(now).document)
    }
    const last = lives.at(-1)
    if (last === undefined) throw new Error('no life')
    return { watcher, recorded, documents, last, now }
  }

  test('Alice is right after each, and no replay of everything recorded takes her back', () => {
    const { watcher, recorded, now } = life()
    expect(note(watcher, now)).toBe('restored again: 3')
    for (const announcement of [...recorded, ...recorded.toReversed()])
      expect(watcher.announced(announcement, now + 1)).toBeUndefined()
    expect(note(watcher, now + 1)).toBe('restored again: 3')
  })

  test('A restarted watcher converges with one grant, whatever is played to it before and after', () => {
    const { recorded, last, now } = life()
    const watcher = createWatcher()
    for (const announcement of recorded) expect(watcher.announced(announcement, now)).toBeUndefined()
    link(watcher, last, now)
    for (const announcement of recorded) watcher.announced(announcement, now)
    expect(note(watcher, now)).toBe('restored again: 3')
    watcher.announced(made(last.says('and on', now + 1)), now + 1)
    expect(note(watcher, now + 1)).toBe('and on')
  })

  test('Control: who orders by what the documents say of themselves is stuck in 2031', () => {
    const { documents } = life()
    const [newest] = documents
      .map((bytes) => openDocument(bytes))
      .sort((one, other) => Number(other.epoch - one.epoch || other.version - one.version))
    expect(newest && readable(newest).note).toBe('in 2031: 3')
    const [latest] = documents
      .map((bytes) => openDocument(bytes))
      .sort((one, other) => Number(other.publishedAt - one.publishedAt))
    expect(latest && readable(latest).note).toBe('in 2031: 3')
  })
})

describe('fault P7: a slow relay makes no ghost', () => {
  /** Bob announces forty things in his last second; a relay hands out one a minute. What Alice believes, by minute. */
  function dripped(prolong: (grant: Grant) => Grant) {
    const first = processOf('first')
    const watcher = createWatcher()
    const dies = 30 * MINUTE
    watcher.met(bob, 'first')
    watcher.granted(bob, prolong(first.grants(dies - 1_000)), dies - 1_000, dies - 1_000)
    watcher.answered(bob, dies - 1_000)
    const held = Array.from({ length: 40 }, (_, index) => made(first.says(`${index}`, dies - 900 + index)))
    watcher.lost(bob, dies)
    return held.map((announcement, minute) => {
      watcher.announced(announcement, dies + minute * MINUTE + 1)
      return evidence(watcher, dies + minute * MINUTE + 1)
    })
  }

  test('Bob is unknown at most two periods after his death, and never live', () => {
    const believed = dripped((grant) => grant)
    expect(believed).not.toContain('live')
    expect(believed).not.toContain('gone')
    expect(believed.slice(0, 19)).toEqual(Array.from({ length: 19 }, () => 'heard'))
    expect(believed.slice(20)).toEqual(Array.from({ length: 20 }, () => 'unknown'))
  })

  test('Control: under a grant that runs on he would be a ghost', () => {
    const endless = dripped((grant) => ({
      ...grant,
      keys: grant.keys.map((key) => ({ ...key, endsIn: 1e9 })),
    }))
    expect(endless.at(-1)).toBe('heard')
  })

  test('The grant counts from the request, by Alice’s own clock: a slow answer prolongs nothing', () => {
    const watcher = createWatcher()
    watcher.met(bob, 'first')
    watcher.granted(bob, processOf('first').grants(0), 1_000, 9_000)
    expect(watcher.grantEndsAt(bob)).toBe(1_000 + 2 * PERIOD_MS)
  })
})

describe('fault P5: the beat repairs what gossip lost', () => {
  test('Every announcement is dropped: each beat tells that something is missing, a renewal brings it', () => {
    const first = processOf('first')
    const watcher = watching(first)
    for (let change = 1; change <= 20; change++) {
      const now = change * 1_000
      first.says(`change ${change}`, now)
      expect(watcher.isBehind(bob, first.standing(now))).toBe(true)
      watcher.granted(bob, first.grants(now), now, now)
      expect(watcher.isBehind(bob, first.standing(now))).toBe(false)
      expect(note(watcher, now)).toBe(`change ${change}`)
    }
  })

  test('scene 30: cut off over many changes, then right by the newest, knowing that some were missed', () => {
    const first = processOf('first')
    const watcher = watching(first)
    for (let change = 1; change <= 9; change++) first.says(`${change}`, change)
    expect(watcher.isBehind(bob, { grant: 1, counter: 10 })).toBe(true)
    watcher.announced(made(first.says('newest', 10)), 11)
    expect(watcher.isBehind(bob, first.standing(11))).toBe(false)
    expect(note(watcher, 11)).toBe('newest')
  })

  test.each([
    ['nothing is granted', { grant: 0, counter: 0 }, false],
    ['the same', { grant: 2, counter: 3 }, false],
    ['a newer edition', { grant: 2, counter: 4 }, true],
    ['an older edition', { grant: 2, counter: 2 }, false],
    ['a newer grant', { grant: 3, counter: 1 }, true],
    ['an older grant', { grant: 1, counter: 9 }, false],
  ])('Alice holds grant 2 in edition 3, the beat says %s', (_what, standing, behind) => {
    const first = processOf('first')
    const watcher = watching(first)
    first.says('two', 1)
    first.says('three', 2)
    watcher.granted(bob, first.grants(3), 3, 3)
    expect(watcher.holding(bob)).toEqual({ grant: 2, counter: 3 })
    expect(watcher.isBehind(bob, standing)).toBe(behind)
  })

  test('Nothing is held of a stranger, and any grant of theirs is news', () => {
    const watcher = createWatcher()
    expect(watcher.holding(bob)).toEqual({ grant: 0, counter: 0 })
    expect(watcher.isBehind(bob, { grant: 1, counter: 1 })).toBe(true)
    expect(watcher.isBehind(bob, { grant: 0, counter: 0 })).toBe(false)
  })

  test('A document too large to announce: the announcement asks for it, once, and proves that Bob was heard', () => {
    const first = processOf('first')
    const watcher = watching(first)
    watcher.lost(bob, 5)
    const changed = made(first.saysAtLength('much', 10))
    expect(watcher.announced(changed, 11)).toEqual({ behind: bob, news: { peer: bob, change: 'came' } })
    expect(watcher.isBehind(bob, first.standing(11))).toBe(true)
    // A replay makes him no younger.
    expect(watcher.announced(changed, 500)).toBeUndefined()
    expect(watcher.belief(bob, 500)?.provenAt).toBe(11)
    watcher.granted(bob, first.grants(600), 600, 600)
    expect(note(watcher, 600)).toBe('much')
    expect(watcher.isBehind(bob, first.standing(600))).toBe(false)
  })
})

describe('Whatever happens in whatever order', () => {
  type Step =
    | { do: 'wait'; ms: number }
    | { do: 'change' | 'grant'; view: ViewName }
    | { do: 'deliver grant' | 'deliver announcement' | 'goodbye'; which: number }
    | { do: 'restart' | 'answer' | 'lose' | 'withdraw' | 'time passes' }
  const view = fc.constantFrom<ViewName>('nearby', 'contacts')
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 0, max: PERIOD_MS / 4 }) }),
    fc.record({ do: fc.constantFrom('change', 'grant'), view }),
    fc.record({ do: fc.constantFrom('change', 'grant'), view: fc.constant<ViewName>('contacts') }),
    fc.record({ do: fc.constantFrom('deliver grant', 'deliver announcement', 'goodbye'), which: fc.nat(30) }),
    fc.record({ do: fc.constantFrom('deliver grant', 'deliver announcement'), which: fc.nat(3) }),
    fc.record({ do: fc.constant('deliver announcement'), which: fc.nat(3) }),
    fc.record({ do: fc.constantFrom('restart', 'answer', 'lose', 'withdraw', 'time passes') }),
  )

  test('fault P6: a version of one process and view never goes back, and gone comes only from a goodbye', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const watcher = createWatcher()
        const lives = [processOf('0')]
        const granted: { life: number; grant: Grant; at: number }[] = []
        const announced: Uint8Array[] = []
        const shown = new Map<string, number>()
        let now = 0
        let edition = 0
        let saidGoodbye = false
        let newestShown = 0
        watcher.met(bob, '0')

        for (const each of steps) {
          const life = lives.length - 1
          const process = lives[life]
          if (process === undefined) throw new Error('no life')
          let news: readonly (News | undefined)[] = []
          switch (each.do) {
            case 'wait':
              now += each.ms
              break
            case 'change': {
              edition += 1
              const announcement = process.says(`${life} ${each.view} ${edition}`, now, each.view)
              if (announcement !== undefined) announced.push(announcement)
              break
            }
            case 'grant':
              granted.push({ life, grant: process.grants(now, { view: each.view }), at: now })
              break
            case 'deliver grant': {
              // Newest first: small numbers are what is on its way, large ones what crossed.
              const mine = granted.filter((one) => one.life === life).toReversed()
              const one = mine[each.which % Math.max(1, mine.length)]
              if (one !== undefined) news = [watcher.granted(bob, one.grant, one.at, now)]
              break
            }
            case 'deliver announcement': {
              const bytes = announced.toReversed()[each.which % Math.max(1, announced.length)]
              if (bytes !== undefined) news = [watcher.announced(bytes, now)?.news]
              break
            }
            case 'restart':
              lives.push(processOf(`${lives.length}`))
              watcher.met(bob, `${lives.length - 1}`)
              saidGoodbye = false
              break
            case 'answer':
              news = [watcher.answered(bob, now)]
              saidGoodbye = false
              break
            case 'lose':
              news = [watcher.lost(bob, now)]
              break
            case 'withdraw':
              news = [watcher.ungranted(bob, now)]
              break
            case 'time passes':
              news = watcher.passed(now)
              break
            case 'goodbye': {
              const whose = each.which % lives.length
              news = [watcher.saidGoodbye(bob, `${whose}`, now)]
              if (whose === life) saidGoodbye = true
            }
          }

          const belief = watcher.belief(bob, now)
          if (belief?.evidence === 'gone' || news.some((one) => one?.change === 'left'))
            expect(saidGoodbye).toBe(true)
          if (belief?.evidence === 'heard') expect(now).toBeLessThan(watcher.grantEndsAt(bob) ?? 0)
          const [of = '', seen = '', version = ''] = belief?.presence?.note?.split(' ') ?? []
          if (seen === '') continue // nothing, or what stood before the first change
          expect(Number(of)).toBeGreaterThanOrEqual(newestShown)
          newestShown = Number(of)
          expect(Number(version)).toBeGreaterThanOrEqual(shown.get(`${of} ${seen}`) ?? 0)
          shown.set(`${of} ${seen}`, Number(version))
        }
      }),
      { numRuns: 300 },
    )
  })
})
