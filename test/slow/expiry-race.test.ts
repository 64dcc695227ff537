/**
 * A message expires while Bob stands still with its bytes in his buffer, a thousand times otherwise.
 *
 *     NIGH_SEEDS=1000 NIGH_SEED=0 npm run test:slow
 */
import { expect, test } from 'vitest'
import { expiryRaces } from '../support/expiry-race.ts'

const SEEDS = Number(process.env.NIGH_SEEDS ?? 1_000)

test(
  `${SEEDS} seeds: success, or failure and nothing in his inbox (scenes 52, 53, fault M1)`,
  async () => {
    const ended = await expiryRaces(Number(process.env.NIGH_SEED ?? 0), SEEDS)
    console.log(Object.fromEntries(ended))
    expect([...ended.values()].reduce((sum, count) => sum + count)).toBe(SEEDS)
  },
  SEEDS * 500,
)
