/** Screens read as people read them, in terminals of tmux: real peers, one scene after the other on two cores. */
import { defineConfig } from 'vitest/config'
import { leftOut, secondTries } from './test/support/told-at-the-end.ts'

export default defineConfig({
  test: {
    include: ['test/screen/**/*.screen.ts'],
    maxWorkers: 1,
    // Every wait within has a bound of its own, and says what it saw instead.
    testTimeout: 180_000,
    hookTimeout: 30_000,
    // Terminals, shells and peers on a machine shared with others: one stall is not a fault. Whoever needed it is named.
    retry: 1,
    disableConsoleIntercept: true,
    reporters: ['verbose', leftOut, secondTries],
  },
})
