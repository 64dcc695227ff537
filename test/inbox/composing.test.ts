/** Indications in, what is shown out: somebody writes to me, until they do not (RFC 3994, scene 64). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  COMPOSING_GAP_MS,
  COMPOSING_REFRESH_LEAST_S,
  COMPOSING_REFRESH_MOST_S,
  COMPOSING_REFRESH_USUAL_S,
} from '../../src/envelope/protocol.ts'
import { type Indication, indicated, NOT_WRITING, nextLook } from '../../src/inbox/composing.ts'

/** What was shown, as `ms word`, when these came and every deadline was kept until `end`. */
function shown(
  indications: readonly (readonly [at: number, indication: Indication])[],
  end: number,
): string[] {
  let state = NOT_WRITING
  const told: string[] = []
  const comes = (indication: Indication, now: number): void => {
    const next = indicated(state, indication, now)
    state = next.state
    if (next.show !== undefined) told.push(`${now} ${next.show}`)
  }
  const passTo = (time: number): void => {
    for (let look = nextLook(state); look !== undefined && look <= time; look = nextLook(state))
      comes({ kind: 'tick' }, look)
  }
  for (const [at, indication] of indications) {
    passTo(at - 1)
    comes(indication, at)
  }
  passTo(end)
  return told
}

/** Waits as instants. */
function timed(steps: readonly (readonly [wait: number, indication: Indication])[]): [number, Indication][] {
  let now = 0
  return steps.map(([wait, indication]) => {
    now += wait
    return [now, indication]
  })
}

const active = (refresh?: number): Indication => ({
  kind: 'active',
  ...(refresh === undefined ? {} : { refresh }),
})
const idle: Indication = { kind: 'idle' }
const over: Indication = { kind: 'over' }
const USUAL_MS = COMPOSING_REFRESH_USUAL_S * 1_000

describe('Alice writes, and Bob sees it', () => {
  test.each<[string, [number, Indication][], string[]]>([
    [
      'until she stops',
      [
        [0, active()],
        [9_000, idle],
      ],
      ['0 active', '9000 idle'],
    ],
    [
      'until her message comes',
      [
        [0, active()],
        [9_000, over],
      ],
      ['0 active', '9000 idle'],
    ],
    [
      'until her message comes, at once',
      [
        [0, active()],
        [1, over],
      ],
      ['0 active', '1 idle'],
    ],
    ['until the usual time is over', [[0, active()]], ['0 active', `${USUAL_MS} idle`]],
    ['until the announced time is over', [[0, active(90)]], ['0 active', '90000 idle']],
    [
      'for as long as she goes on',
      [
        [0, active(90)],
        [60_000, active(90)],
        [120_000, active(90)],
      ],
      ['0 active', '210000 idle'],
    ],
    [
      'though she announces next to nothing',
      [[0, active(1)]],
      ['0 active', `${COMPOSING_REFRESH_LEAST_S * 1_000} idle`],
    ],
    [
      'though she announces a century',
      [[0, active(2 ** 32 - 1)]],
      ['0 active', `${COMPOSING_REFRESH_MOST_S * 1_000} idle`],
    ],
    [
      'again, after a message',
      [
        [0, active()],
        [2_000, over],
        [2_500, active(60)],
      ],
      ['0 active', '2000 idle', '3000 active', '62500 idle'],
    ],
    [
      'not at all, if all she says is that she does not',
      [
        [0, idle],
        [1, over],
      ],
      [],
    ],
    [
      'steadily, though she flickers',
      [
        [0, active(90)],
        [10, idle],
        [20, active(90)],
      ],
      ['0 active', '90020 idle'],
    ],
    [
      'and no more, if she ends in a flicker',
      [
        [0, active()],
        [10, idle],
        [20, active()],
        [30, idle],
      ],
      ['0 active', `${COMPOSING_GAP_MS} idle`],
    ],
  ])('%s', (_what, indications, told) => {
    expect(shown(indications, 2_000_000)).toEqual(told)
  })
})

describe('Whatever comes', () => {
  const kinds = fc.oneof(
    fc.option(fc.nat(), { nil: undefined }).map(active),
    fc.constantFrom<Indication>(idle, { kind: 'tick' }),
  )
  const scripts = (one: fc.Arbitrary<Indication>) =>
    fc
      .array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5_000 })), one), {
        maxLength: 300,
      })
      .map(timed)

  test('words alternate, are no closer than the gap, and the last one is idle', () => {
    fc.assert(
      fc.property(scripts(kinds), (indications) => {
        const told = shown(indications, 10_000_000)
        const words = told.map((line) => line.split(' ')[1])
        expect(words).toEqual(words.map((_, index) => (index % 2 === 0 ? 'active' : 'idle')))
        expect(words.at(-1) ?? 'idle').toBe('idle')
        const times = told.map((line) => Number(line.split(' ')[0]))
        for (const [index, time] of times.entries())
          if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(COMPOSING_GAP_MS)
      }),
    )
  })

  test('with messages among it: she is never shown writing right after one, nor again within the gap', () => {
    fc.assert(
      fc.property(scripts(fc.oneof(kinds, fc.constant(over))), (indications) => {
        const told = shown(indications, 10_000_000)
        const beginnings = told
          .filter((line) => line.endsWith('active'))
          .map((line) => Number(line.split(' ')[0]))
        for (const [index, time] of beginnings.entries())
          if (index > 0) expect(time - (beginnings[index - 1] ?? 0)).toBeGreaterThanOrEqual(COMPOSING_GAP_MS)
        for (const [at, indication] of indications)
          if (indication === over) {
            const before = told.findLast((line) => Number(line.split(' ')[0]) <= at)
            expect(before ?? '0 idle').toMatch(/idle$/)
          }
      }),
    )
  })

  test('a thousand a second: at most one change a second', () => {
    const flood = Array.from({ length: 10_000 }, (_, ms) => [ms, ms % 2 === 0 ? active() : idle] as const)
    expect(shown(flood, 9_999).length).toBeLessThanOrEqual(10)
    expect(shown(flood, 9_999).length).toBeGreaterThan(0)
  })
})
