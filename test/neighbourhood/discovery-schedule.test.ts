import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ANSWER_FROM_MS,
  ANSWER_GAP_MS,
  ANSWER_TO_MS,
  ASK_EVERY_FROM_MS,
  ASK_EVERY_TO_MS,
} from '../../src/envelope/protocol.ts'
import {
  type AirAct,
  createDiscoverySchedule,
  type DiscoverySchedule,
} from '../../src/neighbourhood/discovery-schedule.ts'

/** Chance with a name: the same seed tells the same story. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Packet {
  at: number
  act: AirAct
  from: number
}

/** A link in virtual time: every question reaches everybody else. `make` is the schedule under test, or a control. */
function network(seed: number, make: (chance: () => number) => DiscoverySchedule) {
  const chance = seeded(seed)
  const peers: DiscoverySchedule[] = []
  const packets: Packet[] = []
  let now = 0
  return {
    packets,
    now: () => now,
    join() {
      const peer = make(chance)
      peers.push(peer)
      peer.restart(now)
    },
    run(ms: number, packetsAtMost = 50_000) {
      const end = now + ms
      while (packets.length < packetsAtMost) {
        let first: { at: number; act: AirAct; from: number } | undefined
        for (const [from, peer] of peers.entries()) {
          const next = peer.next()
          if (next !== undefined && (first === undefined || next.at < first.at)) first = { ...next, from }
        }
        if (first === undefined || first.at > end) break
        now = Math.max(now, first.at)
        packets.push({ at: now, act: first.act, from: first.from })
        peers[first.from]?.done(first.act, now)
        if (first.act === 'ask')
          for (const [i, peer] of peers.entries())
            if (i !== first.from) peer.heardQuestion(now, peers.length - 1)
      }
      now = end
    },
  }
}

const ours = (chance: () => number) => createDiscoverySchedule({ chance })

/** The control: ours, but every question is answered at once, each for itself. */
function answersAtOnce(chance: () => number): DiscoverySchedule {
  const inner = createDiscoverySchedule({ chance, hidden: true })
  let owed: number[] = []
  return {
    ...inner,
    next() {
      const [at] = owed
      return at === undefined ? inner.next() : { at, act: 'answer' }
    },
    done(act, now) {
      if (act === 'answer') owed = owed.slice(1)
      else inner.done(act, now)
    },
    restart(now) {
      owed.push(now)
      inner.restart(now)
    },
    heardQuestion(now) {
      owed.push(now)
    },
  }
}

describe('fault N1: 200 peers on one link', () => {
  const HALF_HOUR = 30 * 60_000
  const idlePerSecond = (make: typeof ours, seed: number) => {
    const link = network(seed, make)
    for (let i = 0; i < 200; i++) link.join()
    link.run(60_000)
    const before = link.packets.length
    link.run(HALF_HOUR, before + 20_000)
    return (link.packets.length - before) / (HALF_HOUR / 1_000)
  }

  test('Idle: at most 5 packets a second in all', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const perSecond = idlePerSecond(ours, seed)
        expect(perSecond).toBeLessThanOrEqual(5)
        expect(perSecond).toBeGreaterThan(0)
      }),
      { numRuns: 5 },
    )
  })

  test('Control: answering every question at once is more', () => {
    expect(idlePerSecond(answersAtOnce, 1)).toBeGreaterThan(5)
  })

  const whileJoining = (make: typeof ours, seed: number) => {
    const link = network(seed, make)
    for (let i = 0; i < 199; i++) link.join()
    // Shortly after an idle question, so that no peer asks in the same seconds by itself.
    link.run(10 * 60_000, 1e6)
    const before = link.packets.length
    link.join()
    link.run(5_000, 1e6)
    return link.packets.slice(before)
  }

  test('While one joins: at most 600 packets, and everybody has answered it', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const packets = whileJoining(ours, seed)
        expect(packets.length).toBeLessThanOrEqual(600)
        const start = packets.find(({ from }) => from === 199)?.at ?? 0
        const inTime = packets.filter(({ act, at }) => act === 'answer' && at - start <= 1_500)
        expect(new Set(inTime.map(({ from }) => from)).size).toBe(200)
      }),
      { numRuns: 5 },
    )
  })

  test('Control: answering every question at once is more than 600', () => {
    expect(whileJoining(answersAtOnce, 1).length).toBeGreaterThan(600)
  })
})

