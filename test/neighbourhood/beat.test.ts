import { describe, expect, test } from 'vitest'
import { BEAT_CLOSE_MS, BEAT_FAR_MS, CLOSE_BEATS_LIMIT } from '../../src/envelope/protocol.ts'
import {
  beat,
  closelyBeaten,
  firstPulse,
  hasSlept,
  intervalOf,
  nextTick,
  type Pulse,
  type PulseAct,
} from '../../src/neighbourhood/beat.ts'
import type { PeerId } from '../../src/principal/ids.ts'

const alice = 'A' as PeerId // the smaller id: she beats
const bob = 'B' as PeerId

interface Side {
  pulse: Pulse
  told: { at: number; act: PulseAct }[]
  beats: number
  frames: number
  /** The loop runs nothing before this. */
  blockedUntil: number
}

/** Alice and Bob on one channel in virtual time. Frames take 5 ms. */
function pair(options: { mineMs?: number; theirsMs?: number } = {}) {
  const { mineMs = BEAT_CLOSE_MS, theirsMs = BEAT_CLOSE_MS } = options
  const side = (self: PeerId, peer: PeerId): Side => ({
    pulse: firstPulse({ self, peer, mineMs, theirsMs, now: 0 }),
    told: [],
    beats: 0,
    frames: 0,
    blockedUntil: 0,
  })
  const sides = { alice: side(alice, bob), bob: side(bob, alice) }
  type Name = keyof typeof sides
  const flying: { at: number; to: Name; what: 'beat' | 'echo' | 'other' }[] = []
  let cable = true
  let now = 0

  const apply = (name: Name, event: Parameters<typeof beat>[1]) => {
    const me = sides[name]
    const { state, acts } = beat(me.pulse, event, now)
    me.pulse = state
    for (const act of acts) {
      if (act === 'beat' || act === 'echo') send(name, act)
      else me.told.push({ at: now, act })
      if (act === 'beat') me.beats += 1
    }
  }
  const send = (name: Name, what: 'beat' | 'echo' | 'other') => {
    sides[name].frames += 1
    if (cable) flying.push({ at: now + 5, to: name === 'alice' ? 'bob' : 'alice', what })
  }
  const step = () => {
    // As a loop does after it was held up: the overdue timer first, then what has come meanwhile.
    for (const name of ['alice', 'bob'] as const) {
      const me = sides[name]
      if (now < me.blockedUntil) continue
      if (nextTick(me.pulse) <= now) apply(name, { kind: 'tick' })
      for (const frame of flying.filter((each) => each.to === name && each.at <= now)) {
        flying.splice(flying.indexOf(frame), 1)
        apply(name, { kind: 'heard', what: frame.what })
      }
    }
  }

  return {
    sides,
    run(ms: number) {
      for (const end = now + ms; now < end; ) {
        now += 5
        step()
      }
    },
    event: apply,
    say(name: Name) {
      send(name, 'other')
      apply(name, { kind: 'sent' })
    },
    pull() {
      cable = false
    },
    plug() {
      cable = true
    },
    block(name: Name, ms: number) {
      sides[name].blockedUntil = now + ms
    },
    now: () => now,
  }
}

