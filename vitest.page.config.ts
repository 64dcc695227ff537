/** The page in a real browser, with real peers behind it. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { leftOut, secondTries } from './test/support/told-at-the-end.ts'

export default defineConfig({
  // As the example imports it, from the sources.
  resolve: {
    alias: { 'nigh/electron/main': fileURLToPath(new URL('src/doors/electron/main.ts', import.meta.url)) },
  },
  test: {
    include: ['test/page/**/*.page.ts'],
    // A browser and three processes each: one at a time on two cores.
    maxWorkers: 1,
    testTimeout: 240_000,
    hookTimeout: 60_000,
    retry: process.env.NIGH_SECOND_TRY === '1' ? 1 : 0,
    reporters: ['verbose', leftOut, secondTries],
    expect: { poll: { timeout: 20_000, interval: 25 } },
  },
})