describe('one peer', () => {
  const half = () => 0.5
  /** Plays a schedule alone. */
  const play = (schedule: DiscoverySchedule, from: number, to: number) => {
    const acts: string[] = []
    for (let next = schedule.next(); next !== undefined && next.at <= to; next = schedule.next()) {
      acts.push(`${next.act} ${Math.max(next.at, from)}`)
      schedule.done(next.act, Math.max(next.at, from))
    }
    return acts
  }

  test('Before the start nothing is said', () => {
    const schedule = ours(half)
    schedule.heardQuestion(5, 1)
    expect(schedule.next()).toBeUndefined()
  })

  test('At the start: questions at 0, 0.3 and 1 s and an answer a second, unasked; then after minutes', () => {
    const schedule = ours(half)
    schedule.restart(1_000)
    expect(play(schedule, 0, 10_000)).toEqual([
      'answer 1000',
      'ask 1000',
      'ask 1300',
      'answer 2000',
      'ask 2000',
      'answer 3000',
    ])
    const next = schedule.next()
    expect(next?.act).toBe('ask')
    expect(next?.at).toBe(2_000 + (ASK_EVERY_FROM_MS + ASK_EVERY_TO_MS) / 2)
  })

  test('Who asks also answers: the one whom no question reaches is heard all the same (fault N4)', () => {
    const schedule = ours(half)
    schedule.restart(0)
    const acts = play(schedule, 0, 30 * 60_000)
    const asked = acts.filter((act) => act.startsWith('ask')).slice(3)
    expect(asked.length).toBeGreaterThan(5)
    for (const act of asked)
      expect(acts).toContain(`answer ${Number(act.split(' ')[1]) + (ANSWER_FROM_MS + ANSWER_TO_MS) / 2}`)
  })

  test('A question of somebody else takes ours back; the first three are ours whoever asks', () => {
    const schedule = ours(half)
    schedule.restart(0)
    schedule.heardQuestion(10, 1)
    expect(play(schedule, 0, 5_000).filter((act) => act.startsWith('ask'))).toEqual([
      'ask 0',
      'ask 300',
      'ask 1000',
    ])
    const due = schedule.next()?.at ?? 0
    schedule.heardQuestion(due - 1, 1)
    expect(play(schedule, 0, due + 10_000).some((act) => act.startsWith('ask'))).toBe(false)
  })

  test('Ten who ask within a second get one answer; who asks just after it gets the next', () => {
    const schedule = ours(half)
    schedule.restart(0)
    play(schedule, 0, 5_000)
    for (let i = 0; i < 10; i++) schedule.heardQuestion(10_000 + i, 1)
    expect(play(schedule, 0, 11_500)).toEqual(['answer 10070'])
    schedule.heardQuestion(11_600, 1)
    expect(play(schedule, 0, 11_700)).toEqual(['answer 11670'])
    schedule.heardQuestion(11_700, 1)
    expect(play(schedule, 0, 20_000)).toEqual([`answer ${11_670 + ANSWER_GAP_MS}`])
  })

  test('Where many are known answers spread over half a second', () => {
    const few = ours(() => 0.999)
    const many = ours(() => 0.999)
    for (const schedule of [few, many]) {
      schedule.restart(0)
      play(schedule, 0, 5_000)
    }
    few.heardQuestion(10_000, 30)
    many.heardQuestion(10_000, 31)
    expect(few.next()?.at).toBeLessThan(10_120)
    expect(many.next()?.at).toBeGreaterThan(10_490)
  })

  test('Hidden peers ask and never answer', () => {
    const schedule = createDiscoverySchedule({ chance: half, hidden: true })
    schedule.restart(0)
    schedule.heardQuestion(10, 1)
    expect(play(schedule, 0, 10_000)).toEqual(['ask 0', 'ask 300', 'ask 1000'])
    schedule.hide(false)
    schedule.heardQuestion(20_000, 1)
    expect(schedule.next()?.act).toBe('answer')
    schedule.hide(true)
    expect(schedule.next()?.act).toBe('ask')
  })

  test('A network that flaps, or a loop that was held up, makes no burst', () => {
    const schedule = ours(half)
    const acts: string[] = []
    for (let now = 0; now < 10_000; now += 10) {
      schedule.restart(now)
      acts.push(...play(schedule, now, now))
    }
    expect(acts.filter((act) => act.startsWith('ask')).length).toBeLessThanOrEqual(34)
    expect(acts.filter((act) => act.startsWith('answer')).length).toBeLessThanOrEqual(10)

    const late = ours(half)
    late.restart(0)
    expect(play(late, 50_000, 60_000)).toEqual(['answer 50000', 'ask 50000', 'answer 51000'])
  })

  test('Whatever is heard and whenever: never two answers within a second', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(3_000), { maxLength: 100 }), (seed, pauses) => {
        const schedule = ours(seeded(seed))
        schedule.restart(0)
        let now = 0
        const answers: number[] = []
        for (const pause of [...pauses, 10_000]) {
          const until = now + pause
          for (let next = schedule.next(); next !== undefined && next.at <= until; next = schedule.next()) {
            if (next.act === 'answer') answers.push(next.at)
            schedule.done(next.act, next.at)
          }
          now = until
          schedule.heardQuestion(now, 5)
        }
        for (const [i, at] of answers.entries())
          if (i > 0) expect(at - (answers[i - 1] ?? 0)).toBeGreaterThanOrEqual(ANSWER_GAP_MS)
      }),
    )
  })
})