describe('while both are there', () => {
  test('The smaller id beats, the larger echoes, every 2 s, and nothing is told', () => {
    const link = pair()
    link.run(60_000)
    expect(link.sides.alice.beats).toBeGreaterThanOrEqual(30)
    expect(link.sides.alice.beats).toBeLessThanOrEqual(31)
    expect(link.sides.bob.beats).toBe(0)
    expect(link.sides.bob.frames).toBe(link.sides.alice.frames)
    expect([...link.sides.alice.told, ...link.sides.bob.told]).toEqual([])
  })

  test('The shorter of both wishes counts, within bounds', () => {
    const interval = (mineMs: number, theirsMs: number) =>
      intervalOf(firstPulse({ self: alice, peer: bob, mineMs, theirsMs, now: 0 }))
    expect(interval(BEAT_FAR_MS, BEAT_CLOSE_MS)).toBe(BEAT_CLOSE_MS)
    expect(interval(BEAT_FAR_MS, BEAT_FAR_MS)).toBe(BEAT_FAR_MS)
    expect(interval(BEAT_FAR_MS, 0)).toBe(BEAT_CLOSE_MS)
    expect(interval(1e12, Number.NaN)).toBe(BEAT_FAR_MS)
  })

  test('No beat where a frame of ours was just followed by one of theirs', () => {
    const link = pair()
    for (let i = 0; i < 60; i++) {
      link.say('alice')
      link.run(10)
      link.say('bob')
      link.run(990)
    }
    expect(link.sides.alice.beats).toBeLessThanOrEqual(1)
    expect(link.sides.alice.told).toEqual([])
    // Control: frames in one direction alone prove nothing about the other side.
    const monologue = pair()
    for (let i = 0; i < 60; i++) {
      monologue.say('alice')
      monologue.run(1_000)
    }
    expect(monologue.sides.alice.beats).toBeGreaterThan(20)
  })

  test('A flood of beats is not echoed one for one', () => {
    const link = pair()
    link.run(100)
    const before = link.sides.bob.frames
    for (let i = 0; i < 1_000; i++) link.event('bob', { kind: 'heard', what: 'beat' })
    expect(link.sides.bob.frames - before).toBeLessThanOrEqual(1)
    // And the last of them is answered all the same.
    link.run(300)
    expect(link.sides.bob.frames - before).toBeLessThanOrEqual(2)
  })

  test('Who wakes just after a beat was echoed hears an echo to the next as well, and doubts nobody', () => {
    for (let after = 0; after < 2_000; after += 50) {
      const link = pair()
      link.run(10_000 + after)
      link.event('alice', { kind: 'resumed' })
      link.run(3_000)
      link.event('bob', { kind: 'resumed' })
      link.run(3_000)
      expect([...link.sides.alice.told, ...link.sides.bob.told]).toEqual([])
    }
  })
})

describe('silence', () => {
  const unknownAfter = (link: ReturnType<typeof pair>, name: 'alice' | 'bob', since: number) =>
    link.sides[name].told.filter(({ act }) => act === 'unknown').map(({ at }) => at - since)

  test('A pulled cable is unknown on both sides within 5 s and closed at four misses, each told once', () => {
    for (const phase of [5, 15, 500, 1_000, 1_500, 1_995]) {
      const link = pair()
      link.run(10_000 + phase)
      link.pull()
      const since = link.now()
      link.run(8_990)
      for (const name of ['alice', 'bob'] as const) {
        const [after, ...more] = unknownAfter(link, name, since)
        expect(after).toBeLessThanOrEqual(5_000)
        expect(after).toBeGreaterThan(2_000)
        expect(more).toEqual([])
        expect(link.sides[name].told.some(({ act, at }) => act === 'close' && at - since < 9_000)).toBe(true)
      }
    }
  })

  test('Others: within 45 s', () => {
    const link = pair({ mineMs: BEAT_FAR_MS, theirsMs: BEAT_FAR_MS })
    link.run(60_030)
    link.pull()
    const since = link.now()
    link.run(46_000)
    for (const name of ['alice', 'bob'] as const) {
      expect(unknownAfter(link, name, since)).toHaveLength(1)
      expect(unknownAfter(link, name, since)[0]).toBeLessThanOrEqual(45_000)
    }
  })

  test('One lost beat is nothing; two and a return are unknown, then live', () => {
    const link = pair()
    link.run(10_100)
    link.pull()
    link.run(2_000)
    link.plug()
    link.run(10_000)
    expect(link.sides.alice.told).toEqual([])
    link.pull()
    link.run(6_000)
    link.plug()
    link.run(4_000)
    expect(link.sides.alice.told.map(({ act }) => act)).toEqual(['unknown', 'live'])
  })
})

