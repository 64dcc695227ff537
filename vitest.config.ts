/** How tests run: two at a time, because two cores are what the smallest machine of ours has. */
import { defineConfig } from 'vitest/config'
import { secondTries } from './test/support/told-at-the-end.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Suites of their own: one needs root, another the registry, another a browser.
    exclude: ['test/lab/**', 'test/package/**', 'test/slow/**'],
    maxWorkers: 2,
    // A scene of several processes takes 10 s at most on a quiet machine; what takes longer than this hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Where a change is judged on a machine that others share, one stall is no fault; whoever needed it is named at the end.
    retry: process.env.NIGH_SECOND_TRY === '1' ? 1 : 0,
    reporters: ['default', secondTries],
    expect: { poll: { timeout: 5_000, interval: 10 } },
  },
})
