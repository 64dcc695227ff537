/** A thousand seeds are in test/slow; these are enough to notice. */
import { expect, test } from 'vitest'
import { expiryRaces } from '../support/expiry-race.ts'

const SEEDS = 100

test(`It expires while Bob stands still with its bytes in his buffer, over ${SEEDS} seeds: success, or failure and nothing in his inbox (scenes 52, 53, fault M1)`, async () => {
  const ended = await expiryRaces(0, SEEDS)
  // Each way out was taken: kept late, kept in time, asked back in time.
  for (const word of ['success, late', 'success', 'failure expired, late', 'failure recalled, late'])
    expect([...ended.keys()]).toContain(word)
}, 60_000)