describe('our own loop slept (fault N2)', () => {
  test('Blocked for 1.5 s, 4.9 s or a night: nobody becomes unknown, on the side that was blocked', () => {
    for (const ms of [1_500, 4_900, 8 * 3_600_000]) {
      for (const name of ['alice', 'bob'] as const) {
        const link = pair()
        link.run(10_100)
        link.block(name, ms)
        link.run(Math.min(ms, 1e5))
        link.sides[name].blockedUntil = 0
        link.run(10_000)
        if (ms <= 1_500) expect(link.sides[name === 'alice' ? 'bob' : 'alice'].told).toEqual([])
        expect(link.sides[name].told.filter(({ act }) => act !== 'live')).toEqual([])
      }
    }
  })

  test('Control: the same time of true silence is unknown', () => {
    const link = pair()
    link.run(10_100)
    link.pull()
    link.run(5_000)
    expect(link.sides.alice.told.map(({ act }) => act)).toEqual(['unknown'])
  })

  test('After a resume whoever does not answer in 1 s is unknown; who does is not', () => {
    const there = pair()
    there.run(10_100)
    for (const name of ['alice', 'bob'] as const) there.event(name, { kind: 'resumed' })
    there.run(3_000)
    expect([...there.sides.alice.told, ...there.sides.bob.told]).toEqual([])

    const away = pair()
    away.run(10_100)
    away.pull()
    for (const name of ['alice', 'bob'] as const) away.event(name, { kind: 'resumed' })
    away.run(1_005)
    for (const name of ['alice', 'bob'] as const)
      expect(away.sides[name].told.map(({ act }) => act)).toEqual(['unknown'])
  })

  test('A gap over 5 s is a sleep', () => {
    expect(hasSlept(1_000, 6_000)).toBe(false)
    expect(hasSlept(1_000, 6_001)).toBe(true)
  })
})

describe('wishes', () => {
  test('Bob comes on screen: beats become close, and nobody is unknown for the slow time before', () => {
    const link = pair({ mineMs: BEAT_FAR_MS, theirsMs: BEAT_FAR_MS })
    link.run(35_000)
    const before = link.sides.alice.beats
    link.event('alice', { kind: 'wish', mineMs: BEAT_CLOSE_MS })
    link.event('bob', { kind: 'wish', theirsMs: BEAT_CLOSE_MS })
    link.run(20_000)
    expect(link.sides.alice.beats - before).toBeGreaterThanOrEqual(9)
    expect([...link.sides.alice.told, ...link.sides.bob.told]).toEqual([])
  })
})

test('A second link is proved at once', () => {
  const pulse = firstPulse({ self: alice, peer: bob, mineMs: 2_000, theirsMs: 2_000, now: 0 })
  expect(beat(pulse, { kind: 'prove' }, 700).acts).toEqual(['beat'])
})

test('A visiting peer starts no beats; whoever stays does', () => {
  const facts = { mineMs: 2_000, theirsMs: 2_000, now: 0 }
  expect(firstPulse({ self: alice, peer: bob, ...facts, selfVisiting: true }).beats).toBe(false)
  expect(firstPulse({ self: bob, peer: alice, ...facts, peerVisiting: true }).beats).toBe(true)
  expect(firstPulse({ self: alice, peer: bob, ...facts }).beats).toBe(true)
})

describe('who is beaten closely', () => {
  const person = (n: number, facts: { onScreen?: boolean; contact?: boolean }) => ({
    peer: `p${String(n).padStart(3, '0')}` as PeerId,
    onScreen: facts.onScreen ?? false,
    contact: facts.contact ?? false,
  })
  test('At most 50: people on screen first, then contacts, nobody else', () => {
    const contacts = Array.from({ length: 60 }, (_, i) => person(i, { contact: true }))
    const shown = Array.from({ length: 10 }, (_, i) => person(100 + i, { onScreen: true }))
    const others = Array.from({ length: 10 }, (_, i) => person(200 + i, {}))
    const close = closelyBeaten([...others, ...contacts, ...shown])
    expect(close.size).toBe(CLOSE_BEATS_LIMIT)
    expect(shown.every(({ peer }) => close.has(peer))).toBe(true)
    expect(others.some(({ peer }) => close.has(peer))).toBe(false)
    expect(closelyBeaten(others).size).toBe(0)
  })
})
