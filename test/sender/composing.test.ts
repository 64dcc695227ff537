/** Keystrokes in, indications out: what of my writing leaves, and when (RFC 3994, scene 64). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  COMPOSING_AGAIN_MS,
  COMPOSING_GAP_MS,
  COMPOSING_IDLE_MS,
  COMPOSING_REFRESH_S,
} from '../../src/envelope/protocol.ts'
import { NOT_TYPING, nextLook, type TypingEvent, typing } from '../../src/sender/composing.ts'

/** What left, as `ms word`, when these things happened and every deadline was kept until `end`. */
function said(events: readonly (readonly [at: number, event: TypingEvent])[], end: number): string[] {
  let state = NOT_TYPING
  const left: string[] = []
  const happens = (event: TypingEvent, now: number): void => {
    const next = typing(state, event, now)
    state = next.state
    if (next.say !== undefined) left.push(`${now} ${next.say}`)
  }
  const passTo = (time: number): void => {
    for (let look = nextLook(state); look !== undefined && look <= time; look = nextLook(state))
      happens('tick', look)
  }
  for (const [at, event] of events) {
    passTo(at - 1)
    happens(event, at)
  }
  passTo(end)
  return left
}

/** Waits as instants. */
function timed(steps: readonly (readonly [wait: number, event: TypingEvent])[]): [number, TypingEvent][] {
  let now = 0
  return steps.map(([wait, event]) => {
    now += wait
    return [now, event]
  })
}

const keys = (from: number, to: number, every: number): [number, TypingEvent][] =>
  Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => [from + index * every, 'key'])

describe('Alice writes to Bob', () => {
  test.each<[string, [number, TypingEvent][], string[]]>([
    ['nothing', [], []],
    ['one letter', [[0, 'key']], ['0 active', `${COMPOSING_IDLE_MS} idle`]],
    ['a word', keys(0, 3_000, 200), ['0 active', `${3_000 + COMPOSING_IDLE_MS} idle`]],
    ['with pauses for thought', keys(0, 40_000, 14_000), ['0 active', '43000 idle']],
    [
      'a letter of two and a half minutes',
      keys(0, 150_000, 1_000),
      ['0 active', '60000 active', '120000 active', '165000 idle'],
    ],
    ['and gives up', [...keys(0, 4_000, 500), [5_000, 'stopped']], ['0 active', '5000 idle']],
    [
      'and gives up at once',
      [
        [0, 'key'],
        [10, 'stopped'],
      ],
      ['0 active', `${COMPOSING_GAP_MS} idle`],
    ],
    ['and sends it: the message says so by itself', [...keys(0, 4_000, 500), [4_500, 'over']], ['0 active']],
    [
      'and the next one',
      [
        [0, 'key'],
        [500, 'over'],
        [600, 'key'],
        [700, 'over'],
      ],
      ['0 active'],
    ],
    [
      'and the next one, slowly',
      [
        [0, 'key'],
        [500, 'over'],
        [5_000, 'key'],
      ],
      ['0 active', '5000 active', '20000 idle'],
    ],
    [
      'and the next one, right away',
      [
        [0, 'key'],
        [500, 'over'],
        [600, 'key'],
      ],
      ['0 active', '1000 active', '15600 idle'],
    ],
    [
      'in fits',
      [
        [0, 'key'],
        [100, 'stopped'],
        [200, 'key'],
        [300, 'stopped'],
        [400, 'key'],
      ],
      ['0 active', '15400 idle'],
    ],
    ['gives up what she never began', [[0, 'stopped']], []],
  ])('%s', (_what, events, left) => {
    expect(said(events, 400_000)).toEqual(left)
  })

  test('What is announced outlasts one repeat', () => {
    expect(COMPOSING_REFRESH_S * 1_000).toBeGreaterThan(COMPOSING_AGAIN_MS)
  })
})

describe('Whatever is typed', () => {
  const scripts = fc
    .array(
      fc.tuple(
        fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20_000 })),
        fc.constantFrom<TypingEvent>('key', 'key', 'key', 'stopped', 'over', 'tick'),
      ),
      { maxLength: 200 },
    )
    .map(timed)

  test('no two indications are closer than the gap, and in the end it is idle', () => {
    fc.assert(
      fc.property(scripts, (events) => {
        const last = events.at(-1)?.[0] ?? 0
        const left = said(events, last + 60_000)
        const times = left.map((line) => Number(line.split(' ')[0]))
        for (const [index, time] of times.entries())
          if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(COMPOSING_GAP_MS)
        const silenced = events.findLast(([, event]) => event === 'over')?.[0] ?? -1
        if (left.at(-1)?.endsWith('active')) expect(times.at(-1)).toBeLessThanOrEqual(silenced)
      }),
    )
  })

  test('whoever types on and on says so once a minute, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: COMPOSING_IDLE_MS - 1 }), { minLength: 1, maxLength: 300 }),
        (waits) => {
          const events = timed(waits.map((wait) => [wait, 'key']))
          const now = events.at(-1)?.[0] ?? 0
          const left = said(events, now)
          const begun = events[0]?.[0] ?? 0
          expect(left).toEqual(
            Array.from(
              { length: 1 + Math.floor((now - begun) / COMPOSING_AGAIN_MS) },
              (_, minute) => `${begun + minute * COMPOSING_AGAIN_MS} active`,
            ),
          )
        },
      ),
    )
  })
})
