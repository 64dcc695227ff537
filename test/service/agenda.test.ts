import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/ports.ts'
import { createAgenda } from '../../src/service/agenda.ts'

/** A clock that stands still; `pass` lets its alarms ring at their instants, in order. */
function standingClock() {
  let now = 0
  const alarms = new Set<{ at: number; run: () => void }>()
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    wake(at, run) {
      const alarm = { at, run }
      alarms.add(alarm)
      return () => void alarms.delete(alarm)
    },
  }
  return {
    clock,
    alarms,
    pass(until: number): void {
      for (;;) {
        const [next] = [...alarms].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)
        if (next === undefined) break
        alarms.delete(next)
        now = Math.max(now, next.at)
        next.run()
      }
      now = Math.max(now, until)
    },
    /** Rings before its time, as timers of a host may. */
    ringEarly(): void {
      for (const alarm of [...alarms]) {
        alarms.delete(alarm)
        alarm.run()
      }
    },
  }
}

function diary() {
  const { clock, ...time } = standingClock()
  const faults: unknown[] = []
  const agenda = createAgenda(clock, (fault) => faults.push(fault))
  const ran: string[] = []
  const note = (name: string, at: number) =>
    agenda.at(name, at, () => ran.push(`${name} at ${clock.monotonic()}`))
  return { agenda, clock, ran, note, faults, ...time }
}

describe('Appointments', () => {
  test('run in the order of their instants, whatever order they were made in, each once', () => {
    const { ran, note, pass } = diary()
    for (const at of [50, 10, 40, 20, 30]) note(`no. ${at}`, at)
    pass(9)
    expect(ran).toEqual([])
    pass(25)
    expect(ran).toEqual(['no. 10 at 10', 'no. 20 at 20'])
    pass(1_000)
    expect(ran).toEqual(['no. 10 at 10', 'no. 20 at 20', 'no. 30 at 30', 'no. 40 at 40', 'no. 50 at 50'])
  })

  test('made again are moved, later or earlier, and the newest errand counts', () => {
    const { agenda, ran, note, pass } = diary()
    note('beat', 10)
    note('beat', 30)
    note('renew', 50)
    note('renew', 20)
    agenda.at('goodbye', 5, () => ran.push('the old errand'))
    agenda.at('goodbye', 5, () => ran.push('the new errand'))
    pass(100)
    expect(ran).toEqual(['the new errand', 'renew at 20', 'beat at 30'])
  })

  test('that are cancelled do not run; cancelling what is not there is nothing', () => {
    const { agenda, ran, note, pass, alarms } = diary()
    note('beat', 10)
    note('renew', 20)
    agenda.cancel('beat')
    agenda.cancel('never made')
    pass(15)
    expect(ran).toEqual([])
    agenda.cancel('renew')
    expect(alarms.size).toBe(0)
    pass(100)
    expect(ran).toEqual([])
  })

  test('in the past run as soon as time goes on', () => {
    const { ran, note, pass } = diary()
    pass(100)
    note('late', 10)
    expect(ran).toEqual([])
    pass(100)
    expect(ran).toEqual(['late at 100'])
  })

  test('may make, move and cancel others while they run', () => {
    const { agenda, ran, note, pass, clock } = diary()
    agenda.at('first', 10, () => {
      ran.push('first')
      note('now', clock.monotonic())
      note('moved', 40)
      agenda.cancel('cancelled')
      agenda.at('first', 20, () => ran.push('first again'))
    })
    note('moved', 10)
    note('cancelled', 10)
    pass(100)
    // Of two at one instant either may run first.
    expect(ran.filter((each) => each !== 'moved at 10' && each !== 'cancelled at 10')).toEqual([
      'first',
      'now at 10',
      'first again',
      'moved at 40',
    ])
  })

  test('need one alarm of the clock, however many there are', () => {
    const { agenda, note, pass, alarms, clock } = diary()
    for (let at = 1_000; at > 0; at--) note(`no. ${at}`, at)
    expect(alarms.size).toBe(1)
    pass(500)
    expect(alarms.size).toBe(1)
    agenda.cancel(`no. ${clock.monotonic() + 1}`)
    expect([...alarms].map(({ at }) => at)).toEqual([502])
    pass(1_000)
    expect(alarms.size).toBe(0)
  })

  test('wait for their instant though the alarm rings early', () => {
    const { ran, note, pass, ringEarly } = diary()
    note('beat', 10)
    pass(9)
    ringEarly()
    expect(ran).toEqual([])
    pass(10)
    expect(ran).toEqual(['beat at 10'])
  })

  test('do not suffer from one that throws', () => {
    const { agenda, ran, note, pass, faults } = diary()
    agenda.at('broken', 10, () => {
      throw new Error('broken')
    })
    note('next', 20)
    pass(30)
    expect(ran).toEqual(['next at 20'])
    expect(faults).toMatchObject([{ message: 'broken' }])
  })

  test('end when it is closed, also from within one of them', () => {
    const { agenda, ran, note, pass, alarms } = diary()
    agenda.at('close', 10, () => agenda.close())
    for (const at of [10, 11, 20]) note(`no. ${at}`, at)
    pass(9)
    agenda.cancel('no. 10')
    pass(50)
    note('too late', 60)
    pass(100)
    expect(ran).toEqual([])
    expect(alarms.size).toBe(0)
    agenda.close()
  })
})

test('Ten thousand random acts: what ran, and when, is what a list that is searched would say', () => {
  const name = fc.integer({ min: 0, max: 12 }).map((no) => `no. ${no}`)
  const act = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('at' as const), name, in: fc.integer({ min: -20, max: 300 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), name }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(60) }) },
  )
  let acts = 0
  fc.assert(
    fc.property(fc.array(act, { minLength: 100, maxLength: 300, size: 'max' }), (all) => {
      const { agenda, clock, pass, alarms } = diary()
      const ran: { name: string; errand: number; at: number }[] = []
      const searched = new Map<string, { errand: number; at: number }>()
      const expected: typeof ran = []
      const passBoth = (until: number): void => {
        pass(until)
        for (const [each, { errand, at }] of searched) {
          if (at > until) continue
          expected.push({ name: each, errand, at })
          searched.delete(each)
        }
      }
      for (const [errand, each] of all.entries()) {
        acts += 1
        const now = clock.monotonic()
        if (each.do === 'pass') passBoth(now + each.ms)
        if (each.do === 'cancel') {
          agenda.cancel(each.name)
          searched.delete(each.name)
        }
        if (each.do === 'at') {
          agenda.at(each.name, now + each.in, () =>
            ran.push({ name: each.name, errand, at: clock.monotonic() }),
          )
          searched.set(each.name, { errand, at: Math.max(now, now + each.in) })
        }
        expect(alarms.size).toBe(searched.size === 0 ? 0 : 1)
      }
      passBoth(clock.monotonic() + 1_000)
      expect(ran.map(({ at }) => at)).toEqual(ran.map(({ at }) => at).sort((one, other) => one - other))
      const byErrand = (one: { errand: number }, other: { errand: number }) => one.errand - other.errand
      expect(ran.toSorted(byErrand)).toEqual(expected.toSorted(byErrand))
    }),
    { numRuns: 60 },
  )
  expect(acts).toBeGreaterThan(10_000)
})
