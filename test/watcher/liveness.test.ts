import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Evidence } from '../../src/agent.ts'
import { evidenceOf, evidenceTurnsAt, lastProof, type Traces } from '../../src/watcher/liveness.ts'

const traces = (seen: Partial<Traces>): Traces => ({ answering: false, saidGoodbye: false, ...seen })

describe('Evidence at 1000', () => {
  test.each<[string, Partial<Traces>, Evidence]>([
    ['nothing', {}, 'unknown'],
    ['the link answers', { answering: true }, 'live'],
    ['the link answers, whatever was heard', { answering: true, heardAt: 1, grantEndsAt: 2 }, 'live'],
    ['the link of a newer process answers after a goodbye', { answering: true, saidGoodbye: true }, 'live'],
    ['goodbye', { saidGoodbye: true, answeredAt: 900, lostAt: 950 }, 'gone'],
    ['answered and lost', { answeredAt: 900, lostAt: 950 }, 'unknown'],
    ['heard under a grant', { heardAt: 960, lostAt: 950, grantEndsAt: 1_001 }, 'heard'],
    ['heard under a grant that ends now', { heardAt: 960, lostAt: 950, grantEndsAt: 1_000 }, 'unknown'],
    ['heard, and the grant is gone', { heardAt: 960, lostAt: 950 }, 'unknown'],
    ['heard before it was lost', { heardAt: 940, lostAt: 950, grantEndsAt: 2_000 }, 'unknown'],
    // Between the last beat and the cut, something was heard: it belongs to what was lost (scene 25).
    [
      'heard after the last answer and before the loss',
      { answeredAt: 900, heardAt: 940, lostAt: 950, grantEndsAt: 2_000 },
      'unknown',
    ],
    ['stands aside for want of places', { lostAt: 950, asideSince: 950, grantEndsAt: 1_001 }, 'heard'],
    ['stands aside, and the grant ends now', { lostAt: 950, asideSince: 950, grantEndsAt: 1_000 }, 'unknown'],
    ['heard in the instant it was lost', { heardAt: 950, lostAt: 950, grantEndsAt: 2_000 }, 'unknown'],
  ])('%s', (_what, seen, evidence) => {
    expect(evidenceOf(traces(seen), 1_000)).toBe(evidence)
  })

  test('Belief never outlasts the grant, and time alone turns it where it says', () => {
    const instants = fc.nat(100)
    const seen = fc.record(
      {
        answering: fc.boolean(),
        saidGoodbye: fc.boolean(),
        heardAt: instants,
        answeredAt: instants,
        lostAt: instants,
        asideSince: instants,
        grantEndsAt: instants,
      },
      { requiredKeys: ['answering', 'saidGoodbye'] },
    ) as fc.Arbitrary<Traces>
    fc.assert(
      fc.property(seen, instants, (all, now) => {
        const evidence = evidenceOf(all, now)
        if (evidence === 'heard') expect(now).toBeLessThan(all.grantEndsAt ?? 0)
        const turns = evidenceTurnsAt(all, now)
        const later = Array.from({ length: 110 }, (_, more) => now + more)
        const turned = later.find((instant) => evidenceOf(all, instant) !== evidence)
        expect(turned).toBe(turns)
      }),
    )
  })
})

test.each([
  [{}, undefined],
  [{ heardAt: 5 }, 5],
  [{ answeredAt: 7 }, 7],
  [{ heardAt: 5, answeredAt: 7 }, 7],
  [{ heardAt: 9, answeredAt: 7 }, 9],
])('The last proof in %j is at %s', (seen, at) => {
  expect(lastProof(traces(seen))).toBe(at)
})
