/** The lab: scenes in network namespaces. They wait for cables more than they compute, and two at a time share two cores. */
import { defineConfig } from 'vitest/config'
import { leftOut, secondTries } from './test/support/told-at-the-end.ts'

export default defineConfig({
  test: {
    include: ['test/lab/**/*.lab.ts'],
    maxWorkers: 2,
    hookTimeout: 20_000,
    // Bounds in real time on a machine shared with others: one stall is not a fault. Whoever needed it is named at the end.
    retry: 1,
    expect: { poll: { timeout: 5_000, interval: 50 } },
    // Figures go to the terminal as they come, one line per scene.
    disableConsoleIntercept: true,
    reporters: ['verbose', leftOut, secondTries],
  },
})
